//! The relaxed Lasso, tuned by cross-validation.

use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use remeasure_optim::LassoProblem;
use remeasure_optim::lasso::{LassoSolver, Path};
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

/// Relative gap of the fits.
const TOLERANCE: f64 = 1e-6;

impl Check for Relaxed {
    fn check(&self) -> Result<(), Invalid> {
        self.cv.check("cv")
    }
}

/// Least squares on the support of the last solution, with the Gram matrix of its solver; `lasso` itself, the
/// coefficients of that solution, if the support has `n` or more columns or they are dependent.
fn refit(solver: &mut LassoSolver<'_>, problem: &LassoProblem<'_>, lasso: &[f64]) -> Vec<f64> {
    let rows = problem.design().rows();
    let size = lasso.iter().filter(|v| **v != 0.0).count();
    if size == 0 || size >= rows {
        return lasso.to_vec();
    }
    let Some(mut support) = solver.support(0.0) else { return lasso.to_vec() };
    let terms = support.terms();
    let mut solution: Vec<f64> =
        terms.iter().map(|&(j, _)| problem.correlations()[j] / rows as f64).collect();
    support.solve(&mut solution);
    let mut refitted = vec![0.0; lasso.len()];
    terms.iter().zip(solution).for_each(|(&(j, _), value)| refitted[j] = value);
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
        let grid = self.cv.grid(problem.lambda_max())?;
        let path = Path::new(&grid, TOLERANCE)?;
        // Held-out error of each λ and, within it, of each share.
        let mut errors = vec![[0.0; SHARES.len()]; grid.len()];
        for split in splits(task, self.cv.folds()).take_while(|_| !deadline::passed()) {
            let problem = LassoProblem::new(&split.design, &split.response)?;
            path.visit(&problem, |k, solver, solution| {
                let refitted = refit(solver, &problem, &solution.coefficients);
                let (a, b) = (split.residual(&solution.coefficients), split.residual(&refitted));
                let [[aa, ab], [_, bb]] = kernels::dots([&a, &b], [&a, &b]);
                for (error, share) in errors[k].iter_mut().zip(SHARES) {
                    let other = 1.0 - share;
                    *error += share * share * aa + 2.0 * share * other * ab + other * other * bb;
                }
            });
        }
        let choices = (0..grid.len()).flat_map(|k| (0..SHARES.len()).map(move |s| (k, s)));
        let best = choices.min_by(|a, b| errors[a.0][a.1].total_cmp(&errors[b.0][b.1]));
        let (k, s) = best.unwrap_or((0, 0));
        let (mut iterations, mut last) = (0, None);
        Path::new(&grid[..=k], TOLERANCE)?.visit(&problem, |at, solver, solution| {
            iterations += solution.iterations;
            if at == k {
                let refitted = refit(solver, &problem, &solution.coefficients);
                last = Some((solution, refitted));
            }
        });
        let Some((solution, refitted)) = last else { return Ok(super::zero_fit(task)) };
        let gap = solution.certificate.gap / problem.null_objective();
        Ok(Fit {
            reported: Reported::default(),
            shortfall: super::shortfall(&solution, gap, TOLERANCE),
            coefficients: mix(SHARES[s], &solution.coefficients, &refitted),
            lambda: None,
            certificate: Certificate::RelativeGap(gap),
            iterations,
            trajectory: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Instance;

    fn refit_from(instance: &Instance, start: &[f64]) -> Vec<f64> {
        let problem = LassoProblem::new(&instance.design, &instance.response).unwrap();
        let mut solver = LassoSolver::new(&problem);
        solver.start_from(start).unwrap();
        refit(&mut solver, &problem, start)
    }

    #[test]
    fn refitting_is_least_squares_on_the_support() {
        let instance = crate::testing::instance(30, 60, 4, 0.3);
        let mut start = vec![0.0; 60];
        let support = [3, 17, 41];
        support.iter().for_each(|&j| start[j] = 1.0);
        let refitted = refit_from(&instance, &start);
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
        assert_eq!(refit_from(&instance, &start), start);
        assert_eq!(refit_from(&instance, &[0.5; 20]), [0.5; 20]);
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
