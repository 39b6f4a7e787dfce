//! How the penalty λ is chosen.

use anyhow::{Context, ensure};
use rand::seq::SliceRandom;
use remeasure_core::numerics::Design;
use remeasure_core::{Invalid, deadline};
use remeasure_optim::LassoProblem;
use remeasure_optim::lasso::{Path, lambda_grid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::estimator::Task;
use super::metrics::mean_squared_error;
use super::problem::{Problem, Synthetic};

/// A rule for the penalty λ: `{ fraction = 0.1 }`, `{ universal = 1.0 }`, `{ problem = 1.0 }` or
/// `{ cv = { folds = 5 } }`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LambdaRule {
    /// This fraction of `λ_max = ‖Aᵀy‖∞/n`, above 0 and at most 1.
    Fraction(f64),
    /// This multiple of `σ√(2 ln p)·max_j‖a_j‖/n` with the true σ, a level that noise alone exceeds with
    /// small probability (Donoho and Johnstone 1994). For columns of norm `√n` it is `σ√(2 ln p / n)`.
    Universal(f64),
    /// This multiple of the problem's `penalty`, divided by `n`: the penalty is the λ of
    /// `½‖y − A x‖² + λ‖x‖₁`, while the objective of the family has the mean of squares.
    Problem(f64),
    /// The best value of a grid by cross-validated prediction error.
    Cv(CrossValidation),
}

/// K-fold cross-validation over a logarithmic grid below λ_max.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossValidation {
    /// Number of folds, at least 2.
    folds: usize,
    /// Number of grid points, at least 2.
    #[serde(default = "default_points")]
    points: usize,
    /// Smallest λ of the grid as a fraction of λ_max, below 1.
    #[serde(default = "default_ratio")]
    ratio: f64,
}

fn default_points() -> usize {
    50
}

fn default_ratio() -> f64 {
    1e-2
}

/// Relative gap of the fits along the path of a cross-validation: 1 % of the noise at 20 dB. The default of cv.glmnet
/// leaves up to fifty times as much. At 1e-3 the chosen λ moved by four of fifty steps in one replicate at 20 dB.
pub(super) const CV_TOLERANCE: f64 = 1e-4;

