//! Sums of scaled columns.

use super::super::real::Real;
use super::lanes::{Lanes, Portable};
use super::{Block, Kernel, Lists, Operand};
use crate::numerics::kernels::{Level, level};

/// `out ← start + Σ values[e] · column(indices[e])`, for `V` vectors of rows.
///
/// # Safety
/// As [`Lanes`]; `columns + indices[e] · stride`, `start` (if not null) and `out` valid for `V` vectors.
#[inline(always)]
unsafe fn vectors<R: Real, L: Lanes<R>, const V: usize>(
    columns: *const R,
    stride: usize,
    indices: &[u32],
    values: &[R],
    start: *const R,
    out: *mut R,
) {
    // SAFETY: by the contract of this function.
    unsafe {
        let mut sums: [L; V] = std::array::from_fn(|v| {
            if start.is_null() { L::splat(R::ZERO) } else { L::load(start.add(v * L::WIDTH)) }
        });
        for (&index, &value) in indices.iter().zip(values) {
            let weight = L::splat(value);
            let column = columns.add(index as usize * stride);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = weight.fused(L::load(column.add(v * L::WIDTH)), *sum);
            }
        }
        for (v, sum) in sums.iter().enumerate() {
            sum.store(out.add(v * L::WIDTH));
        }
    }
}

/// # Safety
/// As [`Lanes`]; the sizes were checked by [`combine`].
#[inline(always)]
unsafe fn batch<R: Real, L: Lanes<R>>(
    matrix: &Operand<R>,
    lists: &Lists<R>,
    start: *const R,
    out: *mut R,
    count: usize,
) {
    let stride = matrix.padded_rows();
    for panel in matrix.panels() {
        let columns = matrix.values()[panel.start..].as_ptr();
        for group in 0..lists.groups() {
            // Later groups go on with what earlier ones left.
            let start = if group == 0 { start } else { out.cast_const() };
            for b in 0..count {
                let (indices, values) = lists.part(b, group);
                if indices.is_empty() && start == out.cast_const() {
                    continue;
                }
                let mut row = 0;
                while row < panel.rows {
                    let vectors_left = ((panel.rows - row) / L::WIDTH).min(L::MOST);
                    let at = b * stride + panel.row + row;
                    // SAFETY: indices are below the number of columns; a panel has whole vectors.
                    unsafe {
                        let column = columns.add(row);
                        let from = if start.is_null() { start } else { start.add(at) };
                        let to = out.add(at);
                        let r = panel.rows;
                        macro_rules! of {
                            ($v:literal) => {{
                                vectors::<R, L, $v>(column, r, indices, values, from, to);
                                $v
                            }};
                        }
                        row += L::WIDTH
                            * match vectors_left {
                                1 => of!(1),
                                2 => of!(2),
                                3 => of!(3),
                                4 => of!(4),
                                5 => of!(5),
                                6 => of!(6),
                                7 => of!(7),
                                8 => of!(8),
                                9 => of!(9),
                                10 => of!(10),
                                11 => of!(11),
                                12 => of!(12),
                                13 => of!(13),
                                14 => of!(14),
                                15 => of!(15),
                                _ => of!(16),
                            };
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn batch_avx512<R: Real>(m: &Operand<R>, l: &Lists<R>, start: *const R, out: *mut R, count: usize) {
    // SAFETY: the caller vouches for AVX-512 and the pointers.
    unsafe { batch::<R, <R as Kernel>::Avx512>(m, l, start, out, count) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn batch_avx2<R: Real>(m: &Operand<R>, l: &Lists<R>, start: *const R, out: *mut R, count: usize) {
    // SAFETY: the caller vouches for AVX2, FMA and the pointers.
    unsafe { batch::<R, <R as Kernel>::Avx2>(m, l, start, out, count) }
}

/// Where a sum starts.
pub(crate) enum Start<'a, R> {
    /// At 0.
    Zero,
    /// At what `out` holds.
    Here,
    /// At these vectors.
    From(&'a Block<R>),
}

/// `out_b ← start_b + Σ v · column_k` over the entries `(k, v)` of list `b`,
/// for the first `count` vectors.
///
/// # Panics
/// If sizes do not agree.
pub(crate) fn combine<R: Real>(
    matrix: &Operand<R>,
    lists: &Lists<R>,
    start: Start<'_, R>,
    out: &mut Block<R>,
    count: usize,
) {
    combine_at(level(), matrix, lists, start, out, count);
}

pub(super) fn combine_at<R: Real>(
    level: Level,
    matrix: &Operand<R>,
    lists: &Lists<R>,
    start: Start<'_, R>,
    out: &mut Block<R>,
    count: usize,
) {
    assert_eq!(out.stride(), matrix.padded_rows(), "rows of the matrix and of the result");
    assert!(count <= out.count(), "more vectors than the result holds");
    for b in 0..count {
        // Ascending, so that the last is the largest.
        let last = lists.list(b).0.last();
        assert!(last.is_none_or(|&k| (k as usize) < matrix.columns()), "a column that does not exist");
    }
    let to = out.as_mut_slice().as_mut_ptr();
    let from = match start {
        Start::Zero => std::ptr::null(),
        Start::Here => to.cast_const(),
        Start::From(block) => {
            assert!(block.stride() == out.stride() && count <= block.count(), "sizes of start and result");
            block.as_slice().as_ptr()
        }
    };
    // SAFETY: `level` names only instructions that were detected; sizes were checked above.
    unsafe {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => batch_avx512(matrix, lists, from, to, count),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => batch_avx2(matrix, lists, from, to, count),
            Level::Portable => batch::<R, Portable<R>>(matrix, lists, from, to, count),
        }
    }
}
