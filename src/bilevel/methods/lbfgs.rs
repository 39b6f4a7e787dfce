//! Limited-memory BFGS with hypergradients as exact as possible: a reference for accuracy, whatever the cost.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use remeasure_optim::lbfgs::{End, Objective};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_count, check_positive, default_iterations};
use crate::estimator::{Entry, Estimator, Fit, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Evaluation, Halt, Oracle};

/// Registers the method.
pub(super) const ENTRY: Entry = entry!(
    Lbfgs,
    "lbfgs",
    "limited-memory BFGS in the problem's box, lower level and adjoint solved to high accuracy"
);

/// L-BFGS with hypergradients of high accuracy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lbfgs {
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
    /// Accuracy ε of the lower-level solution.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Residual of the linear system to reach. Default: `accuracy`.
    residual: Option<f64>,
    /// Largest entry of the projected hypergradient at which to stop.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Number of pairs to keep.
    #[serde(default = "default_memory")]
    memory: usize,
    /// Maximum number of iterations.
    #[serde(default = "default_iterations")]
    iterations: usize,
}

fn default_accuracy() -> f64 {
    1e-9
}

fn default_tolerance() -> f64 {
    1e-6
}

fn default_memory() -> usize {
    10
}

impl Check for Lbfgs {
    fn check(&self) -> Result<(), Invalid> {
        check_positive("accuracy", self.accuracy)?;
        if let Some(residual) = self.residual {
            check_positive("residual", residual)?;
        }
        check_positive("tolerance", self.tolerance)?;
        check_count("memory", self.memory)?;
        check_count("iterations", self.iterations)
    }
}

/// The reduced objective `f`, as the minimiser sees it.
struct Reduced<'a> {
    oracle: &'a mut dyn Oracle,
    trace: &'a mut Trace,
    accuracy: f64,
    residual: f64,
    theta: Vec<f64>,
    at: Option<Evaluation>,
    /// Whether there is a previous iterate to fall back on.
    begun: bool,
}

impl Objective for Reduced<'_> {
    type Error = Halt;

    fn value(&mut self, theta: &[f64]) -> Result<f64, Halt> {
        self.theta.copy_from_slice(theta);
        match self.oracle.evaluate(theta, self.accuracy) {
            Ok(at) => {
                self.at = Some(at);
                Ok(at.value)
            }
            // A trial point too far away is no reason to stop.
            Err(Halt::Failed(_)) if self.begun => {
                self.oracle.restore();
                Ok(f64::INFINITY)
            }
            Err(halt) => Err(halt),
        }
    }

    fn gradient(&mut self, out: &mut [f64]) -> Result<(), Halt> {
        if let Some(at) = &self.at {
            self.trace.push(self.oracle, &self.theta, at);
        }
        let z = self.oracle.hypergradient(self.residual)?;
        self.trace.note(&z);
        out.copy_from_slice(&z.vector);
        self.oracle.keep();
        self.begun = true;
        Ok(())
    }
}

impl Estimator for Lbfgs {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let mut oracle = instance.model.oracle(self.lower, instance.budget);
        let mut trace = Trace::default();
        let mut reduced = Reduced {
            oracle: oracle.as_mut(),
            trace: &mut trace,
            accuracy: self.accuracy,
            residual: self.residual.unwrap_or(self.accuracy),
            theta: instance.start.clone(),
            at: None,
            begun: false,
        };
        let settings = remeasure_optim::lbfgs::Lbfgs {
            memory: self.memory,
            tolerance: self.tolerance,
            iterations: self.iterations,
        };
        let bounds = &instance.bounds;
        let found = settings.minimise(&mut reduced, &instance.start, bounds.lower(), bounds.upper());
        // If it stalls, values are not accurate enough to detect a decrease: the requested precision is exhausted.
        let end = found.and_then(|minimum| match minimum.end {
            End::NotFinite => Err(Halt::Failed("value or hypergradient are not finite".to_owned())),
            End::Converged | End::Stalled | End::MaxIterations => Ok(()),
        });
        trace.finish(oracle.cost(), end)
    }
}
