//! Certificates of optimality: the duality gap.

use remeasure_core::numerics::{Design, kernels};

use super::penalty::{ElasticNet, Penalty};

/// A primal value, a dual value below the optimum, and their distance.
///
/// `primal − gap ≤ P* ≤ primal`, so `gap` bounds the suboptimality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// Objective at the coefficients.
    pub primal: f64,
    /// Dual objective at a feasible dual point.
    pub dual: f64,
    /// `primal − dual`, or 0 if rounding makes it negative.
    pub gap: f64,
}

/// The scalars that determine the gap of a penalised least-squares problem.
///
/// With a ridge part, all refer to the design augmented by `√(nλ₂) I` and the response augmented by zeros,
/// which turns the elastic net into a Lasso (Zou and Hastie 2005, lemma 1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct GapParts {
    /// Number of observations `n`.
    pub(crate) rows: usize,
    /// Weight of the ℓ1 norm.
    pub(crate) l1_weight: f64,
    /// `‖w‖₁`.
    pub(crate) norm: f64,
    /// `‖r‖² + nλ₂‖w‖²` with `r = y − Xw`.
    pub(crate) residual: f64,
    /// `yᵀr`.
    pub(crate) response_residual: f64,
    /// `max_j |x_jᵀr − nλ₂w_j|`.
    pub(crate) correlation: f64,
}

impl GapParts {
    /// The gap at the dual point `s·r`, with the `s` that maximises the dual among the feasible multiples of
    /// the residual (Bonnefoy, Emiya, Ralaivola and Gribonval 2015, "Dynamic screening", proposition 1). For groups, the
    /// norm is `Σ_g w_g‖w_g‖`, and the correlation `max_g ‖X_gᵀr‖/w_g`.
    pub(crate) fn certificate(&self) -> Certificate {
        let n = self.rows as f64;
        let primal = self.residual / (2.0 * n) + self.l1_weight * self.norm;
        let scale = self.scale();
        let dual = (scale * self.response_residual - 0.5 * scale * scale * self.residual) / n;
        Certificate { primal, dual, gap: (primal - dual).max(0.0) }
    }

    /// The `s` of the dual point `s·r`.
    pub(crate) fn scale(&self) -> f64 {
        let best = if self.residual > 0.0 { self.response_residual / self.residual } else { 0.0 };
        let limit = self.rows as f64 * self.l1_weight / self.correlation;
        // With a zero correlation, every multiple is feasible.
        if limit.is_nan() { best } else { best.clamp(-limit, limit) }
    }
}

impl Certificate {
    /// The gap of `1/(2n)‖y − Xw‖² + penalty(w)`, computed from scratch on the full problem.
    ///
    /// # Panics
    /// If a length does not match the design.
    #[must_use]
    pub fn least_squares(
        design: &Design,
        response: &[f64],
        penalty: &ElasticNet,
        coefficients: &[f64],
    ) -> Self {
        let n = design.rows();
        let mut residual = vec![0.0; n];
        design.mul(coefficients, &mut residual);
        for (r, y) in residual.iter_mut().zip(response) {
            *r = y - *r;
        }
        let mut correlations = vec![0.0; design.columns()];
        design.tmul(&residual, &mut correlations);
        let ridge = n as f64 * penalty.ridge_weight();
        let correlation =
            correlations.iter().zip(coefficients).fold(0.0, |m: f64, (c, w)| m.max((c - ridge * w).abs()));
        GapParts {
            rows: n,
            l1_weight: penalty.l1_weight(),
            norm: coefficients.iter().map(|w| w.abs()).sum(),
            residual: kernels::squared_norm(&residual) + ridge * kernels::squared_norm(coefficients),
            response_residual: kernels::dot(response, &residual),
            correlation,
        }
        .certificate()
    }
}

/// `max_j dist(−∇f(w)_j, ∂g(w)_j)` for least squares, computed from scratch.
///
/// # Panics
/// If a length does not match the design.
#[must_use]
pub fn kkt_residual(design: &Design, response: &[f64], penalty: &impl Penalty, coefficients: &[f64]) -> f64 {
    let n = design.rows();
    let mut residual = vec![0.0; n];
    design.mul(coefficients, &mut residual);
    for (r, y) in residual.iter_mut().zip(response) {
        *r -= y;
    }
    let mut gradient = vec![0.0; design.columns()];
    design.tmul(&residual, &mut gradient);
    gradient.iter_mut().for_each(|g| *g /= n as f64);
    penalty.subdifferential_distance(coefficients, &gradient)
}
