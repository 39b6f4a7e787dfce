//! One map, many trials: effects on predicted outcomes (Pettersson, Jerzak and Daoud, arXiv 2508.01341).
//!
//! A model `f` is trained to predict outcomes `Y` from features `X = g(Y)`. Effects of treatments are then estimated
//! from its predictions on other populations. Predictions shrink towards the mean, and so do the effects. A replicate
//! is a whole series of trials, one for each effect `τ`, because the published numbers are those of such a series: the
//! slope of `τ̂` on `τ`, and the mean absolute error.

pub mod effects;
pub mod log;
pub mod map;
pub mod methods;
pub mod network;
pub mod score;
pub mod upstream;

use rand::Rng;
use rand::seq::index;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::params::{Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use effects::Assignment;
use map::Map;
use network::{GROUPS, quintiles};
use upstream::{Fitted, Objective, Sides, Training, Upstream, Which};

/// Share of the training population that the model is fitted to; the others are for validation.
const FITTED: f64 = 0.8;

/// Largest effect; effects are evenly spaced between its two signs.
const LARGEST: f64 = 2.0;

/// Which trials of a replicate share the map `g`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Maps {
    /// All: one map in each replicate. So do the authors' seeds.
    #[default]
    Fixed,
    /// None: a new map in each trial, as the text says.
    Redrawn,
}

/// Which random numbers neighbouring trials share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Seeds {
    /// None.
    #[default]
    Separate,
    /// The test population of each trial has the confounders, treatments and noise of the outcomes of the next trial's
    /// training population, as the authors' seeds make it (that treatments are among them is our reading).
    Overlapping,
}

/// A series of trials with confounded treatment, whose outcomes are seen through a map (Pettersson et al.).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneMap {
    /// Number of units of the training population, and of the test population, from 500 to 100,000.
    n: usize,
    /// Number of trials: effects τ evenly spaced from −2 to 2, from 3 to 500.
    trials: usize,
    /// Which trials share the map.
    #[serde(default)]
    map: Maps,
    /// Which random numbers neighbouring trials share.
    #[serde(default)]
    seeds: Seeds,
    /// What predicts the outcomes from the features.
    #[serde(default)]
    upstream: Upstream,
    /// How networks are trained; only with upstream = "mlp".
    training: Option<Training>,
    /// Number of test units with labels, the same in all trials of a replicate, from 10 to n.
    labels: usize,
}

impl Check for OneMap {
    fn check(&self) -> Result<(), Invalid> {
        if !(500..=100_000).contains(&self.n) {
            return Err(Invalid::new(
                "n",
                format!("expected between 500 and 100000 units, found {}", self.n),
            ));
        }
        if !(3..=500).contains(&self.trials) {
            let message = format!("expected between 3 and 500 trials, found {}", self.trials);
            return Err(Invalid::new("trials", message));
        }
        if !(10..=self.n).contains(&self.labels) {
            let message = format!("expected between 10 and n = {} units, found {}", self.n, self.labels);
            return Err(Invalid::new("labels", message));
        }
        match (&self.training, self.upstream) {
            (Some(training), Upstream::Mlp) => training.check(),
            (Some(_), Upstream::Ols) => {
                let message = "least squares is not trained: set upstream = \"mlp\", or remove it";
                Err(Invalid::new("training", message))
            }
            (None, _) => Ok(()),
        }
    }
}

/// One trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The effect `τ`.
    pub tau: f64,
    /// Outcomes of held-out units of the training population.
    pub validation: Vec<f64>,
    /// Treatment of the test population.
    pub assignment: Assignment,
    /// Outcomes of the test population.
    pub test: Vec<f64>,
    /// Predictions of both by each fit of the upstream model.
    pub fits: Vec<Fitted>,
}

impl Trial {
    /// The predictions of a fit.
    ///
    /// # Errors
    /// There is no such fit.
    pub fn fit(&self, which: Which) -> anyhow::Result<&Fitted> {
        let found = self.fits.iter().find(|fit| fit.which == which);
        found.ok_or_else(|| anyhow::anyhow!("the upstream model was not fitted in this way: {which:?}"))
    }
}

