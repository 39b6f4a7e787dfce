//! The square-root Lasso, by Lasso problems whose λ follows the residual.

use remeasure_core::numerics::kernels;
use remeasure_core::numerics::statistics::normal_quantile;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_optim::lasso::{Lasso, LassoProblem, LassoSolver};
use schemars::JsonSchema;
use serde::Deserialize;

use super::penalised::{PathRule, Penalised, Solved, short};
use crate::estimator::{Entry, Estimator, Fit, Step, Task};
use crate::lambda::CrossValidation;
use crate::metrics::mean_squared_error;
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    SquareRoot,
    "sqrt-lasso",
    "the square-root Lasso: λ needs no knowledge of σ; by a sequence of Lassos to a certified duality gap"
);

/// `‖y − A x‖/√n + λ‖x‖₁` (Belloni, Chernozhukov and Wang 2011). With `σ̂ = ‖y − A x‖/√n` at its solution, this is the
/// solution of the Lasso at `λσ̂`: from the solution of one Lasso follows the σ̂ of the next (the scaled Lasso of Sun and
/// Zhang 2012). Its `lambda` and `objective` are in these units.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SquareRoot {
    /// How to choose the penalty λ.
    #[serde(default)]
    lambda: Rule,
    /// Duality gap to reach, relative to the objective at zero, `‖y‖/√n`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of Lassos at each λ.
    #[serde(default = "default_iterations")]
    max_iterations: usize,
    /// Record the coefficients along a path of λ (that of the cross-validation, if there is one) on the data of the first
    /// replicate, for figures of `kind = "path"`.
    #[serde(default)]
    record_path: bool,
}

fn default_iterations() -> usize {
    1000
}

/// A rule for its λ: `{ pivotal = { level = 0.05 } }`, `{ fraction = 0.1 }` or `{ cv = { folds = 5 } }`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Rule {
    /// `factor · Φ⁻¹(1 − level/(2p))/√n`, times `max_j‖a_j‖/√n` for columns of another norm than `√n`: it exceeds the
    /// noise with probability about `1 − level` whatever σ (their equation 10).
    Pivotal(Pivotal),
    /// This fraction of the least λ at which every coefficient is 0, above 0 and at most 1.
    Fraction(f64),
    /// The best value of a grid by cross-validated prediction error.
    Cv(CrossValidation),
}

/// The pivotal choice of λ.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pivotal {
    /// Probability that the noise exceeds λ, between 0 and 1.
    #[serde(default = "default_level")]
    level: f64,
    /// Factor above 1.
    #[serde(default = "default_factor")]
    factor: f64,
}

fn default_level() -> f64 {
    0.05
}

fn default_factor() -> f64 {
    1.1
}

impl Default for Rule {
    fn default() -> Self {
        Self::Pivotal(Pivotal { level: default_level(), factor: default_factor() })
    }
}

impl Rule {
    fn of_path(self) -> Option<PathRule> {
        match self {
            Self::Pivotal(_) => None,
            Self::Fraction(fraction) => Some(PathRule::Fraction(fraction)),
            Self::Cv(cv) => Some(PathRule::Cv(cv)),
        }
    }
}

impl Pivotal {
    fn lambda(self, problem: &LassoProblem<'_>) -> anyhow::Result<f64> {
        let (n, p) = (problem.design().rows() as f64, problem.design().columns() as f64);
        let quantile = normal_quantile(1.0 - self.level / (2.0 * p));
        let largest = problem.squared_norms().iter().fold(0.0, |m: f64, &v| m.max(v)).sqrt();
        let lambda = self.factor * quantile * largest / n;
        anyhow::ensure!(lambda > 0.0 && lambda.is_finite(), "the pivotal λ is {lambda}: choose another rule");
        Ok(lambda)
    }
}

impl Check for SquareRoot {
    fn check(&self) -> Result<(), Invalid> {
        if let Rule::Pivotal(Pivotal { level, factor }) = self.lambda {
            if !(level > 0.0 && level < 1.0) {
                let message = format!("expected a probability between 0 and 1, found {level}");
                return Err(Invalid::new("lambda.pivotal.level", message));
            }
            if !(factor > 1.0 && factor.is_finite()) {
                let message = format!("expected a number above 1, found {factor}");
                return Err(Invalid::new("lambda.pivotal.factor", message));
            }
        }
        self.lambda.of_path().map_or(Ok(()), PathRule::check)?;
        super::check_stopping(self.tolerance, self.max_iterations, None)
    }
}

