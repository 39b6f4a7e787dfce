//! Hyperparameter optimisation with approximate gradients (Pedregosa, ICML 2016).

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_count, check_positive, check_share, default_iterations, norm, squared_distance};
use crate::bounds::Bounds;
use crate::estimator::{Entry, Estimator, Fit, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Halt, Oracle};

/// Registers the method.
pub(super) const ENTRY: Entry = entry!(
    Hoag,
    "hoag",
    "gradient descent whose accuracies follow a schedule: geometric, quadratic or cubic"
);

/// How the accuracy decreases with the step `k = 1, 2, …`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Schedule {
    /// `ε₀ · factorᵏ`.
    Geometric,
    /// `ε₀ / k²`.
    Quadratic,
    /// `ε₀ / k³`.
    Cubic,
}

/// HOAG (Pedregosa, ICML 2016), as in the published implementation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hoag {
    /// How the accuracy decreases from step to step.
    schedule: Schedule,
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
    /// Initial accuracy ε₀.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Factor of the geometric schedule, between 0 and 1.
    #[serde(default = "default_factor")]
    factor: f64,
    /// Keeps hyperparameters in [−clip, clip] within the problem's own bounds; above 0, `inf` for no limit.
    #[serde(default = "default_clip")]
    clip: f64,
    /// Maximum number of outer iterations.
    #[serde(default = "default_iterations")]
    iterations: usize,
}

fn default_accuracy() -> f64 {
    0.1
}

fn default_factor() -> f64 {
    0.9
}

fn default_clip() -> f64 {
    6.0
}

/// Constants of the published implementation.
const SLACK: f64 = 0.25;
const ACCEPTED: f64 = 0.95;
const REJECTED: f64 = 2.0;
const INCREASE: f64 = 1.2;

/// Lower limit of accuracies, because double precision could not reach smaller ones.
const LEAST: f64 = 1e-12;

impl Check for Hoag {
    fn check(&self) -> Result<(), Invalid> {
        check_positive("accuracy", self.accuracy)?;
        check_share("factor", self.factor)?;
        if !(self.clip > 0.0) {
            return Err(Invalid::new(
                "clip",
                format!("expected a number above 0 or inf, found {}", self.clip),
            ));
        }
        check_count("iterations", self.iterations)
    }
}

impl Estimator for Hoag {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let mut oracle = instance.model.oracle(self.lower, instance.budget);
        let mut trace = Trace::default();
        let end = self.run(oracle.as_mut(), &instance.start, &instance.bounds, &mut trace);
        trace.finish(oracle.cost(), end)
    }
}

impl Hoag {
    fn accuracy_at(&self, k: usize) -> f64 {
        let k = k as f64;
        let share = match self.schedule {
            Schedule::Geometric => self.factor.powf(k),
            Schedule::Quadratic => k.powi(-2),
            Schedule::Cubic => k.powi(-3),
        };
        (self.accuracy * share).max(LEAST)
    }

    fn project(&self, bounds: &Bounds, theta: &mut [f64]) {
        bounds.project(theta);
        theta.iter_mut().for_each(|t| *t = t.clamp(-self.clip, self.clip));
    }

    fn run(
        &self,
        oracle: &mut dyn Oracle,
        start: &[f64],
        bounds: &Bounds,
        trace: &mut Trace,
    ) -> Result<(), Halt> {
        let mut theta = start.to_vec();
        self.project(bounds, &mut theta);
        // θ, value, hypergradient and accuracy of the previous step.
        let mut before: Option<(Vec<f64>, f64, Vec<f64>, f64)> = None;
        // The inverse of the step size: an estimate of the Lipschitz constant of ∇f.
        let mut lipschitz = None;
        for k in 1..=self.iterations {
            let accuracy = self.accuracy_at(k);
            let at = oracle.evaluate(&theta, accuracy)?;
            if let (Some((old, value, gradient, looser)), Some(l)) = (&before, &mut lipschitz) {
                let moved = squared_distance(&theta, old);
                let slack = SLACK * accuracy + looser * (SLACK + 1.0) * moved.sqrt() - *l * moved;
                if at.value <= value + slack {
                    *l *= ACCEPTED;
                } else if at.value >= INCREASE * value {
                    *l *= REJECTED;
                    oracle.restore();
                    let step = 1.0 / *l;
                    theta = old.iter().zip(gradient).map(|(t, z)| t - step * z).collect();
                    self.project(bounds, &mut theta);
                    continue;
                }
            }
            trace.push(oracle, &theta, &at);
            let z = oracle.hypergradient(accuracy)?;
            trace.note(&z);
            let size = norm(&z.vector);
            if size == 0.0 {
                return Ok(());
            }
            let l =
                *lipschitz.get_or_insert(if size > 1e-3 { size / (theta.len() as f64).sqrt() } else { 1.0 });
            oracle.keep();
            let mut next: Vec<f64> = theta.iter().zip(&z.vector).map(|(t, z)| t - z / l).collect();
            self.project(bounds, &mut next);
            before = Some((std::mem::replace(&mut theta, next), at.value, z.vector, accuracy));
        }
        Ok(())
    }
}
