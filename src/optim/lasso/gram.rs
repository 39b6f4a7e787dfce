//! Inner products of the features that a solve has met, grown as it meets them.

use crate::numerics::{Design, kernels};

/// Marks a feature that has no position.
const ABSENT: u32 = u32::MAX;

/// `x_iᵀx_j` for the features met so far, as a full symmetric matrix whose
/// rows are contiguous. A position, once given to a feature, stays.
#[derive(Clone, Debug)]
pub(crate) struct Gram {
    features: Vec<usize>,
    positions: Vec<u32>,
    stride: usize,
    values: Vec<f64>,
}

impl Gram {
    /// No feature met yet, of `columns`.
    pub(crate) fn new(columns: usize) -> Self {
        Self { features: Vec::new(), positions: vec![ABSENT; columns], stride: 0, values: Vec::new() }
    }

    /// The features, by position.
    pub(crate) fn features(&self) -> &[usize] {
        &self.features
    }

    /// Number of features met.
    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }

    pub(crate) fn contains(&self, feature: usize) -> bool {
        self.positions[feature] != ABSENT
    }

    /// Row `position`: the products with every feature met.
    #[inline]
    pub(crate) fn row(&self, position: usize) -> &[f64] {
        &self.values[position * self.stride..position * self.stride + self.features.len()]
    }

    /// Meets `new` features, none of which was met before.
    pub(crate) fn extend(&mut self, design: &Design, new: &[usize]) {
        let old = self.features.len();
        for &j in new {
            self.positions[j] = self.features.len() as u32;
            self.features.push(j);
        }
        self.reserve(old);
        self.fill_rows_from(old, design);
        let m = self.features.len();
        for i in old..m {
            for j in 0..i {
                self.values[j * self.stride + i] = self.values[i * self.stride + j];
            }
        }
    }

    /// Widens the rows, keeping the `old` × `old` products.
    fn reserve(&mut self, old: usize) {
        let m = self.features.len();
        if m <= self.stride {
            return;
        }
        let stride = (m + m / 2).next_multiple_of(8).min(self.positions.len().next_multiple_of(8));
        let mut values = vec![0.0; stride * stride];
        for i in 0..old {
            let row = &self.values[i * self.stride..i * self.stride + old];
            values[i * stride..i * stride + old].copy_from_slice(row);
        }
        self.stride = stride;
        self.values = values;
    }

    /// Rows `old..` up to their own block on the diagonal, in blocks of 4 × 4
    /// and a chunk of observations at a time, so that what is read again is
    /// still in the cache. Chunk by chunk is also the order of [`kernels::dot`].
    fn fill_rows_from(&mut self, old: usize, design: &Design) {
        let (m, n) = (self.features.len(), design.rows());
        for start in (0..n).step_by(kernels::CHUNK) {
            let end = (start + kernels::CHUNK).min(n);
            let part = |position: usize| &design.column(self.features[position])[start..end];
            let mut i = old;
            while i + 4 <= m {
                let left = [part(i), part(i + 1), part(i + 2), part(i + 3)];
                let mut j = 0;
                while j < i + 4 {
                    // The last block may reach beyond the diagonal, never beyond the rows.
                    let first = j.min(m - 4);
                    let right = [part(first), part(first + 1), part(first + 2), part(first + 3)];
                    let block = kernels::dots(left, right);
                    for (r, products) in block.iter().enumerate() {
                        let row = &mut self.values[(i + r) * self.stride..];
                        for (c, product) in products.iter().enumerate() {
                            if first + c >= j {
                                row[first + c] += product;
                            }
                        }
                    }
                    j += 4;
                }
                i += 4;
            }
            while i < m {
                for j in 0..=i {
                    let [[product]] = kernels::dots([part(i)], [part(j)]);
                    self.values[i * self.stride + j] += product;
                }
                i += 1;
            }
        }
    }
}
