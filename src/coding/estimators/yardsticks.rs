//! Yardsticks that learn nothing.

use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::Design;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::truncation::moments;
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;

/// Registers the estimator.
pub(super) const MEAN: Entry =
    entry!(MeanImage, "mean-image", "every atom is the mean of the data; a yardstick");

/// Registers the estimator.
pub(super) const RANDOM: Entry =
    entry!(Random, "random", "atoms of independent normal numbers, which need no data; a yardstick");

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MeanImage {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Random {}

impl Check for MeanImage {}
impl Check for Random {}

impl Estimator for MeanImage {
    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (mean, _) = moments(&task.data.y);
        let units = task.data.units;
        Ok(Fit::of(Design::from_columns(mean.len(), units, mean.repeat(units))))
    }
}

impl Estimator for Random {
    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (pixels, units) = (task.data.y.rows(), task.data.units);
        let mut stream = task.streams.stream("random");
        let values = (0..pixels * units).map(|_| StandardNormal.sample(&mut stream)).collect();
        Ok(Fit { free: true, ..Fit::of(Design::from_columns(pixels, units, values)) })
    }
}
