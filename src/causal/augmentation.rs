//! Confounded linear models with outcome-invariant augmentation, and the data of one replicate.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::StandardNormal;
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Check, Kind};
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Table;

use crate::models::{self, Model};
use crate::moments::{Moments, Sample};
use crate::theory::{self, Limit};

/// Maximum number of rows.
const MOST_ROWS: usize = 1_000_000;

/// Maximum number of features.
const MOST_FEATURES: usize = 256;

/// Where the structural models come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Models {
    /// The authors' 32 models: replicate r has model r mod 32, and data of its own. Needs `m = 32`.
    Published,
    /// A new model in each replicate.
    Fresh,
}

/// A linear model with a confounder, and noise along directions that the effect ignores (Akbar et al.).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// Where the structural models come from.
    models: Models,
    /// Number of rows, more than 2 m and at most 1,000,000.
    n: usize,
    /// Number of features m, and of confounders, from 2 to 256.
    m: usize,
    /// Standard deviation of the noise in each feature and in the outcome, above 0.
    sigma: f64,
    /// How much of the confounding reaches the outcome, at least 0.
    kappa: f64,
    /// Size of the augmentation noise, at least 0.
    gamma: f64,
    /// Number of directions that are augmented, drawn from the m − 1 that the effect ignores. Default: all.
    directions: Option<usize>,
}

impl Check for Wire {
    fn check(&self) -> Result<(), Invalid> {
        if !(2..=MOST_FEATURES).contains(&self.m) {
            let message = format!("expected between 2 and {MOST_FEATURES} features, found {}", self.m);
            return Err(Invalid::new("m", message));
        }
        if self.models == Models::Published && self.m != models::PUBLISHED_DIMENSION {
            let message =
                format!("the published models have 32 features, found {}: use models = \"fresh\"", self.m);
            return Err(Invalid::new("m", message));
        }
        if !(self.n > 2 * self.m && self.n <= MOST_ROWS) {
            let message = format!(
                "expected more than 2 m = {} rows and at most {MOST_ROWS}, found {}",
                2 * self.m,
                self.n
            );
            return Err(Invalid::new("n", message));
        }
        if !(self.sigma.is_finite() && self.sigma > 0.0) {
            return Err(Invalid::new("sigma", format!("expected a number above 0, found {}", self.sigma)));
        }
        for (key, value) in [("kappa", self.kappa), ("gamma", self.gamma)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Invalid::new(key, format!("expected a number of at least 0, found {value}")));
            }
        }
        if let Some(k) = self.directions.filter(|k| !(1..self.m).contains(k)) {
            let message = format!("expected between 1 and m − 1 = {} directions, found {k}", self.m - 1);
            return Err(Invalid::new("directions", message));
        }
        Ok(())
    }
}

/// Means of closed forms over the published models, by the bits of the weight.
type Means = Arc<Mutex<BTreeMap<u64, f64>>>;

/// A validated problem with `kind = "augmentation"`.
#[derive(Clone, Debug)]
pub struct Augmentation {
    wire: Wire,
    means: Means,
}

/// The data of one replicate.
#[derive(Debug)]
pub struct Instance {
    /// The model behind the data, for errors, and for estimators that know it.
    pub model: Model,
    /// `Γᵀ`, `m × k`: the directions that were augmented. All methods with augmentation know them.
    pub directions: Design,
    /// Size of the augmentation noise `γ`.
    pub gamma: f64,
    /// The rows.
    pub sample: Sample,
    /// Moments of all rows.
    pub moments: Moments,
    binned: OnceLock<(Sample, Moments)>,
}

impl Instance {
    /// An instance with given data: `x`, `n × m`, noise `g`, `n × k`, outcome `y`, length `n`, and `directions`,
    /// `m × k`.
    ///
    /// # Panics
    /// If the sizes do not match.
    #[must_use]
    pub fn new(model: Model, directions: Design, gamma: f64, x: &Design, g: &Design, y: &[f64]) -> Self {
        let sample = Sample::new(x, g, y, &directions, gamma);
        let moments = sample.moments(0..sample.rows());
        Self { model, directions, gamma, sample, moments, binned: OnceLock::new() }
    }

    /// The sample whose instruments are the columns of `G` in two bins of equal width, standardised and rounded to two
    /// digits, as in the authors' code; and its moments.
    #[must_use]
    pub fn binned(&self) -> &(Sample, Moments) {
        self.binned.get_or_init(|| {
            let (n, k) = (self.sample.rows(), self.sample.instruments);
            let values = (0..k).flat_map(|i| two_bins(self.sample.instrument(i))).collect();
            let sample = self.sample.with_instruments(&Design::from_columns(n, k, values));
            let moments = sample.moments(0..n);
            (sample, moments)
        })
    }
}

