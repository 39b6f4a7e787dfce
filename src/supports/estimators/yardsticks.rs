//! What the methods are compared with.

use remeasure_core::entry;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::basis::Basis;
use crate::estimator::{Entry, Estimator, Fit, Task};

/// Registers the estimator.
pub(super) const ORACLE: Entry = entry!(Oracle, "oracle", "least squares on the true support; a yardstick");

/// Registers the estimator.
pub(super) const ZERO: Entry = entry!(Zero, "zero", "predicts 0, with an error of 1");

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Oracle {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Zero {}

impl Check for Oracle {}
impl Check for Zero {}

impl Estimator for Oracle {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (design, n) = (&task.instance.design, task.instance.design.rows());
        let basis = Basis::of(n, n, task.instance.support.iter().map(|&j| design.column(j)));
        Ok(Fit { size: Some(basis.len()), ..Fit::of(basis.project(&task.instance.response)) })
    }
}

impl Estimator for Zero {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        Ok(Fit { size: Some(0), ..Fit::of(vec![0.0; task.instance.response.len()]) })
    }
}