/// The trials of a replicate.
#[derive(Clone, Debug)]
pub struct Series {
    /// One for each effect, ascending.
    pub trials: Vec<Trial>,
    /// Test units with labels.
    pub labelled: Vec<usize>,
}

/// `Y = τA + C + N(0, 1)` with `C ~ N(0, 1)` and `P(A = 1) = 1/(1 + e^{−C})`.
fn population(n: usize, tau: f64, stream: &mut Stream) -> (Assignment, Vec<f64>) {
    let mut assignment = Assignment { treated: Vec::with_capacity(n), propensity: Vec::with_capacity(n) };
    let mut outcomes = Vec::with_capacity(n);
    for _ in 0..n {
        let confounder: f64 = stream.sample(StandardNormal);
        let propensity = 1.0 / (1.0 + (-confounder).exp());
        let treated = stream.gen_range(0.0..1.0) < propensity;
        let noise: f64 = stream.sample(StandardNormal);
        outcomes.push(confounder + noise + if treated { tau } else { 0.0 });
        assignment.treated.push(treated);
        assignment.propensity.push(propensity);
    }
    (assignment, outcomes)
}

impl OneMap {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>(
            "one-map",
            "trials whose outcomes are predicted from features that a frozen network makes",
        )
    }

    /// Whether the upstream model is fitted for an objective.
    #[must_use]
    pub fn fits(&self, objective: Objective) -> bool {
        match &self.training {
            Some(training) => training.trains(objective),
            None => objective == Objective::Squares,
        }
    }

    /// Whether the upstream model is trained in epochs.
    #[must_use]
    pub fn has_epochs(&self) -> bool {
        self.upstream == Upstream::Mlp
    }

    /// Draws the trials of a replicate, and fits the models of each.
    ///
    /// # Errors
    /// The features are linearly dependent, or the training of a network diverged.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Series> {
        let labelled = index::sample(&mut streams.stream("labels"), self.n, self.labels).into_vec();
        let fixed = Map::draw(&mut streams.stream("map"));
        let limits = match self.upstream {
            Upstream::Ols => [0.0; GROUPS + 1],
            Upstream::Mlp => quintiles(&population(self.n, LARGEST, &mut streams.stream("quintiles")).1),
        };
        let trials = (0..self.trials).map(|i| {
            let mut stream = streams.stream(&format!("trial {i}"));
            let tau = LARGEST * (2.0 * i as f64 / (self.trials - 1) as f64 - 1.0);
            let map = match self.map {
                Maps::Fixed => fixed.clone(),
                Maps::Redrawn => Map::draw(&mut stream),
            };
            let draw = |at: usize, stream: &mut Stream| match self.seeds {
                Seeds::Separate => population(self.n, tau, stream),
                Seeds::Overlapping => {
                    population(self.n, tau, &mut streams.stream(&format!("population {at}")))
                }
            };
            let (_, outcomes) = draw(i, &mut stream);
            let features = map.features(&outcomes, &mut stream);
            let (assignment, test) = draw(i + 1, &mut stream);
            let test_features = map.features(&test, &mut stream);
            let fitted = (FITTED * self.n as f64).round() as usize;
            let sides = Sides { features: &features, outcomes: &outcomes, fitted, test: &test_features };
            let fits = match self.upstream {
                Upstream::Ols => upstream::by_least_squares(sides)?,
                Upstream::Mlp => {
                    let training = self.training.clone().unwrap_or_default();
                    let mut stream = streams.stream(&format!("network {i}"));
                    upstream::by_networks(sides, &training, limits, &mut stream)?
                }
            };
            Ok(Trial { tau, validation: outcomes[fitted..].to_vec(), assignment, test, fits })
        });
        Ok(Series { trials: trials.collect::<anyhow::Result<_>>()?, labelled })
    }
}
