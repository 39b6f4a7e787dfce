//! Our elastic net: that of the Lasso's solver.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use remeasure_external::Reported;
use remeasure_optim::{ElasticNet, Lasso, LassoProblem, Penalty};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Step, Task};
use crate::metrics::mean_squared_error;
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    ElasticNetFit,
    "elastic-net",
    "our elastic net: working-set coordinate descent to a certified duality gap"
);

/// The elastic net (Zou and Hastie 2005, in the scaling of Friedman, Hastie and Tibshirani 2010): the penalty
/// `λ (μ‖x‖₁ + (1 − μ)/2 ‖x‖²)`, solved by coordinate descent on working sets. Nothing is rescaled afterwards (it is
/// their "naive" elastic net, as in glmnet and scikit-learn).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ElasticNetFit {
    /// How to choose the penalty λ; a `fraction` is that of the least λ at which every coefficient is 0, a `universal` or
    /// `problem` level is that of λμ.
    lambda: LambdaRule,
    /// Share μ of the ℓ1 norm, above 0 and at most 1; a list is chosen from with λ, by cross-validation.
    mixing: Mixing,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Record the coefficients along a path of λ (that of the cross-validation, if there is one) on the data of the first
    /// replicate, for figures of `kind = "path"`. Needs a single `mixing`.
    #[serde(default)]
    record_path: bool,
}

/// One share of the ℓ1 norm, or several to choose from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number or a list of numbers")]
enum Mixing {
    One(f64),
    Several(Vec<f64>),
}

impl Mixing {
    fn all(&self) -> &[f64] {
        match self {
            Self::One(mixing) => std::slice::from_ref(mixing),
            Self::Several(all) => all,
        }
    }
}

impl Check for ElasticNetFit {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        let all = self.mixing.all();
        all.iter().try_for_each(|&mixing| super::check_mixing(mixing))?;
        let several = match &self.mixing {
            Mixing::Several(_) if all.is_empty() => Some("expected at least one share, found none"),
            Mixing::Several(_) if !matches!(self.lambda, LambdaRule::Cv(_)) => {
                Some("only lambda = { cv = … } chooses from a list: give one share, or use it")
            }
            Mixing::Several(_) if self.record_path => {
                Some("a path has one share: give one, or remove record_path")
            }
            _ => None,
        };
        if let Some(message) = several {
            return Err(Invalid::new("mixing", message));
        }
        super::check_stopping(self.tolerance, self.max_iterations, None)
    }
}

/// `1/(2n)‖y − A x‖²` and the penalty of an elastic net.
pub(super) fn objective(task: &Task<'_>, fit: &Fit, mixing: f64) -> Option<f64> {
    let penalty = ElasticNet::new(fit.lambda?, mixing).ok()?;
    let error = mean_squared_error(task.design, task.response, &fit.coefficients);
    Some(0.5 * error + penalty.value(&fit.coefficients))
}

impl Estimator for ElasticNetFit {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn objective(&self, task: &Task<'_>, fit: &Fit) -> Option<f64> {
        match self.mixing.all() {
            &[mixing] => objective(task, fit, mixing),
            // Objectives of different shares cannot be compared.
            _ => None,
        }
    }

    fn path(&self, task: &Task<'_>, fit: &Fit) -> anyhow::Result<Vec<Step>> {
        let mixing = self.mixing.all().first().copied().unwrap_or(1.0);
        super::lasso::path(task, fit, &self.lambda, mixing, self.record_path)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = LassoProblem::new(task.design, task.response)?;
        let Some((lambda, mixing)) = self.lambda.elastic_net(task, &problem, self.mixing.all())? else {
            return Ok(super::zero_fit(task));
        };
        let net = Lasso::with_penalty(ElasticNet::new(lambda, mixing)?).tolerance(self.tolerance)?;
        let solution = net.max_iterations(self.max_iterations).solve(&problem, None)?;
        let gap = solution.certificate.gap / problem.null_objective();
        Ok(Fit {
            reported: Reported::default(),
            shortfall: super::shortfall(&solution, gap, self.tolerance),
            coefficients: solution.coefficients,
            lambda: Some(lambda),
            certificate: Certificate::RelativeGap(gap),
            iterations: solution.iterations,
            trajectory: Vec::new(),
        })
    }
}
