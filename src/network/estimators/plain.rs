//! Models that do not use the graph.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Entry, Estimator, Fit, Models, Task};
use crate::problem::{Instance, Problem, Sample};

/// Registers the estimator.
pub(super) const LOCAL: Entry = entry!(Local, "local", "each node's own fit, as network Lasso with λ = 0");

/// Registers the estimator.
pub(super) const GLOBAL: Entry =
    entry!(Global, "global", "one model for all nodes, as network Lasso with a large λ on a connected graph");

/// Registers the estimator.
pub(super) const ORACLE: Entry =
    entry!(Oracle, "oracle", "one model for each true cluster, which nobody knows; a yardstick");

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Local {}

/// The minimiser of the sum of all nodes' losses. Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Global {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Oracle {}

impl Check for Local {}
impl Check for Global {}
impl Check for Oracle {}

/// Fits one model to each group of nodes that share a number below `groups`.
fn grouped(instance: &Instance, groups: usize, of: impl Fn(usize) -> usize) -> anyhow::Result<Fit> {
    let p = instance.size();
    let mut models = vec![0.0; p * instance.train.len()];
    let (mut gap, mut objective) = (0.0, 0.0);
    let mut a = vec![0.0; p];
    for group in 0..groups {
        let members: Vec<usize> = (0..instance.train.len()).filter(|i| of(*i) == group).collect();
        let samples: Vec<&Sample> = members.iter().map(|i| &instance.train[*i]).collect();
        if samples.is_empty() {
            continue;
        }
        let mut node = instance.model.node(&samples);
        gap += members.len() as f64 * node.alone(&mut a);
        anyhow::ensure!(a.iter().all(|v| v.is_finite()), "a fit is not finite");
        objective += members.len() as f64 * node.value(&a);
        for i in members {
            models[i * p..(i + 1) * p].copy_from_slice(&a);
        }
    }
    let gap = gap / f64::abs(objective).max(1.0);
    Ok(Fit { gap: Some(gap), objective: Some(objective), ..Fit::of(Models::Linear(models)) })
}

/// Each node's own fit.
pub(super) fn local(instance: &Instance) -> anyhow::Result<Fit> {
    grouped(instance, instance.train.len(), |i| i)
}

impl Estimator for Local {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        local(task.instance)
    }
}

impl Estimator for Global {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        grouped(task.instance, 1, |_| 0)
    }
}

impl Estimator for Oracle {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem {
            Problem::Synthetic(_) => Ok(()),
            Problem::Csv(_) => {
                let message = "the true clusters of your own data are not known; remove this estimator";
                Err(Invalid::new("kind", message))
            }
        }
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let Some(clusters) = &task.instance.clusters else {
            anyhow::bail!("the true clusters are not known")
        };
        let count = clusters.iter().max().map_or(0, |most| most + 1);
        grouped(task.instance, count, |i| clusters[i])
    }
}
