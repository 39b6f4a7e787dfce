//! One stage to estimate the relevance of the tasks, one that samples by it.

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

/// Registration.
pub(super) const ENTRY: Entry = entry!(
    TwoStage,
    "two-stage",
    "a share of the budget on all tasks alike, the rest by the relevance estimated from it"
);

/// Two stages, by the relevance that the first one estimates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TwoStage {
    /// What the shares are made from.
    relevance: Rule,
    /// Share of the budget of the first stage.
    #[serde(default = "default_explore")]
    explore: f64,
    /// Keeps this many of the largest shares of the second stage; all unless given.
    tasks: Option<usize>,
    /// Uses the observations of the first stage for the relevance only, not for the final fit.
    #[serde(default)]
    discard: bool,
    /// λ of the Lasso, in units of `σ√(k ln(2T)/n̄)`.
    #[serde(default = "default_lambda")]
    lambda: f64,
    /// Ridge of the representation, in observations.
    #[serde(default = "default_ridge")]
    ridge: f64,
    /// Stationarity to reach.
    #[serde(default = "default_tolerance")]
    tolerance: f64,
    /// Most alternations.
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
