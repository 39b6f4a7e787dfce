//! The held-out error on an even grid of one hyperparameter, for plotting; not limited by the budget.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::check_positive;
use crate::estimator::{Entry, Estimator, Fit, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Halt, Oracle};
use crate::problem::{Instance, Problem};

/// Registers the method.
pub(super) const ENTRY: Entry = entry!(
    Curve,
    "validation-curve",
    "f along an even grid of one hyperparameter, from the upper bound down; records the curve"
);

/// Evaluates `f` on an even grid of one hyperparameter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Curve {
    /// Number of grid points including both ends, at least 2.
    points: usize,
    /// Accuracy ε of the lower-level solution.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
}

fn default_accuracy() -> f64 {
    1e-6
}

impl Check for Curve {
    fn check(&self) -> Result<(), Invalid> {
        if self.points < 2 {
            return Err(Invalid::new("points", format!("expected at least 2, found {}", self.points)));
        }
        check_positive("accuracy", self.accuracy)
    }
}

impl Curve {
    fn run(&self, oracle: &mut dyn Oracle, instance: &Instance, trace: &mut Trace) -> Result<(), Halt> {
        let (lower, upper) = (instance.bounds.lower()[0], instance.bounds.upper()[0]);
        for i in 0..self.points {
            let theta = [upper + (lower - upper) * i as f64 / (self.points - 1) as f64];
            let at = oracle.evaluate(&theta, self.accuracy)?;
            trace.push(oracle, &theta, &at);
        }
        Ok(())
    }
}

impl Estimator for Curve {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let mut oracle = instance.model.oracle(LowerSolver::default(), f64::INFINITY);
        let mut trace = Trace::default();
        let end = self.run(oracle.as_mut(), instance, &mut trace);
        trace.finish_best(oracle.cost(), end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let spec = problem.spec();
        if spec.parameters() != 1 || !spec.is_bounded() {
            let message = "validation-curve needs a problem with one hyperparameter and finite bounds";
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }

    fn draws_curve(&self) -> bool {
        true
    }
}
