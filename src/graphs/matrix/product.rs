//! Products of matrices.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::lanes::Lanes;
use remeasure_core::numerics::kernels::level;

use super::{Matrix, WIDTH};

/// Rows whose sums stay in registers: two registers each on AVX2. The usual numbers of nodes are multiples of it.
pub(super) const TILE: usize = 5;

/// A block of a matrix: its first number and the distance of two rows.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) first: *const f64,
    pub(super) stride: usize,
}

/// `out ← out + left · right` for `R` rows of `out` and `left`, each `out` row a multiple of eight numbers long.
///
/// # Safety
/// As [`Lanes`]. `left` is valid for `R × inner`, `right` for `inner × columns` and `out` for `R × columns` numbers, with
/// `columns` a multiple of eight; `out` overlaps neither.
#[inline(always)]
unsafe fn tile<L: Lanes<f64>, const R: usize>(
    left: Block,
    right: Block,
    inner: usize,
    (out, stride): (*mut f64, usize),
    columns: usize,
) {
    // SAFETY: all offsets are within the blocks.
    unsafe {
        let mut at = 0;
        while at < columns {
            let mut sums: [L; R] = std::array::from_fn(|r| L::load(out.add(r * stride + at)));
            for k in 0..inner {
                let b = L::load(right.first.add(k * right.stride + at));
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = L::splat(*left.first.add(r * left.stride + k)).fused(b, *sum);
                }
            }
            for (r, sum) in sums.into_iter().enumerate() {
                sum.store(out.add(r * stride + at));
            }
            at += WIDTH;
        }
    }
}

/// `out ← out + left · right` for `rows` rows.
///
/// # Safety
/// As for a [`tile`], with `rows` in the place of `R`.
#[inline(always)]
pub(super) unsafe fn add_block<L: Lanes<f64>>(
    rows: usize,
    left: Block,
    right: Block,
    inner: usize,
    (out, stride): (*mut f64, usize),
    columns: usize,
) {
    // SAFETY: the rows from `r` on are within the blocks.
    unsafe {
        let mut r = 0;
        while r < rows {
            let left = Block { first: left.first.add(r * left.stride), ..left };
            let out = (out.add(r * stride), stride);
            match rows - r {
                1 => tile::<L, 1>(left, right, inner, out, columns),
                2 => tile::<L, 2>(left, right, inner, out, columns),
                3 => tile::<L, 3>(left, right, inner, out, columns),
                4 => tile::<L, 4>(left, right, inner, out, columns),
                _ => tile::<L, TILE>(left, right, inner, out, columns),
            }
            r += TILE;
        }
    }
}

/// `out ← out + left · right`, the terms of each entry added in order by fused multiply–adds.
///
/// # Panics
/// If the matrices differ in size.
pub fn add_product(left: &Matrix, right: &Matrix, out: &mut Matrix) {
    let (side, stride) = (out.side(), out.stride());
    assert!(left.side() == side && right.side() == side, "matrices of different size");
    let block = |matrix: &Matrix| Block { first: matrix.values().as_ptr(), stride };
    let (left, right) = (block(left), block(right));
    let out = out.values_mut().as_mut_ptr();
    multiversion!(
        level(),
        [] (left: Block, right: Block, out: *mut f64, side: usize, stride: usize) -> (),
        // SAFETY: these lanes belong to the level; all matrices have `side` rows of `stride` numbers, and `out`,
        // borrowed mutably, is another.
        |Vector| unsafe { add_block::<Vector<f64>>(side, left, right, side, (out, stride), stride) }
    );
}
