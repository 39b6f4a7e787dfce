//! The closed form: all users answer at once.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::{dense, kernels};
use remeasure_core::params::Check;
use remeasure_core::stream::Stream;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{LOOK, clip_y, one, positive, yes};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::gaussian::deviation;
use crate::problem::{Problem, add_outer, finish};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Nldp,
    "nldp",
    "least squares from noisy moments, thresholded: non-interactive; reconstructed from the abstract of arXiv 2310.07367"
);

/// Where the second moments of the features come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Covariance {
    /// From the users, with noise; costs half of ε and δ.
    Private,
    /// From the public rows.
    Public,
    /// The true one.
    Known,
}

/// How the threshold λ is chosen.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Lambda {
    /// The best of 0 and 12 values from .01 to 1, which nobody knows.
    Oracle,
    /// This multiple of `√(ln d)` times the largest standard deviation that the noise of the mean of `x y` gives to a
    /// coefficient; at least 0.
    Theory(f64),
    /// This number, at least 0.
    Value(f64),
}

/// NLDP. Each user clips `‖x‖` and `y`, and sends `xxᵀ` and `x y` with Gaussian noise, half of (ε, δ) each; or `x y` alone,
/// with all of (ε, δ), if the second moments are known otherwise. The estimate is `Σ̂⁻¹ h`, soft-thresholded at λ. The
/// mean of n Gaussian matrices is drawn as one matrix, which is exact.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nldp {
    /// Where the second moments of the features come from: `"private"`, `"public"` or `"known"`.
    covariance: Covariance,
    /// The threshold: `"oracle"`, `{ theory = 1.0 }` or `{ value = 0.1 }`.
    lambda: Lambda,
    /// Bound of `‖x‖` in units of √d, above 0: longer rows are scaled down.
    #[serde(default = "one")]
    clip_x: f64,
    /// Bound of the responses, above 0. Default: √k.
    clip_y: Option<f64>,
    /// Public lower bound of the eigenvalues of the second moments, above 0.
    #[serde(default = "half")]
    floor: f64,
    /// `false`: no noise is added.
    #[serde(default = "yes")]
    private: bool,
}

fn half() -> f64 {
    0.5
}

impl Check for Nldp {
    fn check(&self) -> Result<(), Invalid> {
        match self.lambda {
            Lambda::Theory(c) if !(c >= 0.0 && c.is_finite()) => {
                return Err(Invalid::new("lambda.theory", format!("expected at least 0, found {c}")));
            }
            Lambda::Value(c) if !(c >= 0.0 && c.is_finite()) => {
                return Err(Invalid::new("lambda.value", format!("expected at least 0, found {c}")));
            }
            _ => {}
        }
        positive("clip_x", self.clip_x)?;
        positive("clip_y", self.clip_y.unwrap_or(1.0))?;
        positive("floor", self.floor)
    }
}

/// Means over the users, before noise.
struct Moments {
    /// Of clipped `xxᵀ`, `d × d`; 0 if it is not needed.
    square: Vec<f64>,
    /// Of clipped `x y`.
    product: Vec<f64>,
    clipped_x: usize,
    clipped_y: usize,
}

impl Nldp {
    fn moments(&self, task: &Task<'_>, length: f64, bound: f64) -> Moments {
        let d = task.problem.d;
        let mut sums =
            Moments { square: vec![0.0; d * d], product: vec![0.0; d], clipped_x: 0, clipped_y: 0 };
        let mut x = vec![0.0; d];
        for (i, (row, &y)) in task.users.rows.chunks_exact(d).zip(&task.users.responses).enumerate() {
            if i % LOOK == 0 && deadline::passed() {
                break;
            }
            let norm = kernels::squared_norm(row).sqrt();
            // Rows of signs have the bound as their norm, up to rounding.
            let scale = if norm > length * (1.0 + 1e-12) { length / norm } else { 1.0 };
            sums.clipped_x += usize::from(scale < 1.0);
            sums.clipped_y += usize::from(y.abs() > bound);
            x.iter_mut().zip(row).for_each(|(to, from)| *to = scale * from);
            kernels::axpy(y.clamp(-bound, bound), &x, &mut sums.product);
            if self.covariance == Covariance::Private {
                add_outer(&x, &mut sums.square);
            }
        }
        let n = task.problem.n as f64;
        finish(&mut sums.square, d, n);
        sums.product.iter_mut().for_each(|v| *v /= n);
        sums
    }
}

