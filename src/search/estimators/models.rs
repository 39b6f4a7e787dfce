//! Models whose predictions are judged.

use anyhow::Context;
use remeasure_core::entry;
use remeasure_core::numerics::statistics::{mean, sd};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::ei::{Leaf, fit, standardise};
use super::{Entry, Method, Model};
use crate::problem::Sample;

pub(super) const GP: Entry = entry!(Method::Model, Gp, "gp", "Gaussian process (Matérn 5/2)");
pub(super) const FOREST: Entry = entry!(Method::Model, Trees, "forest", "random forest");
pub(super) const CONSTANT: Entry =
    entry!(Method::Model, Constant, "constant", "mean and standard deviation of the observed values");

/// Gaussian process as of gp-ei.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Gp {
    /// Whether values are standardised. Without, the process has mean 0 on the values as they are, as published.
    #[serde(default = "yes")]
    centre: bool,
    /// Whether the standard deviation is that of an observation, with the fitted noise. Without, it is that of the noiseless
    /// value.
    #[serde(default)]
    noise: bool,
}

fn yes() -> bool {
    true
}

/// Random forest as of forest-ei.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Trees {
    /// Fewest rows of a leaf.
    #[serde(default)]
    leaf: Leaf,
}

/// The same prediction everywhere.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Constant {}

impl Check for Gp {}

impl Check for Trees {}

impl Check for Constant {}

impl Model for Gp {
    fn predict(&self, sample: &Sample, streams: &Streams) -> anyhow::Result<Vec<(f64, f64)>> {
        let d = sample.dimension;
        let mut values = sample.values.clone();
        let (centre, scale) = if self.centre { standardise(&mut values) } else { (0.0, 1.0) };
        let mut process = fit(d, &sample.points, &values, &mut streams.stream("gp"))
            .context("no process can be fitted to the rows observed")?;
        let noise = if self.noise { process.hyper().noise.sqrt() } else { 0.0 };
        let predict = |point: &[f64]| {
            let (mean, deviation) = process.predict(point);
            (centre + scale * mean, scale * deviation.hypot(noise))
        };
        Ok(sample.candidates.chunks_exact(d).map(predict).collect())
    }
}

impl Model for Trees {
    fn predict(&self, sample: &Sample, streams: &Streams) -> anyhow::Result<Vec<(f64, f64)>> {
        let d = sample.dimension;
        let forest = self.leaf.forest(d, &sample.points, &sample.values, &mut streams.stream("forest"));
        Ok(sample.candidates.chunks_exact(d).map(|point| forest.predict(point)).collect())
    }
}

impl Model for Constant {
    fn predict(&self, sample: &Sample, _: &Streams) -> anyhow::Result<Vec<(f64, f64)>> {
        Ok(vec![(mean(&sample.values), sd(&sample.values)); sample.truths.len()])
    }
}
