//! The inverse of an M-matrix.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::lanes::Lanes;
use remeasure_core::numerics::kernels::level;

use super::product::{Block, add_block};
use super::{Matrix, WIDTH};

/// Scratch memory for inverses.
#[derive(Clone, Debug)]
pub struct Inverter {
    /// Rows of a block, times the inverse of its diagonal block: at most eight rows.
    panel: Vec<f64>,
    /// Negative entries of the other rows in the block's columns: eight for each row.
    factors: Vec<f64>,
    /// Pivots of the last inverse.
    pivots: Vec<f64>,
}

/// What the kernel works on.
#[derive(Clone, Copy)]
struct Work {
    matrix: *mut f64,
    side: usize,
    stride: usize,
    panel: *mut f64,
    factors: *mut f64,
    pivots: *mut f64,
}

/// Inverts the leading `size × size` entries of a block by Gauss–Jordan elimination without pivoting; false at a pivot
/// that is not positive.
///
/// # Safety
/// `pivots` is valid for `size` ≤ 8 numbers.
#[inline(always)]
unsafe fn invert_block(block: &mut [[f64; WIDTH]; WIDTH], size: usize, pivots: *mut f64) -> bool {
    for p in 0..size {
        let pivot = block[p][p];
        if !(pivot > 0.0) {
            return false;
        }
        // SAFETY: `p` < `size`.
        unsafe { *pivots.add(p) = pivot };
        let inverse = 1.0 / pivot;
        let mut row = block[p];
        row.iter_mut().for_each(|v| *v *= inverse);
        row[p] = inverse;
        block[p] = row;
        for r in (0..size).filter(|&r| r != p) {
            let factor = block[r][p];
            block[r][p] = 0.0;
            for (v, above) in block[r].iter_mut().zip(&row) {
                *v -= factor * above;
            }
        }
    }
    true
}

/// Gauss–Jordan elimination in place, eight columns at a time.
///
/// # Safety
/// As [`Lanes`]; `work` holds a matrix of `side` rows of `stride` numbers, eight rows of the panel, eight factors for
/// each row and `side` pivots, none of which overlap.
#[inline(always)]
unsafe fn invert_lanes<L: Lanes<f64>>(work: Work) -> bool {
    let Work { matrix, side, stride, panel, factors, pivots } = work;
    let mut start = 0;
    while start < side {
        let size = (side - start).min(WIDTH);
        // SAFETY: rows and columns from `start` to `start + size` are within the matrix.
        unsafe {
            let mut block = [[0.0; WIDTH]; WIDTH];
            for (r, row) in block.iter_mut().enumerate().take(size) {
                for (c, v) in row.iter_mut().enumerate().take(size) {
                    *v = *matrix.add((start + r) * stride + start + c);
                }
            }
            if !invert_block(&mut block, size, pivots.add(start)) {
                return false;
            }
            // The rows of the block, times its inverse, which also takes the place of the block itself.
            std::slice::from_raw_parts_mut(panel, size * stride).fill(0.0);
            let left = Block { first: block.as_ptr().cast(), stride: WIDTH };
            let right = Block { first: matrix.add(start * stride), stride };
            add_block::<L>(size, left, right, size, (panel, stride), stride);
            for (r, row) in block.iter().enumerate().take(size) {
                for (c, v) in row.iter().enumerate().take(size) {
                    *panel.add(r * stride + start + c) = *v;
                }
            }
            for i in 0..side {
                for c in 0..size {
                    let entry = matrix.add(i * stride + start + c);
                    *factors.add(i * WIDTH + c) = -*entry;
                    *entry = 0.0;
                }
            }
            let right = Block { first: panel, stride };
            for (first, end) in [(0, start), (start + size, side)] {
                let left = Block { first: factors.add(first * WIDTH), stride: WIDTH };
                let out = (matrix.add(first * stride), stride);
                add_block::<L>(end - first, left, right, size, out, stride);
            }
            std::ptr::copy_nonoverlapping(panel, matrix.add(start * stride), size * stride);
        }
        start += size;
    }
    true
}

impl Inverter {
    /// For matrices with `side` rows.
    #[must_use]
    pub fn new(side: usize) -> Self {
        let stride = side.next_multiple_of(WIDTH);
        Self { panel: vec![0.0; WIDTH * stride], factors: vec![0.0; WIDTH * side], pivots: vec![0.0; side] }
    }

    /// Replaces a matrix by its inverse and returns whether it is an M-matrix; if not, its entries are unspecified.
    ///
    /// The off-diagonal entries must not be positive. Then no subtraction cancels digits off the diagonal, all entries of
    /// the inverse are at least 0, and all pivots are positive if and only if the matrix is a non-singular M-matrix
    /// (Berman and Plemmons, Nonnegative Matrices, Theorem 6.2.3); so rows need no exchange.
    ///
    /// # Panics
    /// If the matrix has another size.
    #[must_use]
    pub fn invert(&mut self, matrix: &mut Matrix) -> bool {
        assert_eq!(matrix.side(), self.pivots.len(), "size of the matrix");
        let work = Work {
            side: matrix.side(),
            stride: matrix.stride(),
            matrix: matrix.values_mut().as_mut_ptr(),
            panel: self.panel.as_mut_ptr(),
            factors: self.factors.as_mut_ptr(),
            pivots: self.pivots.as_mut_ptr(),
        };
        multiversion!(
            level(),
            [] (work: Work) -> bool,
            // SAFETY: these lanes belong to the level; the parts of `work` have the sizes of this matrix.
            |Vector| unsafe { invert_lanes::<Vector<f64>>(work) }
        )
    }

    /// Logarithm of the determinant of the matrix that was inverted last.
    #[must_use]
    pub fn log_determinant(&self) -> f64 {
        self.pivots.iter().map(|p| p.ln()).sum()
    }
}
