//! `[problem]`: users with one row each.

use rand::seq::index;
use rand::{Rng, RngCore};
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

/// Most numbers of a design: 8 GB.
const LARGEST: f64 = 1e9;

/// Largest ε: `e^ε` must not overflow, and beyond it nothing is private.
const LARGEST_EPSILON: f64 = 100.0;

/// Distribution of the features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// Independent signs.
    #[default]
    Signs,
    /// Independent standard normal numbers.
    Gaussian,
    /// Normal with covariance `correlation^|i − j|`.
    Toeplitz,
}

/// Distribution of the non-zero coefficients; `‖θ*‖ = 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// `±1/√k`.
    #[default]
    Signs,
    /// Normal numbers, scaled.
    Gaussian,
}

/// Users with one row each: `y = xᵀθ* + σ·noise`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Number of users n, at least 1.
    pub n: usize,
    /// Number of features d, at least 2.
    pub d: usize,
    /// Number of non-zero coefficients, from 1 to d; the estimators know it.
    pub k: usize,
    /// Distribution of the features.
    #[serde(default)]
    pub design: Design,
    /// Correlation of neighbouring features, between −1 and 1 (required with `design = "toeplitz"`; not otherwise).
    pub correlation: Option<f64>,
    /// Distribution of the non-zero coefficients.
    #[serde(default)]
    pub signal: Signal,
    /// Standard deviation of the noise, at least 0.
    #[serde(default = "tenth")]
    pub sigma: f64,
    /// Privacy budget ε of each user, above 0 and at most 100.
    pub epsilon: f64,
    /// Probability δ up to which messages with Gaussian noise are private, between 0 and 1.
    #[serde(default = "thousandth")]
    pub delta: f64,
    /// Number of public rows without responses, at least d. Default: none.
    pub public: Option<usize>,
}

fn tenth() -> f64 {
    0.1
}

fn thousandth() -> f64 {
    1e-3
}

impl Check for Problem {
    fn check(&self) -> Result<(), Invalid> {
        let fail = |key: &str, message: String| Err(Invalid::new(key, message));
        if self.n == 0 {
            return fail("n", "expected at least 1 user, found 0".to_owned());
        }
        if self.d < 2 {
            return fail("d", format!("expected at least 2 features, found {}", self.d));
        }
        if self.k == 0 || self.k > self.d {
            return fail("k", format!("expected from 1 to d = {} coefficients, found {}", self.d, self.k));
        }
        let rows = self.n as f64 + self.public.unwrap_or(0) as f64;
        if rows * self.d as f64 > LARGEST {
            let message = format!("{rows:.3e} rows of {} features exceed {LARGEST:.0e} numbers", self.d);
            return fail("n", message);
        }
        match (self.design, self.correlation) {
            (Design::Toeplitz, None) => {
                return fail("correlation", "a toeplitz design needs one between −1 and 1".to_owned());
            }
            (Design::Toeplitz, Some(rho)) if !(rho.abs() < 1.0) => {
                return fail("correlation", format!("expected a number between −1 and 1, found {rho}"));
            }
            (Design::Signs | Design::Gaussian, Some(_)) => {
                let message = "only design = \"toeplitz\" has a correlation: set this design or remove it";
                return fail("correlation", message.to_owned());
            }
            _ => {}
        }
        if !(self.sigma >= 0.0 && self.sigma.is_finite()) {
            return fail("sigma", format!("expected a number of at least 0, found {}", self.sigma));
        }
        if !(self.epsilon > 0.0 && self.epsilon <= LARGEST_EPSILON) {
            let message = format!("expected a budget above 0 and at most 100, found {}", self.epsilon);
            return fail("epsilon", message);
        }
        if !(self.delta > 0.0 && self.delta < 1.0) {
            return fail("delta", format!("expected a probability between 0 and 1, found {}", self.delta));
        }
        match self.public {
            Some(rows) if rows < self.d => {
                fail("public", format!("expected at least d = {} rows, found {rows}", self.d))
            }
            _ => Ok(()),
        }
    }
}