impl LambdaRule {
    /// Checks the numbers of the rule.
    ///
    /// # Errors
    /// The key of a number that is out of range.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Fraction(f) if *f > 1.0 => {
                Err(Invalid::new("lambda.fraction", format!("expected at most 1, found {f}")))
            }
            Self::Fraction(f) => positive("lambda.fraction", *f),
            Self::Universal(c) => positive("lambda.universal", *c),
            Self::Problem(c) => positive("lambda.problem", *c),
            Self::Cv(cv) => cv.check("lambda.cv"),
        }
    }

    /// Rejects a rule that needs something the problem does not have.
    ///
    /// # Errors
    /// σ is unknown or zero for the universal rule, the problem has no penalty, or there are more folds than
    /// observations.
    pub fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match (self, problem) {
            (Self::Universal(_), Problem::Csv(_)) => {
                let message = "the noise level of these data is unknown: use { fraction = … } or { cv = … }";
                Err(Invalid::new("lambda.universal", message))
            }
            (Self::Universal(_), problem) if problem.model().is_some_and(Synthetic::is_noiseless) => {
                let message = "without noise this rule gives λ = 0: use { fraction = … }";
                Err(Invalid::new("lambda.universal", message))
            }
            (Self::Universal(_), problem) if problem.shape().1 < 2 => Err(Invalid::new(
                "lambda.universal",
                "with p = 1 this rule gives λ = 0: use { fraction = … }",
            )),
            (Self::Problem(_), problem) if !problem.penalty().is_some_and(|l| l > 0.0) => {
                let message = "the problem has no `penalty` above 0: set one or use { fraction = … }";
                Err(Invalid::new("lambda.problem", message))
            }
            (Self::Cv(cv), problem) => cv.admit("lambda.cv", problem),
            _ => Ok(()),
        }
    }

    /// The penalty for a task; `None` if the response is orthogonal to every feature, so that zero is the
    /// solution for any penalty.
    ///
    /// # Errors
    /// σ is unknown, the folds cannot be made, or the rule gives λ = 0.
    pub fn lambda(&self, task: &Task<'_>, problem: &LassoProblem<'_>) -> anyhow::Result<Option<f64>> {
        Ok(self.elastic_net(task, problem, &[1.0])?.map(|(lambda, _)| lambda))
    }

    /// The penalty `λ (μ‖x‖₁ + (1 − μ)/2 ‖x‖²)` for a task: λ, and the share μ among `mixings`, of which there is one
    /// unless the rule is a cross-validation. Levels of the ℓ1 norm, universal or of the problem, are those of `λμ`.
    ///
    /// # Errors
    /// As [`LambdaRule::lambda`].
    pub(super) fn elastic_net(
        &self,
        task: &Task<'_>,
        problem: &LassoProblem<'_>,
        mixings: &[f64],
    ) -> anyhow::Result<Option<(f64, f64)>> {
        if problem.lambda_max() == 0.0 {
            return Ok(None);
        }
        let mixing = mixings.first().copied().unwrap_or(1.0);
        let (lambda, mixing) = match self {
            Self::Cv(cv) => cv.best(task, problem, mixings)?,
            _ => (self.positive_lambda(task, problem, mixing)?, mixing),
        };
        ensure!(
            lambda.is_finite() && lambda > 0.0,
            "the rule for λ gives {lambda}, which is not a valid penalty"
        );
        Ok(Some((lambda, mixing)))
    }

    /// The values of λ of a path for figures: the grid of a cross-validation, or as many down to `chosen` or a hundredth
    /// of `largest`, the least λ at which every coefficient is 0.
    pub(super) fn path_grid(&self, largest: f64, chosen: f64) -> Result<Vec<f64>, Invalid> {
        match self {
            Self::Cv(cv) => cv.grid(largest),
            _ => lambda_grid(largest, default_ratio().min(chosen / largest), default_points()),
        }
    }

    fn positive_lambda(
        &self,
        task: &Task<'_>,
        problem: &LassoProblem<'_>,
        mixing: f64,
    ) -> anyhow::Result<f64> {
        match *self {
            Self::Fraction(fraction) => Ok(fraction * problem.lambda_max_mixed(mixing)),
            Self::Universal(multiple) => {
                let sigma = task.truth.context("the universal λ needs the true σ")?.sigma;
                let largest = problem.squared_norms().iter().fold(0.0, |m: f64, &v| m.max(v)).sqrt();
                let (n, p) = (task.design.rows() as f64, task.design.columns() as f64);
                Ok(multiple * sigma * (2.0 * p.ln()).sqrt() * largest / n / mixing)
            }
            Self::Problem(multiple) => {
                let penalty = task.penalty.context("the problem has no penalty")?;
                Ok(multiple * penalty / task.design.rows() as f64 / mixing)
            }
            Self::Cv(cv) => Ok(cv.best(task, problem, &[mixing])?.0),
        }
    }
}

fn positive(key: &str, value: f64) -> Result<(), Invalid> {
    match value.is_finite() && value > 0.0 {
        true => Ok(()),
        false => Err(Invalid::new(key, format!("expected a number above 0, found {value}"))),
    }
}

impl CrossValidation {
    /// Checks its numbers; `key` is its path in the config.
    pub(super) fn check(&self, key: &str) -> Result<(), Invalid> {
        let fail = |name: &str, message: String| Err(Invalid::new(format!("{key}.{name}"), message));
        if self.folds < 2 {
            return fail("folds", format!("expected at least 2, found {}", self.folds));
        }
        if self.points < 2 {
            return fail("points", format!("expected at least 2, found {}", self.points));
        }
        if self.ratio >= 1.0 {
            return fail("ratio", format!("expected a fraction below 1, found {}", self.ratio));
        }
        positive(&format!("{key}.ratio"), self.ratio)
    }

    /// Rejects more folds than observations.
    pub(super) fn admit(&self, key: &str, problem: &Problem) -> Result<(), Invalid> {
        let (n, _) = problem.shape();
        if self.folds > n {
            let message = format!("cannot split n = {n} observations into {} folds", self.folds);
            return Err(Invalid::new(format!("{key}.folds"), message));
        }
        Ok(())
    }

