//! A fixed number of thresholding iterations without learning: the yardsticks for unfolded networks.

use anyhow::Context;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::{self, Check};
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, deadline};
use remeasure_external::Reported;
use remeasure_optim::LassoProblem;
use remeasure_optim::lasso::{Lasso, LassoSolver};
use remeasure_optim::penalty::soft_threshold;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Layer, Recovery, Snapshot, Task};
use crate::problem::{Ensemble, Problem};
use crate::thresholding::{NormalEquations, chebyshev_steps, hard};

/// Registers ISTA.
pub(super) const ISTA: Entry = Entry {
    name: "unrolled-ista",
    about: "a fixed number of soft-thresholding iterations with constant, momentum or Chebyshev steps",
    schema: params::schema::<Parameters>,
    read: |table| read(table, Threshold::Soft),
};

/// Registers IHT.
pub(super) const IHT: Entry = Entry {
    name: "unrolled-iht",
    about: "a fixed number of hard-thresholding iterations for the ℓ0 penalty, or until convergence",
    schema: params::schema::<Parameters>,
    read: |table| read(table, Threshold::Hard),
};

/// The objective that the iteration minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threshold {
    /// `½‖y − A x‖² + λ‖x‖₁`: `x ← S_{λα}(x + α Aᵀ(y − A x))`.
    Soft,
    /// `½‖y − A x‖² + λ‖x‖₀`: `x ← H_{√(2λα)}(x + α Aᵀ(y − A x))`.
    Hard,
}

/// The sequence of steps `α_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Steps {
    /// `step/L` in all iterations, with `L = σ_max(A)²`.
    #[default]
    Constant,
    /// `step/L` with Nesterov's momentum (Beck and Teboulle 2009; soft thresholds only).
    Momentum,
    /// One pass of Chebyshev steps on `[L/condition, L]` over all `iterations`.
    Chebyshev,
}

/// A fixed number of thresholding iterations.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Number of iterations, at least 1; the maximum if a tolerance is set.
    iterations: usize,
    /// Sequence of steps.
    #[serde(default)]
    steps: Steps,
    /// Step size in units of 1/L, above 0 and below 2. Not with Chebyshev steps.
    #[serde(default = "one")]
    step: f64,
    /// Condition number for Chebyshev steps, at least 1. Default: that of `AᵀA` on its range, the squared
    /// ratio of the extreme non-zero singular values of the design.
    condition: Option<f64>,
    /// Penalty λ, at least 0. Default: the problem's `penalty`.
    penalty: Option<f64>,
    /// Relative change of an estimate at which to stop, above 0. Default: run all iterations.
    tolerance: Option<f64>,
    /// Start from the converged Lasso with this λ. Default: start from zero.
    warm_start: Option<LambdaRule>,
    /// Record the estimates after each of the first 20 iterations, then about ten times per decade.
    #[serde(default)]
    trace: bool,
}

fn one() -> f64 {
    1.0
}

impl Check for Parameters {
    fn check(&self) -> Result<(), Invalid> {
        if self.iterations == 0 {
            return Err(Invalid::new("iterations", "expected at least 1, found 0"));
        }
        if !(self.step > 0.0 && self.step < 2.0) {
            let message = format!("expected a step between 0 and 2, found {}", self.step);
            return Err(Invalid::new("step", message));
        }
        if self.steps == Steps::Chebyshev && self.step != 1.0 {
            return Err(Invalid::new("step", "Chebyshev steps cannot be scaled: remove it"));
        }
        if self.steps != Steps::Chebyshev && self.condition.is_some() {
            return Err(Invalid::new(
                "condition",
                "only steps = \"chebyshev\" has a condition: set these steps or remove it",
            ));
        }
        if let Some(c) = self.condition.filter(|c| !(c.is_finite() && *c >= 1.0)) {
            return Err(Invalid::new("condition", format!("expected a number of at least 1, found {c}")));
        }
        super::check_penalty(self.penalty)?;
        if let Some(t) = self.tolerance.filter(|t| !(t.is_finite() && *t > 0.0)) {
            return Err(Invalid::new("tolerance", format!("expected a number above 0, found {t}")));
        }
        if self.tolerance.is_some() && self.steps == Steps::Chebyshev {
            let message = "Chebyshev steps need a fixed number of iterations: remove it";
            return Err(Invalid::new("tolerance", message));
        }
        self.warm_start.as_ref().map_or(Ok(()), |rule| rule.check().map_err(in_warm_start))
    }
}

