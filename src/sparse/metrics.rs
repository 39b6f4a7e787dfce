//! Computes the metrics of a fit.

use remeasure_core::numerics::{Design, kernels};

use super::problem::{Ensemble, Truth};

/// `‖x̂ − x‖² / ‖x‖²`; NaN if the truth is zero.
#[must_use]
pub fn nmse(estimate: &[f64], truth: &[f64]) -> f64 {
    let error: f64 = estimate.iter().zip(truth).map(|(a, b)| (a - b) * (a - b)).sum();
    let power: f64 = truth.iter().map(|v| v * v).sum();
    if power > 0.0 { error / power } else { f64::NAN }
}

/// Counts of a recovered support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportCounts {
    /// Features that are both selected and in the true support.
    pub hits: usize,
    /// Selected features.
    pub selected: usize,
    /// Features in the true support.
    pub actual: usize,
}

impl SupportCounts {
    /// Compares the non-zero coefficients of an estimate with the truth.
    #[must_use]
    pub fn of(estimate: &[f64], truth: &Truth) -> Self {
        let hits = truth.support.iter().filter(|&&j| estimate[j] != 0.0).count();
        let selected = estimate.iter().filter(|v| **v != 0.0).count();
        Self { hits, selected, actual: truth.support.len() }
    }

    /// Share of the selected features that are in the support; 1 if nothing is selected, as then nothing is
    /// wrong.
    #[must_use]
    pub fn precision(&self) -> f64 {
        if self.selected == 0 { 1.0 } else { self.hits as f64 / self.selected as f64 }
    }

    /// Share of the support that is selected; 1 if the support is empty.
    #[must_use]
    pub fn recall(&self) -> f64 {
        if self.actual == 0 { 1.0 } else { self.hits as f64 / self.actual as f64 }
    }

    /// Harmonic mean of precision and recall, `2 hits / (selected + actual)`.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let total = self.selected + self.actual;
        if total == 0 { 1.0 } else { 2.0 * self.hits as f64 / total as f64 }
    }
}

/// `‖A(x̂ − x)‖² / ‖A x‖²`: the in-sample prediction error without the noise. It is 1 for predicting zero,
/// and NaN if there is no signal.
#[must_use]
pub fn prediction_error(design: &Design, estimate: &[f64], truth: &[f64]) -> f64 {
    let power = |x: &[f64]| {
        let mut fitted = vec![0.0; design.rows()];
        design.mul(x, &mut fitted);
        fitted.iter().map(|v| v * v).sum::<f64>()
    };
    let difference: Vec<f64> = estimate.iter().zip(truth).map(|(a, b)| a - b).collect();
    let signal = power(truth);
    if signal > 0.0 { power(&difference) / signal } else { f64::NAN }
}

/// `‖y − A x̂‖² / n`.
#[must_use]
pub fn mean_squared_error(design: &Design, response: &[f64], estimate: &[f64]) -> f64 {
    let mut fitted = vec![0.0; design.rows()];
    design.mul(estimate, &mut fitted);
    fitted.iter().zip(response).map(|(f, y)| (y - f) * (y - f)).sum::<f64>() / design.rows() as f64
}

/// The Lasso objective `1/(2n)‖y − A x̂‖² + λ‖x̂‖₁`.
#[must_use]
pub fn lasso_objective(design: &Design, response: &[f64], estimate: &[f64], lambda: f64) -> f64 {
    let l1: f64 = estimate.iter().map(|v| v.abs()).sum();
    0.5 * mean_squared_error(design, response, estimate) + lambda * l1
}

/// `Σ‖x̂ − x‖² / Σ‖x‖²` over the signals of an ensemble; `None` if all of them are zero.
#[must_use]
pub fn ensemble_nmse(ensemble: &Ensemble, estimates: &[f64]) -> Option<f64> {
    let ratio = nmse(estimates, &ensemble.signals);
    (!ratio.is_nan()).then_some(ratio)
}

/// Objectives of the estimates of an ensemble, averaged over its signals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objectives {
    /// `½‖y − A x̂‖² + λ‖x̂‖₁`.
    pub l1: f64,
    /// `½‖y − A x̂‖² + λ‖x̂‖₀`.
    pub l0: f64,
}

/// Both objectives of the estimates of an ensemble.
#[must_use]
pub fn objectives(ensemble: &Ensemble, estimates: &[f64], lambda: f64) -> Objectives {
    let design = &ensemble.design;
    let (n, p) = (design.rows(), design.columns());
    let mut residual = vec![0.0; n];
    let (mut fit, mut l1, mut l0) = (0.0, 0.0, 0);
    for (estimate, response) in estimates.chunks_exact(p).zip(ensemble.responses.chunks_exact(n)) {
        residual.copy_from_slice(response);
        design.add_mul(-1.0, estimate.iter().copied().enumerate(), &mut residual);
        fit += 0.5 * kernels::squared_norm(&residual);
        l1 += estimate.iter().map(|v| v.abs()).sum::<f64>();
        l0 += estimate.iter().filter(|v| **v != 0.0).count();
    }
    let size = ensemble.len() as f64;
    Objectives { l1: (fit + lambda * l1) / size, l0: (fit + lambda * l0 as f64) / size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_counts_of_a_known_case() {
        let truth = Truth { coefficients: vec![1.0, 0.0, -2.0, 0.0], support: vec![0, 2], sigma: 0.0 };
        let counts = SupportCounts::of(&[0.5, 0.1, 0.0, 0.3], &truth);
        assert_eq!(counts, SupportCounts { hits: 1, selected: 3, actual: 2 });
        assert_eq!(counts.precision(), 1.0 / 3.0);
        assert_eq!(counts.recall(), 0.5);
        assert_eq!(counts.f1(), 0.4);
    }

    #[test]
    fn errors_of_a_known_case() {
        let design = Design::from_columns(2, 2, vec![1.0, 0.0, 1.0, 2.0]);
        assert_eq!(nmse(&[1.0, 1.0], &[1.0, 2.0]), 0.2);
        // A (0, −1) = (−1, −2) and A (1, 2) = (3, 4)
        assert_eq!(prediction_error(&design, &[1.0, 1.0], &[1.0, 2.0]), 0.2);
        // y − A (1, 1) = (1, 1)
        assert_eq!(lasso_objective(&design, &[3.0, 3.0], &[1.0, 1.0], 0.5), 0.5 + 1.0);
    }
}
