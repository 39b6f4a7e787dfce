//! Warm-started paths over a decreasing sequence of `λ`.

use remeasure_core::{Invalid, deadline};

use super::problem::LassoProblem;
use super::solver::{Lasso, LassoSolver};
use crate::Solution;
use crate::penalty::ElasticNet;

/// `count` values from `lambda_max` down to `ratio · lambda_max`, evenly spaced on a logarithmic scale.
///
/// # Errors
/// If `count` is 0, `lambda_max` is not a finite number above 0, or `ratio` is not in `(0, 1]`.
pub fn lambda_grid(lambda_max: f64, ratio: f64, count: usize) -> Result<Vec<f64>, Invalid> {
    if count == 0 {
        return Err(Invalid::new("count", "expected at least 1, found 0"));
    }
    if !(lambda_max.is_finite() && lambda_max > 0.0) {
        return Err(Invalid::new(
            "lambda_max",
            format!("expected a finite number above 0, found {lambda_max}"),
        ));
    }
    if !(ratio > 0.0 && ratio <= 1.0) {
        return Err(Invalid::new("ratio", format!("expected a number in (0, 1], found {ratio}")));
    }
    let steps = (count - 1).max(1) as f64;
    Ok((0..count).map(|k| lambda_max * ratio.powf(k as f64 / steps)).collect())
}

/// A sequence of problems that differ only in `λ`, each warm-started from the solution before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    steps: Vec<Lasso>,
}

impl Path {
    /// The Lasso along `lambdas`, each solved to the relative gap `tolerance`.
    ///
    /// # Errors
    /// If a `λ` is not a finite number above 0, or the tolerance is not a finite number of at least 0.
    pub fn new(lambdas: &[f64], tolerance: f64) -> Result<Self, Invalid> {
        Self::elastic_net(lambdas, 1.0, tolerance)
    }

    /// The elastic net with share `mixing` of the ℓ1 norm along `lambdas`.
    ///
    /// # Errors
    /// As [`Path::new`], or if `mixing` is not in `(0, 1]`.
    pub fn elastic_net(lambdas: &[f64], mixing: f64, tolerance: f64) -> Result<Self, Invalid> {
        let step = |&lambda: &f64| Lasso::with_penalty(ElasticNet::new(lambda, mixing)?).tolerance(tolerance);
        Ok(Self { steps: lambdas.iter().map(step).collect::<Result<_, _>>()? })
    }

    /// Solves in order; `visit` receives the step's index, the solver and the solution. After a [`deadline`]
    /// has passed, the remaining steps are left out.
    pub fn visit<'p>(
        &self,
        problem: &'p LassoProblem<'p>,
        mut visit: impl FnMut(usize, &mut LassoSolver<'p>, Solution),
    ) {
        let mut solver = LassoSolver::new(problem);
        for (k, lasso) in self.steps.iter().enumerate() {
            if deadline::passed() {
                return;
            }
            let solution = solver.solve(lasso);
            visit(k, &mut solver, solution);
        }
    }

    /// Solves in order; returns one solution per `λ`, or fewer if a [`deadline`] passes.
    #[must_use]
    pub fn solve(&self, problem: &LassoProblem<'_>) -> Vec<Solution> {
        let mut solutions = Vec::with_capacity(self.steps.len());
        self.visit(problem, |_, _, solution| solutions.push(solution));
        solutions
    }
}