/// Adds symmetric noise, drawn for the upper triangle.
fn add_symmetric(matrix: &mut [f64], d: usize, sd: f64, stream: &mut Stream) {
    for j in 0..d {
        for l in j..d {
            matrix[j * d + l] += sd * stream.sample::<f64, _>(StandardNormal);
            matrix[l * d + j] = matrix[j * d + l];
        }
    }
}

fn soft(theta: &[f64], lambda: f64) -> Vec<f64> {
    theta.iter().map(|t| (t.abs() - lambda).max(0.0).copysign(*t)).collect()
}

impl Estimator for Nldp {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if self.covariance == Covariance::Public && problem.public.is_none() {
            let message =
                "the problem has no public rows: set `problem.public`, or use \"private\" or \"known\"";
            return Err(Invalid::new("covariance", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let Problem { n, d, k, epsilon, delta, .. } = *task.problem;
        let (length, bound) = (self.clip_x * (d as f64).sqrt(), clip_y(self.clip_y, k));
        let Moments { mut square, product: mut h, clipped_x, clipped_y } = self.moments(&task, length, bound);
        let mut noise = 0.0;
        if self.private {
            let share = if self.covariance == Covariance::Private { 0.5 } else { 1.0 };
            let mean_of =
                |sensitivity| deviation(sensitivity, share * epsilon, share * delta) / (n as f64).sqrt();
            noise = mean_of(2.0 * length * bound);
            let stream = &mut task.streams.stream("vector");
            h.iter_mut().for_each(|v| *v += noise * stream.sample::<f64, _>(StandardNormal));
            if self.covariance == Covariance::Private {
                // ‖xxᵀ − x'x'ᵀ‖ ≤ √2 R² in Frobenius norm, and no more for the upper triangles.
                let sd = mean_of(std::f64::consts::SQRT_2 * length * length);
                add_symmetric(&mut square, d, sd, &mut task.streams.stream("matrix"));
            }
        }
        let matrix = match (self.covariance, &task.users.public) {
            (Covariance::Private, _) => &square,
            (Covariance::Public, Some(public)) => public,
            (Covariance::Public, None) => anyhow::bail!("there are no public rows"),
            (Covariance::Known, _) => &task.users.covariance,
        };
        let (values, vectors) = dense::eigen(d, matrix)?;
        let (mut theta, mut spread) = (vec![0.0; d], vec![0.0; d]);
        for (l, value) in values.iter().enumerate() {
            let (v, inverse) = (vectors.column(l), 1.0 / value.max(self.floor));
            kernels::axpy(inverse * kernels::dot(v, &h), v, &mut theta);
            spread.iter_mut().zip(v).for_each(|(s, v)| *s += (v * inverse).powi(2));
        }
        let lambda = match self.lambda {
            Lambda::Value(lambda) => lambda,
            Lambda::Theory(c) => c * (d as f64).ln().sqrt() * noise * kernels::max_abs(&spread).sqrt(),
            Lambda::Oracle => {
                let error = |lambda: f64| {
                    let pairs = soft(&theta, lambda).into_iter().zip(&task.users.truth);
                    pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>()
                };
                let grid = (0..12).map(|i| 10f64.powf(f64::from(i) / 5.5 - 2.0));
                grid.fold(0.0, |best, lambda| if error(lambda) < error(best) { lambda } else { best })
            }
        };
        Ok(Fit {
            lambda: Some(lambda),
            clipped_x: Some(clipped_x as f64 / n as f64),
            clipped_y: Some(clipped_y as f64 / n as f64),
            used: Some(1.0),
            ..Fit::of(soft(&theta, lambda))
        })
    }
}
