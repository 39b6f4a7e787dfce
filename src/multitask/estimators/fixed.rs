//! Plans for the whole budget, made before any observation.

use anyhow::Context;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::Rule;
use super::{
    Collection, Entry, Estimator, Fit, Task, admit_tasks, check_settings, check_tasks, default_iterations,
    default_ridge, default_tolerance,
};
use crate::representation::Settings;
use crate::{Problem, allocation};

/// Registers the estimator.
pub(super) const UNIFORM: Entry = entry!(
    Uniform,
    "uniform",
    "the same number of observations of every task; with `most_tasks`, of that many random tasks"
);

/// Registers the estimator.
pub(super) const RANDOM_TASKS: Entry =
    entry!(RandomTasks, "random-tasks", "the same number of observations of a few tasks drawn at random");

/// Registers the estimator.
pub(super) const KNOWN: Entry =
    entry!(Known, "known", "sampling by the true relevance of the tasks, as an oracle: ν¹, ν² and others");

/// The same number of observations of every task.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Uniform {
    /// Ridge `ρ` of the representation, in observations; at least 0.
    #[serde(default = "default_ridge")]
    ridge: f64,
    /// Stationarity to reach, above 0.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Maximum number of alternations.
    #[serde(default = "default_iterations")]
    max_iterations: usize,
}

/// The same number of observations of some randomly chosen tasks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RandomTasks {
    /// Number of tasks, at least the rank `k`.
    tasks: usize,
    /// Ridge `ρ` of the representation, in observations; at least 0.
    #[serde(default = "default_ridge")]
    ridge: f64,
    /// Stationarity to reach, above 0.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Maximum number of alternations.
    #[serde(default = "default_iterations")]
    max_iterations: usize,
}

/// Sampling by the true relevance, as an oracle.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Known {
    /// How to compute the shares from the true heads.
    relevance: Rule,
    /// Number of largest shares to keep; if the budget has a floor, the other tasks still get their floor.
    /// Default: all.
    tasks: Option<usize>,
    /// Ridge `ρ` of the representation, in observations; at least 0.
    #[serde(default = "default_ridge")]
    ridge: f64,
    /// Stationarity to reach, above 0.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Maximum number of alternations.
    #[serde(default = "default_iterations")]
    max_iterations: usize,
}

impl Check for Uniform {
    fn check(&self) -> Result<(), Invalid> {
        check_settings(self.ridge, self.tolerance, self.max_iterations)
    }
}

impl Check for RandomTasks {
    fn check(&self) -> Result<(), Invalid> {
        check_tasks(Some(self.tasks))?;
        check_settings(self.ridge, self.tolerance, self.max_iterations)
    }
}

impl Check for Known {
    fn check(&self) -> Result<(), Invalid> {
        if self.relevance == Rule::Nu1Lasso {
            let message = "the Lasso is for estimated heads: use \"nu1\", which is exact for known heads";
            return Err(Invalid::new("relevance", message));
        }
        check_tasks(self.tasks)?;
        check_settings(self.ridge, self.tolerance, self.max_iterations)
    }
}

/// Spends the whole budget according to `shares`.
fn spend<'a>(task: Task<'a>, shares: &[f64]) -> anyhow::Result<Collection<'a>> {
    let budget = &task.instance.budget;
    let mut collection = Collection::new(task);
    collection.collect(&budget.allocate(shares, budget.amount, budget.floor)?);
    Ok(collection)
}

impl Estimator for Uniform {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let tasks = task.instance.sources.tasks();
        let shares = match task.instance.budget.most_tasks {
            Some(most) => allocation::random(tasks, most, &mut task.streams.stream("random tasks"))?,
            None => allocation::uniform(tasks),
        };
        let settings =
            Settings { ridge: self.ridge, tolerance: self.tolerance, max_iterations: self.max_iterations };
        spend(task, &shares)?.finish(settings, None)
    }
}

impl Estimator for RandomTasks {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_tasks(Some(self.tasks), problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let mut stream = task.streams.stream("random tasks");
        let shares = allocation::random(task.instance.sources.tasks(), self.tasks, &mut stream)?;
        let settings =
            Settings { ridge: self.ridge, tolerance: self.tolerance, max_iterations: self.max_iterations };
        spend(task, &shares)?.finish(settings, None)
    }
}

impl Estimator for Known {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if !problem.has_truth() {
            return Err(Invalid::new(
                "kind",
                "the true relevance is unknown in this problem: use \"active\" instead",
            ));
        }
        self.relevance.admit(problem.budget().1)?;
        admit_tasks(self.tasks, problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let truth = task.instance.truth.as_ref().context("the true relevance is unknown")?;
        let costs = task.instance.budget.costs.as_ref();
        let tasks = self.tasks.into_iter().chain(task.instance.budget.most_tasks).min();
        let (relevance, shares) = self.relevance.shares(&truth.heads, &truth.target, costs, 0.0, tasks)?;
        let settings =
            Settings { ridge: self.ridge, tolerance: self.tolerance, max_iterations: self.max_iterations };
        spend(task, &shares)?.finish(settings, Some(relevance))
    }
}
