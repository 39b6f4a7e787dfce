//! How the penalty λ is chosen.

use anyhow::ensure;
use remeasure_core::{Invalid, deadline};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::estimator::Task;
use super::model::Model;
use super::partition::By;
use super::path::{Settings, Solver, Step, lambda_grid};
use super::training::Training;
use super::validation::{Score, cross_validate, group_folds, random_folds};

/// A rule for the penalty λ: `{ value = 0.01 }`, `{ fraction = 0.1 }` or `{ cv = { folds = 5 } }`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LambdaRule {
    /// This λ, above 0.
    Value(f64),
    /// This fraction of λ_max, above 0 and at most 1.
    Fraction(f64),
    /// The best value of a grid by cross-validation.
    Cv(CrossValidation),
}

/// K-fold cross-validation, not stratified, over a logarithmic grid below the λ_max of all rows.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CrossValidation {
    /// Number of folds, at least 2.
    #[serde(default = "five")]
    folds: usize,
    /// Number of grid points, at least 2.
    #[serde(default = "twenty")]
    points: usize,
    /// Smallest λ of the grid as a fraction of λ_max, between 0 and 1.
    #[serde(default = "hundredth")]
    ratio: f64,
    /// Score to minimise.
    #[serde(default)]
    score: Score,
    /// Which λ to choose by the scores.
    #[serde(default)]
    choose: Choice,
    /// What is assigned to folds: rows, or the groups of the problem.
    #[serde(default = "rows")]
    by: By,
}

/// Which λ to choose by its mean score over the folds.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choice {
    /// That of the lowest score.
    #[default]
    Minimum,
    /// The largest within one standard error of the lowest score.
    OneSe,
}

fn rows() -> By {
    By::Rows
}

fn five() -> usize {
    5
}

fn twenty() -> usize {
    20
}

fn hundredth() -> f64 {
    0.01
}

impl Default for LambdaRule {
    /// The simulations of the paper: 5 folds, 20 points down to a hundredth of λ_max, Brier score.
    fn default() -> Self {
        Self::Cv(CrossValidation {
            folds: five(),
            points: twenty(),
            ratio: hundredth(),
            score: Score::Brier,
            choose: Choice::Minimum,
            by: By::Rows,
        })
    }
}

impl LambdaRule {
    /// Checks the numbers of the rule.
    ///
    /// # Errors
    /// The key of a number that is out of range.
    pub fn check(&self) -> Result<(), Invalid> {
        let fail = |key: &str, message: String| Err(Invalid::new(format!("lambda.{key}"), message));
        match *self {
            Self::Value(v) if !(v.is_finite() && v > 0.0) => {
                fail("value", format!("expected a number above 0, found {v}"))
            }
            Self::Fraction(f) if !(f > 0.0 && f <= 1.0) => {
                fail("fraction", format!("expected a number above 0 and at most 1, found {f}"))
            }
            Self::Cv(cv) if cv.folds < 2 => {
                fail("cv.folds", format!("expected at least 2, found {}", cv.folds))
            }
            Self::Cv(cv) if cv.points < 2 => {
                fail("cv.points", format!("expected at least 2, found {}", cv.points))
            }
            Self::Cv(cv) if !(cv.ratio > 0.0 && cv.ratio < 1.0) => {
                fail("cv.ratio", format!("expected a fraction between 0 and 1, found {}", cv.ratio))
            }
            _ => Ok(()),
        }
    }

    /// The penalties to solve for in turn; the last one is the chosen one.
    fn descent(&self, task: &Task<'_>, settings: &Settings, largest: f64) -> anyhow::Result<Vec<f64>> {
        match *self {
            Self::Value(lambda) => Ok(vec![lambda]),
            Self::Fraction(fraction) => Ok(vec![fraction * largest]),
            Self::Cv(cv) => {
                let n = task.sample.design.rows();
                ensure!(cv.folds <= n, "cannot split n = {n} rows into {} folds", cv.folds);
                let grid = lambda_grid(largest, cv.ratio, cv.points)?;
                let folds = match (cv.by, task.groups) {
                    (By::Groups, Some(of)) => group_folds(of, cv.folds, task.streams),
                    _ => random_folds(n, cv.folds, task.streams),
                };
                let scored = cross_validate(task.sample, settings, cv.score, &grid, &folds)?;
                let chosen = if cv.choose == Choice::OneSe { scored.one_se } else { scored.best };
                Ok(grid[..=chosen].to_vec())
            }
        }
    }

    /// Whether it needs the groups of a problem.
    pub(super) fn needs_groups(&self) -> bool {
        matches!(self, Self::Cv(cv) if cv.by == By::Groups)
    }

    /// The penalties of a path of coefficients: those of cross-validation, or a hundred down to a hundredth of λ_max, or
    /// to the λ used where that is smaller.
    pub(super) fn grid(&self, largest: f64, used: f64) -> anyhow::Result<Vec<f64>> {
        match self {
            Self::Cv(cv) => lambda_grid(largest, cv.ratio, cv.points),
            _ => lambda_grid(largest, (used / largest).min(0.01), 100),
        }
    }

    /// Chooses λ and fits all rows with it, along the grid if there is one. The last number is the relative
    /// duality gap, if the method has one.
    ///
    /// If no feature has an effect (λ_max is 0), a rule relative to λ_max gives λ = 0, and only the
    /// intercepts are fitted.
    ///
    /// # Errors
    /// The sample or a fold cannot be fitted.
    pub(super) fn fit(
        &self,
        task: &Task<'_>,
        settings: &Settings,
    ) -> anyhow::Result<(Step, Model, Option<f64>)> {
        let training = Training::new(task.sample)?;
        let mut solver = Solver::new(settings.method, &training);
        let largest = solver.lambda_max(settings);
        // Rounding leaves a small score where the exact one is 0.
        let descent = if largest > 1e-14 || matches!(self, Self::Value(_)) {
            self.descent(task, settings, largest)?
        } else {
            vec![0.0]
        };
        let mut iterations = 0;
        let mut last = None;
        for &lambda in &descent {
            let step = solver.solve(settings, lambda);
            iterations += step.iterations;
            last = Some(step);
            if deadline::passed() {
                break;
            }
        }
        let step = last.unwrap_or_else(|| solver.solve(settings, 0.0));
        let gap = solver.gap(settings, step.lambda);
        Ok((Step { iterations, ..step }, solver.model(settings.method), gap))
    }
}
