//! linfa's Lasso, the baseline.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_elasticnet::ElasticNet;
use ndarray::Array1;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_optim::{self, LassoProblem};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registration.
pub(super) const ENTRY: Entry = entry!(
    LinfaLasso,
    "linfa-lasso",
    "linfa-elasticnet's Lasso, the baseline; when n > p it also inverts AᵀA, so its time there says nothing"
);

/// linfa-elasticnet's coordinate descent with `l1_ratio = 1` on an F-order copy
/// of the design, which is where it is fastest.
///
/// Without an intercept: linfa 0.8 centres the response only, so an intercept
/// would be wrong on columns that are not centred. Its own tolerance is on the
/// gap relative to `‖y‖²`; reaching the iteration limit is no error to it, so the
/// gap is recomputed here. When `n > p` each fit also inverts `AᵀA`, so its
/// fit time there says nothing about coordinate descent. Once begun, a fit runs
/// to its end: a [`deadline`] is noticed before and after it only.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinfaLasso {
    /// How λ is chosen.
    lambda: LambdaRule,
    /// Duality gap to reach, relative to `P(0)`.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Most iterations.
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

impl Estimator for LinfaLasso {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = LassoProblem::new(task.design, task.response)?;
        let Some(lambda) = self.lambda.lambda(task, &problem)? else { return Ok(super::zero_fit(task)) };
        anyhow::ensure!(!deadline::passed(), "the time allowed is used up before the fit");
        let dataset = Dataset::new(task.design.view().to_owned(), Array1::from(task.response.to_vec()));
        // linfa stops at a gap of tolerance·‖y‖² where ours is gap·n ≤ tolerance·‖y‖²/2.
        let model = ElasticNet::params()
            .penalty(lambda)
            .l1_ratio(1.0)
            .with_intercept(false)
            .tolerance(0.5 * self.tolerance)
            .max_iterations(self.max_iterations)
            .fit(&dataset)?;
        let coefficients = model.hyperplane().to_vec();
        let penalty = remeasure_optim::ElasticNet::l1(lambda)?;
        let certificate =
            remeasure_optim::Certificate::least_squares(task.design, task.response, &penalty, &coefficients);
        let gap = certificate.gap / problem.null_objective();
        let shortfall =
            (gap > self.tolerance).then(|| format!("relative gap {gap:.1e} above {:.1e}", self.tolerance));
        Ok(Fit {
            coefficients,
            lambda: Some(lambda),
            certificate: Certificate::RelativeGap(gap),
            iterations: model.n_steps() as usize,
            shortfall,
            trajectory: Vec::new(),
        })
    }
}
