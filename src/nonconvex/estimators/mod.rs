//! The estimators. To add one, add it to [`ENTRIES`].

mod paths;
mod runs;
mod scores;
mod yardsticks;

use remeasure_core::Invalid;

use super::estimator::{Entry, Estimator, Outcome};
use crate::problem::{Data, Problem, Regression, Sample};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    runs::ENTRY,
    runs::PUBLISHED,
    paths::ENTRY,
    paths::COORDINATES,
    yardsticks::LASSO,
    yardsticks::SUPPORT,
    yardsticks::ZERO,
    scores::PEARSON,
    scores::BINNING,
    scores::KDE,
    scores::KNN,
];

/// The regression and its data, for estimators that `admit` no other problem.
fn regression<'a>(problem: &'a Problem, data: &'a Data) -> anyhow::Result<(&'a Regression, &'a Sample)> {
    match (problem, data) {
        (Problem::Regression(problem), Data::Regression(sample)) => Ok((problem, sample)),
        _ => anyhow::bail!("the problem is no regression"),
    }
}

/// Refuses a problem that is no regression, or one of another kind of response.
fn admit_regression(problem: &Problem, gaussian: bool, with_test: bool) -> Result<(), Invalid> {
    use crate::problem::Response;
    match problem {
        Problem::Screening(_) => {
            Err(Invalid::new("kind", "the problem has scores, not coefficients: use \"pearson\""))
        }
        Problem::Regression(r) if gaussian && r.response == Response::Binary => {
            Err(Invalid::new("kind", "needs `response = \"gaussian\"` of the problem"))
        }
        Problem::Regression(r) if with_test && r.n_test == 0 => {
            Err(Invalid::new("kind", "chooses λ on test rows: set `n_test` of the problem above 0"))
        }
        Problem::Regression(_) => Ok(()),
    }
}
