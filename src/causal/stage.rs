//! Linear systems of the estimators, with their certificates.

use anyhow::Context;
use remeasure_core::numerics::{dense, kernels};

use crate::moments::{Features, Moments};

/// A solution with the residual of its normal equations.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Coefficients, length `m`.
    pub h: Vec<f64>,
    /// `‖A h − b‖ / ‖b‖` of the system `A h = b` that it solves; 0 if `b = 0`.
    pub residual: f64,
}

fn relative_residual(matrix: &[f64], h: &[f64], right: &[f64]) -> f64 {
    let rows = matrix.chunks_exact(h.len().max(1));
    let missed: f64 = rows.zip(right).map(|(row, b)| (kernels::dot(row, h) - b).powi(2)).sum();
    let whole = kernels::squared_norm(right);
    if whole > 0.0 { (missed / whole).sqrt() } else { 0.0 }
}

/// Solves `A h = b` for a symmetric positive definite `A`, `m × m`.
///
/// # Errors
/// `A` is singular to working precision.
pub fn solve(matrix: &[f64], right: &[f64]) -> anyhow::Result<Solution> {
    let factor = dense::Cholesky::new(right.len(), matrix)
        .context("the normal equations are singular: there are too few rows for so many features")?;
    let mut h = right.to_vec();
    factor.solve(&mut h);
    let residual = relative_residual(matrix, &h, right);
    Ok(Solution { h, residual })
}

/// Minimum-norm solution `A⁺b` for a symmetric `A`, which may be indefinite; eigenvalues below 1e-12 of the largest
/// count as zero.
///
/// # Errors
/// As [`dense::eigen`].
pub fn solve_symmetric(matrix: &[f64], right: &[f64]) -> anyhow::Result<Solution> {
    let (values, vectors) = dense::eigen(right.len(), matrix)?;
    let largest = kernels::max_abs(&values);
    let mut h = vec![0.0; right.len()];
    for (j, value) in values.iter().enumerate().filter(|(_, v)| v.abs() > 1e-12 * largest) {
        let vector = vectors.column(j);
        kernels::axpy(kernels::dot(vector, right) / value, vector, &mut h);
    }
    let residual = relative_residual(matrix, &h, right);
    Ok(Solution { h, residual })
}

/// Least squares of `y` on the features.
///
/// # Errors
/// As [`solve`].
pub fn least_squares(moments: &Moments, features: Features) -> anyhow::Result<Solution> {
    solve(&moments.gram(features), &moments.right(features))
}

/// The first stage: `X̃` and `y` projected onto the span of the instruments `G`.
#[derive(Clone, Debug)]
pub struct Stage {
    /// `T = L⁻¹GᵀX̃` with `GᵀG = LLᵀ`: `m` columns of length `k`, one after the other. `TᵀT = X̃ᵀΠX̃`.
    factor: Vec<f64>,
    /// `L⁻¹Gᵀy`, length `k`.
    outcome: Vec<f64>,
    projected: Vec<f64>,
    projected_right: Vec<f64>,
    gram: Vec<f64>,
    right: Vec<f64>,
}

impl Stage {
    /// Projects.
    ///
    /// # Errors
    /// The instruments are linearly dependent.
    pub fn new(moments: &Moments) -> anyhow::Result<Self> {
        let k = moments.instruments();
        let cholesky = dense::Cholesky::new(k, &moments.instrument_gram()).context(
            "the instruments are linearly dependent: there are too few rows for so many directions",
        )?;
        let mut factor = moments.relevance();
        factor.chunks_exact_mut(k).for_each(|column| cholesky.solve_lower(column));
        let mut outcome = moments.instrument_right();
        cholesky.solve_lower(&mut outcome);
        let columns = || factor.chunks_exact(k);
        let projected = columns().flat_map(|a| columns().map(move |b| kernels::dot(a, b))).collect();
        let projected_right = columns().map(|a| kernels::dot(a, &outcome)).collect();
        let gram = moments.gram(Features::Augmented);
        let right = moments.right(Features::Augmented);
        Ok(Self { factor, outcome, projected, projected_right, gram, right })
    }

    /// IVL with weight `α` (Akbar et al.): `argmin ‖Π(y − X̃h)‖² + α‖y − X̃h‖²`.
    ///
    /// # Errors
    /// As [`solve`].
    pub fn ivl(&self, alpha: f64) -> anyhow::Result<Solution> {
        let mut matrix = self.projected.clone();
        kernels::axpy(alpha, &self.gram, &mut matrix);
        let mut right = self.projected_right.clone();
        kernels::axpy(alpha, &self.right, &mut right);
        solve(&matrix, &right)
    }

    /// Two-stage least squares, `argmin ‖Π(y − X̃h)‖²`; of the many solutions with `k < m` instruments, the one of the
    /// least norm.
    ///
    /// # Errors
    /// As [`dense::pseudo_solve`].
    pub fn two_stage(&self) -> anyhow::Result<Solution> {
        let k = self.outcome.len();
        // h = Tᵀ(TTᵀ)⁺u.
        let mut matrix = vec![0.0; k * k];
        for column in self.factor.chunks_exact(k) {
            for (value, out) in column.iter().zip(matrix.chunks_exact_mut(k)) {
                kernels::axpy(*value, column, out);
            }
        }
        let (dual, _) = dense::pseudo_solve(k, &matrix, &self.outcome)?;
        let h: Vec<f64> = self.factor.chunks_exact(k).map(|column| kernels::dot(column, &dual)).collect();
        let residual = relative_residual(&self.projected, &h, &self.projected_right);
        Ok(Solution { h, residual })
    }
}
