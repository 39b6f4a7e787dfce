//! Sums of scaled columns.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::lanes::Lanes;
use remeasure_core::numerics::kernels::{Level, level};

use super::super::Real;
use super::{Block, Lists, Operand};

/// Some rows of a product, for all signals.
struct Rows<R> {
    /// Pointer to these rows of the first column, and stride between columns.
    columns: *const R,
    stride: usize,
    /// Pointers to these rows of the first start vector (null: zeros) and result, and stride between signals.
    start: *const R,
    out: *mut R,
    step: usize,
}

/// `out ← start + Σ value · column(index)` over each list, for `V` vectors of rows.
///
/// # Safety
/// As [`Lanes`]; every column of an index, `start` (if not null) and `out` valid for `V` vectors.
#[inline(always)]
unsafe fn rows<R: Real, L: Lanes<R>, const V: usize>(rows: &Rows<R>, lists: &Lists<R>, count: usize) {
    for group in 0..lists.groups() {
        // Later groups continue from the result of earlier ones.
        let start = if group == 0 { rows.start } else { rows.out.cast_const() };
        for b in 0..count {
            let (indices, values) = lists.part(b, group);
            // SAFETY: by the contract of this function.
            unsafe {
                let out = rows.out.add(b * rows.step);
                let mut sums: [L; V] = std::array::from_fn(|v| {
                    if start.is_null() {
                        L::splat(R::ZERO)
                    } else {
                        L::load(start.add(b * rows.step + v * L::WIDTH))
                    }
                });
                for (&index, &value) in indices.iter().zip(values) {
                    let weight = L::splat(value);
                    let column = rows.columns.add(index as usize * rows.stride);
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = weight.fused(L::load(column.add(v * L::WIDTH)), *sum);
                    }
                }
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(out.add(v * L::WIDTH));
                }
            }
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
    for panel in matrix.panels() {
        let columns = matrix.values()[panel.start..].as_ptr();
        let mut row = 0;
        while row < panel.rows {
            let vectors = ((panel.rows - row) / L::WIDTH).min(L::MOST);
            let at = panel.row + row;
            // SAFETY: indices are below the number of columns; a panel has whole vectors.
            unsafe {
                let own = Rows {
                    columns: columns.add(row),
                    stride: panel.rows,
                    start: if start.is_null() { start } else { start.add(at) },
                    out: out.add(at),
                    step: matrix.padded_rows(),
                };
                match vectors {
                    1 => rows::<R, L, 1>(&own, lists, count),
                    2 => rows::<R, L, 2>(&own, lists, count),
                    3 => rows::<R, L, 3>(&own, lists, count),
                    4 => rows::<R, L, 4>(&own, lists, count),
                    5 => rows::<R, L, 5>(&own, lists, count),
                    6 => rows::<R, L, 6>(&own, lists, count),
                    7 => rows::<R, L, 7>(&own, lists, count),
                    _ => rows::<R, L, 8>(&own, lists, count),
                }
            }
            row += vectors * L::WIDTH;
        }
    }
}

/// Initial value of a sum.
pub(crate) enum Start<'a, R> {
    /// Zero.
    Zero,
    /// The current contents of `out`.
    Here,
    /// These vectors.
    From(&'a Block<R>),
}

/// `out_b ← start_b + Σ v · column_k` over the entries `(k, v)` of list `b`,
/// for the first `count` vectors.
///
/// # Panics
/// If sizes do not match.
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
        // Indices ascend, so the last is the largest.
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
    multiversion!(
        level,
        [R: Real] (
            matrix: &Operand<R>, lists: &Lists<R>, from: *const R, to: *mut R, count: usize
        ) -> (),
        // SAFETY: these lanes belong to the level; sizes were checked above.
        |Vector| unsafe { batch::<R, Vector<R>>(matrix, lists, from, to, count) }
    )
}
