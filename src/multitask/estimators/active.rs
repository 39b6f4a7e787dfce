//! The relevance of the tasks estimated anew in epochs of doubling size.

use serde::Deserialize;

use super::rule::Rule;
use super::{
    Collection, Entry, Estimator, Fit, Task, check_lambda, check_settings, default_iterations,
    default_lambda, default_ridge, default_tolerance, schedule,
};
use crate::multitask::Problem;
use crate::multitask::representation::Settings;
use crate::numerics::params::{self, Check};
use crate::numerics::{Invalid, deadline};

/// Registration.
pub(super) const ENTRY: Entry = Entry {
    name: "active",
    about: "all tasks alike at first, then by the relevance estimated anew in epochs of doubling size",
    read: |table| Ok(Box::new(params::read::<Active>(table)?)),
};

/// The first epoch takes `start` observations of each task (at least the floor); each further one
/// takes as many as all before it together, the last what is left (up to twice that). All observations are used for
/// every estimate, and count towards the plan that follows from it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Active {
    relevance: Rule,
    start: u64,
    #[serde(default = "default_lambda")]
    lambda: f64,
    #[serde(default = "default_ridge")]
    ridge: f64,
    #[serde(default = "default_tolerance")]
    tolerance: f64,
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

impl Estimator for Active {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (budget, has_costs) = problem.budget();
        if has_costs {
            return Err(Invalid::new("kind", "\"active\" counts observations, not costs; see \"two-stage\""));
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
            collection.collect(&budget.top_up(&shares, &collection.sizes(), epoch as f64)?);
            latest = Some(relevance);
        }
        collection.finish(settings, latest)
    }
}
