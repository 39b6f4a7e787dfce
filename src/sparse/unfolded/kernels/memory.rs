//! Memory layout of vectors and matrices: aligned to cache lines, padded with zeros.

use remeasure_core::numerics::kernels::{Level, level};

use super::super::Real;
use super::LANES;

#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line<R>([R; LANES]);

/// A vector that starts on a cache line; its length is a multiple of [`LANES`].
#[derive(Clone, Debug)]
pub(super) struct Aligned<R>(Vec<Line<R>>);

impl<R: Real> Aligned<R> {
    fn zeros(length: usize) -> Self {
        Self(vec![Line([R::ZERO; LANES]); length.div_ceil(LANES)])
    }

    fn as_slice(&self) -> &[R] {
        // SAFETY: `Line` is `LANES` values without padding (64 or 128 bytes).
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LANES) }
    }

    fn as_mut_slice(&mut self) -> &mut [R] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * LANES) }
    }
}

/// `length` rounded up to a multiple of the lanes.
fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}

/// Start of each tile of `length` positions.
fn tiles(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(LANES)
}

/// A batch of vectors, each padded with zeros to whole lanes.
#[derive(Clone, Debug)]
pub(crate) struct Block<R> {
    length: usize,
    stride: usize,
    count: usize,
    values: Aligned<R>,
}

impl<R: Real> Block<R> {
    pub(crate) fn zeros(length: usize, count: usize) -> Self {
        let stride = padded(length);
        Self { length, stride, count, values: Aligned::zeros(stride * count) }
    }

    /// Length of a vector including its padding.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Vector `b` without its padding.
    pub(crate) fn vector(&self, b: usize) -> &[R] {
        &self.values.as_slice()[b * self.stride..b * self.stride + self.length]
    }

    pub(crate) fn vector_mut(&mut self, b: usize) -> &mut [R] {
        let (start, length) = (b * self.stride, self.length);
        &mut self.values.as_mut_slice()[start..start + length]
    }

    /// Vector `b` with its padding.
    pub(crate) fn whole(&self, b: usize) -> &[R] {
        &self.values.as_slice()[b * self.stride..(b + 1) * self.stride]
    }

    /// Vector `b` with its padding, which must stay zero.
    pub(crate) fn whole_mut(&mut self, b: usize) -> &mut [R] {
        let (start, stride) = (b * self.stride, self.stride);
        &mut self.values.as_mut_slice()[start..start + stride]
    }

    pub(crate) fn as_slice(&self) -> &[R] {
        self.values.as_slice()
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [R] {
        self.values.as_mut_slice()
    }

    /// Copies contiguous vectors into the block.
    pub(crate) fn load(&mut self, vectors: &[R]) {
        for (b, vector) in vectors.chunks_exact(self.length).enumerate() {
            self.vector_mut(b).copy_from_slice(vector);
        }
    }
}

/// Number of columns of a matrix that a product handles together, such that those of a panel fit the
/// first-level cache.
pub(super) const TOGETHER: usize = 64;

/// The non-zero entries of each vector of a batch, in order.
#[derive(Clone, Debug)]
pub(crate) struct Lists<R> {
    /// Capacity of a list, in entries and in groups.
    stride: usize,
    groups: usize,
    /// For each list and each group of [`TOGETHER`] indices: the number of entries before the end of the group.
    ends: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<R>,
}

/// The memory that a list is written to.
pub(super) struct Room<'a, R> {
    pub(super) ends: &'a mut [u32],
    pub(super) indices: &'a mut [u32],
    pub(super) values: &'a mut [R],
}

// Dimensions were checked to fit 32 bits when the sensing matrix was made.
#[allow(clippy::cast_possible_truncation)]
impl<R: Real> Lists<R> {
    /// Allocates `count` lists of up to `length` entries.
    pub(crate) fn new(length: usize, count: usize) -> Self {
        // Whole lanes may be written starting from any entry.
        let stride = padded(length) + LANES;
        let groups = length.div_ceil(TOGETHER);
        let size = stride * count;
        Self {
            stride,
            groups,
            ends: vec![0; groups * count],
            indices: vec![0; size],
            values: vec![R::ZERO; size],
        }
    }

