//! Inner products of the features used so far in a solve.

use remeasure_core::deadline;
use remeasure_core::numerics::{Design, kernels};

/// Marks a feature that has no position.
const ABSENT: u32 = u32::MAX;

/// `x_iᵀx_j` for the features added so far, as a full symmetric matrix with contiguous rows. The position of
/// a feature never changes.
#[derive(Clone, Debug)]
pub(crate) struct Gram {
    features: Vec<usize>,
    positions: Vec<u32>,
    stride: usize,
    values: Vec<f64>,
    multiplications: f64,
}

impl Gram {
    /// An empty matrix for `columns` features.
    pub(crate) fn new(columns: usize) -> Self {
        Self {
            features: Vec::new(),
            positions: vec![ABSENT; columns],
            stride: 0,
            values: Vec::new(),
            multiplications: 0.0,
        }
    }

    /// The features, by position.
    pub(crate) fn features(&self) -> &[usize] {
        &self.features
    }

    /// Number of features added.
    pub(crate) fn len(&self) -> usize {
        self.features.len()
    }

    pub(crate) fn contains(&self, feature: usize) -> bool {
        self.positions[feature] != ABSENT
    }

    /// Number of multiplications so far.
    pub(crate) fn multiplications(&self) -> f64 {
        self.multiplications
    }

    /// Row `position`: the products with all added features.
    #[inline]
    pub(crate) fn row(&self, position: usize) -> &[f64] {
        &self.values[position * self.stride..position * self.stride + self.features.len()]
    }

    /// Adds `new` features, none of which has been added before; if a [`deadline`] passes meanwhile, adds
    /// none of them and returns false.
    pub(crate) fn extend(&mut self, design: &Design, new: &[usize]) -> bool {
        let old = self.features.len();
        for &j in new {
            self.positions[j] = self.features.len() as u32;
            self.features.push(j);
        }
        self.reserve(old);
        let m = self.features.len();
        if !self.fill_rows_from(old, design) {
            // Products are accumulated chunk by chunk: discard partial sums.
            self.values[old * self.stride..m * self.stride].fill(0.0);
            self.features.truncate(old);
            new.iter().for_each(|&j| self.positions[j] = ABSENT);
            return false;
        }
        // Rows `old..m` up to the diagonal.
        self.multiplications += (0.5 * (m - old) as f64 * (m + old + 1) as f64) * design.rows() as f64;
        for i in old..m {
            for j in 0..i {
                self.values[j * self.stride + i] = self.values[i * self.stride + j];
            }
        }
        true
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

    /// Fills rows `old..` up to the diagonal, a chunk of observations and a panel of features at a time, so
    /// that data read again are still in the cache. This is also the order of chunks in [`kernels::dot`], so
    /// the products have the same bits. Returns false if a [`deadline`] passed before the end.
    fn fill_rows_from(&mut self, old: usize, design: &Design) -> bool {
        let (m, n) = (self.features.len(), design.rows());
        let Self { features, stride, values, .. } = self;
        for start in (0..n).step_by(kernels::CHUNK) {
            let end = (start + kernels::CHUNK).min(n);
            let part = |position: usize| &design.column(features[position])[start..end];
            for panel in (0..m).step_by(kernels::PANEL) {
                if deadline::passed() {
                    return false;
                }
                let panel_end = (panel + kernels::PANEL).min(m);
                for i in (old.max(panel)..m).step_by(4) {
                    let rows = i..(i + 4).min(m);
                    let columns = panel..panel_end.min(rows.end);
                    kernels::for_each_product(rows, columns, part, part, |i, j, product| {
                        values[i * *stride + j] += product;
                    });
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_deadline_leaves_half_made_is_undone() {
        let (n, p) = (kernels::CHUNK + 40, 300);
        let values = (0..n * p).map(|i| (i as f64 * 0.37).sin()).collect();
        let design = Design::from_columns(n, p, values);
        let (first, second): (Vec<usize>, Vec<usize>) = ((0..30).collect(), (30..p).rev().collect());
        let mut whole = Gram::new(p);
        let mut cut = Gram::new(p);
        for gram in [&mut whole, &mut cut] {
            assert!(gram.extend(&design, &first));
        }
        assert!(whole.extend(&design, &second));
        // Each attempt gets a little further than the one before.
        let mut limit = Duration::from_micros(1);
        let mut attempts = 0;
        while !deadline::within(Some(limit), || cut.extend(&design, &second)).0 {
            assert_eq!((cut.len(), cut.contains(30), cut.row(29).len()), (30, false, 30));
            limit = limit.mul_f64(1.3);
            attempts += 1;
        }
        assert!(attempts > 0);
        assert_eq!(cut.features(), whole.features());
        for i in 0..p {
            assert_eq!(cut.row(i), whole.row(i), "row {i}");
        }
    }
}
