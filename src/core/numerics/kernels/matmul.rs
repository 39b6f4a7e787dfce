//! Products of small dense matrices, in `f32` or `f64`.
//!
//! Each entry of a product is one sum, to which the terms are added in order by fused multiply–adds. Its bits therefore
//! depend neither on the level nor on how a product is split into tiles.

use super::lanes::Lanes;
use super::real::Real;
use super::{Level, level};

/// Columns of a panel, a multiple of the numbers in a vector at every level.
pub const PANEL: usize = 16;

/// Terms that are added before the next tile, such that the columns of a tile stay in a first-level cache.
const DEPTH: usize = 256;

/// The left factor: entry `(r, k)` is at `r · row + k · depth`.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a, R> {
    /// All entries.
    pub values: &'a [R],
    /// Distance of rows.
    pub row: usize,
    /// Distance of the entries of a row.
    pub depth: usize,
}

/// The right factor, its columns in panels of [`PANEL`].
#[derive(Clone, Copy, Debug)]
pub struct Right<'a, R> {
    pub(super) values: &'a [R],
    pub(super) row: usize,
    pub(super) panel: usize,
}

impl<'a, R> Right<'a, R> {
    /// A matrix row by row, with this distance of rows.
    #[must_use]
    pub fn rows(values: &'a [R], row: usize) -> Self {
        Self { values, row, panel: PANEL }
    }

    /// A matrix of `depth` rows from [`pack_rows`] or [`pack_transposed`].
    #[must_use]
    pub fn packed(values: &'a [R], depth: usize) -> Self {
        Self { values, row: PANEL, panel: PANEL * depth }
    }

    /// Panics unless it has these columns and rows.
    pub(super) fn check(&self, columns: usize, depth: usize) {
        if columns > 0 && depth > 0 {
            let column = columns - 1;
            let last = column / PANEL * self.panel + (depth - 1) * self.row + column % PANEL;
            assert!(last < self.values.len(), "entries of the right factor");
            // Otherwise a vector could cross the end of a row: harmless, but it would not be the product.
            assert!(depth == 1 || self.panel != PANEL || columns <= self.row, "columns of the right factor");
        }
    }
}

/// What the terms are added to.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, R> {
    /// 0.
    Zero,
    /// The same row for each row of the product, one number for each column.
    Row(&'a [R]),
    /// What is there.
    Here,
}

impl<R> Start<'_, R> {
    /// The row that all sums start from; null if there is none.
    pub(super) fn row(&self, columns: usize) -> *const R {
        match self {
            Self::Row(row) => {
                assert_eq!(row.len(), columns, "one start for each column");
                row.as_ptr()
            }
            Self::Zero | Self::Here => std::ptr::null(),
        }
    }
}

/// The sizes of a product: `rows × columns` sums of `depth` terms.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Rows of the left factor.
    pub rows: usize,
    /// Columns of the right factor.
    pub columns: usize,
    /// Columns of the left factor and rows of the right one.
    pub depth: usize,
}

/// A checked product, or the terms of some depths of it.
#[derive(Clone, Copy)]
struct Job<R> {
    left: *const R,
    left_steps: (usize, usize),
    right: *const R,
    right_steps: (usize, usize),
    /// The row that all sums start from; null for zeros.
    start: *const R,
    /// The sums start from what is there.
    here: bool,
    out: *mut R,
    out_row: usize,
    size: Size,
}

/// `T` rows of the result in the columns of one vector, or in the first `width` of them unless `FULL`.
///
/// # Safety
/// As [`Lanes`]; the rows `row..row + T` and the columns from `column` exist.
#[inline(always)]
unsafe fn tile<R: Real, L: Lanes<R>, const T: usize, const FULL: bool>(
    job: &Job<R>,
    (row, column): (usize, usize),
    width: usize,
) {
    // SAFETY: by the contract of this function.
    unsafe {
        let load = |from: *const R| if FULL { L::load(from) } else { L::load_first(from, width) };
        let out = job.out.add(row * job.out_row + column);
        let mut sums = [L::splat(R::ZERO); T];
        if job.here {
            for (t, sum) in sums.iter_mut().enumerate() {
                *sum = load(out.add(t * job.out_row));
            }
        } else if !job.start.is_null() {
            sums = [load(job.start.add(column)); T];
        }
        let left: [*const R; T] = std::array::from_fn(|t| job.left.add((row + t) * job.left_steps.0));
        let right = job.right.add(column / PANEL * job.right_steps.1 + column % PANEL);
        for k in 0..job.size.depth {
            let b = load(right.add(k * job.right_steps.0));
            for (t, sum) in sums.iter_mut().enumerate() {
                *sum = L::splat(*left[t].add(k * job.left_steps.1)).fused(b, *sum);
            }
        }
        for (t, sum) in sums.iter().enumerate() {
            let out = out.add(t * job.out_row);
            if FULL { sum.store(out) } else { sum.store_first(out, width) }
        }
    }
}

