//! SCAD and MCP.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use remeasure_external::Reported;
use remeasure_optim::LassoProblem;
use remeasure_optim::lasso::lambda_grid;
use remeasure_optim::nonconvex::{Loss, Mcp, Observations, Scad, Separable, Stationary, Working};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::LambdaRule;
use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};
use crate::lambda::splits;
use crate::problem::Problem;

/// Registers SCAD.
pub(super) const SCAD: Entry = entry!(
    ScadFit,
    "scad",
    "SCAD: coordinate descent on working sets, along a path of λ to a stationary point"
);

/// Registers MCP.
pub(super) const MCP: Entry =
    entry!(McpFit, "mcp", "MCP: coordinate descent on working sets, along a path of λ to a stationary point");

/// Least squares with the smoothly clipped absolute deviation penalty (Fan and Li 2001). Which stationary point is found
/// depends on the path; the certificate is the distance from stationarity relative to λ_max.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ScadFit {
    /// How to choose the penalty λ.
    lambda: LambdaRule,
    /// Where the slope of the penalty is 0, in multiples of λ; above 2.
    #[serde(default = "scad_a")]
    a: f64,
    /// Distance from stationarity to reach, relative to λ_max; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of sweeps at each λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Number of warm-started steps from λ_max down to λ; a cross-validation has its own.
    #[serde(default = "steps")]
    path: usize,
}

/// Least squares with the minimax concave penalty (Zhang 2010). Which stationary point is found depends on the path; the
/// certificate is the distance from stationarity relative to λ_max.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct McpFit {
    /// How to choose the penalty λ.
    lambda: LambdaRule,
    /// Where the slope of the penalty is 0, in multiples of λ; above 1.
    #[serde(default = "mcp_gamma")]
    gamma: f64,
    /// Distance from stationarity to reach, relative to λ_max; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of sweeps at each λ.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Number of warm-started steps from λ_max down to λ; a cross-validation has its own.
    #[serde(default = "steps")]
    path: usize,
}

fn scad_a() -> f64 {
    3.7
}

fn mcp_gamma() -> f64 {
    3.0
}

fn steps() -> usize {
    20
}

fn check(lambda: &LambdaRule, tolerance: f64, iterations: usize, path: usize) -> Result<(), Invalid> {
    lambda.check()?;
    if path == 0 {
        return Err(Invalid::new("path", "expected at least 1 step, found 0"));
    }
    super::check_stopping(tolerance, iterations, None)
}

impl Check for ScadFit {
    fn check(&self) -> Result<(), Invalid> {
        Scad::check_a(self.a)?;
        check(&self.lambda, self.tolerance, self.max_iterations, self.path)
    }
}

impl Check for McpFit {
    fn check(&self) -> Result<(), Invalid> {
        Mcp::check_gamma(self.gamma)?;
        check(&self.lambda, self.tolerance, self.max_iterations, self.path)
    }
}

impl Estimator for ScadFit {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let solving = Solving { tolerance: self.tolerance, sweeps: self.max_iterations, steps: self.path };
        solving.fit(task, &self.lambda, |lambda| Scad::new(lambda, self.a))
    }
}

impl Estimator for McpFit {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        self.lambda.admit(problem)
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let solving = Solving { tolerance: self.tolerance, sweeps: self.max_iterations, steps: self.path };
        solving.fit(task, &self.lambda, |lambda| Mcp::new(lambda, self.gamma))
    }
}

/// When a solve ends, and the length of a path.
struct Solving {
    tolerance: f64,
    sweeps: usize,
    steps: usize,
}

/// Distance from stationarity along the path of a cross-validation, relative to λ_max.
const CV_TOLERANCE: f64 = 1e-4;

