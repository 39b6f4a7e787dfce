//! ISTA and FISTA.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use remeasure_external::Reported;
use remeasure_optim::proximal::ProximalGradient;
use remeasure_optim::{ElasticNet, LassoProblem, Quadratic};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Snapshot, Task};
use crate::problem::Problem;

/// Registers ISTA.
pub(super) const ISTA: Entry = Entry {
    name: "ista",
    about: "iterative soft thresholding, step 1/L, to a certified duality gap",
    schema: params::schema::<Parameters>,
    read: |table| read(table, ProximalGradient::ista()),
};

/// Registers FISTA.
pub(super) const FISTA: Entry = Entry {
    name: "fista",
    about: "accelerated iterative soft thresholding, step 1/L, to a certified duality gap",
    schema: params::schema::<Parameters>,
    read: |table| read(table, ProximalGradient::fista()),
};

/// The Lasso by proximal gradient steps of size 1/L (Daubechies, Defrise and De Mol 2004; Beck and Teboulle
/// 2009).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// How to choose the penalty λ.
    lambda: LambdaRule,
    /// Duality gap to reach, relative to the objective at zero, `P(0) = ‖y‖²/(2n)`; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of iterations.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Iterations between two evaluations of the gap; with 1, the number of iterations is exact.
    #[serde(default = "default_check")]
    check_every: usize,
    /// Record the estimate every this many iterations. Default: record no trajectory.
    trace_every: Option<usize>,
}

fn default_check() -> usize {
    10
}

impl Check for Parameters {
    fn check(&self) -> Result<(), Invalid> {
        self.lambda.check()?;
        if self.check_every == 0 {
            return Err(Invalid::new("check_every", "expected at least 1, found 0"));
        }
        super::check_stopping(self.tolerance, self.max_iterations, self.trace_every)
    }
}

/// The Lasso by proximal gradient steps (Daubechies, Defrise and De Mol 2004; Beck and Teboulle 2009).
struct Proximal {
    parameters: Parameters,
    method: ProximalGradient,
}

fn read(table: Table, method: ProximalGradient) -> Result<Box<dyn Estimator>, Invalid> {
    let parameters: Parameters = params::read(table)?;
    let method = method.tolerance(parameters.tolerance)?.max_iterations(parameters.max_iterations);
    let method = method.check_every(parameters.check_every)?;
    Ok(Box::new(Proximal { parameters, method }))
}

impl Estimator for Proximal {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.parameters.lambda.admit(problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let problem = LassoProblem::new(task.design, task.response)?;
        let Some(lambda) = self.parameters.lambda.lambda(task, &problem)? else {
            return Ok(super::zero_fit(task));
        };
        let mut datafit = Quadratic::new(task.design, task.response)?;
        let penalty = ElasticNet::l1(lambda)?;
        let mut trajectory = Vec::new();
        let solution = self.method.solve(&mut datafit, &penalty, None, &mut |iterate| {
            if self.parameters.trace_every.is_some_and(|every| iterate.iteration.is_multiple_of(every)) {
                let coefficients = iterate.coefficients.to_vec();
                trajectory.push(Snapshot { iteration: iterate.iteration, coefficients });
            }
        })?;
        let gap = solution.certificate.gap / problem.null_objective();
        Ok(Fit {
            reported: Reported::default(),
            shortfall: super::shortfall(&solution, gap, self.parameters.tolerance),
            coefficients: solution.coefficients,
            lambda: Some(lambda),
            certificate: Certificate::RelativeGap(gap),
            iterations: solution.iterations,
            trajectory,
        })
    }
}
