//! What every method must be measured against.

use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, WeightEstimator, entry};
use crate::sem::{Sample, WeightFit};

/// The graph without edges.
pub(super) const EMPTY: Entry =
    entry!(Method::Weights, Empty, "empty-graph", "no edges at all: its distance is the number of edges");

/// No edges.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Empty {}

impl Check for Empty {}

impl WeightEstimator for Empty {
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit> {
        Ok(WeightFit::of(vec![0.0; sample.nodes * sample.nodes]))
    }
}
