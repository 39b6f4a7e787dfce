//! The strength of confounding estimated from a regression alone (Janzing 2019, "Causal regularization").
//!
//! If the regression `w` is confounded, it points to directions of small variance. With the eigenvalues `λ_i` of the
//! features' covariance `S`, `z = Vᵀw/‖w‖` and `g_i = 1 + θ/λ_i`, the log density of the direction of `w` is
//! `−½ Σ ln g_i − (m/2) ln Σ z_i²/g_i`; its maximum `θ̂` gives the share `β = 1/(1 + 1/(.001 + τθ̂))` of `‖w‖²` that is
//! due to confounding, `τ = tr(S⁻¹)/m`. The constants are those of Akbar et al.'s code.

use remeasure_core::numerics::{dense, kernels};
use schemars::JsonSchema;
use serde::Deserialize;

/// How to find the maximum of the density.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// The highest of all maxima.
    #[default]
    Global,
    /// The first maximum above θ = 0, where a local search from 0 ends; 0 itself if the density falls there.
    Local,
}

/// What was estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confounding {
    /// `θ̂`, at least 0.
    pub theta: f64,
    /// `β`, between 0 and 1.
    pub beta: f64,
    /// `(1 − β)‖w‖²`: the squared norm that the effect should have.
    pub squared_norm: f64,
}

/// Number of θ per factor of ten in the search.
const DENSITY: f64 = 16.0;

/// Factor by which the search goes beyond the smallest and the largest eigenvalue.
const REACH: f64 = 1e8;

/// The density as a function of θ.
struct Direction {
    /// `λ_i`.
    values: Vec<f64>,
    /// `z_i²`, which sum to 1.
    weights: Vec<f64>,
}

impl Direction {
    fn log_density(&self, theta: f64) -> f64 {
        let (mut logs, mut sum) = (0.0, 0.0);
        for (value, weight) in self.values.iter().zip(&self.weights) {
            let g = 1.0 + theta / value;
            logs += g.ln();
            sum += weight / g;
        }
        -0.5 * logs - 0.5 * self.values.len() as f64 * sum.ln()
    }

    /// Derivative of the log density, times 2.
    fn slope(&self, theta: f64) -> f64 {
        let (mut inverse, mut upper, mut lower) = (0.0, 0.0, 0.0);
        for (value, weight) in self.values.iter().zip(&self.weights) {
            let part = 1.0 / (value + theta);
            inverse += part;
            lower += weight * value * part;
            upper += weight * value * part * part;
        }
        self.values.len() as f64 * upper / lower - inverse
    }

    /// The root of the slope between `low`, where it is positive, and `high`, where it is not.
    fn root(&self, mut low: f64, mut high: f64) -> f64 {
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.slope(middle) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// The maximum over θ ≥ 0.
    fn maximum(&self, search: Search) -> f64 {
        let least = self.values.iter().copied().fold(f64::INFINITY, f64::min) / REACH;
        let most = self.values.iter().copied().fold(0.0, f64::max) * REACH;
        let steps = ((most / least).log10() * DENSITY).ceil() as usize;
        let point = |s: usize| least * 10f64.powf(s as f64 / DENSITY);
        let (mut best, mut height) = (0.0, self.log_density(0.0));
        if search == Search::Local && self.slope(0.0) <= 0.0 {
            return best;
        }
        let (mut low, mut rising) = (0.0, self.slope(0.0) > 0.0);
        for s in 0..=steps {
            let high = point(s);
            let rises = self.slope(high) > 0.0;
            if rising && !rises {
                let theta = self.root(low, high);
                if search == Search::Local {
                    return theta;
                }
                let there = self.log_density(theta);
                if there > height {
                    (best, height) = (theta, there);
                }
            }
            (low, rising) = (high, rises);
        }
        // It still rises at the end: the maximum is at infinity, where β is 1.
        if rising && (search == Search::Local || self.log_density(low) > height) { low } else { best }
    }
}

/// Estimates the confounding of a regression `w`, length `m`, on features with covariance `covariance`, `m × m`.
///
/// # Errors
/// The covariance is singular, or `w` is zero.
pub fn confounding(covariance: &[f64], w: &[f64], search: Search) -> anyhow::Result<Confounding> {
    let m = w.len();
    let (values, vectors) = dense::eigen(m, covariance)?;
    let largest = values.last().copied().unwrap_or(0.0);
    anyhow::ensure!(
        values.first().is_some_and(|v| *v > 1e-14 * largest),
        "the covariance of the features is singular, so that the confounding cannot be estimated"
    );
    let size = kernels::squared_norm(w);
    anyhow::ensure!(size > 0.0, "the regression is zero, so that it has no direction");
    let weights = (0..m).map(|j| kernels::dot(vectors.column(j), w).powi(2) / size).collect();
    let tau = values.iter().map(|v| 1.0 / v).sum::<f64>() / m as f64;
    let theta = Direction { values, weights }.maximum(search);
    let beta = 1.0 / (1.0 + 1.0 / (0.001 + tau * theta));
    Ok(Confounding { theta, beta, squared_norm: (1.0 - beta) * size })
}
