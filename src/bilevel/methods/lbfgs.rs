//! Limited-memory BFGS on hypergradients as exact as they can be had: what accuracy can do, whatever it costs.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use remeasure_optim::lbfgs::{End, Objective};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_count, check_positive, default_iterations};
use crate::estimator::{Entry, Estimator, Fit, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Evaluation, Halt, Oracle};

/// Registration.
pub(super) const ENTRY: Entry = entry!(
    Lbfgs,
    "lbfgs",
    "limited-memory BFGS in the problem's box, lower level and adjoint solved to high accuracy"
);

/// L-BFGS on the hypergradient.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lbfgs {
    /// The iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
    /// ε to which the lower level is solved.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Accuracy of the linear system; `accuracy` unless given.
    residual: Option<f64>,
    /// Largest entry of the projected hypergradient at which the method ends.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Pairs that are kept.
    #[serde(default = "default_memory")]
    memory: usize,
    /// Most iterations.
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
    /// Whether there is an iterate to go back to.
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
            // A trial point too far out is no reason to give up.
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
        // Where it stalls, values are not known well enough to tell a decrease: the precision asked for is used up.
        let end = found.and_then(|minimum| match minimum.end {
            End::NotFinite => Err(Halt::Failed("value or hypergradient are not finite".to_owned())),
            End::Converged | End::Stalled | End::MaxIterations => Ok(()),
        });
        trace.finish(oracle.cost(), end)
    }
}