    /// Number of folds.
    pub(super) fn folds(&self) -> usize {
        self.folds
    }

    /// The values of λ to try, in descending order from `largest`, the least λ at which every coefficient is 0.
    pub(super) fn grid(&self, largest: f64) -> Result<Vec<f64>, Invalid> {
        lambda_grid(largest, self.ratio, self.points)
    }

    /// The best λ of the grid of each share of `mixings`, and the best of these shares.
    fn best(
        &self,
        task: &Task<'_>,
        problem: &LassoProblem<'_>,
        mixings: &[f64],
    ) -> anyhow::Result<(f64, f64)> {
        let mut best: Option<(f64, (f64, f64))> = None;
        for &mixing in mixings {
            let grid = self.grid(problem.lambda_max_mixed(mixing))?;
            let path = Path::elastic_net(&grid, mixing, CV_TOLERANCE)?;
            let errors = self.errors(task, grid.len(), |split, each| {
                let problem = LassoProblem::new(&split.design, &split.response)?;
                path.visit(&problem, |k, _, solution| each(k, &solution.coefficients));
                Ok(())
            })?;
            for (error, lambda) in errors.into_iter().zip(grid) {
                // Among ties, take the largest λ, which comes first.
                if best.is_none_or(|best| error.total_cmp(&best.0).is_lt()) {
                    best = Some((error, (lambda, mixing)));
                }
            }
        }
        Ok(best.map_or((0.0, 1.0), |best| best.1))
    }

    /// The mean squared error on held-out rows at each of `points` steps. `path` fits them all to the training rows of a
    /// split, and hands over the index of each step with its coefficients.
    pub(super) fn errors(
        &self,
        task: &Task<'_>,
        points: usize,
        mut path: impl FnMut(&Split, &mut dyn FnMut(usize, &[f64])) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<f64>> {
        let n = task.design.rows();
        ensure!(self.folds <= n, "cannot split {n} observations into {} folds", self.folds);
        let mut errors = vec![0.0; points];
        for split in splits(task, self.folds).take_while(|_| !deadline::passed()) {
            let share = split.held_out() / n as f64;
            path(&split, &mut |k, coefficients| errors[k] += share * split.error(coefficients))?;
        }
        Ok(errors)
    }
}

/// One fold of a cross-validation: training rows and held-out rows.
pub(super) struct Split {
    /// Design of the training rows.
    pub(super) design: Design,
    /// Response of the training rows.
    pub(super) response: Vec<f64>,
    check_design: Design,
    check_response: Vec<f64>,
}

impl Split {
    /// Number of held-out rows.
    pub(super) fn held_out(&self) -> f64 {
        self.check_response.len() as f64
    }

    /// `y − A x` on the held-out rows.
    pub(super) fn residual(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut residual = self.check_response.clone();
        self.check_design.add_mul(-1.0, coefficients.iter().copied().enumerate(), &mut residual);
        residual
    }

    /// Mean squared error on the held-out rows.
    pub(super) fn error(&self, coefficients: &[f64]) -> f64 {
        mean_squared_error(&self.check_design, &self.check_response, coefficients)
    }
}

/// Splits the rows at random; all estimators of a trial with the same number of folds get the same splits.
pub(super) fn splits(task: &Task<'_>, count: usize) -> impl Iterator<Item = Split> {
    let mut order: Vec<usize> = (0..task.design.rows()).collect();
    order.shuffle(&mut task.streams.stream("folds"));
    (0..count).map(move |fold| {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (place, &row) in order.iter().enumerate() {
            if place % count == fold { outside.push(row) } else { inside.push(row) }
        }
        let (design, response) = take_rows(task, &inside);
        let (check_design, check_response) = take_rows(task, &outside);
        Split { design, response, check_design, check_response }
    })
}

/// The design and response of some rows.
fn take_rows(task: &Task<'_>, rows: &[usize]) -> (Design, Vec<f64>) {
    (task.design.take_rows(rows), rows.iter().map(|&i| task.response[i]).collect())
}
