//! Yardsticks: what a model must beat, and what none can.

use anyhow::Context;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::model::{Model, Multinomial};
use crate::problem::Problem;

/// Registers the shares of the classes.
pub(super) const MAJORITY: Entry = entry!(
    Majority,
    "majority",
    "the shares of the classes in the training rows, so the majority class; learns nothing"
);

/// Registers the true model.
pub(super) const TRUE_MODEL: Entry = entry!(
    TrueModel,
    "true-model",
    "the model that drew the labels, a yardstick: its accuracy is that of Bayes' rule"
);

/// Predicts the shares of the classes in the training rows.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Majority {}

impl Check for Majority {}

impl Estimator for Majority {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        task.sample.check()?;
        let n = task.sample.labels.len() as f64;
        let intercepts = task.sample.counts().into_iter().map(|c| (c as f64 / n).ln()).collect();
        let slopes = vec![vec![0.0; task.sample.design.columns()]; task.sample.classes];
        Ok(Fit::plain(Model::Multinomial(Multinomial { intercepts, slopes })))
    }
}

/// Knows the model that labels were drawn from: `kind = "plans"` with `link = "multinomial"` or `"latent"`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TrueModel {}

impl Check for TrueModel {}

impl Estimator for TrueModel {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        Ok(Fit::plain(task.model.context("the true model is not known")?.clone()))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if matches!(problem, Problem::Plans(plans) if plans.has_model()) {
            return Ok(());
        }
        let message =
            "the true model is known only for `kind = \"plans\"` with `link = \"multinomial\"` or \"latent\"";
        Err(Invalid::new("kind", message))
    }
}
