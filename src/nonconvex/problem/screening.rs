//! Features with a common factor, of which few are relevant.

use rand::Rng;
use rand::seq::index;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_range, logistic, standardise};

/// What is observed.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// The signal plus normal noise.
    #[default]
    Continuous,
    /// 0 or 1, with the logistic function of the standardised noisy signal as the probability.
    Binary,
}

/// How the relevant features enter.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// As they are.
    #[default]
    Linear,
    /// As their squares, standardised.
    Squared,
}

/// Normal features with a common factor, a random relevant set S, coefficients N(6, .6^|i−j|), and normal noise of variance
/// βᵀ corr(S) β ÷ 3.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// Rows, at least 20.
    pub n: usize,
    /// Features, at least 2.
    pub p: usize,
    /// Relevant features, at least 1 and below p.
    pub relevant: usize,
    /// Correlation of any two features, at least 0 and below 1.
    #[serde(default)]
    pub correlation: f64,
    /// What is observed.
    #[serde(default)]
    pub outcome: Measure,
    /// How the relevant features enter.
    #[serde(default)]
    pub signal: Signal,
}

impl Check for Screening {
    fn check(&self) -> Result<(), Invalid> {
        if self.n < 20 {
            return Err(Invalid::new("n", format!("expected at least 20, found {}", self.n)));
        }
        if self.p < 2 {
            return Err(Invalid::new("p", format!("expected at least 2, found {}", self.p)));
        }
        if self.relevant == 0 || self.relevant >= self.p {
            let message = format!("expected at least 1 and below p = {}, found {}", self.p, self.relevant);
            return Err(Invalid::new("relevant", message));
        }
        let inside = (0.0..1.0).contains(&self.correlation);
        check_range("correlation", self.correlation, inside, "a number of at least 0 and below 1")
    }
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub struct Features {
    /// Standardised features, `n × p`.
    pub x: Design,
    /// The outcome, length `n`: standardised, or 0 and 1.
    pub y: Vec<f64>,
    /// Whether each feature is relevant.
    pub relevant: Vec<bool>,
    /// Whether the outcome is 0 or 1.
    pub binary: bool,
}

impl Screening {
    pub(super) fn draw(&self, streams: &Streams) -> Features {
        let (n, p) = (self.n, self.p);
        let mut stream = streams.stream("design");
        let mut normal = || -> f64 { StandardNormal.sample(&mut stream) };
        let factor: Vec<f64> = (0..n).map(|_| normal()).collect();
        let (shared, own) = (self.correlation.sqrt(), (1.0 - self.correlation).sqrt());
        let mut values = Vec::with_capacity(n * p);
        for _ in 0..p {
            values.extend(factor.iter().map(|f| shared * f + own * normal()));
        }
        let mut x = Design::from_columns(n, p, values);
        (0..p).for_each(|j| {
            standardise(x.column_mut(j), n as f64);
        });
        let mut stream = streams.stream("relevant");
        let chosen = index::sample(&mut stream, p, self.relevant).into_vec();
        let mut stream = streams.stream("coefficients");
        let tau = 0.6_f64;
        let mut deviation: f64 = StandardNormal.sample(&mut stream);
        let mut beta = Vec::with_capacity(self.relevant);
        for k in 0..self.relevant {
            if k > 0 {
                let z: f64 = StandardNormal.sample(&mut stream);
                deviation = tau * deviation + (1.0 - tau * tau).sqrt() * z;
            }
            beta.push(6.0 + deviation);
        }
        let mut entering = x.take_rows(&(0..n).collect::<Vec<_>>());
        if self.signal == Signal::Squared {
            entering.as_mut_slice().iter_mut().for_each(|v| *v *= *v);
            (0..p).for_each(|j| {
                standardise(entering.column_mut(j), n as f64);
            });
        }
        let mut y = vec![0.0; n];
        chosen.iter().zip(&beta).for_each(|(&j, b)| kernels::axpy(*b, entering.column(j), &mut y));
        // The columns have mean square 1, so βᵀ corr(S) β is the mean square of the signal.
        let sigma = (kernels::squared_norm(&y) / n as f64 / 3.0).sqrt();
        let mut stream = streams.stream("noise");
        for y in &mut y {
            let z: f64 = StandardNormal.sample(&mut stream);
            *y += sigma * z;
        }
        standardise(&mut y, n as f64);
        let binary = self.outcome == Measure::Binary;
        if binary {
            let mut stream = streams.stream("classes");
            for y in &mut y {
                *y = f64::from(u8::from(stream.r#gen::<f64>() < logistic(*y)));
            }
        }
        let mut relevant = vec![false; p];
        chosen.iter().for_each(|&j| relevant[j] = true);
        Features { x, y, relevant, binary }
    }
}
