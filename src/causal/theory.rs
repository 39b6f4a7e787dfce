//! Closed forms for infinitely many rows.
//!
//! With `W = [W_x, w_y]`, `S = cov(X) = W_xᵀW_x + σ²I` and `c = cov(X, Y) = Sf + κ W_xᵀw_y`, least squares tends to
//! `S⁻¹c`. Augmentation along an orthonormal `Γ` adds `γ²P`, `P = ΓᵀΓ`, to `S`: least squares on augmented data tends to
//! `(S + γ²P)⁻¹c`, and IVL with weight `α` to `(S + γ²(1 + 1/α)P)⁻¹c`. Derived from the definitions; as `α → 0` or
//! `γ → ∞` both tend to least squares restricted to `Γh = 0`.

use remeasure_core::numerics::kernels;

use crate::models::Model;
use crate::stage;

/// `‖h − f‖² / (‖h − f‖² + ‖f‖²)`, the normalised causal error of Akbar et al.: 0 for the effect, ½ for `h = 0`, and
/// towards 1 for large errors.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn ncer(h: &[f64], effect: &[f64]) -> f64 {
    assert_eq!(h.len(), effect.len(), "one coefficient for each feature");
    let error: f64 = h.iter().zip(effect).map(|(a, b)| (a - b) * (a - b)).sum();
    // Summed alike, so that h = 0 has an error of exactly ½.
    let size: f64 = effect.iter().map(|f| f * f).sum();
    if error + size > 0.0 { error / (error + size) } else { 0.0 }
}

/// What an estimator tends to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// `(S + weight · P)⁻¹c`.
    Weighted(f64),
    /// Least squares restricted to `Γh = 0`.
    Invariant,
}

impl Limit {
    /// Least squares on `X`.
    pub const ERM: Self = Self::Weighted(0.0);

    /// Least squares on augmented data.
    #[must_use]
    pub fn augmented(gamma: f64) -> Self {
        Self::Weighted(gamma * gamma)
    }

    /// IVL with weight `α`.
    #[must_use]
    pub fn ivl(gamma: f64, alpha: f64) -> Self {
        Self::Weighted(gamma * gamma * (1.0 + 1.0 / alpha))
    }
}

/// Second moments of a model.
#[derive(Clone, Debug)]
pub struct Population<'a> {
    model: &'a Model,
    /// `S`, `m × m`.
    covariance: Vec<f64>,
    /// `c`, length `m`.
    right: Vec<f64>,
}

impl<'a> Population<'a> {
    /// The moments with confounding `κ` and noise of standard deviation `σ`.
    #[must_use]
    pub fn new(model: &'a Model, kappa: f64, sigma: f64) -> Self {
        let m = model.dimension();
        let column = |j: usize| model.confounding.column(j);
        let pairs = (0..m).flat_map(|i| (0..m).map(move |j| (i, j)));
        let noise = |i: usize, j: usize| if i == j { sigma * sigma } else { 0.0 };
        let covariance: Vec<f64> =
            pairs.map(|(i, j)| kernels::dot(column(i), column(j)) + noise(i, j)).collect();
        let rows = covariance.chunks_exact(m.max(1)).enumerate();
        let right = rows
            .map(|(i, row)| kernels::dot(row, &model.effect) + kappa * kernels::dot(column(i), column(m)))
            .collect();
        Self { model, covariance, right }
    }

    /// The coefficients that an estimator tends to, length `m`, where `Γ` spans all directions that `f` ignores:
    /// `P = I − ffᵀ/‖f‖²`.
    ///
    /// # Errors
    /// `S` is singular.
    pub fn coefficients(&self, limit: Limit) -> anyhow::Result<Vec<f64>> {
        let (m, effect) = (self.model.dimension(), &self.model.effect);
        let size = kernels::squared_norm(effect);
        anyhow::ensure!(size > 0.0, "the effect is zero");
        match limit {
            Limit::Weighted(weight) => {
                let mut matrix = self.covariance.clone();
                for (i, row) in matrix.chunks_exact_mut(m).enumerate() {
                    row[i] += weight;
                    kernels::axpy(-weight * effect[i] / size, effect, row);
                }
                Ok(stage::solve(&matrix, &self.right)?.h)
            }
            Limit::Invariant => {
                let rows = self.covariance.chunks_exact(m).zip(effect);
                let curvature: f64 = rows.map(|(row, f)| f * kernels::dot(row, effect)).sum();
                let scale = kernels::dot(effect, &self.right) / curvature;
                Ok(effect.iter().map(|f| scale * f).collect())
            }
        }
    }

    /// The normalised error that an estimator tends to.
    ///
    /// # Errors
    /// As [`Population::coefficients`].
    pub fn ncer(&self, limit: Limit) -> anyhow::Result<f64> {
        Ok(ncer(&self.coefficients(limit)?, &self.model.effect))
    }
}

/// Mean of [`Population::ncer`] over models.
///
/// # Errors
/// As [`Population::coefficients`].
pub fn mean_ncer(models: &[Model], kappa: f64, sigma: f64, limit: Limit) -> anyhow::Result<f64> {
    let of = |model| Population::new(model, kappa, sigma).ncer(limit);
    let sum: anyhow::Result<f64> = models.iter().map(of).sum();
    Ok(sum? / models.len() as f64)
}
