//! linfa's Lasso and elastic net, as baselines.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_elasticnet::ElasticNet;
use ndarray::Array1;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use remeasure_optim::{self, LassoProblem};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the Lasso.
pub(super) const LASSO: Entry = entry!(
    LinfaLasso,
    "linfa-lasso",
    "linfa-elasticnet's Lasso, a baseline; when n > p its time includes inverting AᵀA"
);

/// Registers the elastic net.
pub(super) const ELASTIC_NET: Entry = entry!(
    LinfaElasticNet,
    "linfa-elastic-net",
    "linfa-elasticnet's elastic net, a baseline; when n > p its time includes inverting AᵀA"
);

/// linfa-elasticnet's coordinate descent with `l1_ratio = 1`, on a copy of the design in Fortran order, for
/// which it is fastest.
///
/// It fits no intercept: linfa 0.8 centres only the response, so an intercept would be wrong for columns that
/// are not centred. Its own tolerance is on the gap relative to `‖y‖²`, and it does not report reaching the
/// iteration limit, so the gap is recomputed here. When `n > p`, each fit also inverts `AᵀA`, so its fit time
/// then is not that of coordinate descent. A fit cannot be interrupted: the time limit is only checked before
/// and after it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinfaLasso {
    /// How to choose the penalty λ.
    lambda: LambdaRule,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "default_iterations")]
    max_iterations: u32,
}

/// linfa-elasticnet's coordinate descent, called as for the Lasso.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinfaElasticNet {
    /// How to choose the penalty λ; at λ_max every coefficient is 0.
    lambda: LambdaRule,
    /// Share of the ℓ1 norm in the penalty `λ (μ‖x‖₁ + (1 − μ)/2 ‖x‖²)`, above 0 and at most 1.
    mixing: f64,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "default_iterations")]
    max_iterations: u32,
}

fn default_iterations() -> u32 {
    100_000
}

impl Check for LinfaLasso {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        super::check_stopping(self.tolerance, self.max_iterations as usize, None)
    }
}

impl Check for LinfaElasticNet {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        super::check_mixing(self.mixing)?;
        super::check_stopping(self.tolerance, self.max_iterations as usize, None)
    }
}

impl Estimator for LinfaLasso {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        fit(task, &self.lambda, 1.0, self.tolerance, self.max_iterations)
    }
}

impl Estimator for LinfaElasticNet {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn objective(&self, task: &Task<'_>, fit: &Fit) -> Option<f64> {
        super::elastic_net::objective(task, fit, self.mixing)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        fit(task, &self.lambda, self.mixing, self.tolerance, self.max_iterations)
    }
}

fn fit(
    task: &Task<'_>,
    rule: &LambdaRule,
    mixing: f64,
    tolerance: f64,
    max_iterations: u32,
) -> anyhow::Result<Fit> {
    let problem = LassoProblem::new(task.design, task.response)?;
    let Some((lambda, _)) = rule.elastic_net(task, &problem, &[mixing])? else {
        return Ok(super::zero_fit(task));
    };
    anyhow::ensure!(!deadline::passed(), "the time limit passed before the fit");
    let dataset = Dataset::new(task.design.view().to_owned(), Array1::from(task.response.to_vec()));
    // linfa stops at a gap of tolerance·‖y‖²; our criterion is gap·n ≤ tolerance·‖y‖²/2.
    let model = ElasticNet::params()
        .penalty(lambda)
        .l1_ratio(mixing)
        .with_intercept(false)
        .tolerance(0.5 * tolerance)
        .max_iterations(max_iterations)
        .fit(&dataset)?;
    let coefficients = model.hyperplane().to_vec();
    let penalty = remeasure_optim::ElasticNet::new(lambda, mixing)?;
    let certificate =
        remeasure_optim::Certificate::least_squares(task.design, task.response, &penalty, &coefficients);
    let gap = certificate.gap / problem.null_objective();
    let shortfall = (gap > tolerance).then(|| format!("relative gap {gap:.1e} is above {tolerance:.1e}"));
    Ok(Fit {
        reported: Reported::default(),
        coefficients,
        lambda: Some(lambda),
        certificate: Certificate::RelativeGap(gap),
        iterations: model.n_steps() as usize,
        shortfall,
        trajectory: Vec::new(),
    })
}
