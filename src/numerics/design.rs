//! Column-major dense design matrices.

use ndarray::{ArrayView2, ShapeBuilder};

/// A dense `n × p` design matrix stored column by column, so that each
/// feature is one contiguous slice: the layout coordinate methods want.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Design {
    /// Wraps `values`, laid out column by column.
    ///
    /// # Panics
    /// If `values.len() != rows * columns`.
    #[must_use]
    pub fn from_columns(rows: usize, columns: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), rows * columns, "a design of {rows} × {columns}");
        Self { rows, columns, values }
    }

    /// Number of observations `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of features `p`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Feature `j`, length `n`.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// Feature `j`, length `n`, to be changed in place.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// All values, column by column.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.values
    }

    /// The same memory as an ndarray view in F order, shape `(n, p)`.
    #[must_use]
    pub fn view(&self) -> ArrayView2<'_, f64> {
        ArrayView2::from_shape((self.rows, self.columns).f(), &self.values)
            .unwrap_or_else(|_| unreachable!("the length was checked when the design was made"))
    }
}
