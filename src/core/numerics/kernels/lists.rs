//! Products whose left factor has many zeros, such as outputs of ReLU: zeros are skipped.
//!
//! For finite numbers the result has the bits of [`matmul`](super::matmul::matmul), up to the sign of a zero.

use super::compress::Compress;
use super::lanes::Lanes;
use super::matmul::{PANEL, Right, Start};
use super::real::Real;
use super::{Level, level};

/// Depths that are handled together, such that their part of the right factor stays in a first-level cache. A multiple
/// of [`PANEL`].
const TOGETHER: usize = 64;

/// The non-zero entries of each row of a left factor, in order.
#[derive(Clone, Debug)]
pub struct Lists<R> {
    rows: usize,
    depth: usize,
    /// For each row and each group of [`TOGETHER`] depths: the number of entries before the end of the group.
    ends: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<R>,
}

/// Room for a row, since whole panels may be written from any entry.
fn stride(depth: usize) -> usize {
    depth.next_multiple_of(PANEL) + PANEL
}

impl<R: Real> Lists<R> {
    /// Room for factors with at most these `(rows, depth)`.
    #[must_use]
    pub fn new(sizes: &[(usize, usize)]) -> Self {
        let most = |size: fn(&(usize, usize)) -> usize| sizes.iter().map(size).max().unwrap_or(0);
        let entries = most(|(rows, depth)| rows * stride(*depth));
        let ends = most(|(rows, depth)| rows * depth.div_ceil(TOGETHER));
        Self {
            rows: 0,
            depth: 0,
            ends: vec![0; ends],
            indices: vec![0; entries],
            values: vec![R::ZERO; entries],
        }
    }

    /// Becomes the lists of a matrix of `rows × depth`, row by row, with this distance of rows, which is at least `depth`
    /// rounded up to whole panels.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn set_rows(&mut self, values: &[R], row: usize, rows: usize, depth: usize) {
        assert!(
            depth.next_multiple_of(PANEL) <= row && rows * row <= values.len(),
            "entries of the left factor"
        );
        // SAFETY: whole panels of each row are within it.
        unsafe { self.set(level(), values.as_ptr(), (row, 1), (rows, depth)) }
    }

    /// Becomes the lists of the first `rows` rows of a matrix of `columns × depth` that
    /// [`pack_transposed`](super::matmul::pack_transposed) made of its transpose.
    ///
    /// # Panics
    /// If sizes do not match.
    pub fn set_packed(&mut self, packed: &[R], rows: usize, columns: usize, depth: usize) {
        let length = depth.next_multiple_of(PANEL) * columns;
        assert!(rows <= columns && length <= packed.len(), "entries of the left factor");
        // SAFETY: a panel holds `columns` parts of rows, one after the other.
        unsafe { self.set(level(), packed.as_ptr(), (PANEL, columns), (rows, depth)) }
    }

    /// # Safety
    /// `PANEL` entries are readable at `r · steps.0 + k · steps.1` for each row `r` and each `k` below `depth` that is a
    /// multiple of `PANEL`.
    unsafe fn set(
        &mut self,
        level: Level,
        from: *const R,
        steps: (usize, usize),
        (rows, depth): (usize, usize),
    ) {
        let groups = depth.div_ceil(TOGETHER);
        assert!(u32::try_from(depth).is_ok(), "a depth of 32 bits");
        assert!(
            rows * stride(depth) <= self.values.len() && rows * groups <= self.ends.len(),
            "room of the lists"
        );
        (self.rows, self.depth) = (rows, depth);
        let lists = self;
        crate::multiversion!(
            level,
            [R: Real] (lists: &mut Lists<R>, from: *const R, steps: (usize, usize)) -> (),
            // SAFETY: these lanes belong to the level; the room was checked.
            |Vector| unsafe { fill::<R, Vector<R>>(lists, from, steps) }
        );
    }
}

