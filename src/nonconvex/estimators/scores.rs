//! Scores of features.

use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Outcome};
use crate::problem::{Data, Features, Problem};
use crate::screening::{
    Density, Fault, binned, bins, correlation, neighbours_of_classes, neighbours_of_numbers,
};

fn features(data: &Data) -> anyhow::Result<&Features> {
    match data {
        Data::Screening(features) => Ok(features),
        Data::Regression(_) => anyhow::bail!("the problem has no features to screen"),
    }
}

fn admit_screening(problem: &Problem) -> Result<(), Invalid> {
    match problem {
        Problem::Screening(_) => Ok(()),
        Problem::Regression(_) => {
            Err(Invalid::new("kind", "scores features: needs `kind = \"screening\"` of the problem"))
        }
    }
}

/// The scores of all features by a function of a column and the outcome.
fn each(features: &Features, score: impl Fn(&[f64]) -> f64) -> Outcome {
    Outcome::Scores((0..features.x.columns()).map(|j| score(features.x.column(j))).collect())
}

/// The size of Pearson's correlation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pearson {}

pub(super) const PEARSON: Entry = entry!(Pearson, "pearson", "size of the correlation");

impl Check for Pearson {}

impl Estimator for Pearson {
    fn run(&self, _: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let features = features(data)?;
        Ok(each(features, |x| correlation(x, &features.y)))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_screening(problem)
    }
}

/// Mutual information of histograms whose numbers of bins maximise a penalised likelihood.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Binning {}

pub(super) const BINNING: Entry = entry!(Binning, "binning", "mutual information of histograms");

impl Check for Binning {}

impl Estimator for Binning {
    fn run(&self, _: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let features = features(data)?;
        let outcome = if features.binary { 2 } else { bins(&features.y) };
        Ok(each(features, |x| binned(x, &features.y, (bins(x), outcome))))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_screening(problem)
    }
}

/// Mutual information of kernel density estimates (Epanechnikov) on a grid.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Kde {
    /// Grid points for each variable, at least 2 and at most 1000.
    #[serde(default = "points")]
    points: usize,
    /// Standard deviation of the kernel, in those of the variables; above 0.
    bandwidth: f64,
    /// What is computed for a binary outcome.
    #[serde(default)]
    fault: Fault,
}

fn points() -> usize {
    300
}

pub(super) const KDE: Entry = entry!(Kde, "kde", "mutual information of kernel density estimates");

impl Check for Kde {
    fn check(&self) -> Result<(), Invalid> {
        if !(2..=1000).contains(&self.points) {
            let message = format!("expected at least 2 and at most 1000, found {}", self.points);
            return Err(Invalid::new("points", message));
        }
        if !(self.bandwidth > 0.0 && self.bandwidth.is_finite()) {
            let message = format!("expected a number above 0, found {}", self.bandwidth);
            return Err(Invalid::new("bandwidth", message));
        }
        Ok(())
    }
}

impl Estimator for Kde {
    fn run(&self, _: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let density = Density { points: self.points, bandwidth: self.bandwidth, fault: self.fault };
        Ok(Outcome::Scores(density.scores(features(data)?)))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_screening(problem)
    }
}

/// Mutual information by 3 nearest neighbours.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Knn {}

pub(super) const KNN: Entry = entry!(Knn, "knn", "mutual information by 3 nearest neighbours");

impl Check for Knn {}

impl Estimator for Knn {
    fn run(&self, _: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let features = features(data)?;
        let score = if features.binary { neighbours_of_classes } else { neighbours_of_numbers };
        Ok(each(features, |x| score(x, &features.y)))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_screening(problem)
    }
}
