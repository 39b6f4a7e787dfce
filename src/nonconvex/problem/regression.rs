//! Regression with groups of nonzero coefficients.

use std::sync::OnceLock;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_optim::nonconvex::{Loss, Mcp, Scad};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_range, logistic, standardise};
use crate::race::{Race, Setting};

/// What is regressed on the features.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    /// Signal plus normal noise; groups N(.5, 1), N(5, 2²), N(10, 3²), N(20, 4²), N(50, 5²).
    #[default]
    Gaussian,
    /// 0 or 1, with the logistic function of ½ plus signal plus normal noise as the probability; groups N(±½, 1) and
    /// N(1, 1).
    Binary,
}

/// By what the columns are divided after centring.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// The root of the sum of squares ÷ n.
    #[default]
    Population,
    /// The root of the sum of squares ÷ (n − 1).
    Sample,
}

/// Which penalty, with λ|w| near 0.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Penalty {
    /// SCAD with `a`.
    #[default]
    Scad,
    /// MCP with `gamma`.
    Mcp,
}

/// Five groups of ten nonzero coefficients with zeros between them; rows N(0, Σ) with Σ_ij = τ^|i−j|, columns centred and
/// scaled; normal noise of variance βᵀΣβ ÷ SNR.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// Rows, at least 4.
    pub n: usize,
    /// Further rows, to choose λ by; 0 where λ is given.
    #[serde(default)]
    pub n_test: usize,
    /// Zeros between two groups; p = 50 + 4 · zeros.
    #[serde(default = "zeros")]
    pub zeros: usize,
    /// Correlation τ of neighbouring features, at least 0 and below 1.
    pub tau: f64,
    /// Variance of the signal ÷ variance of the noise, above 0.
    pub snr: f64,
    /// What is regressed.
    #[serde(default)]
    pub response: Response,
    /// How columns are scaled, over all rows.
    #[serde(default)]
    pub scaling: Scaling,
    /// The penalty.
    pub penalty: Penalty,
    /// λ of the runs at one λ, above 0.
    #[serde(default = "fifth")]
    pub lambda: f64,
    /// SCAD: where its slope is 0, in multiples of λ; above 2.
    #[serde(default = "scad_a")]
    pub a: f64,
    /// MCP: where its slope is 0, in multiples of λ; above 1.
    #[serde(default = "mcp_gamma")]
    pub gamma: f64,
    /// A run is at its target if its objective is at most `exp(target)` above the best.
    #[serde(default = "target")]
    pub target: f64,
    /// Largest number of iterations of a run.
    #[serde(default = "iterations")]
    pub max_iterations: usize,
}

fn zeros() -> usize {
    500
}

fn fifth() -> f64 {
    0.2
}

fn scad_a() -> f64 {
    3.7
}

fn mcp_gamma() -> f64 {
    3.0
}

fn target() -> f64 {
    3.0
}

fn iterations() -> usize {
    5000
}

impl Check for Regression {
    fn check(&self) -> Result<(), Invalid> {
        if self.n < 4 {
            return Err(Invalid::new("n", format!("expected at least 4, found {}", self.n)));
        }
        if self.max_iterations == 0 {
            return Err(Invalid::new("max_iterations", "expected at least 1, found 0"));
        }
        check_range("tau", self.tau, (0.0..1.0).contains(&self.tau), "a number of at least 0 and below 1")?;
        check_range("snr", self.snr, self.snr > 0.0, "a number above 0")?;
        check_range("lambda", self.lambda, self.lambda > 0.0, "a finite number above 0")?;
        check_range("target", self.target, true, "a finite number")?;
        Scad::check_a(self.a)?;
        Mcp::check_gamma(self.gamma)
    }
}

/// Rows of a design and their responses.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Features, `n × p`.
    pub x: Design,
    /// Responses, length `n`.
    pub y: Vec<f64>,
}

/// The data of a replicate.
pub struct Sample {
    /// Rows to fit to.
    pub train: Rows,
    /// Rows to choose λ by.
    pub test: Rows,
    /// True coefficients, length `p`.
    pub beta: Vec<f64>,
    /// For each setting, the runs of all methods at the problem's λ, made when the first is asked for.
    pub races: [OnceLock<anyhow::Result<Race>>; Setting::COUNT],
}

