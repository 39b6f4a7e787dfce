//! Orthonormal bases by Gram and Schmidt, extended to rows that are held out.

use remeasure_core::numerics::kernels;

/// A column of norm `√fitted` whose distance to the others is below this share of it depends on them.
const DEPENDENT: f64 = 1e-10;

/// An orthonormal basis of columns of some length. Inner products are over the first `fitted` rows; the other rows are
/// carried along by the same operations, so that what is fitted on some rows can be predicted on the others.
#[derive(Clone, Debug)]
pub struct Basis {
    rows: usize,
    fitted: usize,
    values: Vec<f64>,
}

impl Basis {
    /// An empty basis.
    #[must_use]
    pub fn new(rows: usize, fitted: usize) -> Self {
        Self { rows, fitted, values: Vec::new() }
    }

    /// The basis of the given columns of a design, without those that depend on the ones before.
    #[must_use]
    pub fn of<'a>(rows: usize, fitted: usize, columns: impl Iterator<Item = &'a [f64]>) -> Self {
        let mut basis = Self::new(rows, fitted);
        for column in columns {
            basis.push(column);
        }
        basis
    }

    /// Number of its vectors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.rows).unwrap_or(0)
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Its vectors, each with all rows.
    pub fn vectors(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.rows.max(1))
    }

    /// Takes the projection on the span away, twice, as residuals may be much shorter than the column; returns the norm
    /// of what is left in the fitted rows.
    pub fn reduce(&self, column: &mut [f64]) -> f64 {
        for _ in 0..2 {
            for q in self.vectors() {
                let along = kernels::dot(&q[..self.fitted], &column[..self.fitted]);
                kernels::axpy(-along, q, column);
            }
        }
        kernels::squared_norm(&column[..self.fitted]).sqrt()
    }

    /// Whether a residual of this norm is rounding.
    #[must_use]
    pub fn negligible(&self, norm: f64) -> bool {
        norm < DEPENDENT * (self.fitted as f64).sqrt()
    }

    /// Extends the basis by a column; false if it depends on the others.
    pub fn push(&mut self, column: &[f64]) -> bool {
        let mut rest = column.to_vec();
        let norm = self.reduce(&mut rest);
        if self.negligible(norm) {
            return false;
        }
        rest.iter_mut().for_each(|v| *v /= norm);
        self.values.extend(rest);
        true
    }

    /// The projection of `response`, known in the fitted rows, in all rows.
    #[must_use]
    pub fn project(&self, response: &[f64]) -> Vec<f64> {
        let mut projection = vec![0.0; self.rows];
        for q in self.vectors() {
            kernels::axpy(kernels::dot(&q[..self.fitted], &response[..self.fitted]), q, &mut projection);
        }
        projection
    }
}
