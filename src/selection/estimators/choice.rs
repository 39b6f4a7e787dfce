//! Rules that choose one model, or none.

use anyhow::{Context, bail};
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::optcs::with_calibration;
use super::{Entry, Estimator, Selection};
use crate::competitors;
use crate::problem::{Data, Problem, Sample, Source};

fn sample(data: &Data) -> anyhow::Result<&Sample> {
    match data {
        Data::Split(sample) => Ok(sample),
        Data::Full(_) => bail!("there are no calibration rows"),
    }
}

fn sets(rows: Vec<Vec<usize>>) -> Vec<Selection> {
    rows.into_iter().map(Selection::of).collect()
}

/// A yardstick: BH with a model drawn at each level.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RandomModel {}

pub(super) const RANDOM: Entry = entry!(RandomModel, "random-model", "BH with a model drawn at each level");

impl Check for RandomModel {}

impl Estimator for RandomModel {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        Ok(sets(competitors::random(&sample(data)?.scores, levels, &mut streams.stream("random model"))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        with_calibration(problem)
    }
}

/// A yardstick: BH with one model, fixed beforehand.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FixedModel {
    /// Position of the model, from 1. Default: plain least squares, or the forest's mean; of your own scores, the first.
    model: Option<usize>,
}

pub(super) const FIXED: Entry = entry!(FixedModel, "fixed-model", "BH with one model, fixed beforehand");

impl Check for FixedModel {
    fn check(&self) -> Result<(), Invalid> {
        if self.model == Some(0) {
            return Err(Invalid::new("model", "expected a position from 1, found 0"));
        }
        Ok(())
    }
}

impl Estimator for FixedModel {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let sample = sample(data)?;
        let k = self.model.map_or(sample.plain, |model| model - 1);
        anyhow::ensure!(k < sample.scores.models(), "there are only {} models", sample.scores.models());
        Ok(sets(competitors::fixed(&sample.scores, k, levels, &mut streams.stream("fixed model"))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let models = match &problem.source {
            Source::Given { sample, .. } => sample.scores.models(),
            Source::Null { models, .. } => *models,
            _ => usize::MAX,
        };
        if self.model.is_some_and(|model| model > models) {
            return Err(Invalid::new("model", format!("expected at most {models}, the number of models")));
        }
        with_calibration(problem)
    }
}

/// Half of the calibration rows choose the model, by the rejections among its second half when its first half calibrates;
/// the other half calibrates the chosen model.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Split {}

pub(super) const SPLIT: Entry =
    entry!(Split, "split", "half of the calibration rows choose the model, the others calibrate it");

impl Check for Split {}

impl Estimator for Split {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let scores = &sample(data)?.scores;
        let half = scores.rows() / 2;
        let (choice, last) = (scores.confined(0..half), scores.confined(half..scores.rows()));
        Ok(sets(competitors::split(&choice, &last, levels, &mut streams.stream("split"))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        with_calibration(problem)
    }
}

/// Calibration rows that the authors' code leaves to the model chosen on half of the training rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kept {
    /// All: nothing speaks against it, as they took no part in the choice.
    All,
    /// Half of them, as the authors' code has it.
    Half,
}

/// Models are fitted to half of the training rows; the other half chooses one, as the half of `split` does; and the
/// calibration rows calibrate it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TrainingSplit {
    /// How many calibration rows are used.
    calibration: Kept,
}

pub(super) const TRAINING_SPLIT: Entry =
    entry!(TrainingSplit, "training-split", "half of the training rows choose the model");

impl Check for TrainingSplit {}

impl Estimator for TrainingSplit {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let training = sample(data)?.training.as_ref().context("no models were fitted")?;
        let (choice, last) = training.halved(streams)?;
        let kept = if self.calibration == Kept::Half { last.rows() / 2 } else { last.rows() };
        let last = last.confined(0..kept);
        Ok(sets(competitors::split(&choice, &last, levels, &mut streams.stream("training split"))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem.source {
            Source::Drawn { .. } => Ok(()),
            _ => {
                let message = "it fits models to half of the training rows, which only \"liang\" and \"jin\" have: use \
                               \"split\"";
                Err(Invalid::new("kind", message))
            }
        }
    }
}

/// BH with every model on the same calibration rows, and the largest of the sets: it does not pay for the choice.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Naive {}

pub(super) const NAIVE: Entry = entry!(Naive, "naive", "the largest of the sets that BH has with each model");

impl Check for Naive {}

impl Estimator for Naive {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        Ok(sets(competitors::naive(&sample(data)?.scores, levels, &mut streams.stream("naive"))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        with_calibration(problem)
    }
}

/// An oracle: of the sets that BH has with each model, the one with the most rows of interest. It knows the test labels,
/// and its false discovery rate is not bounded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BestModel {}

pub(super) const BEST: Entry =
    entry!(BestModel, "best-model", "BH with the model that is best on the test labels");

impl Check for BestModel {}

impl Estimator for BestModel {
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>> {
        let sample = sample(data)?;
        let truth = sample.truth.as_deref().context("the test labels are not known")?;
        Ok(sets(competitors::best(&sample.scores, truth, levels, &mut streams.stream("best model"))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if matches!(&problem.source, Source::Given { sample, .. } if sample.truth.is_none()) {
            return Err(Invalid::new(
                "kind",
                "it needs the labels of the test rows, which the file does not have",
            ));
        }
        with_calibration(problem)
    }
}

/// The trivial answer: all rows are selected, and the false discovery proportion is the share of nulls.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SelectAll {}

pub(super) const ALL: Entry = entry!(SelectAll, "select-all", "all rows: the trivial answer");

impl Check for SelectAll {}

impl Estimator for SelectAll {
    fn select(&self, data: &Data, levels: &[f64], _: &Streams) -> anyhow::Result<Vec<Selection>> {
        Ok(levels.iter().map(|_| Selection::of((0..data.tests()).collect())).collect())
    }

    fn admit(&self, _: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}