/// Mean and standard deviation of the coefficients of each group.
fn groups(response: Response) -> [(f64, f64); 5] {
    match response {
        Response::Gaussian => [(0.5, 1.0), (5.0, 2.0), (10.0, 3.0), (20.0, 4.0), (50.0, 5.0)],
        Response::Binary => [(0.5, 1.0), (0.5, 1.0), (-0.5, 1.0), (-0.5, 1.0), (1.0, 1.0)],
    }
}

/// `βᵀΣβ` with `Σ_ij = τ^|i−j|`.
fn signal_variance(beta: &[f64], tau: f64) -> f64 {
    let (mut total, mut before) = (0.0, 0.0);
    for b in beta {
        before *= tau;
        total += b * b + 2.0 * b * before;
        before += b;
    }
    total
}

impl Regression {
    /// The loss.
    #[must_use]
    pub fn loss(&self) -> Loss {
        match self.response {
            Response::Gaussian => Loss::Gaussian,
            Response::Binary => Loss::Logistic,
        }
    }

    /// Number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        50 + 4 * self.zeros
    }

    pub(crate) fn divisor(&self, n: usize) -> f64 {
        match self.scaling {
            Scaling::Population => n as f64,
            Scaling::Sample => n as f64 - 1.0,
        }
    }

    /// Centres and scales all columns; returns their means and scales.
    pub(crate) fn standardised(&self, x: &mut Design) -> Vec<(f64, f64)> {
        let divisor = self.divisor(x.rows());
        (0..x.columns()).map(|j| standardise(x.column_mut(j), divisor)).collect()
    }

    pub(super) fn draw(&self, streams: &Streams) -> Sample {
        let (n, p) = (self.n + self.n_test, self.features());
        let mut stream = streams.stream("coefficients");
        let mut beta = vec![0.0; p];
        for (group, (mean, sd)) in groups(self.response).into_iter().enumerate() {
            for b in &mut beta[group * (10 + self.zeros)..][..10] {
                let z: f64 = StandardNormal.sample(&mut stream);
                *b = mean + sd * z;
            }
        }
        let mut stream = streams.stream("design");
        let mut values = vec![0.0; n * p];
        let fresh = (1.0 - self.tau * self.tau).sqrt();
        for i in 0..n {
            let mut x: f64 = StandardNormal.sample(&mut stream);
            for j in 0..p {
                if j > 0 {
                    let z: f64 = StandardNormal.sample(&mut stream);
                    x = self.tau * x + fresh * z;
                }
                values[j * n + i] = x;
            }
        }
        let mut x = Design::from_columns(n, p, values);
        self.standardised(&mut x);
        let mut y = vec![0.0; n];
        x.mul(&beta, &mut y);
        let sigma = (signal_variance(&beta, self.tau) / self.snr).sqrt();
        let mut stream = streams.stream("noise");
        for y in &mut y {
            let z: f64 = StandardNormal.sample(&mut stream);
            *y += sigma * z;
        }
        if self.response == Response::Binary {
            let mut stream = streams.stream("classes");
            for y in &mut y {
                *y = f64::from(u8::from(stream.r#gen::<f64>() < logistic(0.5 + *y)));
            }
        }
        let rows = |range: std::ops::Range<usize>| Rows {
            x: x.take_rows(&range.clone().collect::<Vec<_>>()),
            y: y[range].to_vec(),
        };
        Sample { train: rows(0..self.n), test: rows(self.n..n), beta, races: Default::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variance_of_a_signal_is_the_double_sum() {
        let beta = [1.0, -0.5, 2.0, 0.0, 3.0];
        let mut sum = 0.0;
        for (i, a) in beta.iter().enumerate() {
            for (j, b) in beta.iter().enumerate() {
                sum += a * b * 0.7_f64.powi(i.abs_diff(j) as i32);
            }
        }
        assert!((signal_variance(&beta, 0.7) - sum).abs() < 1e-12);
    }
}
