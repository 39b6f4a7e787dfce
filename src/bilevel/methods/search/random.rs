//! Random search (Bergstra and Bengio, JMLR 2012).

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Search, check_bounded, check_points, check_positive, default_accuracy, uniform};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::inexact::LowerSolver;
use crate::oracle::Halt;
use crate::problem::Problem;

/// Registers the method.
pub(in crate::methods) const ENTRY: Entry =
    entry!(Random, "random", "the best of points drawn uniformly from the box");

/// Random points from the box, evaluated in the order in which they are drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Random {
    /// Total number of points.
    points: usize,
    /// Whether all hyperparameters have the same position in their intervals.
    #[serde(default)]
    shared: bool,
    /// Accuracy ε of the lower-level solution.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
}

impl Check for Random {
    fn check(&self) -> Result<(), Invalid> {
        check_points(self.points, 1)?;
        check_positive("accuracy", self.accuracy)
    }
}

impl Estimator for Random {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let mut stream = task.streams.stream("search");
        let mut search = Search::new(task, self.lower, self.accuracy, self.shared)?;
        let end = (0..self.points).try_for_each(|_| -> Result<(), Halt> {
            let position = uniform(search.dimension(), &mut stream);
            search.evaluate(&position).map(|_| ())
        });
        search.finish(end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        check_bounded(problem)
    }
}
