//! Selection from labelled rows that are not split beforehand.

use anyhow::bail;
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::optcs::{check_beta, pruned};
use super::{Entry, Estimator, Selection};
use crate::full::FullSample;
use crate::msel::Pruning;
use crate::problem::{Data, Problem, Source};

fn sample(data: &Data) -> anyhow::Result<&FullSample> {
    match data {
        Data::Full(sample) => Ok(sample),
        Data::Split(_) => bail!("the labelled rows are split"),
    }
}

fn without_split(problem: &Problem) -> Result<(), Invalid> {
    match problem.source {
        Source::Full { .. } => Ok(()),
        _ => {
            let message =
                "it needs labelled rows that are not split, kind = \"full\" of the problem: use \"optcs\"";
            Err(Invalid::new("kind", message))
        }
    }
}

/// Leave-one-out predictions of all labelled rows and of the test point, which joins them with label 0; then as `optcs`
/// with this one learner.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Full {
    /// How the e-values are pruned.
    pruning: Pruning,
    /// Factor β of the threshold of p-values, above 0 and at most 1; e-values grow by 1/β. The authors' columns of β = .9
    /// repeat those of β = 1.
    #[serde(default = "one")]
    beta: f64,
}

fn one() -> f64 {
    1.0
}

pub(super) const FULL: Entry = entry!(Full, "full", "leave-one-out predictions of all labelled rows");

impl Check for Full {
    fn check(&self) -> Result<(), Invalid> {
        check_beta(self.beta)
    }
}

impl Estimator for Full {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let mut stream = streams.stream("pruning");
        let found = sample(data)?.evalues(levels, self.beta)?;
        Ok(found.into_iter().zip(levels).map(|(e, q)| pruned(e, *q, self.pruning, &mut stream)).collect())
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        without_split(problem)
    }
}

/// The learner is fitted to a share of the labelled rows, and the others calibrate it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SampleSplit {
    /// Share of the labelled rows that the learner is fitted to, between 0 and 1.
    share: f64,
}

pub(super) const SAMPLE_SPLIT: Entry = entry!(
    SampleSplit,
    "sample-split",
    "a share of the labelled rows for training, the others for calibration"
);

impl Check for SampleSplit {
    fn check(&self) -> Result<(), Invalid> {
        if self.share > 0.0 && self.share < 1.0 {
            return Ok(());
        }
        Err(Invalid::new("share", format!("expected a number between 0 and 1, found {}", self.share)))
    }
}

impl Estimator for SampleSplit {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let sets = sample(data)?.sample_split(self.share, levels, &mut streams.stream("sample split"))?;
        Ok(sets.into_iter().map(Selection::of).collect())
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        without_split(problem)
    }
}

/// An oracle: the learner is fitted to all labelled rows, and as many fresh ones calibrate it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FreshLabels {}

pub(super) const FRESH: Entry =
    entry!(FreshLabels, "fresh-labels", "all labelled rows for training, as many fresh ones for calibration");

impl Check for FreshLabels {}

impl Estimator for FreshLabels {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let sets = sample(data)?.oracle(levels, &mut streams.stream("fresh labels"))?;
        Ok(sets.into_iter().map(Selection::of).collect())
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        without_split(problem)
    }
}