/// All rows in the columns of one vector.
///
/// # Safety
/// As [`tile`].
#[inline(always)]
unsafe fn strip<R: Real, L: Lanes<R>, const FULL: bool>(job: &Job<R>, column: usize, width: usize) {
    let mut row = 0;
    while row < job.size.rows {
        let at = (row, column);
        let rows = (job.size.rows - row).min(L::MOST);
        // SAFETY: the rows exist.
        unsafe {
            match rows {
                1 => tile::<R, L, 1, FULL>(job, at, width),
                2 => tile::<R, L, 2, FULL>(job, at, width),
                3 => tile::<R, L, 3, FULL>(job, at, width),
                4 => tile::<R, L, 4, FULL>(job, at, width),
                5 => tile::<R, L, 5, FULL>(job, at, width),
                6 => tile::<R, L, 6, FULL>(job, at, width),
                7 => tile::<R, L, 7, FULL>(job, at, width),
                _ => tile::<R, L, 8, FULL>(job, at, width),
            }
        }
        row += rows;
    }
}

/// # Safety
/// As [`Lanes`]; the sizes were checked by [`matmul`].
#[inline(always)]
unsafe fn all<R: Real, L: Lanes<R>>(job: &Job<R>) {
    let mut job = *job;
    let depth = job.size.depth;
    let mut done = 0;
    loop {
        job.size.depth = (depth - done).min(DEPTH);
        let mut column = 0;
        while column < job.size.columns {
            let width = (job.size.columns - column).min(L::WIDTH);
            // SAFETY: the columns exist, and vectors do not cross panels, whose width is a multiple of theirs.
            unsafe {
                if width == L::WIDTH {
                    strip::<R, L, true>(&job, column, width);
                } else {
                    strip::<R, L, false>(&job, column, width);
                }
            }
            column += width;
        }
        done += job.size.depth;
        if done == depth {
            return;
        }
        job.left = job.left.wrapping_add(job.size.depth * job.left_steps.1);
        job.right = job.right.wrapping_add(job.size.depth * job.right_steps.0);
        job.here = true;
    }
}

/// `out ← start + left · right`. The rows of `out` have the given distance; what is between them stays as it is.
///
/// # Panics
/// If sizes do not match.
pub fn matmul<R: Real>(
    left: Left<'_, R>,
    right: Right<'_, R>,
    start: Start<'_, R>,
    out: (&mut [R], usize),
    size: Size,
) {
    matmul_at(level(), left, right, start, out, size);
}

fn matmul_at<R: Real>(
    level: Level,
    left: Left<'_, R>,
    right: Right<'_, R>,
    start: Start<'_, R>,
    (out, out_row): (&mut [R], usize),
    size: Size,
) {
    let Size { rows, columns, depth } = size;
    if rows == 0 || columns == 0 {
        return;
    }
    let (last_row, last_column) = (rows - 1, columns - 1);
    if let Some(last) = depth.checked_sub(1) {
        assert!(last_row * left.row + last * left.depth < left.values.len(), "entries of the left factor");
    }
    right.check(columns, depth);
    assert!(columns <= out_row && last_row * out_row + last_column < out.len(), "entries of the product");
    let job = &Job {
        left: left.values.as_ptr(),
        left_steps: (left.row, left.depth),
        right: right.values.as_ptr(),
        right_steps: (right.row, right.panel),
        start: start.row(columns),
        here: matches!(start, Start::Here),
        out: out.as_mut_ptr(),
        out_row,
        size,
    };
    crate::multiversion!(
        level,
        [R: Real] (job: &Job<R>) -> (),
        // SAFETY: these lanes belong to the level; the sizes were checked; `out`, borrowed mutably, overlaps nothing.
        |Vector| unsafe { all::<R, Vector<R>>(job) }
    );
}

/// A matrix of `rows × columns`, row by row with the distance `row`, as a right factor: panels of [`PANEL`] of its
/// columns, each row by row; the last one is filled up with zeros.
///
/// # Panics
/// If `to` is shorter than `rows` times `columns` rounded up to whole panels.
pub fn pack_rows<R: Real>(from: &[R], row: usize, (rows, columns): (usize, usize), to: &mut [R]) {
    let to = &mut to[..rows * columns.next_multiple_of(PANEL)];
    for (panel, to) in to.chunks_exact_mut((PANEL * rows).max(1)).enumerate() {
        let column = panel * PANEL;
        let width = (columns - column).min(PANEL);
        for (r, to) in to.chunks_exact_mut(PANEL).enumerate() {
            let from = &from[r * row + column..][..width];
            match <&[R; PANEL]>::try_from(from) {
                Ok(whole) => to.copy_from_slice(whole),
                Err(_) => {
                    to[..width].copy_from_slice(from);
                    to[width..].fill(R::ZERO);
                }
            }
        }
    }
}

