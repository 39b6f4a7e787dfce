//! Runs of an iteration at the problem's λ.

use anyhow::anyhow;
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use remeasure_optim::nonconvex::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Outcome, admit_regression, regression};
use crate::problem::{Data, Problem, Regression, Response, Sample};
use crate::race::{Race, Setting, Start, published_coordinates};

/// Which iteration.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Iteration {
    /// The accelerated gradient with the proposed weights and steps.
    Proposed,
    /// The accelerated gradient of Ghadimi and Lan.
    Original,
    /// The proximal gradient.
    ProximalGradient,
}

/// A gradient method, until 1e-4. All three run in each trial, because the target depends on the best of them; the time is
/// counted to the first that is asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Gradient {
    /// The iteration.
    method: Iteration,
    /// Where it starts: `"signs"` of the covariances of features and response, or `"zero"`.
    #[serde(default)]
    start: Start,
    /// Whether the logistic loss counts half: divided by 2n, as the squared error is.
    #[serde(default)]
    halved: bool,
}

pub(super) const ENTRY: Entry =
    entry!(Gradient, "gradient", "a gradient method, until it is close to the best of three");

impl Check for Gradient {}

fn race<'a>(problem: &Regression, setting: Setting, sample: &'a Sample) -> anyhow::Result<&'a Race> {
    let found = sample.races[setting.index()].get_or_init(|| Race::new(problem, setting, &sample.train));
    found.as_ref().map_err(|error| anyhow!("{error:#}"))
}

impl Estimator for Gradient {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (problem, sample) = regression(problem, data)?;
        let method = match self.method {
            Iteration::Proposed => Method::Proposed,
            Iteration::Original => Method::Original,
            Iteration::ProximalGradient => Method::ProximalGradient,
        };
        let setting = Setting { start: self.start, halved: self.halved };
        Ok(Outcome::Run(race(problem, setting, sample)?.run(method)?.clone()))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        if self.halved && matches!(problem, Problem::Regression(p) if p.response == Response::Gaussian) {
            return Err(Invalid::new(
                "halved",
                "needs a binary response: the squared error is divided by 2n",
            ));
        }
        admit_regression(problem, false, false)
    }
}

/// Coordinate descent as the published code has it: the residual follows the coefficient before it is thresholded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublishedCoordinates {}

pub(super) const PUBLISHED: Entry =
    entry!(PublishedCoordinates, "published-coordinates", "coordinate descent as published, with its fault");

impl Check for PublishedCoordinates {}

impl Estimator for PublishedCoordinates {
    fn run(&self, problem: &Problem, data: &Data) -> anyhow::Result<Outcome> {
        let (problem, sample) = regression(problem, data)?;
        let proposed = race(problem, Setting::default(), sample)?.run(Method::Proposed)?;
        let best = proposed.objective - proposed.above_best;
        Ok(Outcome::Run(published_coordinates(problem, &sample.train, best)?))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        admit_regression(problem, true, false)
    }
}
