//! Yardsticks that learn little or nothing.

use rand::Rng;
use remeasure_core::numerics::statistics::quantile;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Entry, Estimator, Fit, Models, Task};
use crate::node::Model;
use crate::problem::{Problem, Sample};

/// Registers the estimator.
pub(super) const RANDOM: Entry = entry!(
    RandomScore,
    "random-score",
    "a random score of each row, and an alarm with probability ν; a yardstick"
);

/// Registers the estimator.
pub(super) const DISTANCE: Entry = entry!(
    MeanDistance,
    "mean-distance",
    "distance of a row to the mean of the node's training rows, which is all it learns; a yardstick"
);

/// Registers the estimator.
pub(super) const ZERO: Entry = entry!(Zero, "zero", "all coefficients 0, which needs no data; a yardstick");

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RandomScore {}

/// An alarm is a row farther from the mean than a share of 1 − ν of the training rows. Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MeanDistance {}

/// Has no keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Zero {}

impl Check for RandomScore {}
impl Check for MeanDistance {}
impl Check for Zero {}

/// `ν`, or an error for models without it.
fn nu(problem: Model) -> Result<f64, Invalid> {
    match problem {
        Model::OneClass { nu } => Ok(nu),
        _ => Err(Invalid::new("kind", "this estimator is for problems with model = \"one-class\"")),
    }
}

impl Estimator for RandomScore {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        nu(problem.model()).map(|_| ())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let (nu, mut stream) = (nu(task.instance.model)?, task.streams.stream("scores"));
        let scores = task.instance.test.iter();
        let scores = scores.map(|sample| sample.labels.iter().map(|_| stream.r#gen::<f64>() - nu).collect());
        Ok(Fit::of(Models::Scores(scores.collect())))
    }
}

/// Distances of rows from a point.
fn distances(sample: &Sample, point: &[f64]) -> Vec<f64> {
    let square = |x: &[f64]| x.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    sample.rows.iter().map(|x| square(x).sqrt()).collect()
}

impl Estimator for MeanDistance {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        nu(problem.model()).map(|_| ())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let nu = nu(task.instance.model)?;
        let scores = task.instance.train.iter().zip(&task.instance.test).map(|(train, test)| {
            let mut mean = vec![0.0; train.rows.columns()];
            for row in train.rows.iter() {
                crate::rows::add(1.0 / train.rows.count() as f64, row, &mut mean);
            }
            let mut own = distances(train, &mean);
            own.sort_unstable_by(f64::total_cmp);
            let limit = quantile(&own, 1.0 - nu);
            distances(test, &mean).into_iter().map(|distance| limit - distance).collect()
        });
        Ok(Fit::of(Models::Scores(scores.collect())))
    }
}

impl Estimator for Zero {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match problem.model() {
            Model::OneClass { .. } => {
                Err(Invalid::new("kind", "w = 0 scores all rows alike; use kind = \"random-score\""))
            }
            _ => Ok(()),
        }
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        Ok(Fit::of(Models::Linear(vec![0.0; task.instance.size() * task.instance.train.len()])))
    }
}
