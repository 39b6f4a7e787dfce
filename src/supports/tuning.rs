//! How a level, such as λ or a number of steps, is chosen along the path of a method.

use rand::seq::SliceRandom;
use remeasure_core::numerics::Design;
use remeasure_core::{Invalid, deadline};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Fit, Task};
use crate::problem::Problem;

/// Number of folds of the cross-validation.
const FOLDS: usize = 5;

/// How the level is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choose {
    /// The level with the least prediction error, which nobody knows: the method's best case.
    Oracle,
    /// By 5-fold cross-validation.
    Cv,
    /// `λ = σ√(2 ln d / n)` with the true σ; for methods with an ℓ1 penalty.
    Theory,
}

/// What a method predicts at each level.
pub(crate) struct Predictions {
    /// For each level, predictions of all rows.
    pub(crate) values: Vec<Vec<f64>>,
    /// Non-zero coefficients or columns at each level.
    pub(crate) sizes: Vec<usize>,
    /// Largest relative duality gap, for the Lasso.
    pub(crate) gap: Option<f64>,
    /// Why the solver fell short.
    pub(crate) shortfall: Option<String>,
}

/// A method with a path.
pub(crate) trait Method {
    /// The levels to choose from.
    fn levels(&self, design: &Design, response: &[f64]) -> anyhow::Result<Vec<f64>>;

    /// Fits `response` on the first rows of `design` at all levels and predicts all rows.
    fn path(&self, design: &Design, response: &[f64], levels: &[f64]) -> anyhow::Result<Predictions>;
}

/// The universal level of an ℓ1 penalty for columns of norm `√n`.
pub(crate) fn universal(problem: &Problem) -> f64 {
    problem.sigma * (2.0 * (problem.d as f64).ln() / problem.n as f64).sqrt()
}

impl Choose {
    /// Rejects a problem for which the level cannot be chosen so.
    pub(crate) fn admit(self, problem: &Problem) -> Result<(), Invalid> {
        match self {
            Self::Cv if problem.n < 2 * FOLDS => {
                let message =
                    format!("{FOLDS} folds need at least {} rows, found n = {}", 2 * FOLDS, problem.n);
                Err(Invalid::new("choose", message))
            }
            Self::Theory if !(universal(problem) > 0.0) => {
                let message =
                    "λ = σ√(2 ln d / n) is 0 without noise or with one column: use \"oracle\" or \"cv\"";
                Err(Invalid::new("choose", message))
            }
            _ => Ok(()),
        }
    }

    /// Chooses a level and fits there.
    pub(crate) fn fit(self, method: &impl Method, task: &Task<'_>) -> anyhow::Result<Fit> {
        let (design, response) = (&task.instance.design, &task.instance.response);
        let levels = match self {
            Self::Theory => vec![universal(task.problem)],
            _ => method.levels(design, response)?,
        };
        let mut path = method.path(design, response, &levels)?;
        let squares = |prediction: &[f64], target: &[f64]| {
            prediction.iter().zip(target).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        };
        let errors: Vec<f64> = match self {
            Self::Theory => vec![0.0],
            Self::Oracle => path.values.iter().map(|p| squares(p, &task.instance.signal)).collect(),
            Self::Cv => {
                let mut order: Vec<usize> = (0..design.rows()).collect();
                order.shuffle(&mut task.streams.stream("folds"));
                let mut errors = vec![0.0; levels.len()];
                for fold in (0..FOLDS).take_while(|_| !deadline::passed()) {
                    let part = |held: bool| {
                        let rows =
                            order.iter().enumerate().filter(move |(at, _)| (at % FOLDS == fold) == held);
                        rows.map(|(_, row)| *row)
                    };
                    let fitted = part(false).count();
                    let rows: Vec<usize> = part(false).chain(part(true)).collect();
                    let responses: Vec<f64> = rows.iter().map(|&i| response[i]).collect();
                    let path = method.path(&design.take_rows(&rows), &responses[..fitted], &levels)?;
                    for (error, prediction) in errors.iter_mut().zip(&path.values) {
                        *error += squares(&prediction[fitted..], &responses[fitted..]);
                    }
                }
                errors
            }
        };
        // The first among equals.
        let best = (0..levels.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b])).unwrap_or(0);
        Ok(Fit {
            prediction: path.values.swap_remove(best),
            level: Some(levels[best]),
            size: Some(path.sizes[best]),
            gap: path.gap,
            guarantee: None,
            shortfall: path.shortfall,
        })
    }
}