    /// Indices and values of list `b`.
    pub(crate) fn list(&self, b: usize) -> (&[u32], &[R]) {
        let filled = self.ends[b * self.groups..(b + 1) * self.groups].last().map_or(0, |end| *end as usize);
        let range = b * self.stride..b * self.stride + filled;
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Indices and values of the entries of list `b` in `group`.
    #[inline(always)]
    pub(super) fn part(&self, b: usize, group: usize) -> (&[u32], &[R]) {
        let ends = &self.ends[b * self.groups..(b + 1) * self.groups];
        let first = if group == 0 { 0 } else { ends[group - 1] as usize };
        let range = b * self.stride + first..b * self.stride + ends[group] as usize;
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Number of groups of [`TOGETHER`] indices.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    pub(crate) fn clear(&mut self) {
        self.ends.fill(0);
    }

    pub(super) fn room(&mut self, b: usize) -> Room<'_, R> {
        let range = b * self.stride..(b + 1) * self.stride;
        Room {
            ends: &mut self.ends[b * self.groups..(b + 1) * self.groups],
            indices: &mut self.indices[range.clone()],
            values: &mut self.values[range],
        }
    }

    /// Appends to list `b`; its indices must ascend.
    fn push(&mut self, b: usize, index: usize, value: R) {
        let ends = &mut self.ends[b * self.groups..(b + 1) * self.groups];
        let at = b * self.stride + ends.last().map_or(0, |end| *end as usize);
        self.indices[at] = index as u32;
        self.values[at] = value;
        ends[index / TOGETHER..].iter_mut().for_each(|end| *end += 1);
    }

    /// Entry `(i, b)` of the first `count` lists becomes entry `(b, i)` of `other`.
    pub(crate) fn transpose_into(&self, other: &mut Self, count: usize) {
        other.clear();
        for b in 0..count {
            let (indices, values) = self.list(b);
            for (&i, &v) in indices.iter().zip(values) {
                other.push(i as usize, b, v);
            }
        }
    }
}

/// Some rows of a matrix, stored column by column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panel {
    /// First row.
    pub(crate) row: usize,
    /// Number of rows, a multiple of [`LANES`].
    pub(crate) rows: usize,
    /// Start of its values.
    pub(crate) start: usize,
}

/// A matrix laid out for products: split into panels of rows, each stored column by column, the last one
/// padded with zeros.
#[derive(Clone, Debug)]
pub(crate) struct Operand<R> {
    rows: usize,
    columns: usize,
    panels: Vec<Panel>,
    values: Aligned<R>,
}

impl<R: Real> Operand<R> {
    /// Maximum size of a panel's column in bytes: the sums that fit in registers.
    fn widest() -> usize {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 { .. } => 384,
            _ => 512,
        }
    }

    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        let lines = rows.div_ceil(LANES);
        let most = Self::widest() / (LANES * size_of::<R>());
        let count = lines.div_ceil(most).max(1);
        let mut panels = Vec::with_capacity(count);
        let mut row = 0;
        for p in 0..count {
            let rows = (lines / count + usize::from(p < lines % count)) * LANES;
            panels.push(Panel { row, rows, start: row * columns });
            row += rows;
        }
        Self { rows, columns, panels, values: Aligned::zeros(row * columns) }
    }

    /// `rows × columns` from `value(i, k)`.
    pub(crate) fn from_fn(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let mut operand = Self::zeros(rows, columns);
        for panel in operand.panels.clone() {
            for k in 0..columns {
                for i in panel.row..(panel.row + panel.rows).min(rows) {
                    let at = panel.start + k * panel.rows + i - panel.row;
                    operand.values.as_mut_slice()[at] = R::of(value(i, k));
                }
            }
        }
        operand
    }

    /// Copies the columns of `source`, with stride `leading`; further columns keep their values.
    pub(crate) fn set(&mut self, source: &[R], leading: usize) {
        let values = self.values.as_mut_slice();
        for panel in &self.panels {
            let rows = panel.rows.min(self.rows - panel.row);
            for (k, column) in source.chunks(leading).take(self.columns).enumerate() {
                let at = panel.start + k * panel.rows;
                values[at..at + rows].copy_from_slice(&column[panel.row..panel.row + rows]);
            }
        }
    }

    /// Copies the transpose of `source`, whose columns (length `columns`) are contiguous.
    pub(crate) fn set_transposed(&mut self, source: &[R]) {
        let values = self.values.as_mut_slice();
        for panel in &self.panels {
            let rows = panel.rows.min(self.rows - panel.row);
            // In tiles, because one side of a transpose jumps between cache lines.
            for (row, column) in tiles(rows).flat_map(|i| tiles(self.columns).map(move |k| (i, k))) {
                for i in row..(row + LANES).min(rows) {
                    let from = &source[(panel.row + i) * self.columns..(panel.row + i + 1) * self.columns];
                    for k in column..(column + LANES).min(self.columns) {
                        values[panel.start + k * panel.rows + i] = from[k];
                    }
                }
            }
        }
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Rows with their padding.
    pub(crate) fn padded_rows(&self) -> usize {
        padded(self.rows)
    }

    pub(crate) fn panels(&self) -> &[Panel] {
        &self.panels
    }

    pub(crate) fn values(&self) -> &[R] {
        self.values.as_slice()
    }
}
