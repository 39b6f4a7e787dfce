//! Rows of features.

/// Rows of features, each contiguous: `n × d`, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    columns: usize,
    values: Vec<f64>,
}

impl Rows {
    /// Rows from their values, one row after another; `columns` is at least 1.
    ///
    /// # Panics
    /// If the values do not fill the last row.
    #[must_use]
    pub fn new(columns: usize, values: Vec<f64>) -> Self {
        assert!(columns > 0 && values.len().is_multiple_of(columns), "whole rows of {columns} values");
        Self { columns, values }
    }

    /// Number of features `d`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of rows `n`.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    /// Row `s`, length `d`.
    #[must_use]
    pub fn row(&self, s: usize) -> &[f64] {
        &self.values[s * self.columns..(s + 1) * self.columns]
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// A copy of the given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self { columns: self.columns, values: rows.iter().flat_map(|s| self.row(*s)).copied().collect() }
    }

    /// All values, row by row.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.values
    }
}

/// `xᵀy`, summed in order: models have few features, for which the kernels of the core are too long.
#[inline]
#[must_use]
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// `y ← y + c x`, for vectors with few values.
#[inline]
pub fn add(c: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += c * x;
    }
}