/// # Safety
/// As [`Compress`] and [`Lists::set`]; the room was checked.
#[allow(clippy::cast_possible_truncation)] // Depths have 32 bits.
#[inline(always)]
unsafe fn fill<R: Real, L: Compress<R>>(lists: &mut Lists<R>, from: *const R, steps: (usize, usize)) {
    let (stride, groups) = (stride(lists.depth), lists.depth.div_ceil(TOGETHER));
    for r in 0..lists.rows {
        let at = r * stride;
        let (indices, values) = (&mut lists.indices[at..at + stride], &mut lists.values[at..at + stride]);
        let (indices, values) = (indices.as_mut_ptr(), values.as_mut_ptr());
        let mut filled = 0;
        for (group, end) in lists.ends[r * groups..(r + 1) * groups].iter_mut().enumerate() {
            let last = ((group + 1) * TOGETHER).min(lists.depth);
            for k in (group * TOGETHER..last).step_by(PANEL) {
                // SAFETY: at most `PANEL` entries were and are to be written for each panel so far.
                filled += unsafe {
                    let from = from.add(r * steps.0 + k * steps.1);
                    let valid = (last - k).min(PANEL);
                    L::compress(from, valid, (k as u32, R::ONE), indices.add(filled), values.add(filled))
                };
            }
            *end = filled as u32;
        }
    }
}

/// A checked product.
struct Job<'a, R> {
    lists: &'a Lists<R>,
    right: *const R,
    right_steps: (usize, usize),
    /// The row that all sums start from; null for zeros.
    start: *const R,
    /// The sums start from what is there.
    here: bool,
    out: *mut R,
    out_row: usize,
}

