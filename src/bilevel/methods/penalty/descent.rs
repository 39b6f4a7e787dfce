//! Descent on the penalty function, with both lower levels solved at every step: the deterministic double loop.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_smooth, smooth};
use crate::bounds::Bounds;
use crate::estimator::{Entry, Estimator, Fit, Step, Task, Trace};
use crate::methods::{check_count, check_positive, check_share, default_iterations, norm, squared_distance};
use crate::oracle::Halt;
use crate::penalised::Penalised;
use crate::problem::Problem;

/// Registers the method.
pub(super) const ENTRY: Entry = entry!(
    Descent,
    "penalty",
    "gradient descent on the penalty function; both lower levels are solved at every step (double loop)"
);

/// Descent on the penalty function ψ_σ with Armijo's line search (Kwon, Kwon, Wright and Nowak 2023).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Descent {
    /// σ of the first step, above 0.
    sigma: f64,
    /// Decay of `σ_k = sigma · k^{−decay}`, from 0 to below 1; 1/3 in the paper's rates.
    #[serde(default)]
    decay: f64,
    /// Lower levels are solved to `accuracy` · σ_k, because their errors enter the gradient divided by σ.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Initial step.
    #[serde(default = "default_step")]
    step: f64,
    /// Factor of a step that fails, between 0 and 1.
    #[serde(default = "default_backtrack")]
    backtrack: f64,
    /// Factor of the next step after one that succeeds, at least 1.
    #[serde(default = "default_growth")]
    growth: f64,
    /// Maximum number of outer iterations.
    #[serde(default = "default_iterations")]
    iterations: usize,
}

fn default_accuracy() -> f64 {
    1e-3
}

fn default_step() -> f64 {
    0.01
}

fn default_backtrack() -> f64 {
    0.5
}

fn default_growth() -> f64 {
    10.0 / 9.0
}

/// Share of the linear decrease that a step must achieve.
const ARMIJO: f64 = 1e-4;

/// Maximum number of steps tried before the line search fails.
const BACKTRACKS: usize = 60;

impl Check for Descent {
    fn check(&self) -> Result<(), Invalid> {
        check_positive("sigma", self.sigma)?;
        if !(0.0..1.0).contains(&self.decay) {
            let message = format!("expected an exponent from 0 to below 1, found {}", self.decay);
            return Err(Invalid::new("decay", message));
        }
        check_positive("accuracy", self.accuracy)?;
        check_positive("step", self.step)?;
        check_share("backtrack", self.backtrack)?;
        if !(self.growth.is_finite() && self.growth >= 1.0) {
            let message = format!("expected a number of at least 1, found {}", self.growth);
            return Err(Invalid::new("growth", message));
        }
        check_count("iterations", self.iterations)
    }
}

impl Descent {
    fn run(
        &self,
        penalised: &mut Penalised<'_>,
        start: &[f64],
        bounds: &Bounds,
        trace: &mut Trace,
    ) -> Result<(), Halt> {
        let mut theta = start.to_vec();
        bounds.project(&mut theta);
        let mut step = self.step;
        // ψ_σ(θ) if the line search has just computed it.
        let mut known = None;
        for k in 1..=self.iterations {
            let sigma = self.sigma * (k as f64).powf(-self.decay);
            let accuracy = self.accuracy * sigma;
            let value = match known.take().filter(|_| self.decay == 0.0) {
                Some(value) => value,
                None => penalised.value(&theta, sigma, accuracy)?,
            };
            trace.push_step(Step {
                cost: penalised.cost(),
                theta: theta.clone(),
                value,
                accuracy,
                hypergradient: None,
            });
            let z = penalised.gradient()?;
            trace.note(&z);
            if norm(&z.vector) == 0.0 {
                return Ok(());
            }
            penalised.keep();
            let mut found = None;
            for _ in 0..BACKTRACKS {
                let mut next: Vec<f64> = theta.iter().zip(&z.vector).map(|(t, z)| t - step * z).collect();
                bounds.project(&mut next);
                let moved = squared_distance(&next, &theta);
                if moved == 0.0 {
                    return Ok(());
                }
                match penalised.value(&next, sigma, accuracy) {
                    Ok(trial) if trial <= value - ARMIJO * moved / step => {
                        found = Some((next, trial));
                        break;
                    }
                    // A trial point too far away is no reason to stop.
                    Ok(_) | Err(Halt::Failed(_)) => {}
                    Err(halt) => return Err(halt),
                }
                penalised.restore();
                step *= self.backtrack;
            }
            let Some((next, trial)) = found else { return Ok(()) };
            (theta, known) = (next, Some(trial));
            step *= self.growth;
        }
        Ok(())
    }
}

impl Estimator for Descent {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let functions = smooth(instance)?;
        let mut penalised = Penalised::new(functions, instance.budget, instance.model.currency());
        let mut trace = Trace::default();
        let end = self.run(&mut penalised, &instance.start, &instance.bounds, &mut trace);
        trace.finish(penalised.cost(), end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        check_smooth(problem)
    }
}