impl Solving {
    fn fit<S: Separable>(
        &self,
        task: &Task<'_>,
        rule: &LambdaRule,
        penalty: impl Fn(f64) -> Result<S, Invalid>,
    ) -> anyhow::Result<Fit> {
        let problem = LassoProblem::new(task.design, task.response)?;
        let top = problem.lambda_max();
        if top == 0.0 {
            return Ok(super::zero_fit(task));
        }
        let grid = match rule {
            LambdaRule::Cv(cv) => {
                let mut grid = cv.grid(top)?;
                let mut errors = vec![0.0; grid.len()];
                for split in splits(task, cv.folds()).take_while(|_| !deadline::passed()) {
                    let data = Observations::new(Loss::Gaussian, &split.design, &split.response, None, 0)?;
                    let mut solver = Working::new(&data)?;
                    for (&lambda, error) in grid.iter().zip(&mut errors) {
                        let found = solver.solve(&penalty(lambda)?, CV_TOLERANCE, self.sweeps);
                        *error += split.held_out() * split.error(&found.coefficients);
                    }
                }
                // Among ties, take the largest λ, which comes first.
                let best = (0..grid.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b]));
                grid.truncate(best.map_or(1, |k| k + 1));
                grid
            }
            rule => {
                let Some(lambda) = rule.lambda(task, &problem)? else { return Ok(super::zero_fit(task)) };
                let mut grid = lambda_grid(top, (lambda / top).min(1.0), self.steps)?;
                grid.pop();
                grid.push(lambda);
                grid
            }
        };
        let data = Observations::new(Loss::Gaussian, task.design, task.response, None, 0)?;
        let mut solver = Working::new(&data)?;
        let (mut iterations, mut last) = (0, None);
        for (k, &lambda) in grid.iter().enumerate().take_while(|_| !deadline::passed()) {
            let tolerance =
                if k + 1 < grid.len() { self.tolerance.max(CV_TOLERANCE) } else { self.tolerance };
            let found = solver.solve(&penalty(lambda)?, tolerance, self.sweeps);
            iterations += found.iterations;
            last = Some((lambda, found));
        }
        let Some((lambda, found)) = last else { return Ok(super::zero_fit(task)) };
        Ok(Fit {
            reported: Reported::default(),
            certificate: Certificate::FixedPoint(found.stationarity / top),
            shortfall: self.shortfall(&found, top),
            coefficients: found.coefficients,
            lambda: Some(lambda),
            iterations,
            trajectory: Vec::new(),
        })
    }

    fn shortfall(&self, found: &Stationary, top: f64) -> Option<String> {
        (!found.converged()).then(|| {
            format!(
                "the distance from stationarity is {:.1e} λ_max after {} sweeps, for a tolerance of {:.1e}: {:?}",
                found.stationarity / top,
                found.iterations,
                self.tolerance,
                found.termination
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{instance, task};

    fn fit(entry: &Entry, parameters: &str, instance: &crate::Instance) -> Fit {
        (entry.read)(toml::from_str(parameters).unwrap()).unwrap().fit(&task(instance)).unwrap()
    }

    #[test]
    fn strong_signals_are_found_and_not_shrunk() {
        let instance = instance(100, 200, 4, 0.05);
        let truth = &instance.truth.as_ref().unwrap().coefficients;
        let oracle = (super::super::oracle::ENTRY.read)(toml::Table::new()).unwrap();
        let oracle = oracle.fit(&task(&instance)).unwrap();
        for entry in [SCAD, MCP] {
            for rule in ["cv = { folds = 5 }", "fraction = 0.04"] {
                let found = fit(&entry, &format!("lambda = {{ {rule} }}"), &instance);
                assert!(found.shortfall.is_none(), "{:?}", found.shortfall);
                let error = crate::metrics::nmse(&found.coefficients, truth);
                let least = crate::metrics::nmse(&oracle.coefficients, truth);
                // At a λ that is not tuned, the smallest coefficients are shrunk.
                let most = if rule.starts_with("cv") { 3.0 * least } else { 0.01 };
                assert!(error < most, "{} {rule}: {error} {least}", entry.name);
                let Certificate::FixedPoint(distance) = found.certificate else { panic!("a certificate") };
                assert!(distance < 1e-5, "{distance}");
            }
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_their_key() {
        let key = |entry: &Entry, more: &str| {
            let text = format!("lambda = {{ fraction = 0.1 }}\n{more}");
            (entry.read)(toml::from_str(&text).unwrap()).err().unwrap().key
        };
        assert_eq!(key(&SCAD, "a = 2.0"), "a");
        assert_eq!(key(&SCAD, "a = nan"), "a");
        assert_eq!(key(&MCP, "gamma = 1.0"), "gamma");
        assert_eq!(key(&MCP, "gamma = inf"), "gamma");
        assert_eq!(key(&MCP, "path = 0"), "path");
        assert_eq!(key(&SCAD, "tolerance = 0.0"), "tolerance");
    }
}