fn in_warm_start(error: Invalid) -> Invalid {
    Invalid::new(error.key.replacen("lambda", "warm_start", 1), error.message)
}

struct Unrolled {
    parameters: Parameters,
    threshold: Threshold,
}

fn read(table: Table, threshold: Threshold) -> Result<Box<dyn Estimator>, Invalid> {
    let parameters = params::read::<Parameters>(table)?;
    if threshold == Threshold::Hard && parameters.steps == Steps::Momentum {
        return Err(Invalid::new("steps", "momentum is not defined for a hard threshold: use unrolled-ista"));
    }
    Ok(Box::new(Unrolled { parameters, threshold }))
}

/// Steps for each iteration.
enum Sequence {
    Constant(f64),
    Steps(Vec<f64>),
}

/// The estimates of one response.
struct Run {
    coefficients: Vec<f64>,
    iterations: usize,
    change: f64,
}

impl Unrolled {
    /// Iterations after which estimates are recorded, ascending: about ten per decade beyond 20.
    fn marks(&self) -> Vec<usize> {
        let last = self.parameters.iterations;
        if !self.parameters.trace {
            return Vec::new();
        }
        let decades = (14..).map(|k| 10f64.powf(f64::from(k) / 10.0).ceil() as usize);
        let mut marks: Vec<usize> =
            (1..=20).chain(decades.take_while(|t| *t < last)).filter(|t| *t < last).collect();
        marks.push(last);
        marks
    }

    /// The steps `α_t` of a design.
    fn steps(&self, design: &Design) -> anyhow::Result<Sequence> {
        let largest = design.spectral_norm().powi(2);
        if largest == 0.0 {
            return Ok(Sequence::Constant(0.0));
        }
        if self.parameters.steps != Steps::Chebyshev {
            return Ok(Sequence::Constant(self.parameters.step / largest));
        }
        let smallest = match self.parameters.condition {
            Some(condition) => largest / condition,
            None => {
                let values = design.singular_values()?;
                // Smaller singular values are zero up to rounding.
                let nonzero = values.iter().rev().find(|s| **s > 1e-10 * values[0]);
                nonzero.map_or(largest, |s| s * s).min(largest)
            }
        };
        Ok(Sequence::Steps(chebyshev_steps(self.parameters.iterations, smallest, largest)))
    }

    fn run(
        &self,
        normal: &NormalEquations,
        s: usize,
        steps: &Sequence,
        lambda: f64,
        start: Vec<f64>,
        each: &mut dyn FnMut(usize, &[f64]),
    ) -> Run {
        let momentum = self.parameters.steps == Steps::Momentum;
        let mut x = start;
        let (mut next, mut at) = (vec![0.0; x.len()], x.clone());
        let (mut weight, mut change, mut iterations) = (1.0_f64, f64::INFINITY, 0);
        while iterations < self.parameters.iterations {
            let step = match steps {
                Sequence::Constant(step) => *step,
                Sequence::Steps(steps) => steps[iterations],
            };
            normal.descent(s, &at, &mut next);
            match self.threshold {
                Threshold::Soft => next
                    .iter_mut()
                    .zip(&at)
                    .for_each(|(g, x)| *g = soft_threshold(x + step * *g, lambda * step)),
                Threshold::Hard => {
                    let level = (2.0 * lambda * step).sqrt();
                    next.iter_mut().zip(&at).for_each(|(g, x)| *g = hard(x + step * *g, level));
                }
            }
            let moved: f64 = next.iter().zip(&x).map(|(a, b)| (a - b) * (a - b)).sum();
            change = if moved == 0.0 { 0.0 } else { (moved / kernels::squared_norm(&next)).sqrt() };
            if momentum {
                let after = 0.5 * (1.0 + (1.0 + 4.0 * weight * weight).sqrt());
                let beta = (weight - 1.0) / after;
                weight = after;
                for ((at, new), old) in at.iter_mut().zip(&next).zip(&x) {
                    *at = new + beta * (new - old);
                }
            } else {
                at.copy_from_slice(&next);
            }
            std::mem::swap(&mut x, &mut next);
            iterations += 1;
            each(iterations, &x);
            if self.parameters.tolerance.is_some_and(|t| change <= t) || deadline::passed() {
                break;
            }
        }
        Run { coefficients: x, iterations, change }
    }

