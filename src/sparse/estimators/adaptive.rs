//! The adaptive Lasso: the Lasso on columns scaled by a pilot estimate.

use anyhow::Context;
use remeasure_core::numerics::{Design, dense};
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_optim::lasso::{Lasso, LassoProblem, LassoSolver};
use schemars::JsonSchema;
use serde::Deserialize;

use super::penalised::{PathRule, Penalised, Solved};
use crate::LambdaRule;
use crate::estimator::{Entry, Estimator, Fit, Step, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Adaptive,
    "adaptive-lasso",
    "the adaptive Lasso: coefficients are penalised less where a pilot estimate is large"
);

/// The Lasso with the penalty `λ Σ |x_j|/|b_j|^γ` for a pilot estimate `b` (Zou 2006); where `b` is 0, so is the estimate.
/// It is solved as a Lasso on columns scaled by `|b_j|^γ`; the certificate is that Lasso's. A cross-validation computes the
/// pilot anew on the training rows of each fold (our choice: weights that know the held-out rows favour a small λ).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Adaptive {
    /// How to choose the penalty λ.
    lambda: PathRule,
    /// The pilot estimate.
    #[serde(default)]
    pilot: Pilot,
    /// Exponent γ, above 0.
    #[serde(default = "one")]
    gamma: f64,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations at each λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Record the coefficients along a path of λ (that of the cross-validation, if there is one) on the data of the first
    /// replicate, for figures of `kind = "path"`.
    #[serde(default)]
    record_path: bool,
}

/// A pilot estimate: `"marginal"`, `"least-squares"` or `{ lasso = { cv = { folds = 5 } } }`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Pilot {
    /// Least squares on each feature alone (Huang, Ma and Zhang 2008).
    #[default]
    Marginal,
    /// Least squares (Zou 2006); needs at least as many observations as features.
    LeastSquares,
    /// The Lasso with this rule for λ.
    Lasso(LambdaRule),
}

fn one() -> f64 {
    1.0
}

impl Check for Adaptive {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        if let Pilot::Lasso(rule) = self.pilot {
            rule.check().map_err(of_pilot)?;
        }
        if !(self.gamma > 0.0 && self.gamma.is_finite()) {
            return Err(Invalid::new("gamma", format!("expected a number above 0, found {}", self.gamma)));
        }
        super::check_stopping(self.tolerance, self.max_iterations, None)
    }
}

/// An error about a rule for λ, as one about that of the pilot.
fn of_pilot(error: Invalid) -> Invalid {
    Invalid { key: error.key.replacen("lambda", "pilot.lasso", 1), ..error }
}

impl Pilot {
    fn estimate(self, task: &Task<'_>) -> anyhow::Result<Vec<f64>> {
        let problem = LassoProblem::new(task.design, task.response)?;
        let (products, squares) = (problem.correlations(), problem.squared_norms());
        match self {
            Self::Marginal => {
                Ok(products.iter().zip(squares).map(|(c, s)| if *s > 0.0 { c / s } else { 0.0 }).collect())
            }
            Self::LeastSquares => {
                let gram = dense::inner(task.design, task.design);
                let factor = dense::Cholesky::new(task.design.columns(), gram.as_slice());
                let factor =
                    factor.context("pilot: the columns are dependent, use another than least squares")?;
                let mut solution = products.to_vec();
                factor.solve(&mut solution);
                Ok(solution)
            }
            Self::Lasso(rule) => match rule.lambda(task, &problem)? {
                Some(lambda) => Ok(Lasso::new(lambda)?.solve(&problem, None)?.coefficients),
                None => Ok(vec![0.0; task.design.columns()]),
            },
        }
    }
}

/// The columns with a pilot other than 0, scaled by it.
struct Scaled<'t> {
    design: Design,
    response: &'t [f64],
    /// Column and its factor `|b_j|^γ`.
    kept: Vec<(usize, f64)>,
    columns: usize,
}

impl Penalised for Adaptive {
    type Ready<'t> = Scaled<'t>;

    fn prepare<'t>(&self, task: &Task<'t>) -> anyhow::Result<Scaled<'t>> {
        let pilot = self.pilot.estimate(task)?;
        let kept: Vec<(usize, f64)> =
            pilot.iter().map(|b| b.abs().powf(self.gamma)).enumerate().filter(|f| f.1 > 0.0).collect();
        let columns = kept.iter().flat_map(|&(j, f)| task.design.column(j).iter().map(move |v| f * v));
        let design = Design::from_columns(task.design.rows(), kept.len(), columns.collect());
        Ok(Scaled { design, response: task.response, kept, columns: task.design.columns() })
    }

    fn largest(scaled: &Scaled<'_>) -> f64 {
        LassoProblem::new(&scaled.design, scaled.response).map_or(0.0, |problem| problem.lambda_max())
    }

    fn along(
        &self,
        scaled: &Scaled<'_>,
        grid: &[f64],
        tolerance: f64,
        visit: &mut dyn FnMut(usize, Solved),
    ) -> anyhow::Result<()> {
        let problem = LassoProblem::new(&scaled.design, scaled.response)?;
        let mut solver = LassoSolver::new(&problem);
        for (k, &lambda) in grid.iter().enumerate().take_while(|_| !deadline::passed()) {
            let lasso = Lasso::new(lambda)?.tolerance(tolerance)?.max_iterations(self.max_iterations);
            let solution = solver.solve(&lasso);
            let gap = solution.certificate.gap / problem.null_objective();
            let mut coefficients = vec![0.0; scaled.columns];
            for (&(j, factor), x) in scaled.kept.iter().zip(&solution.coefficients) {
                coefficients[j] = factor * x;
            }
            let shortfall = super::shortfall(&solution, gap, tolerance);
            visit(k, Solved { coefficients, gap, iterations: solution.iterations, shortfall });
        }
        Ok(())
    }
}

impl Estimator for Adaptive {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (n, p) = problem.shape();
        match self.pilot {
            Pilot::LeastSquares if n < p => {
                let message = format!(
                    "least squares needs at least as many observations (n = {n}) as features (p = {p}): \
                     use \"marginal\" or {{ lasso = … }}"
                );
                return Err(Invalid::new("pilot", message));
            }
            Pilot::Lasso(rule) => rule.admit(problem).map_err(of_pilot)?,
            _ => {}
        }
        self.lambda.admit(problem)
    }

    /// None: its weights differ from one replicate to the next.
    fn objective(&self, _task: &Task<'_>, _fit: &Fit) -> Option<f64> {
        None
    }

    fn path(&self, task: &Task<'_>, fit: &Fit) -> anyhow::Result<Vec<Step>> {
        self.steps(task, fit, Some(self.lambda), self.record_path)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let scaled = self.prepare(task)?;
        let lambda = self.choose(task, &scaled, self.lambda)?;
        self.fit_at(task, &scaled, lambda, self.tolerance)
    }
}