/// Values in two bins of equal width between their extremes, standardised (divisor `n`) and rounded to two digits.
#[must_use]
pub fn two_bins(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = 0.5 * (low + high);
    let above = |v: &f64| *v >= middle;
    let share = values.iter().filter(|v| above(v)).count() as f64 / values.len() as f64;
    let spread = (share * (1.0 - share)).sqrt();
    if !(spread > 0.0) {
        return vec![0.0; values.len()];
    }
    let round = |v: f64| (100.0 * v).round_ties_even() / 100.0;
    let (upper, lower) = (round((1.0 - share) / spread), round(-share / spread));
    values.iter().map(|v| if above(v) { upper } else { lower }).collect()
}

/// Standard normal numbers, `n × columns`.
fn normal(n: usize, columns: usize, stream: &mut Stream) -> Design {
    Design::from_columns(n, columns, (0..n * columns).map(|_| stream.sample(StandardNormal)).collect())
}

impl Augmentation {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Wire>("augmentation", "a confounded linear model with outcome-invariant augmentation")
    }

    /// Reads a `[problem]` table without its `kind`.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(table: Table) -> Result<Self, Invalid> {
        Ok(Self { wire: params::read(table)?, means: Means::default() })
    }

    /// Number of features `m`.
    #[must_use]
    pub fn features(&self) -> usize {
        self.wire.m
    }

    /// Number of rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.wire.n
    }

    /// Number of augmented directions `k`.
    #[must_use]
    pub fn directions(&self) -> usize {
        self.wire.directions.unwrap_or(self.wire.m - 1)
    }

    /// Whether the models are the published ones.
    #[must_use]
    pub fn has_published_models(&self) -> bool {
        self.wire.models == Models::Published
    }

    /// Whether all directions that the effect ignores are augmented.
    fn all_directions(&self) -> bool {
        self.directions() == self.wire.m - 1
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let Wire { models, n, m, sigma, kappa, gamma, .. } = self.wire;
        let model = match models {
            Models::Published => {
                let published = models::published();
                published[streams.replicate as usize % published.len()].clone()
            }
            Models::Fresh => Model::draw(m, &mut streams.stream("model")),
        };
        let mut stream = streams.stream("data");
        let confounders = normal(n, m, &mut stream);
        let mut errors = normal(n, m + 1, &mut stream);
        errors.as_mut_slice().iter_mut().for_each(|v| *v *= sigma);
        for j in 0..=m {
            let scale = if j == m { kappa } else { 1.0 };
            let weights = model.confounding.column(j).iter().copied().enumerate();
            confounders.add_mul(scale, weights, errors.column_mut(j));
        }
        let mut outcome = errors.column(m).to_vec();
        let mut values = errors.as_slice().to_vec();
        values.truncate(n * m);
        let x = Design::from_columns(n, m, values);
        x.add_mul(1.0, model.effect.iter().copied().enumerate(), &mut outcome);
        let mut directions = model.ignored();
        if !self.all_directions() {
            let mut order: Vec<usize> = (0..m - 1).collect();
            order.shuffle(&mut streams.stream("directions"));
            order.truncate(self.directions());
            let values = order.iter().flat_map(|&i| directions.column(i).iter().copied()).collect();
            directions = Design::from_columns(m, order.len(), values);
        }
        let noise = normal(n, directions.columns(), &mut streams.stream("augmentation"));
        anyhow::ensure!(outcome.iter().all(|v| v.is_finite()), "the outcome is not finite");
        Ok(Instance::new(model, directions, gamma, &x, &noise, &outcome))
    }

    /// The normalised error that an estimator tends to on this model as `n` grows, where a closed form is known.
    ///
    /// # Errors
    /// The covariance of the features is singular.
    pub fn limit(&self, model: &Model, limit: Limit) -> anyhow::Result<Option<f64>> {
        if limit != Limit::ERM && !self.all_directions() {
            return Ok(None);
        }
        theory::Population::new(model, self.wire.kappa, self.wire.sigma).ncer(limit).map(Some)
    }

    /// Mean of [`Augmentation::limit`] over the published models; `None` for other models.
    ///
    /// # Errors
    /// As [`Augmentation::limit`].
    pub fn mean_limit(&self, limit: Limit) -> anyhow::Result<Option<f64>> {
        if !self.has_published_models() || (limit != Limit::ERM && !self.all_directions()) {
            return Ok(None);
        }
        let key = match limit {
            Limit::Weighted(weight) => weight.to_bits(),
            Limit::Invariant => u64::MAX,
        };
        let mut means = self.means.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mean) = means.get(&key) {
            return Ok(Some(*mean));
        }
        let mean = theory::mean_ncer(models::published(), self.wire.kappa, self.wire.sigma, limit)?;
        means.insert(key, mean);
        Ok(Some(mean))
    }
}
