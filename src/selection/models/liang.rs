//! Settings 1 to 4 after Liang et al.: 300 features, of which 15 matter, and linear models on random features.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::{Design, statistics};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use super::linear::{Linear, least_squares};
use super::quantile::quantile_regression;
use super::{Labelled, Model, Predictor, Setting};

/// Number of features.
const D: usize = 300;
/// Every 20th feature has the coefficient 1.
const EVERY: usize = 20;
/// Features drawn for a quantile regression, and for least squares.
const QUANTILE_FEATURES: usize = 30;
const OLS_FEATURES: usize = 60;
/// Least-squares fits on subsets, and the features of each.
const SUBSETS: usize = 20;
const SUBSET_FEATURES: usize = 40;
/// Floor of a scale, as a share of the mean absolute residual.
const FLOOR: f64 = 0.1;
/// Weight of the ℓ1 norm that scikit-learn's `QuantileRegressor` has by default.
const DEFAULT_PENALTY: f64 = 1.0;
/// What the authors add to the scores of rows of interest.
const OFFSET: f64 = 1000.0;

/// Candidate models of Liang's settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelSet {
    /// As the authors' code runs: 9 quantile regressions (levels .1 to .9, 30 features each) with scikit-learn's default
    /// penalty `α = 1`, which leaves constants; least squares (60 features), alone and divided by a scale that may be
    /// negative.
    Published,
    /// The same without a penalty.
    #[default]
    Unpenalised,
    /// The same without a penalty, scales of at least a tenth of the mean absolute residual (our choice), and rows of
    /// interest that never count against a test point.
    Corrected,
    /// 20 least-squares fits, each on 40 features drawn without replacement.
    OlsSubsets,
}

/// A setting with its models.
#[derive(Clone, Debug)]
pub struct Liang {
    /// 1 to 4.
    pub setting: usize,
    /// Factor of the noise, above 0.
    pub sigma: f64,
    /// The models.
    pub models: ModelSet,
}

fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// `√(3/χ²₃)`, which turns a standard normal number into one of Student's t₃.
fn heavy(stream: &mut Stream) -> f64 {
    let chi: f64 = (0..3).map(|_| normal(stream).powi(2)).sum();
    (3.0 / chi).sqrt()
}

/// Features drawn with replacement; repetitions add nothing to a linear fit and are left out.
fn features(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut drawn: Vec<usize> = (0..count).map(|_| stream.gen_range(0..D)).collect();
    drawn.sort_unstable();
    drawn.dedup();
    drawn
}

fn predictor(linear: Linear) -> Predictor {
    Box::new(move |design| linear.predict(design))
}

impl Liang {
    /// 9 quantile regressions, and least squares with and without a scale.
    fn eleven(
        &self,
        train: &Labelled,
        fresh: &Labelled,
        stream: &mut Stream,
    ) -> anyhow::Result<(Vec<Model>, f64)> {
        let n = train.y.len() as f64;
        let penalty = if self.models == ModelSet::Published { DEFAULT_PENALTY * n } else { 0.0 };
        let (mut models, mut largest) = (Vec::with_capacity(11), 0.0_f64);
        for tenths in 1..10 {
            let features = features(QUANTILE_FEATURES, stream);
            let columns: Vec<&[f64]> = features.iter().map(|&j| train.x.column(j)).collect();
            let fit = quantile_regression(&columns, &train.y, f64::from(tenths) / 10.0, penalty)?;
            largest = largest.max(fit.gap);
            let linear = Linear { intercept: fit.intercept, features, coefficients: fit.coefficients };
            models.push(Model::plain(format!("quantile 0.{tenths}"), predictor(linear)));
        }
        let ols = least_squares(&train.x, &features(OLS_FEATURES, stream), &train.y)?;
        let residuals: Vec<f64> =
            ols.predict(&fresh.x).iter().zip(&fresh.y).map(|(mu, y)| (y - mu).abs()).collect();
        let scale = least_squares(&fresh.x, &(0..D).collect::<Vec<_>>(), &residuals)?;
        models.push(Model::plain("least squares", predictor(ols.clone())));
        let floor = match self.models {
            ModelSet::Corrected => FLOOR * statistics::mean(&residuals),
            _ => f64::NEG_INFINITY,
        };
        models.push(Model {
            name: "least squares / scale".to_owned(),
            mean: predictor(ols),
            scale: Some(predictor(scale)),
            floor,
        });
        Ok((models, largest))
    }
}

impl Setting for Liang {
    fn draw(&self, rows: usize, streams: &Streams, role: &str) -> Labelled {
        let mut stream = streams.stream(role);
        let mut x = Design::from_columns(rows, D, (0..rows * D).map(|_| normal(&mut stream)).collect());
        if self.setting == 4 {
            let scales: Vec<f64> = (0..rows).map(|_| heavy(&mut stream)).collect();
            for j in 0..D {
                x.column_mut(j).iter_mut().zip(&scales).for_each(|(v, s)| *v *= s);
            }
        }
        let step = if self.setting == 3 { 1 } else { EVERY };
        let mut y = vec![0.0; rows];
        x.add_mul(1.0, (0..D).step_by(step).map(|j| (j, 1.0)), &mut y);
        for value in &mut y {
            let noise = self.sigma * normal(&mut stream);
            *value = match self.setting {
                2 => *value + noise * heavy(&mut stream),
                3 => (*value + noise) / D as f64,
                _ => *value + noise,
            };
        }
        Labelled { x, y }
    }

    fn fit(
        &self,
        train: &Labelled,
        fresh: &Labelled,
        streams: &Streams,
    ) -> anyhow::Result<(Vec<Model>, f64)> {
        let mut stream = streams.stream("features");
        if self.models != ModelSet::OlsSubsets {
            return self.eleven(train, fresh, &mut stream);
        }
        let one = |k: usize| -> anyhow::Result<Model> {
            let features = rand::seq::index::sample(&mut stream, D, SUBSET_FEATURES).into_vec();
            let fit = least_squares(&train.x, &features, &train.y)?;
            Ok(Model::plain(format!("least squares {}", k + 1), predictor(fit)))
        };
        Ok(((0..SUBSETS).map(one).collect::<anyhow::Result<_>>()?, 0.0))
    }

    fn plain(&self) -> usize {
        if self.models == ModelSet::OlsSubsets { 0 } else { 9 }
    }

    fn offset(&self) -> f64 {
        if self.models == ModelSet::Corrected { f64::INFINITY } else { OFFSET }
    }
}
