//! What penalised methods with a path of λ share: the choice of λ, the fit, and the path for figures.

use remeasure_core::Invalid;
use remeasure_external::Reported;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::LambdaRule;
use crate::estimator::{Certificate, Fit, Step, Task};
use crate::lambda::{CV_TOLERANCE, CrossValidation};
use crate::problem::Problem;

/// A rule for the penalty λ: `{ fraction = 0.1 }` or `{ cv = { folds = 5 } }`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PathRule {
    /// This fraction of the least λ at which every coefficient is 0, above 0 and at most 1.
    Fraction(f64),
    /// The best value of a grid by cross-validated prediction error.
    Cv(CrossValidation),
}

impl PathRule {
    fn rule(self) -> LambdaRule {
        match self {
            Self::Fraction(fraction) => LambdaRule::Fraction(fraction),
            Self::Cv(cv) => LambdaRule::Cv(cv),
        }
    }

    /// Checks the numbers of the rule.
    pub(super) fn check(self) -> Result<(), Invalid> {
        self.rule().check()
    }

    /// Rejects more folds than observations.
    pub(super) fn admit(self, problem: &Problem) -> Result<(), Invalid> {
        self.rule().admit(problem)
    }
}

/// The solution at one λ.
pub(super) struct Solved {
    pub(super) coefficients: Vec<f64>,
    /// Duality gap relative to the objective at zero.
    pub(super) gap: f64,
    pub(super) iterations: usize,
    /// Why it stopped above the tolerance, if it did.
    pub(super) shortfall: Option<String>,
}

/// A method with a penalty λ.
pub(super) trait Penalised {
    /// What is made of the data once for all λ.
    type Ready<'t>;

    /// Gets ready for a task.
    fn prepare<'t>(&self, task: &Task<'t>) -> anyhow::Result<Self::Ready<'t>>;

    /// The least λ at which every coefficient is 0.
    fn largest(ready: &Self::Ready<'_>) -> f64;

    /// Solves along descending λ, each from the solution before it; leaves out the rest after a deadline.
    fn along(
        &self,
        ready: &Self::Ready<'_>,
        grid: &[f64],
        tolerance: f64,
        visit: &mut dyn FnMut(usize, Solved),
    ) -> anyhow::Result<()>;

    /// The λ that a rule gives; `None` if every coefficient is 0 at any.
    fn choose(
        &self,
        task: &Task<'_>,
        ready: &Self::Ready<'_>,
        rule: PathRule,
    ) -> anyhow::Result<Option<f64>> {
        let largest = Self::largest(ready);
        if !(largest > 0.0) {
            return Ok(None);
        }
        let cv = match rule {
            PathRule::Fraction(fraction) => return Ok(Some(fraction * largest)),
            PathRule::Cv(cv) => cv,
        };
        let grid = cv.grid(largest)?;
        let errors = cv.errors(task, grid.len(), |split, each| {
            let fold = Task { design: &split.design, response: &split.response, ..*task };
            let ready = self.prepare(&fold)?;
            self.along(&ready, &grid, CV_TOLERANCE, &mut |k, solved| each(k, &solved.coefficients))
        })?;
        // Among ties, take the largest λ, which comes first.
        Ok((0..grid.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b])).map(|k| grid[k]))
    }

    /// The fit at λ.
    fn fit_at(
        &self,
        task: &Task<'_>,
        ready: &Self::Ready<'_>,
        lambda: Option<f64>,
        tolerance: f64,
    ) -> anyhow::Result<Fit> {
        let Some(lambda) = lambda else { return Ok(super::zero_fit(task)) };
        let mut found = None;
        self.along(ready, &[lambda], tolerance, &mut |_, solved| found = Some(solved))?;
        let Some(solved) = found else { return Ok(super::zero_fit(task)) };
        Ok(Fit {
            reported: Reported::default(),
            coefficients: solved.coefficients,
            lambda: Some(lambda),
            certificate: Certificate::RelativeGap(solved.gap),
            iterations: solved.iterations,
            shortfall: solved.shortfall,
            trajectory: Vec::new(),
        })
    }

    /// The path for figures, if it is `asked` for; see [`LambdaRule::path_grid`].
    fn steps(
        &self,
        task: &Task<'_>,
        fit: &Fit,
        rule: Option<PathRule>,
        asked: bool,
    ) -> anyhow::Result<Vec<Step>> {
        let Some(chosen) = fit.lambda.filter(|_| asked) else { return Ok(Vec::new()) };
        let ready = self.prepare(task)?;
        let rule = rule.unwrap_or(PathRule::Fraction(1.0)).rule();
        let grid = rule.path_grid(Self::largest(&ready), chosen)?;
        let mut steps = Vec::with_capacity(grid.len());
        self.along(&ready, &grid, CV_TOLERANCE, &mut |k, solved| {
            steps.push(Step { lambda: grid[k], coefficients: solved.coefficients });
        })?;
        Ok(steps)
    }
}

/// Why a solve of `gap` stopped above the `tolerance`; `None` if it did not.
pub(super) fn short(gap: f64, tolerance: f64, iterations: usize, why: &str) -> Option<String> {
    (gap > tolerance).then(|| {
        format!("relative gap {gap:.1e} is above {tolerance:.1e} after {iterations} iterations: {why}")
    })
}