/// Objective and duality gap. The dual is `max θᵀy` over `‖Aᵀθ‖∞ ≤ λ` and `‖θ‖ ≤ 1/√n`; its point is the residual, scaled.
fn gap(problem: &LassoProblem<'_>, lambda: f64, coefficients: &[f64], residual: &mut [f64]) -> (f64, f64) {
    let (design, n) = (problem.design(), problem.design().rows() as f64);
    residual.copy_from_slice(problem.response());
    design.add_mul(-1.0, coefficients.iter().copied().enumerate(), residual);
    let norm = kernels::squared_norm(residual).sqrt();
    let l1: f64 = coefficients.iter().map(|x| x.abs()).sum();
    let mut correlations = vec![0.0; design.columns()];
    design.tmul(residual, &mut correlations);
    let scale = (lambda / kernels::max_abs(&correlations)).min(1.0 / (n.sqrt() * norm));
    let dual = if scale.is_finite() { scale * kernels::dot(problem.response(), residual) } else { 0.0 };
    let primal = norm / n.sqrt() + lambda * l1;
    (norm, (primal - dual).max(0.0))
}

impl Penalised for SquareRoot {
    type Ready<'t> = LassoProblem<'t>;

    fn prepare<'t>(&self, task: &Task<'t>) -> anyhow::Result<LassoProblem<'t>> {
        Ok(LassoProblem::new(task.design, task.response)?)
    }

    fn largest(problem: &LassoProblem<'_>) -> f64 {
        let null = problem.response_squared_norm().sqrt();
        if null > 0.0 { problem.lambda_max() * (problem.design().rows() as f64).sqrt() / null } else { 0.0 }
    }

    fn along(
        &self,
        problem: &LassoProblem<'_>,
        grid: &[f64],
        tolerance: f64,
        visit: &mut dyn FnMut(usize, Solved),
    ) -> anyhow::Result<()> {
        let root = (problem.design().rows() as f64).sqrt();
        let null = problem.response_squared_norm().sqrt() / root;
        let mut solver = LassoSolver::new(problem);
        let mut residual = problem.response().to_vec();
        let mut sigma = null;
        for (k, &lambda) in grid.iter().enumerate() {
            let (mut iterations, mut rounds) = (0, 0);
            let (coefficients, gap, why) = loop {
                if deadline::passed() {
                    return Ok(());
                }
                // Where λσ is off by a share δ, the gap of the Lasso is of order δ², that here of order δ.
                let inner = (0.1 * tolerance * sigma / null).powi(2).max(1e-15);
                let lasso = Lasso::new(lambda * sigma)?.tolerance(inner)?;
                let solution = solver.solve(&lasso);
                iterations += solution.iterations;
                rounds += 1;
                let (norm, gap) = gap(problem, lambda, &solution.coefficients, &mut residual);
                let before = std::mem::replace(&mut sigma, norm / root);
                let why = if gap <= tolerance * null {
                    Some("")
                } else if sigma <= 1e-8 * null {
                    Some("the residual vanishes at this λ")
                } else if rounds >= self.max_iterations {
                    Some("the iteration limit was reached")
                } else if (sigma - before).abs() <= 1e-15 * before {
                    Some("no further progress is possible in floating point")
                } else {
                    None
                };
                if let Some(why) = why {
                    break (solution.coefficients, gap / null, why);
                }
            };
            sigma = sigma.max(1e-8 * null);
            let shortfall = short(gap, tolerance, iterations, why);
            visit(k, Solved { coefficients, gap, iterations, shortfall });
        }
        Ok(())
    }
}

impl Estimator for SquareRoot {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.of_path().map_or(Ok(()), |rule| rule.admit(problem))
    }

    fn objective(&self, task: &Task<'_>, fit: &Fit) -> Option<f64> {
        let l1: f64 = fit.coefficients.iter().map(|x| x.abs()).sum();
        Some(mean_squared_error(task.design, task.response, &fit.coefficients).sqrt() + fit.lambda? * l1)
    }

    fn path(&self, task: &Task<'_>, fit: &Fit) -> anyhow::Result<Vec<Step>> {
        self.steps(task, fit, self.lambda.of_path(), self.record_path)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = self.prepare(task)?;
        let lambda = match (self.lambda, self.lambda.of_path()) {
            (_, Some(rule)) => self.choose(task, &problem, rule)?,
            (Rule::Pivotal(pivotal), _) if problem.lambda_max() > 0.0 => Some(pivotal.lambda(&problem)?),
            _ => None,
        };
        self.fit_at(task, &problem, lambda, self.tolerance)
    }
}
