//! The relaxed Lasso, tuned by cross-validation.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use remeasure_optim::LassoProblem;
use remeasure_optim::lasso::Path;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::lambda::{CrossValidation, splits};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Relaxed,
    "relaxed-lasso",
    "the Lasso mixed with least squares on its support; λ and the mixture by cross-validation"
);

/// The mixture `γ x_λ + (1 − γ) x_LS` of the Lasso `x_λ` and least squares `x_LS` on its support (Hastie,
/// Tibshirani and Tibshirani 2020, equation 4; a simplification of Meinshausen 2007). λ and γ minimise the
/// cross-validated prediction error; γ is 0, 0.25, 0.5, 0.75 or 1.
///
/// The certificate is that of the Lasso at the chosen λ.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Relaxed {
    /// Folds and grid of λ.
    cv: CrossValidation,
}

/// The shares γ of the Lasso to try.
const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// A column counts as dependent if less than this share of its squared norm is outside the span of the others.
const DEPENDENT: f64 = 1e-10;

/// Relative gap of the fits.
const TOLERANCE: f64 = 1e-6;

impl Check for Relaxed {
    fn check(&self) -> Result<(), Invalid> {
        self.cv.check("cv")
    }
}

/// Least squares on the support of `lasso` by its normal equations; `lasso` itself if the support has `n` or
/// more columns or they are dependent.
fn refit(design: &Design, response: &[f64], lasso: &[f64]) -> Vec<f64> {
    let support: Vec<usize> = (0..lasso.len()).filter(|&j| lasso[j] != 0.0).collect();
    if support.is_empty() || support.len() >= design.rows() {
        return lasso.to_vec();
    }
    let mut gram = Mat::zeros(support.len(), support.len());
    for (a, &j) in support.iter().enumerate() {
        if deadline::passed() {
            return lasso.to_vec();
        }
        for (b, &l) in support[..=a].iter().enumerate() {
            gram[(a, b)] = kernels::dot(design.column(j), design.column(l));
        }
    }
    let right = Mat::from_fn(support.len(), 1, |a, _| kernels::dot(design.column(support[a]), response));
    let Ok(factor) = gram.llt(Side::Lower) else { return lasso.to_vec() };
    // A pivot is the squared norm of the part of a column outside the span of those before it.
    let pivot = |a: usize| factor.L()[(a, a)].powi(2);
    if (0..support.len()).any(|a| pivot(a) <= DEPENDENT * gram[(a, a)]) {
        return lasso.to_vec();
    }
    let solution = factor.solve(&right);
    let mut refitted = vec![0.0; lasso.len()];
    for (a, &j) in support.iter().enumerate() {
        refitted[j] = solution[(a, 0)];
    }
    refitted
}

/// `γ a + (1 − γ) b`.
fn mix(share: f64, a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| share * a + (1.0 - share) * b).collect()
}

impl Estimator for Relaxed {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.cv.admit("cv", problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = LassoProblem::new(task.design, task.response)?;
        if problem.lambda_max() == 0.0 {
            return Ok(super::zero_fit(task));
        }
        let grid = self.cv.grid(&problem)?;
        let path = Path::new(&grid, TOLERANCE)?;
        // Held-out error of each λ and, within it, of each share.
        let mut errors = vec![[0.0; SHARES.len()]; grid.len()];
        for split in splits(task, self.cv.folds()).take_while(|_| !deadline::passed()) {
            path.visit(&LassoProblem::new(&split.design, &split.response)?, |k, _, solution| {
                let refitted = refit(&split.design, &split.response, &solution.coefficients);
                for (error, share) in errors[k].iter_mut().zip(SHARES) {
                    *error += split.held_out() * split.error(&mix(share, &solution.coefficients, &refitted));
                }
            });
        }
        let choices = (0..grid.len()).flat_map(|k| (0..SHARES.len()).map(move |s| (k, s)));
        let best = choices.min_by(|a, b| errors[a.0][a.1].total_cmp(&errors[b.0][b.1]));
        let (k, s) = best.unwrap_or((0, 0));
        let solutions = Path::new(&grid[..=k], TOLERANCE)?.solve(&problem);
        let Some(solution) = solutions.last() else { return Ok(super::zero_fit(task)) };
        let gap = solution.certificate.gap / problem.null_objective();
        let refitted = refit(task.design, task.response, &solution.coefficients);
        Ok(Fit {
            reported: Reported::default(),
            shortfall: super::shortfall(solution, gap, TOLERANCE),
            coefficients: mix(SHARES[s], &solution.coefficients, &refitted),
            lambda: None,
            certificate: Certificate::RelativeGap(gap),
            iterations: solutions.iter().map(|s| s.iterations).sum(),
            trajectory: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refitting_is_least_squares_on_the_support() {
        let instance = crate::testing::instance(30, 60, 4, 0.3);
        let mut start = vec![0.0; 60];
        let support = [3, 17, 41];
        support.iter().for_each(|&j| start[j] = 1.0);
        let refitted = refit(&instance.design, &instance.response, &start);
        let task = crate::testing::task(&instance);
        let Certificate::Orthogonality(value) =
            super::super::oracle::orthogonality(&task, &refitted, &support)
        else {
            panic!("a least-squares certificate")
        };
        assert!(value < 1e-13, "{value}");
        assert_eq!(refitted.iter().filter(|v| **v != 0.0).count(), 3);
    }

    #[test]
    fn a_dependent_or_large_support_keeps_the_lasso() {
        let mut instance = crate::testing::instance(10, 20, 2, 0.3);
        let column = instance.design.column(0).to_vec();
        instance.design.column_mut(1).copy_from_slice(&column);
        let mut start = vec![0.0; 20];
        (start[0], start[1]) = (0.4, 0.6);
        assert_eq!(refit(&instance.design, &instance.response, &start), start);
        assert_eq!(refit(&instance.design, &instance.response, &[0.5; 20]), [0.5; 20]);
    }

    #[test]
    fn strong_signals_are_not_shrunk() -> anyhow::Result<()> {
        let instance = crate::testing::instance(100, 60, 4, 0.01);
        let task = crate::testing::task(&instance);
        let truth = &instance.truth.as_ref().unwrap().coefficients;
        let parameters = toml::from_str("cv = { folds = 5, points = 20 }")?;
        let relaxed = (ENTRY.read)(parameters)?.fit(&task)?;
        let oracle = (super::super::oracle::ENTRY.read)(toml::Table::new())?.fit(&task)?;
        let error = |fit: &Fit| crate::metrics::nmse(&fit.coefficients, truth);
        assert!(error(&relaxed) < 2.0 * error(&oracle), "{} {}", error(&relaxed), error(&oracle));
        Ok(())
    }
}
