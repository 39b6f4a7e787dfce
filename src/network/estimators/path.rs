//! Network Lasso along a path of `λ`.

use anyhow::Context;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_settings, iterations, one, tolerance};
use crate::admm::{Settings, Variant};
use crate::choice::{Growth, Plan, least, shortfall};
use crate::estimator::{Entry, Estimator, Fit, Models, Point, Task};
use crate::node::Kind;
use crate::problem::Problem;
use crate::scores;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    NetworkPath,
    "network-path",
    "network Lasso along the path of the problem, each λ from the solution of the one before"
);

/// How to choose a `λ` of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// Cross-validation within the nodes. Not for one-class models: without incidents there is no AUC.
    Cv,
    /// By the test rows: the least error, or the largest AUC. A yardstick.
    Oracle,
    /// The last.
    Last,
}

/// Network Lasso along the `path` of the problem. Each λ is measured at its coordinate; the fit is that of the λ chosen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NetworkPath {
    /// How to choose among the λ.
    choose: Choice,
    /// Parts of the cross-validation, at least 2 (`choose = "cv"` only). Default: 5.
    folds: Option<usize>,
    /// Penalty ρ of the method at the first λ, above 0.
    #[serde(default = "one")]
    rho: f64,
    /// How ρ changes along the path.
    #[serde(default)]
    growth: Growth,
    /// Absolute tolerance of the residuals, at least 0.
    #[serde(default = "tolerance")]
    absolute: f64,
    /// Tolerance of the residuals relative to the size of what they compare, at least 0.
    #[serde(default = "tolerance")]
    relative: f64,
    /// Stop at this relative duality gap, checked every ten iterations, and not by residuals. Above 0.
    gap: Option<f64>,
    /// Most iterations at each λ.
    #[serde(default = "iterations")]
    max_iterations: usize,
    /// How duals and tolerances depend on ρ.
    #[serde(default)]
    variant: Variant,
}

impl NetworkPath {
    fn plan(&self) -> Plan {
        let settings = Settings {
            absolute: self.absolute,
            relative: self.relative,
            gap: self.gap,
            iterations: self.max_iterations,
            variant: self.variant,
        };
        Plan { rho: self.rho, growth: self.growth, settings }
    }

    fn folds(&self) -> usize {
        self.folds.unwrap_or(5)
    }
}

impl Check for NetworkPath {
    fn check(&self) -> Result<(), Invalid> {
        if self.folds.is_some() && self.choose != Choice::Cv {
            return Err(Invalid::new("folds", "only choose = \"cv\" has this key; remove it"));
        }
        if self.folds() < 2 {
            return Err(Invalid::new("folds", format!("expected at least 2, found {}", self.folds())));
        }
        check_settings(self.rho, &self.plan().settings)
    }
}

impl Estimator for NetworkPath {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if problem.path().is_empty() {
            let message = "this estimator fits the λ of the problem's `path`, which is empty; give some";
            return Err(Invalid::new("kind", message));
        }
        if self.choose != Choice::Cv {
            return Ok(());
        }
        if problem.model().kind() == Kind::OneClass {
            let message = "the AUC of a one-class model cannot be cross-validated on normal rows; choose \"oracle\" (a \
                           yardstick) or \"last\", or fix λ with kind = \"network-lasso\"";
            return Err(Invalid::new("choose", message));
        }
        if problem.rows() < self.folds() {
            let message = format!(
                "expected at most as many as a node has rows, {}, found {}",
                problem.rows(),
                self.folds()
            );
            return Err(Invalid::new("folds", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (instance, plan) = (task.instance, self.plan());
        let nodes = instance.train.iter().map(|sample| instance.model.node(&[sample])).collect();
        let (mut path, mut models, mut objectives) = (Vec::new(), Vec::new(), Vec::new());
        let (mut held, mut fell_short, mut residuals) = (0, None, None);
        plan.walk(&instance.graph, nodes, &instance.path, &mut |at, admm, report| {
            let gap = admm.gap(instance.path[at]);
            path.push(Point {
                lambda: instance.path[at],
                measures: scores::of_models(instance, admm.models()),
                gap: gap.relative(),
                iterations: report.iterations,
                clusters: admm.clusters(),
            });
            models.push(admm.models().to_vec());
            objectives.push(gap.primal);
            held = admm.held();
            residuals = Some(report.residuals);
            if let Some(message) = shortfall(&report, &plan.settings) {
                fell_short.get_or_insert_with(|| format!("λ = {}: {message}", instance.path[at]));
            }
        });
        let chosen = match self.choose {
            Choice::Cv => least(&plan.cross_validate(instance, self.folds(), task.streams)?),
            Choice::Oracle => {
                let values: Option<Vec<f64>> =
                    path.iter().map(|point| point.measures.criterion(instance.model)).collect();
                least(
                    &values
                        .context("the test rows have only one class, so that no λ can be chosen by them")?,
                )
            }
            Choice::Last => path.len().checked_sub(1),
        };
        let chosen = chosen.context("the path has no λ")?;
        Ok(Fit {
            lambda: Some(path[chosen].lambda),
            objective: Some(objectives[chosen]),
            gap: path.iter().map(|point| point.gap).reduce(f64::max),
            residuals,
            iterations: Some(path.iter().map(|point| point.iterations).sum()),
            clusters: Some(path[chosen].clusters),
            held: Some(held),
            shortfall: fell_short,
            ..Fit { path, ..Fit::of(Models::Linear(models.swap_remove(chosen))) }
        })
    }
}
