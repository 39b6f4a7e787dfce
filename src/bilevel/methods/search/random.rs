//! Random search (Bergstra and Bengio, JMLR 2012).

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use serde::Deserialize;

use super::{Search, check_bounded, check_points, check_positive, default_accuracy, uniform};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::inexact::LowerSolver;
use crate::oracle::Halt;
use crate::problem::Problem;

/// Registration.
pub(in crate::methods) const ENTRY: Entry = Entry {
    name: "random",
    about: "the best of points drawn uniformly from the box",
    read: |table| Ok(Box::new(params::read::<Random>(table)?)),
};

/// `points` in all, evaluated in the order in which they are drawn; `shared` draws one place for all
/// hyperparameters. `accuracy` is ε of the lower level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Random {
    points: usize,
    #[serde(default)]
    shared: bool,
    #[serde(default = "default_accuracy")]
    accuracy: f64,
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