/// All rows of the result in the columns of `V` vectors.
///
/// # Safety
/// As [`Lanes`]; the columns from `column` exist.
#[inline(always)]
unsafe fn strip<R: Real, L: Lanes<R>, const V: usize>(job: &Job<'_, R>, column: usize) {
    let lists = job.lists;
    let (stride, groups) = (stride(lists.depth), lists.depth.div_ceil(TOGETHER));
    // SAFETY: by the contract of this function; indices are below the depth.
    unsafe {
        let right: [*const R; V] = std::array::from_fn(|v| {
            let column = column + v * L::WIDTH;
            job.right.add(column / PANEL * job.right_steps.1 + column % PANEL)
        });
        for group in 0..groups.max(1) {
            for r in 0..lists.rows {
                let out = job.out.add(r * job.out_row + column);
                let mut sums = [L::splat(R::ZERO); V];
                let start =
                    if group > 0 || job.here { out.cast_const() } else { job.start.wrapping_add(column) };
                if group > 0 || job.here || !job.start.is_null() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = L::load(start.add(v * L::WIDTH));
                    }
                }
                if lists.depth > 0 {
                    let end = |g: usize| *lists.ends.get_unchecked(r * groups + g) as usize;
                    let entries =
                        r * stride + if group == 0 { 0 } else { end(group - 1) }..r * stride + end(group);
                    let indices = lists.indices.get_unchecked(entries.clone());
                    for (&index, &value) in indices.iter().zip(lists.values.get_unchecked(entries)) {
                        let value = L::splat(value);
                        let at = index as usize * job.right_steps.0;
                        for (v, sum) in sums.iter_mut().enumerate() {
                            *sum = value.fused(L::load(right[v].add(at)), *sum);
                        }
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
/// As [`Lanes`]; the sizes were checked by [`multiply`].
#[inline(always)]
unsafe fn all<R: Real, L: Lanes<R>>(job: &Job<'_, R>, columns: usize) {
    let vectors = columns / L::WIDTH;
    let strips = vectors.div_ceil(L::MOST);
    let mut column = 0;
    for s in 0..strips {
        let own = vectors / strips + usize::from(s < vectors % strips);
        // SAFETY: the columns exist.
        unsafe {
            match own {
                1 => strip::<R, L, 1>(job, column),
                2 => strip::<R, L, 2>(job, column),
                3 => strip::<R, L, 3>(job, column),
                4 => strip::<R, L, 4>(job, column),
                5 => strip::<R, L, 5>(job, column),
                6 => strip::<R, L, 6>(job, column),
                7 => strip::<R, L, 7>(job, column),
                _ => strip::<R, L, 8>(job, column),
            }
        }
        column += own * L::WIDTH;
    }
}

/// `out ← start + left · right` for the first `columns` columns, a multiple of [`PANEL`]. The rows of `out` have the given
/// distance.
///
/// # Panics
/// If sizes do not match.
pub fn multiply<R: Real>(
    left: &Lists<R>,
    right: Right<'_, R>,
    start: Start<'_, R>,
    out: (&mut [R], usize),
    columns: usize,
) {
    multiply_at(level(), left, right, start, out, columns);
}

fn multiply_at<R: Real>(
    level: Level,
    lists: &Lists<R>,
    right: Right<'_, R>,
    start: Start<'_, R>,
    (out, out_row): (&mut [R], usize),
    columns: usize,
) {
    if lists.rows == 0 || columns == 0 {
        return;
    }
    assert!(columns.is_multiple_of(PANEL), "whole panels");
    right.check(columns, lists.depth);
    assert!(
        columns <= out_row && (lists.rows - 1) * out_row + columns <= out.len(),
        "entries of the product"
    );
    let job = &Job {
        lists,
        right: right.values.as_ptr(),
        right_steps: (right.row, right.panel),
        start: start.row(columns),
        here: matches!(start, Start::Here),
        out: out.as_mut_ptr(),
        out_row,
    };
    crate::multiversion!(
        level,
        [R: Real] (job: &Job<'_, R>, columns: usize) -> (),
        // SAFETY: these lanes belong to the level; the sizes were checked; `out`, borrowed mutably, overlaps nothing.
        |Vector| unsafe { all::<R, Vector<R>>(job, columns) }
    );
}

#[cfg(test)]
mod tests {
    use super::super::levels;
    use super::super::matmul::{Left, Size, matmul, pack_rows, pack_transposed};
    use super::*;

    /// The bits of the dense product, at every level, from rows and from columns.
    fn check<R: Real>(rows: usize, columns: usize, depth: usize) {
        let wave = |n: usize, phase: f64| -> Vec<R> {
            let value = |i: usize| (i as f64 * 1.7 + phase).sin();
            (0..n).map(|i| R::of(value(i))).collect()
        };
        let (row, column) = (depth.next_multiple_of(PANEL), rows.next_multiple_of(PANEL));
        let positive = |v: R| if v > R::ZERO { v } else { R::ZERO };
        let left: Vec<R> = wave(rows * row, 0.1).into_iter().map(positive).collect();
        let transposed: Vec<R> = (0..depth * column)
            .map(|i| if i % column < rows { left[i % column * row + i / column] } else { R::ZERO })
            .collect();
        let (plain, start) = (wave(depth * columns, 0.7), wave(columns, 1.3));
        let mut right = vec![R::of(f64::NAN); depth * columns];
        pack_rows(&plain, columns, (depth, columns), &mut right);
        let right = Right::packed(&right, depth);
        let out_row = columns + 5;
        for from in [Start::Zero, Start::Row(&start), Start::Here] {
            let mut expected = wave(rows * out_row, 2.0);
            let dense = Left { values: &left, row, depth: 1 };
            matmul(dense, right, from, (&mut expected, out_row), Size { rows, columns, depth });
            for level in levels() {
                let mut lists = Lists::new(&[(1, 1), (rows, depth)]);
                let mut packed = vec![R::ZERO; column * row];
                pack_transposed(&transposed, depth, column, &mut packed);
                for by_rows in [true, false] {
                    // SAFETY: as in `set_rows` and `set_packed`.
                    unsafe {
                        if by_rows {
                            lists.set(level, left.as_ptr(), (row, 1), (rows, depth));
                        } else {
                            lists.set(level, packed.as_ptr(), (PANEL, column), (rows, depth));
                        }
                    }
                    let mut out = wave(rows * out_row, 2.0);
                    multiply_at(level, &lists, right, from, (&mut out, out_row), columns);
                    let same =
                        out.iter().zip(&expected).all(|(a, b)| a.widen().to_bits() == b.widen().to_bits());
                    assert!(same, "{level:?} {rows} {columns} {depth} {from:?} {by_rows}");
                }
            }
        }
    }

    #[test]
    fn skipping_zeros_changes_no_bits() {
        for (rows, columns, depth) in
            [(1, 16, 1), (3, 48, 1), (7, 32, 15), (25, 144, 64), (9, 16, 0), (13, 112, 150)]
        {
            check::<f32>(rows, columns, depth);
            check::<f64>(rows, columns, depth);
        }
    }
}
