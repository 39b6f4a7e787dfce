//! The estimators: strategies for dividing the budget, each followed by the same joint representation and
//! target head. To add one, add it to [`ENTRIES`].

mod active;
mod fixed;
mod rule;
mod two_stage;

use remeasure_core::Invalid;

use super::estimator::{Collection, Entry, Estimator, Fit, Task};
use super::representation::Settings;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] =
    &[fixed::UNIFORM, fixed::RANDOM_TASKS, fixed::KNOWN, two_stage::ENTRY, active::ENTRY];

/// Default ridge of the representation.
fn default_ridge() -> f64 {
    Settings::default().ridge
}

/// Default stationarity.
fn default_tolerance() -> f64 {
    Settings::default().tolerance
}

/// Default limit of alternations.
fn default_iterations() -> usize {
    Settings::default().max_iterations
}

/// Default λ of the Lasso, in units of `σ √(k ln(2T) / n̄)`.
fn default_lambda() -> f64 {
    0.003
}

/// Checks the settings of the representation.
fn check_settings(ridge: f64, tolerance: f64, max_iterations: usize) -> Result<(), Invalid> {
    if !(ridge.is_finite() && ridge >= 0.0) {
        return Err(Invalid::new("ridge", format!("expected a number of at least 0, found {ridge}")));
    }
    if !(tolerance.is_finite() && tolerance > 0.0) {
        return Err(Invalid::new("tolerance", format!("expected a number above 0, found {tolerance}")));
    }
    if max_iterations == 0 {
        return Err(Invalid::new("max_iterations", "expected at least 1, found 0"));
    }
    Ok(())
}

/// Checks the λ of the Lasso.
fn check_lambda(lambda: f64) -> Result<(), Invalid> {
    if !(lambda.is_finite() && lambda >= 0.0) {
        return Err(Invalid::new("lambda", format!("expected a number of at least 0, found {lambda}")));
    }
    Ok(())
}

/// Checks the number of tasks that a plan keeps.
fn check_tasks(tasks: Option<usize>) -> Result<(), Invalid> {
    if tasks == Some(0) {
        return Err(Invalid::new("tasks", "expected at least 1, found 0"));
    }
    Ok(())
}

/// Checks that the problem allows the number of tasks that a plan keeps: the representation is learned from them.
fn admit_tasks(tasks: Option<usize>, problem: &super::Problem) -> Result<(), Invalid> {
    let (all, k) = (problem.tasks(), problem.rank());
    match tasks {
        Some(s) if s > all => {
            Err(Invalid::new("tasks", format!("expected at most the problem's {all} tasks, found {s}")))
        }
        Some(s) if s < k => {
            let message = format!("a representation of rank k = {k} cannot be learned from {s} tasks");
            Err(Invalid::new("tasks", message))
        }
        _ => Ok(()),
    }
}

/// `λ = factor · σ √(k ln(2T) / n̄)` for `observations` of all tasks together, with mean `n̄`.
fn schedule(task: &Task<'_>, factor: f64, observations: u64) -> f64 {
    let (k, tasks) = (task.instance.rank as f64, task.instance.sources.tasks() as f64);
    let mean = observations as f64 / tasks;
    factor * task.instance.sigma * (k * (2.0 * tasks).ln() / mean).sqrt()
}