/// The transpose of a matrix of `rows × columns`, row by row, as a right factor: panels of [`PANEL`] of its rows, each
/// column by column; the last one is filled up with zeros.
///
/// # Panics
/// If `to` is shorter than `columns` times `rows` rounded up to whole panels.
pub fn pack_transposed<R: Real>(from: &[R], rows: usize, columns: usize, to: &mut [R]) {
    #[inline(always)]
    fn body<R: Real>(from: &[R], columns: usize, to: &mut [R]) {
        let panels = from.chunks(PANEL * columns).zip(to.chunks_exact_mut(PANEL * columns));
        for (from, to) in panels {
            if from.len() == PANEL * columns {
                transpose(from, columns, to);
            } else {
                to.fill(R::ZERO);
                for (c, row) in from.chunks_exact(columns).enumerate() {
                    to.chunks_exact_mut(PANEL).zip(row).for_each(|(to, v)| to[c] = *v);
                }
            }
        }
    }
    assert_eq!(from.len(), rows * columns, "entries of the matrix");
    let to = &mut to[..rows.next_multiple_of(PANEL) * columns];
    if !from.is_empty() {
        crate::multiversion!(
            level(),
            [R: Real] (from: &[R], columns: usize, to: &mut [R]) -> (),
            body(from, columns, to)
        );
    }
}

/// Side of the squares that a transpose is made of.
const SIDE: usize = 8;

/// Transposes `PANEL × columns` entries.
#[inline(always)]
fn transpose<R: Real>(from: &[R], columns: usize, to: &mut [R]) {
    let whole = columns / SIDE * SIDE;
    for half in (0..PANEL).step_by(SIDE) {
        for k in (0..whole).step_by(SIDE) {
            let square: [[R; SIDE]; SIDE] = std::array::from_fn(|c| {
                let row = &from[(half + c) * columns + k..][..SIDE];
                std::array::from_fn(|i| row[i])
            });
            for i in 0..SIDE {
                let to = &mut to[(k + i) * PANEL + half..][..SIDE];
                for c in 0..SIDE {
                    to[c] = square[c][i];
                }
            }
        }
    }
    for k in whole..columns {
        for c in 0..PANEL {
            to[k * PANEL + c] = from[c * columns + k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::levels;
    use super::*;

    fn wave<R: Real>(n: usize, phase: f64) -> Vec<R> {
        (0..n).map(|i| R::of((i as f64 * 1.7 + phase).sin())).collect()
    }

    fn same<R: Real>(a: &[R], b: &[R]) -> bool {
        a.iter().zip(b).all(|(x, y)| x.widen().to_bits() == y.widen().to_bits())
    }

    /// Sums in order, at every level, whatever the layout of the factors.
    fn check<R: Real>(rows: usize, columns: usize, depth: usize) {
        let (a, b) = (wave::<R>(rows * depth, 0.1), wave::<R>(columns * depth, 0.7));
        let (start, gap) = (wave::<R>(columns, 1.3), 3);
        let out_row = columns + gap;
        let there = wave::<R>(rows * out_row, 2.1);
        let mut packed = vec![R::of(f64::NAN); columns.next_multiple_of(PANEL) * depth];
        // `b` as the transpose of a right factor.
        pack_transposed(&b, columns, depth, &mut packed);
        let plain: Vec<R> = (0..depth * columns).map(|i| b[i % columns * depth + i / columns]).collect();
        for (row, step) in [(depth, 1), (1, rows)] {
            for from in [Start::Zero, Start::Row(&start), Start::Here] {
                let mut expected = there.clone();
                for r in 0..rows {
                    for c in 0..columns {
                        let out = &mut expected[r * out_row + c];
                        *out = match from {
                            Start::Zero => R::ZERO,
                            Start::Row(start) => start[c],
                            Start::Here => *out,
                        };
                        for k in 0..depth {
                            *out = a[r * row + k * step].fused(b[c * depth + k], *out);
                        }
                    }
                }
                for right in [Right::packed(&packed, depth), Right::rows(&plain, columns)] {
                    for level in levels() {
                        let mut out = there.clone();
                        let left = Left { values: &a, row, depth: step };
                        matmul_at(
                            level,
                            left,
                            right,
                            from,
                            (&mut out, out_row),
                            Size { rows, columns, depth },
                        );
                        assert!(same(&out, &expected), "{level:?} {rows} {columns} {depth} {from:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_level_returns_the_bits_of_sums_in_order() {
        for (rows, columns, depth) in
            [(1, 1, 1), (3, 40, 1), (7, 32, 5), (25, 37, 30), (8, 16, 0), (13, 20, 2 * DEPTH + 9)]
        {
            check::<f32>(rows, columns, depth);
            check::<f64>(rows, columns, depth);
        }
    }

    #[test]
    #[should_panic(expected = "entries of the right factor")]
    fn factors_that_are_too_short_are_refused() {
        let left = Left { values: &[1.0, 2.0], row: 2, depth: 1 };
        let right = Right::rows(&[1.0], 1);
        matmul(left, right, Start::Zero, (&mut [0.0], 1), Size { rows: 1, columns: 1, depth: 2 });
    }
}
