//! Two-stage sampling: one stage estimates the relevance of the tasks, the other samples by it.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::Rule;
use super::{
    Collection, Entry, Estimator, Fit, Task, admit_tasks, check_lambda, check_settings, check_tasks,
    default_iterations, default_lambda, default_ridge, default_tolerance, schedule,
};
use crate::representation::Settings;
use crate::{Problem, allocation};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    TwoStage,
    "two-stage",
    "a share of the budget equally on all tasks, the rest by the relevance estimated from it"
);

/// Sampling in two stages; the first one estimates the relevance that the second one uses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TwoStage {
    /// How to compute the shares from the estimated heads.
    relevance: Rule,
    /// Share of the budget for the first stage, between 0 and 1.
    #[serde(default = "default_explore")]
    explore: f64,
    /// Number of largest shares to keep in the second stage. Default: all.
    tasks: Option<usize>,
    /// Whether to use the observations of the first stage for the relevance only, not for the final fit.
    #[serde(default)]
    discard: bool,
    /// λ of the Lasso, in units of `σ√(k ln(2T)/n̄)`, at least 0.
    #[serde(default = "default_lambda")]
    lambda: f64,
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

fn default_explore() -> f64 {
    0.25
}

impl Check for TwoStage {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.explore > 0.0 && self.explore < 1.0) {
            let message = format!("expected a share of the budget between 0 and 1, found {}", self.explore);
            return Err(Invalid::new("explore", message));
        }
        check_tasks(self.tasks)?;
        check_lambda(self.lambda)?;
        check_settings(self.ridge, self.tolerance, self.max_iterations)
    }
}

impl Estimator for TwoStage {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.relevance.admit(problem.budget().1)?;
        admit_tasks(self.tasks, problem)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let settings =
            Settings { ridge: self.ridge, tolerance: self.tolerance, max_iterations: self.max_iterations };
        let budget = &task.instance.budget;
        let mut collection = Collection::new(task);
        let first = (self.explore * budget.amount).floor();
        let all = allocation::uniform(task.instance.sources.tasks());
        collection.collect(&budget.allocate(&all, first, budget.floor)?);
        let (learned, head) = collection.learn(settings)?;
        let sizes = collection.sizes();
        let lambda = schedule(&task, self.lambda, sizes.iter().sum());
        let tasks = self.tasks.into_iter().chain(budget.most_tasks).min();
        let (relevance, shares) =
            self.relevance.shares(&learned.heads, &head, budget.costs.as_ref(), lambda, tasks)?;
        let left = budget.amount - budget.spent(&sizes);
        if self.discard {
            collection.forget();
        }
        collection.collect(&budget.top_up(&shares, &collection.sizes(), left)?);
        collection.finish(settings, Some(relevance))
    }
}
