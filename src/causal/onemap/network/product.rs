//! Products of small dense matrices.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::lanes::Lanes;
use remeasure_core::numerics::kernels::{Level, level};

use super::real::Real;

/// Columns of stored matrices are a multiple of this, so that they consist of whole vectors at every level.
pub(super) const PAD: usize = 16;

/// The left factor: entry `(r, k)` is at `r · row + k · depth`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left<'a, R> {
    pub(super) values: &'a [R],
    pub(super) row: usize,
    pub(super) depth: usize,
}

/// The sizes of a product: `rows × columns` sums of `depth` terms. `columns` is a multiple of [`PAD`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
}

/// A checked product, for the kernels.
#[derive(Clone, Copy)]
struct Job<R> {
    left: *const R,
    steps: (usize, usize),
    right: *const R,
    /// The row that all sums start from; null for zeros.
    start: *const R,
    out: *mut R,
    size: Size,
}

/// `T` rows of the result in the columns of one vector. The terms of each sum are added in order, so that the bits do
/// not depend on the width of a vector.
///
/// # Safety
/// As [`Lanes`]; `row + T` rows and `column + L::WIDTH` columns exist.
#[inline(always)]
unsafe fn tile<R: Real, L: Lanes<R>, const T: usize>(job: &Job<R>, row: usize, column: usize) {
    let columns = job.size.columns;
    // SAFETY: by the contract of this function.
    unsafe {
        let start = if job.start.is_null() { L::splat(R::ZERO) } else { L::load(job.start.add(column)) };
        let mut sums = [start; T];
        let mut left = job.left.add(row * job.steps.0);
        let mut right = job.right.add(column);
        for _ in 0..job.size.depth {
            let b = L::load(right);
            for (t, sum) in sums.iter_mut().enumerate() {
                *sum = L::splat(*left.add(t * job.steps.0)).fused(b, *sum);
            }
            left = left.wrapping_add(job.steps.1);
            right = right.wrapping_add(columns);
        }
        for (t, sum) in sums.iter().enumerate() {
            sum.store(job.out.add((row + t) * columns + column));
        }
    }
}

/// # Safety
/// As [`Lanes`]; the sizes were checked by [`product`].
#[inline(always)]
unsafe fn all<R: Real, L: Lanes<R>>(job: &Job<R>) {
    let mut column = 0;
    while column < job.size.columns {
        let mut row = 0;
        // SAFETY: rows and columns are within the size, and `PAD` is a multiple of the width.
        unsafe {
            if L::MOST >= 8 {
                while row + 8 <= job.size.rows {
                    tile::<R, L, 8>(job, row, column);
                    row += 8;
                }
            }
            if L::MOST >= 6 {
                while row + 6 <= job.size.rows {
                    tile::<R, L, 6>(job, row, column);
                    row += 6;
                }
            }
            while row + 2 <= job.size.rows {
                tile::<R, L, 2>(job, row, column);
                row += 2;
            }
            if row < job.size.rows {
                tile::<R, L, 1>(job, row, column);
            }
        }
        column += L::WIDTH;
    }
}

/// `out ← start + left · right`, where `right` is `depth × columns` and `out` `rows × columns`, both row by row, and
/// `start` one row or nothing.
///
/// # Panics
/// If sizes do not match.
pub(super) fn product<R: Real>(
    left: Left<'_, R>,
    right: &[R],
    start: Option<&[R]>,
    out: &mut [R],
    size: Size,
) {
    product_at(level(), left, right, start, out, size);
}

fn product_at<R: Real>(
    level: Level,
    left: Left<'_, R>,
    right: &[R],
    start: Option<&[R]>,
    out: &mut [R],
    size: Size,
) {
    let Size { rows, columns, depth } = size;
    if rows == 0 {
        return;
    }
    assert!(columns.is_multiple_of(PAD), "whole vectors");
    let last = (rows - 1) * left.row + depth.saturating_sub(1) * left.depth;
    assert!(depth == 0 || last < left.values.len(), "entries of the left factor");
    assert!(right.len() >= depth * columns && out.len() >= rows * columns, "entries of the other factors");
    assert!(start.is_none_or(|s| s.len() == columns), "one start for each column");
    let job = &Job {
        left: left.values.as_ptr(),
        steps: (left.row, left.depth),
        right: right.as_ptr(),
        start: start.map_or(std::ptr::null(), <[R]>::as_ptr),
        out: out.as_mut_ptr(),
        size,
    };
    multiversion!(
        level,
        [R: Real] (job: &Job<R>) -> (),
        // SAFETY: these lanes belong to the level; the sizes were checked; `out`, borrowed mutably, overlaps nothing.
        |Vector| unsafe { all::<R, Vector<R>>(job) }
    );
}

#[cfg(test)]
mod tests {
    use remeasure_core::numerics::kernels::levels;

    use super::*;

    #[test]
    fn every_level_returns_the_bits_of_sums_in_order() {
        let wave = |n: usize, phase: f64| -> Vec<f32> {
            (0..n).map(|i| f32::of((i as f64 * 1.7 + phase).sin())).collect()
        };
        for (rows, columns, depth) in [(1, 16, 1), (7, 32, 5), (25, 64, 30), (8, 16, 0)] {
            let (a, b, start) = (wave(rows * depth, 0.1), wave(depth * columns, 0.7), wave(columns, 1.3));
            // As it is and transposed.
            for (row, step) in [(depth, 1), (1, rows)] {
                let left = Left { values: &a, row, depth: step };
                for start in [None, Some(&start[..])] {
                    let mut expected = vec![0.0_f32; rows * columns];
                    for (r, out) in expected.chunks_exact_mut(columns).enumerate() {
                        for (c, out) in out.iter_mut().enumerate() {
                            *out = start.map_or(0.0, |s| s[c]);
                            for k in 0..depth {
                                *out = a[r * row + k * step].mul_add(b[k * columns + c], *out);
                            }
                        }
                    }
                    for level in levels() {
                        let mut out = vec![f32::NAN; rows * columns];
                        product_at(level, left, &b, start, &mut out, Size { rows, columns, depth });
                        let same = out.iter().zip(&expected).all(|(x, y)| x.to_bits() == y.to_bits());
                        assert!(same, "{level:?} {rows} {columns} {depth}");
                    }
                }
            }
        }
    }
}
