//! Active sampling: re-estimates the relevance of the tasks in epochs of doubling size.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::Rule;
use super::{
    Collection, Entry, Estimator, Fit, Task, check_lambda, check_settings, default_iterations,
    default_lambda, default_ridge, default_tolerance, schedule,
};
use crate::Problem;
use crate::representation::Settings;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Active,
    "active",
    "equal samples first, then by the relevance re-estimated in epochs of doubling size"
);

/// The first epoch takes `start` observations of each task (at least the floor). Each further epoch takes as
/// many as all before it together, and the last one takes what is left (up to twice that). All observations
/// are used for every estimate, and count towards the plan that follows from it.
///
/// With `keep_exploring`, an epoch first raises every task to `√(start · n̄)` observations, whatever its
/// relevance, where `n̄` is the mean at the end of the epoch. Without it, a task with a wrong early estimate
/// of no relevance is never sampled again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Active {
    /// How to compute the shares from the estimated heads.
    relevance: Rule,
    /// Number of observations of each task in the first epoch, at least 1.
    start: u64,
    /// Whether each epoch first raises every task to `√(start · n̄)` observations, where `n̄` is the mean at
    /// the end of the epoch.
    #[serde(default)]
    keep_exploring: bool,
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

impl Check for Active {
    fn check(&self) -> Result<(), Invalid> {
        if self.start == 0 {
            return Err(Invalid::new("start", "expected at least 1 observation of each task, found 0"));
        }
        check_lambda(self.lambda)?;
        check_settings(self.ridge, self.tolerance, self.max_iterations)
    }
}

impl Active {
    /// Sample sizes of an epoch, given the observations so far.
    fn plan(&self, task: &Task<'_>, shares: &[f64], at_hand: &[u64], epoch: u64) -> anyhow::Result<Vec<u64>> {
        let mut explored = vec![0; at_hand.len()];
        if self.keep_exploring {
            let mean = (at_hand.iter().sum::<u64>() + epoch) as f64 / at_hand.len() as f64;
            let least = (self.start as f64 * mean).sqrt() as u64;
            // Never above the mean at the end of the epoch, so that the epoch can afford it.
            explored.iter_mut().zip(at_hand).for_each(|(e, n)| *e = least.saturating_sub(*n));
            let wanted: u64 = explored.iter().sum();
            anyhow::ensure!(wanted <= epoch, "an epoch of {epoch} observations cannot explore with {wanted}");
        }
        let raised: Vec<u64> = at_hand.iter().zip(&explored).map(|(n, e)| n + e).collect();
        let left = epoch - explored.iter().sum::<u64>();
        let exploited = task.instance.budget.top_up(shares, &raised, left as f64)?;
        Ok(explored.iter().zip(&exploited).map(|(a, b)| a + b).collect())
    }
}

impl Estimator for Active {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (budget, has_costs) = problem.budget();
        if has_costs {
            return Err(Invalid::new(
                "kind",
                "\"active\" counts observations, not costs: use \"two-stage\" instead",
            ));
        }
        let first = self.start as f64 * problem.tasks() as f64;
        if first > budget {
            let message =
                format!("a first epoch of {first} observations exceeds the budget of {budget}: lower it");
            return Err(Invalid::new("start", message));
        }
        if self.start <= problem.rank() as u64 {
            let message = format!("expected more observations of each task than k = {}", problem.rank());
            return Err(Invalid::new("start", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let settings =
            Settings { ridge: self.ridge, tolerance: self.tolerance, max_iterations: self.max_iterations };
        let budget = &task.instance.budget;
        let mut collection = Collection::new(task);
        let tasks = task.instance.sources.tasks();
        collection.collect(&vec![self.start.max(budget.floor); tasks]);
        let mut latest = None;
        loop {
            let so_far: u64 = collection.sizes().iter().sum();
            let left = (budget.amount as u64).saturating_sub(so_far);
            if left == 0 || deadline::passed() {
                break;
            }
            let epoch = if left < 2 * so_far { left } else { so_far };
            let (learned, head) = collection.learn(settings)?;
            let lambda = schedule(&task, self.lambda, so_far);
            let (relevance, shares) = self.relevance.shares(&learned.heads, &head, None, lambda, None)?;
            collection.collect(&self.plan(&task, &shares, &collection.sizes(), epoch)?);
            latest = Some(relevance);
        }
        collection.finish(settings, latest)
    }
}