    fn start(&self, task: &Task<'_>) -> anyhow::Result<Vec<f64>> {
        let Some(rule) = &self.parameters.warm_start else { return Ok(vec![0.0; task.design.columns()]) };
        let problem = LassoProblem::new(task.design, task.response)?;
        let Some(lambda) = rule.lambda(task, &problem)? else { return Ok(vec![0.0; task.design.columns()]) };
        let solution = LassoSolver::new(&problem).solve(&Lasso::new(lambda)?.tolerance(1e-8)?);
        Ok(solution.coefficients)
    }

    fn penalty(&self, of_problem: Option<f64>) -> anyhow::Result<f64> {
        self.parameters.penalty.or(of_problem).context("neither the estimator nor the problem sets a penalty")
    }

    fn shortfall(&self, change: f64) -> Option<String> {
        let tolerance = self.parameters.tolerance.filter(|t| change > *t)?;
        let made = self.parameters.iterations;
        Some(format!("relative change {change:.1e} is above {tolerance:.1e} after {made} iterations"))
    }
}

impl Estimator for Unrolled {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        super::admit_penalty(self.parameters.penalty, problem)?;
        self.parameters.warm_start.as_ref().map_or(Ok(()), |rule| rule.admit(problem).map_err(in_warm_start))
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let lambda = self.penalty(task.penalty)?;
        let steps = self.steps(task.design)?;
        let normal = NormalEquations::new(task.design, task.response);
        let marks = self.marks();
        let mut trajectory = Vec::new();
        let run = self.run(&normal, 0, &steps, lambda, self.start(task)?, &mut |iteration, x| {
            if marks.binary_search(&iteration).is_ok() {
                trajectory.push(Snapshot { iteration, coefficients: x.to_vec() });
            }
        });
        Ok(Fit {
            reported: Reported::default(),
            coefficients: run.coefficients,
            lambda: (self.threshold == Threshold::Soft).then(|| lambda / task.design.rows() as f64),
            certificate: Certificate::FixedPoint(run.change),
            iterations: run.iterations,
            shortfall: self.shortfall(run.change),
            trajectory,
        })
    }

    fn recover(&self, ensemble: &Ensemble, streams: &Streams) -> anyhow::Result<Recovery> {
        let lambda = self.penalty(ensemble.penalty)?;
        let steps = self.steps(&ensemble.design)?;
        let normal = NormalEquations::new(&ensemble.design, &ensemble.responses);
        let p = ensemble.design.columns();
        let blank = |index| Layer { index, coefficients: vec![0.0; ensemble.signals.len()] };
        let mut layers: Vec<Layer> = self.marks().into_iter().map(blank).collect();
        let mut coefficients = Vec::with_capacity(ensemble.signals.len());
        let (mut iterations, mut change) = (0, 0.0_f64);
        for s in 0..ensemble.len() {
            let truth = ensemble.truth(s);
            let task = Task {
                design: &ensemble.design,
                response: ensemble.response(s),
                truth: Some(&truth),
                penalty: ensemble.penalty,
                streams,
            };
            let mut recorded = 0;
            let run = self.run(&normal, s, &steps, lambda, self.start(&task)?, &mut |iteration, x| {
                if layers.get(recorded).is_some_and(|layer| layer.index == iteration) {
                    layers[recorded].coefficients[s * p..(s + 1) * p].copy_from_slice(x);
                    recorded += 1;
                }
            });
            // Signals that stopped earlier keep their estimate.
            for layer in &mut layers[recorded..] {
                layer.coefficients[s * p..(s + 1) * p].copy_from_slice(&run.coefficients);
            }
            coefficients.extend_from_slice(&run.coefficients);
            iterations += run.iterations;
            change = change.max(run.change);
        }
        Ok(Recovery {
            coefficients,
            certificate: Some(Certificate::FixedPoint(change)),
            iterations: iterations as f64 / ensemble.len() as f64,
            shortfall: self.shortfall(change),
            layers,
            learning: None,
            against_ista: self.threshold == Threshold::Soft && self.parameters.steps == Steps::Chebyshev,
        })
    }
}
