//! Network Lasso at one `λ`.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_settings, iterations, one, plain, tolerance};
use crate::admm::{Admm, Settings, Variant};
use crate::choice::shortfall;
use crate::estimator::{Entry, Estimator, Fit, Models, Task};

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(NetworkLasso, "network-lasso", "network Lasso at a given λ, by the alternating direction method");

/// Standard deviation of a random start.
const SCALE: f64 = 3.0;

/// Where the iterations start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Start {
    /// From zero.
    #[default]
    Zero,
    /// From Gaussian copies and duals with a standard deviation of 3.
    Random,
}

/// Network Lasso: `Σ f_i(a_i) + λ Σ w_ij ‖a_i − a_j‖₂`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NetworkLasso {
    /// λ, at least 0.
    lambda: f64,
    /// Penalty ρ of the method, above 0. The solution does not depend on it.
    #[serde(default = "one")]
    rho: f64,
    /// Absolute tolerance of the residuals, at least 0.
    #[serde(default = "tolerance")]
    absolute: f64,
    /// Tolerance of the residuals relative to the size of what they compare, at least 0.
    #[serde(default = "tolerance")]
    relative: f64,
    /// Stop at this relative duality gap, checked every ten iterations, and not by residuals. Above 0.
    gap: Option<f64>,
    /// Most iterations.
    #[serde(default = "iterations")]
    max_iterations: usize,
    /// How the tolerance of the dual residual depends on ρ.
    #[serde(default)]
    variant: Variant,
    /// Where the iterations start.
    #[serde(default)]
    start: Start,
    /// Whether to record the relative gap after 1, 2, 3, 5, 7, 10, 15, 20, 30, … iterations.
    #[serde(default)]
    trace: bool,
}

impl NetworkLasso {
    fn settings(&self) -> Settings {
        Settings {
            absolute: self.absolute,
            relative: self.relative,
            gap: self.gap,
            iterations: self.max_iterations,
            variant: self.variant,
        }
    }
}

impl Check for NetworkLasso {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.lambda >= 0.0 && self.lambda.is_finite()) {
            let message = format!("expected a number of at least 0, found {}", self.lambda);
            return Err(Invalid::new("lambda", message));
        }
        check_settings(self.rho, &self.settings())
    }
}

/// Whether the gap is recorded after an iteration: 1, 2, 3, 5, 7 times a power of ten, and 15.
fn traced(iteration: usize) -> bool {
    let mut scale = 1;
    while iteration >= 10 * scale {
        scale *= 10;
    }
    [10, 15, 20, 30, 50, 70].iter().any(|m| m * scale == 10 * iteration)
}

impl Estimator for NetworkLasso {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        if self.lambda == 0.0 {
            let fit = plain::local(instance)?;
            return Ok(Fit { lambda: Some(0.0), clusters: Some(instance.train.len()), ..fit });
        }
        let nodes = instance.train.iter().map(|sample| instance.model.node(&[sample])).collect();
        let mut admm = Admm::new(&instance.graph, nodes, self.rho);
        if self.start == Start::Random {
            admm.start_at_random(SCALE, &mut task.streams.stream("start"));
        }
        let settings = self.settings();
        let mut trace = Vec::new();
        let report = admm.run(self.lambda, &settings, &mut |iteration, admm| {
            if self.trace && traced(iteration) {
                trace.push((iteration, admm.gap(self.lambda).relative()));
            }
        });
        let gap = admm.gap(self.lambda);
        Ok(Fit {
            lambda: Some(self.lambda),
            objective: Some(gap.primal),
            gap: Some(gap.relative()),
            residuals: Some(report.residuals),
            iterations: Some(report.iterations),
            clusters: Some(admm.clusters()),
            held: Some(admm.held()),
            trace,
            shortfall: shortfall(&report, &settings),
            ..Fit::of(Models::Linear(admm.models().to_vec()))
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_gap_is_recorded_at_round_numbers() {
        let at: Vec<usize> = (1..=200).filter(|i| super::traced(*i)).collect();
        assert_eq!(at, [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200]);
    }
}