/// The users of one replicate, and what is known of their features.
#[derive(Clone, Debug)]
pub struct Users {
    /// Features, row by row, `n × d`.
    pub rows: Vec<f64>,
    /// Responses, length n.
    pub responses: Vec<f64>,
    /// `θ*`, length d.
    pub truth: Vec<f64>,
    /// `E xxᵀ`, `d × d`.
    pub covariance: Vec<f64>,
    /// Mean of `xxᵀ` over the public rows, `d × d`.
    pub public: Option<Vec<f64>>,
}

impl Problem {
    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Users {
        let d = self.d;
        let mut truth = vec![0.0; d];
        let stream = &mut streams.stream("signal");
        for j in index::sample(stream, d, self.k) {
            truth[j] = match self.signal {
                Signal::Signs if stream.r#gen() => 1.0,
                Signal::Signs => -1.0,
                Signal::Gaussian => stream.sample(StandardNormal),
            };
        }
        let norm = kernels::squared_norm(&truth).sqrt();
        truth.iter_mut().for_each(|v| *v /= norm);
        let mut rows = vec![0.0; self.n * d];
        self.fill(&mut rows, &mut streams.stream("features"));
        let noise = &mut streams.stream("noise");
        let response =
            |x: &[f64]| kernels::dot(x, &truth) + self.sigma * noise.sample::<f64, _>(StandardNormal);
        let responses = rows.chunks_exact(d).map(response).collect();
        let public = self.public.map(|count| {
            let mut rows = vec![0.0; count * d];
            self.fill(&mut rows, &mut streams.stream("public"));
            second_moment(&rows, d)
        });
        let rho: f64 = self.correlation.unwrap_or(0.0);
        let covariance = (0..d * d).map(|at| rho.powi((at / d).abs_diff(at % d) as i32)).collect();
        Users { rows, responses, truth, covariance, public }
    }

    fn fill(&self, rows: &mut [f64], stream: &mut Stream) {
        match self.design {
            Design::Signs => {
                for chunk in rows.chunks_mut(64) {
                    let bits = stream.next_u64();
                    for (b, value) in chunk.iter_mut().enumerate() {
                        *value = if (bits >> b) & 1 == 1 { 1.0 } else { -1.0 };
                    }
                }
            }
            Design::Gaussian => rows.iter_mut().for_each(|v| *v = stream.sample(StandardNormal)),
            Design::Toeplitz => {
                let rho = self.correlation.unwrap_or(0.0);
                let fresh = (1.0 - rho * rho).sqrt();
                for row in rows.chunks_exact_mut(self.d) {
                    // A stationary AR(1) process has exactly this covariance.
                    let mut before: Option<f64> = None;
                    for value in row {
                        let z: f64 = stream.sample(StandardNormal);
                        *value = before.map_or(z, |b| rho * b + fresh * z);
                        before = Some(*value);
                    }
                }
            }
        }
    }
}

/// `matrix ← matrix + xxᵀ`, upper triangle only, of a matrix stored row by row.
#[inline]
pub(crate) fn add_outer(x: &[f64], matrix: &mut [f64]) {
    let d = x.len();
    for (j, &xj) in x.iter().enumerate() {
        for (sum, xl) in matrix[j * d + j..(j + 1) * d].iter_mut().zip(&x[j..]) {
            *sum += xj * xl;
        }
    }
}

/// Divides the upper triangle by `count` and copies it to the lower one.
pub(crate) fn finish(matrix: &mut [f64], d: usize, count: f64) {
    for j in 0..d {
        for l in j..d {
            matrix[j * d + l] /= count;
            matrix[l * d + j] = matrix[j * d + l];
        }
    }
}

/// Mean of `xxᵀ`, `d × d`.
fn second_moment(rows: &[f64], d: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; d * d];
    rows.chunks_exact(d).for_each(|x| add_outer(x, &mut matrix));
    finish(&mut matrix, d, (rows.len() / d) as f64);
    matrix
}
