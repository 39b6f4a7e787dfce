//! One map, many trials: effects on predicted outcomes (Pettersson, Jerzak and Daoud, arXiv 2508.01341).
//!
//! A model `f` is trained to predict outcomes `Y` from features `X = g(Y)`. Effects of treatments are then estimated
//! from its predictions on other populations. Predictions shrink towards the mean, and so do the effects. A replicate
//! is a whole series of trials, one for each effect `τ`, because the published numbers are those of such a series: the
//! slope of `τ̂` on `τ`, and the mean absolute error.

pub mod effects;
pub mod map;
pub mod methods;
pub mod score;

use std::fmt::Write as _;

use anyhow::Context;
use rand::Rng;
use rand::seq::index;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, dense, kernels};
use remeasure_core::params::{Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use effects::Assignment;
use map::{FEATURES, Map};

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
        Ok(())
    }
}

/// Outcomes and their predictions.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// `Y`.
    pub outcomes: Vec<f64>,
    /// `Ŷ`, as many.
    pub predicted: Vec<f64>,
}

/// One trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The effect `τ`.
    pub tau: f64,
    /// Held-out units of the training population.
    pub validation: Predictions,
    /// Treatment of the test population.
    pub assignment: Assignment,
    /// The test population.
    pub test: Predictions,
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

/// Least squares with an intercept, fitted to the first rows of `features`.
fn least_squares(features: &Design, outcomes: &[f64], fitted: usize) -> anyhow::Result<(Vec<f64>, f64)> {
    let (p, n) = (features.columns(), features.rows());
    let side = p + 2;
    let ones = vec![1.0; n];
    let column = |j: usize| match j {
        j if j < p => features.column(j),
        j if j == p => &ones[..],
        _ => outcomes,
    };
    let mut products = vec![0.0; side * side];
    kernels::Products::default().add_gram(side, 0..fitted, None, column, &mut products);
    let at = |i: usize, j: usize| products[i.min(j) * side + i.max(j)];
    let matrix: Vec<f64> =
        (0..=p).flat_map(|i| (0..=p).map(move |j| (i, j))).map(|(i, j)| at(i, j)).collect();
    let mut solution: Vec<f64> = (0..=p).map(|i| at(i, p + 1)).collect();
    let factor =
        dense::Cholesky::new(p + 1, &matrix).context("the features of the map are linearly dependent")?;
    factor.solve(&mut solution);
    let intercept = solution.pop().unwrap_or(0.0);
    Ok((solution, intercept))
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

    /// Draws the trials of a replicate, and fits the model of each.
    ///
    /// # Errors
    /// The features are linearly dependent.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Series> {
        let labelled = index::sample(&mut streams.stream("labels"), self.n, self.labels).into_vec();
        let fixed = Map::draw(&mut streams.stream("map"));
        let mut name = String::new();
        let trials = (0..self.trials).map(|i| {
            name.clear();
            write!(name, "trial {i}")?;
            let mut stream = streams.stream(&name);
            let tau = LARGEST * (2.0 * i as f64 / (self.trials - 1) as f64 - 1.0);
            let map = match self.map {
                Maps::Fixed => fixed.clone(),
                Maps::Redrawn => Map::draw(&mut stream),
            };
            self.trial(tau, &map, &mut stream)
        });
        Ok(Series { trials: trials.collect::<anyhow::Result<_>>()?, labelled })
    }

    fn trial(&self, tau: f64, map: &Map, stream: &mut Stream) -> anyhow::Result<Trial> {
        let fitted = (FITTED * self.n as f64).round() as usize;
        let predict = |features: &Design, (weights, intercept): &(Vec<f64>, f64)| {
            let mut out = vec![0.0; features.rows()];
            features.mul(weights, &mut out);
            out.iter_mut().for_each(|v| *v += intercept);
            out
        };
        let (_, outcomes) = population(self.n, tau, stream);
        let features = map.features(&outcomes, stream);
        debug_assert_eq!(features.columns(), FEATURES);
        let model = least_squares(&features, &outcomes, fitted)?;
        let predicted = predict(&features, &model).split_off(fitted);
        let validation = Predictions { outcomes: outcomes[fitted..].to_vec(), predicted };
        let (assignment, outcomes) = population(self.n, tau, stream);
        let predicted = predict(&map.features(&outcomes, stream), &model);
        Ok(Trial { tau, validation, assignment, test: Predictions { outcomes, predicted } })
    }
}
