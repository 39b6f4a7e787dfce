//! Our Lasso: working sets, coordinate descent, certified duality gap.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use remeasure_optim::Solution;
use remeasure_optim::lasso::{Lasso, LassoProblem, LassoSolver, Path, lambda_grid};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Step, Task};
use crate::lambda::CV_TOLERANCE;
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(LassoFit, "lasso", "our Lasso: working-set coordinate descent to a certified duality gap");

/// The Lasso (Tibshirani 1996), solved by coordinate descent on working sets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LassoFit {
    /// How to choose the penalty λ.
    lambda: LambdaRule,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations at each λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Number of warm-started steps from λ_max down to λ; 1 solves at λ directly.
    #[serde(default = "one")]
    path: usize,
    /// Record the coefficients along a path of λ (that of the cross-validation, if there is one) on the data of the first
    /// replicate, for figures of `kind = "path"`.
    #[serde(default)]
    record_path: bool,
}

fn one() -> usize {
    1
}

impl Check for LassoFit {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        if self.path == 0 {
            return Err(Invalid::new("path", "expected at least 1 step, found 0"));
        }
        super::check_stopping(self.tolerance, self.max_iterations, None)
    }
}

/// The coefficients of an elastic net along the [`LambdaRule::path_grid`] of a rule, if they are `asked` for.
pub(super) fn path(
    task: &Task<'_>,
    fit: &Fit,
    rule: &LambdaRule,
    mixing: f64,
    asked: bool,
) -> anyhow::Result<Vec<Step>> {
    let Some(chosen) = fit.lambda.filter(|_| asked) else { return Ok(Vec::new()) };
    let problem = LassoProblem::new(task.design, task.response)?;
    let grid = rule.path_grid(problem.lambda_max_mixed(mixing), chosen)?;
    let solutions = Path::elastic_net(&grid, mixing, CV_TOLERANCE)?.solve(&problem);
    let step = |(lambda, solution): (f64, Solution)| Step { lambda, coefficients: solution.coefficients };
    Ok(grid.into_iter().zip(solutions).map(step).collect())
}

impl Estimator for LassoFit {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn path(&self, task: &Task<'_>, fit: &Fit) -> anyhow::Result<Vec<Step>> {
        path(task, fit, &self.lambda, 1.0, self.record_path)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = LassoProblem::new(task.design, task.response)?;
        let Some(lambda) = self.lambda.lambda(task, &problem)? else { return Ok(super::zero_fit(task)) };
        let mut solver = LassoSolver::new(&problem);
        let ratio = (lambda / problem.lambda_max()).min(1.0);
        let mut grid = lambda_grid(problem.lambda_max(), ratio, self.path)?;
        if let Some(last) = grid.last_mut() {
            *last = lambda;
        }
        let mut iterations = 0;
        let mut solution = None;
        for &step in grid.iter().take_while(|_| !deadline::passed()) {
            let lasso = Lasso::new(step)?.tolerance(self.tolerance)?.max_iterations(self.max_iterations);
            let step = solver.solve(&lasso);
            iterations += step.iterations;
            solution = Some(step);
        }
        let Some(solution) = solution else { return Ok(super::zero_fit(task)) };
        let gap = solution.certificate.gap / problem.null_objective();
        let shortfall = super::shortfall(&solution, gap, self.tolerance);
        Ok(Fit {
            reported: Reported::default(),
            coefficients: solution.coefficients,
            lambda: Some(lambda),
            certificate: Certificate::RelativeGap(gap),
            iterations,
            shortfall,
            trajectory: Vec::new(),
        })
    }
}
