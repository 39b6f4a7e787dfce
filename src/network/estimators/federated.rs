//! Federated averaging.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::positive;
use crate::estimator::{Entry, Estimator, Fit, Models, Task};
use crate::node::Node;
use crate::rows::add;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Federated,
    "federated-averaging",
    "one linear model for all nodes by federated averaging: rounds of subgradient steps at each node, then the mean"
);

/// Federated averaging (McMahan et al. 2017) of the linear model, with all nodes in every round and all rows in every
/// step. Step `t` of a round has size `step/(L √round)`, `L` the curvature of the node's loss (1 for a one-class model).
/// Nothing certifies the result: with several steps a round it need not tend to the minimum of the summed losses.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Federated {
    /// Number of rounds, from 1 to 1,000,000.
    #[serde(default = "rounds")]
    rounds: usize,
    /// Steps of a node in each round, from 1 to 10,000.
    #[serde(default = "steps")]
    steps: usize,
    /// Size of the first steps relative to the inverse of the curvature, above 0.
    #[serde(default = "step")]
    step: f64,
}

fn rounds() -> usize {
    500
}

fn steps() -> usize {
    5
}

fn step() -> f64 {
    0.2
}

impl Check for Federated {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value, most) in [("rounds", self.rounds, 1_000_000), ("steps", self.steps, 10_000)] {
            if !(1..=most).contains(&value) {
                return Err(Invalid::new(key, format!("expected between 1 and {most}, found {value}")));
            }
        }
        positive("step", self.step)
    }
}

impl Estimator for Federated {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let nodes: Vec<Box<dyn Node>> =
            instance.train.iter().map(|sample| instance.model.node(&[sample])).collect();
        let p = instance.size();
        let (mut shared, mut sum) = (vec![0.0; p], vec![0.0; p]);
        let (mut own, mut gradient) = (vec![0.0; p], vec![0.0; p]);
        let curvatures: Vec<f64> = nodes.iter().map(|node| node.curvature()).collect();
        for round in 1..=self.rounds {
            if deadline::passed() {
                break;
            }
            sum.fill(0.0);
            for (node, curvature) in nodes.iter().zip(&curvatures) {
                let size = self.step / (curvature * (round as f64).sqrt());
                own.copy_from_slice(&shared);
                for _ in 0..self.steps {
                    node.gradient(&own, &mut gradient);
                    add(-size, &gradient, &mut own);
                }
                add(1.0, &own, &mut sum);
            }
            for (shared, sum) in shared.iter_mut().zip(&sum) {
                *shared = sum / nodes.len() as f64;
            }
        }
        let objective = nodes.iter().map(|node| node.value(&shared)).sum();
        Ok(Fit {
            objective: Some(objective),
            iterations: Some(self.rounds),
            ..Fit::of(Models::Linear(shared.repeat(nodes.len())))
        })
    }
}
