//! Policies without learning, as yardsticks.

use anyhow::Context;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Problem, Task, play, position};
use crate::bandits::Bandit;

/// Registers the estimator.
pub(super) const FIXED: Entry = entry!(Fixed, "fixed", "the same ω for all systems");

/// Registers the estimator.
pub(super) const BEST_FIXED: Entry =
    entry!(BestFixed, "best-fixed", "the ω of the grid that is best for the whole sequence in hindsight");

/// Registers the estimator.
pub(super) const ORACLE_GRID: Entry = entry!(
    OracleGrid,
    "oracle-grid",
    "for each system, the ω of the grid with the fewest iterations in hindsight"
);

/// Registers the estimator.
pub(super) const INSTANCE_OPTIMAL: Entry = entry!(
    InstanceOptimal,
    "instance-optimal",
    "for each system, the ω* with the smallest spectral radius, by Young's formula (SOR only)"
);

/// Registers the estimator.
pub(super) const PLAIN: Entry =
    entry!(Plain, "cg", "conjugate gradients without a preconditioner (heat equation only)");

/// Registers the estimator.
pub(super) const UNIFORM: Entry = entry!(Uniform, "uniform", "a random ω of the grid for every system");

/// A fixed ω.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fixed {
    /// Relaxation ω, above 0 and below 2.
    omega: f64,
}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BestFixed {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OracleGrid {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InstanceOptimal {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Plain {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Uniform {}

impl Check for Fixed {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.omega > 0.0 && self.omega < 2.0) {
            let message = format!("SOR converges for ω between 0 and 2, found {}", self.omega);
            return Err(Invalid::new("omega", message));
        }
        Ok(())
    }
}

impl Check for BestFixed {}
impl Check for OracleGrid {}
impl Check for InstanceOptimal {}
impl Check for Plain {}
impl Check for Uniform {}

impl Estimator for Fixed {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let omegas = &problem.settings().omegas;
        if matches!(problem, Problem::Heat { .. }) && position(omegas, self.omega).is_none() {
            let message = format!(
                "the heat equation is only solved on the grid of ω, and {} is not on it: {omegas:.3?}",
                self.omega
            );
            return Err(Invalid::new("omega", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let counts = task.sequence.counts_at(self.omega)?;
        Ok(Fit::of_rule(Some(vec![self.omega; counts.len()]), counts))
    }
}

impl Estimator for BestFixed {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let table = &task.sequence.table;
        let omega = table.omegas()[table.best_fixed()];
        let counts = task.sequence.counts_at(omega)?;
        let steps = counts.len() as f64;
        let means = table.totals().into_iter().map(|total| total as f64 / steps);
        let profile = table.omegas().iter().copied().zip(means).collect();
        Ok(Fit { profile, ..Fit::of_rule(Some(vec![omega; counts.len()]), counts) })
    }
}

impl Estimator for OracleGrid {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let table = &task.sequence.table;
        let best = |t: usize| {
            let row = table.step(t);
            (0..row.len()).min_by_key(|&i| row[i]).unwrap_or(0)
        };
        let arms: Vec<usize> = (0..table.steps()).map(best).collect();
        let counts = arms.iter().enumerate().map(|(t, &arm)| table.step(t)[arm]).collect();
        Ok(Fit::of_rule(Some(arms.iter().map(|&arm| table.omegas()[arm]).collect()), counts))
    }
}

impl Estimator for InstanceOptimal {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if matches!(problem, Problem::Heat { .. }) {
            let message = "ω* has a closed form for SOR, not for conjugate gradients: use \"oracle-grid\"";
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let optimal = task.sequence.optimal.as_ref().context("the optimal ω is unknown")?;
        Ok(Fit::of_rule(Some(optimal.omegas.clone()), optimal.counts.clone()))
    }
}

impl Estimator for Plain {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if matches!(problem, Problem::Sor { .. }) {
            let message = "conjugate gradients are for the heat equation, kind = \"heat\": use \"fixed\"";
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let counts = task.sequence.plain.clone().context("only the heat equation can be solved without ω")?;
        Ok(Fit::of_rule(None, counts))
    }
}

/// Draws an arm.
struct Random(usize);

impl Bandit for Random {
    fn choose(&mut self, _context: f64, uniform: f64) -> usize {
        ((uniform * self.0 as f64) as usize).min(self.0 - 1)
    }

    fn update(&mut self, _loss: f64) {}
}

impl Estimator for Uniform {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        Ok(Fit { improper: None, ..play(&mut Random(task.sequence.table.omegas().len()), task) })
    }
}
