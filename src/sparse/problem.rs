//! `[problem]` of the sparse family: synthetic designs and signals, or the user's own data.

use rand::Rng;
use rand::seq::index;
use rand_distr::StandardNormal;
use serde::Deserialize;
use toml::Table;

use super::data::{CsvProblem, Observations};
use crate::numerics::params::{self, Check};
use crate::numerics::stream::Streams;
use crate::numerics::{Design, Invalid};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Drawn from a known model.
    Synthetic(Synthetic),
    /// The user's own data, split anew in each replicate.
    Csv(Observations),
}

/// The truth behind a synthetic instance.
#[derive(Clone, Debug)]
pub struct Truth {
    /// Coefficients `x`, length `p`.
    pub coefficients: Vec<f64>,
    /// Ascending indices of the non-zero coefficients.
    pub support: Vec<usize>,
    /// Standard deviation of the noise.
    pub sigma: f64,
}

/// What one replicate draws.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Design `A`, `n × p`.
    pub design: Design,
    /// Response `y`, length `n`.
    pub response: Vec<f64>,
    /// The truth, where it is known.
    pub truth: Option<Truth>,
    /// Held-out observations, where there are any.
    pub held_out: Option<(Design, Vec<f64>)>,
}

/// How the rows of a design are correlated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesignKind {
    /// Independent standard normal entries.
    #[default]
    Gaussian,
    /// Rows with covariance `correlation^|i − j|`.
    Toeplitz,
}

/// How columns are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnScale {
    /// As drawn: `E‖a_j‖² = n`.
    #[default]
    Raw,
    /// `‖a_j‖ = 1`.
    UnitNorm,
}

/// How the non-zero coefficients are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Exactly `k` standard normal entries at random places.
    #[default]
    Gaussian,
    /// Each entry is standard normal with probability `k/p`, else zero.
    BernoulliGaussian,
    /// Exactly `k` entries of ±1 at random places.
    Signs,
    /// Exactly `k` entries ±`decay^i`, i = 0..k, at random places.
    Decaying,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SyntheticWire {
    p: usize,
    n: Option<usize>,
    n_over_p: Option<f64>,
    k: Option<usize>,
    k_over_p: Option<f64>,
    #[serde(default)]
    design: DesignKind,
    correlation: Option<f64>,
    #[serde(default)]
    columns: ColumnScale,
    #[serde(default)]
    signal: Signal,
    decay: Option<f64>,
    snr_db: Option<f64>,
    sigma: Option<f64>,
    #[serde(default)]
    success_nmse: Option<f64>,
}

/// A synthetic problem: sizes, design, signal and noise.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// Number of features.
    pub p: usize,
    /// Number of observations.
    pub n: usize,
    /// Number of non-zero coefficients (expected number for a Bernoulli–Gaussian signal).
    pub k: usize,
    design: DesignKind,
    correlation: f64,
    columns: ColumnScale,
    signal: Signal,
    decay: f64,
    noise: Noise,
    /// An estimate with at most this normalised squared error counts as a success.
    pub success_nmse: f64,
}

#[derive(Clone, Copy, Debug)]
enum Noise {
    Sigma(f64),
    /// `10 log₁₀(‖A x‖² / (n σ²))`, with the power of the signal drawn.
    SnrDb(f64),
}

/// Most entries of a design: 8 GB of numbers.
const LARGEST_DESIGN: f64 = 1e9;

fn finite(key: &str, value: Option<f64>) -> Result<(), Invalid> {
    match value {
        Some(x) if !x.is_finite() => Err(Invalid::new(key, format!("expected a finite number, found {x}"))),
        _ => Ok(()),
    }
}

impl Check for SyntheticWire {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value) in [
            ("n_over_p", self.n_over_p),
            ("k_over_p", self.k_over_p),
            ("correlation", self.correlation),
            ("decay", self.decay),
            ("snr_db", self.snr_db),
            ("sigma", self.sigma),
            ("success_nmse", self.success_nmse),
        ] {
            finite(key, value)?;
        }
        if self.p == 0 {
            return Err(Invalid::new("p", "expected at least 1 feature, found 0"));
        }
        one_of("n", self.n.is_some(), "n_over_p", self.n_over_p.is_some())?;
        one_of("k", self.k.is_some(), "k_over_p", self.k_over_p.is_some())?;
        one_of("snr_db", self.snr_db.is_some(), "sigma", self.sigma.is_some())?;
        if self.n == Some(0) {
            return Err(Invalid::new("n", "expected at least 1 observation, found 0"));
        }
        if let Some(r) = self.n_over_p.filter(|r| *r <= 0.0) {
            return Err(Invalid::new("n_over_p", format!("expected a ratio above 0, found {r}")));
        }
        if let Some(k) = self.k.filter(|k| *k > self.p) {
            let message = format!("k = {k} non-zero coefficients do not fit into p = {}", self.p);
            return Err(Invalid::new("k", message));
        }
        if let Some(r) = self.k_over_p.filter(|r| !(*r > 0.0 && *r <= 1.0)) {
            return Err(Invalid::new(
                "k_over_p",
                format!("expected a fraction above 0 and at most 1, found {r}"),
            ));
        }
        if self.k == Some(0) {
            return Err(Invalid::new("k", "expected at least 1 non-zero coefficient, found 0"));
        }
        // In floating point, so that an absurd size cannot overflow.
        let rows = self.n.map_or_else(|| self.n_over_p.unwrap_or(1.0) * self.p as f64, |n| n as f64);
        if rows * self.p as f64 > LARGEST_DESIGN {
            let message = format!(
                "a design of {rows:.3e} × {:.3e} numbers is larger than remeasure will draw ({LARGEST_DESIGN:.0e})",
                self.p as f64
            );
            let key =
                [("n", self.n.is_some()), ("n_over_p", self.n_over_p.is_some_and(|r| r > 1e3)), ("p", true)];
            return Err(Invalid::new(key.iter().find(|k| k.1).map_or("p", |k| k.0), message));
        }
        match (self.design, self.correlation) {
            (DesignKind::Toeplitz, None) => {
                return Err(Invalid::new("correlation", "a toeplitz design needs a correlation below 1"));
            }
            (DesignKind::Gaussian, Some(_)) => {
                let message =
                    "only a toeplitz design takes a correlation; set design = \"toeplitz\" or remove it";
                return Err(Invalid::new("correlation", message));
            }
            (_, Some(c)) if c.abs() >= 1.0 => {
                return Err(Invalid::new(
                    "correlation",
                    format!("expected a value between -1 and 1, found {c}"),
                ));
            }
            _ => {}
        }
        if let Some(d) = self.decay {
            if self.signal != Signal::Decaying {
                return Err(Invalid::new("decay", "only signal = \"decaying\" takes a decay"));
            }
            if !(d > 0.0 && d <= 1.0) {
                return Err(Invalid::new(
                    "decay",
                    format!("expected a factor above 0 and at most 1, found {d}"),
                ));
            }
        }
        if let Some(s) = self.sigma.filter(|s| *s < 0.0) {
            return Err(Invalid::new(
                "sigma",
                format!("expected a standard deviation of at least 0, found {s}"),
            ));
        }
        if let Some(s) = self.success_nmse.filter(|s| *s <= 0.0) {
            return Err(Invalid::new("success_nmse", format!("expected a threshold above 0, found {s}")));
        }
        Ok(())
    }
}

fn one_of(a: &str, has_a: bool, b: &str, has_b: bool) -> Result<(), Invalid> {
    match (has_a, has_b) {
        (true, true) => Err(Invalid::new(b, format!("give either `{a}` or `{b}`, not both"))),
        (false, false) => Err(Invalid::new("", format!("give one of `{a}` and `{b}`"))),
        _ => Ok(()),
    }
}

impl Problem {
    /// Reads a `[problem]` table; `kind` is `"synthetic"` unless it says `"csv"`.
    ///
    /// # Errors
    /// The first unusable key; for `"csv"` also files that cannot be read.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let kind = table.remove("kind");
        match kind.as_ref().map(|k| k.as_str().unwrap_or("")) {
            None | Some("synthetic") => Ok(Self::Synthetic(params::read::<SyntheticWire>(table)?.into())),
            Some("csv") => Ok(Self::Csv(params::read::<CsvProblem>(table)?.load()?)),
            Some(_) => Err(Invalid::new("kind", "expected \"synthetic\" or \"csv\"")),
        }
    }

    /// Number of non-zero coefficients, where it is known before the draw.
    #[must_use]
    pub fn sparsity(&self) -> Option<usize> {
        match self {
            Self::Synthetic(s) => Some(s.k),
            Self::Csv(_) => None,
        }
    }

    /// Observations and features that an estimator sees.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Synthetic(s) => (s.n, s.p),
            Self::Csv(o) => (o.training_rows(), o.design.columns()),
        }
    }

    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Instance {
        match self {
            Self::Synthetic(s) => s.draw(streams),
            Self::Csv(o) => o.split(streams),
        }
    }
}

impl From<SyntheticWire> for Synthetic {
    fn from(wire: SyntheticWire) -> Self {
        let part = |ratio: Option<f64>| (ratio.unwrap_or(1.0) * wire.p as f64).round().max(1.0) as usize;
        Self {
            p: wire.p,
            n: wire.n.unwrap_or_else(|| part(wire.n_over_p)),
            k: wire.k.unwrap_or_else(|| part(wire.k_over_p)),
            design: wire.design,
            correlation: wire.correlation.unwrap_or(0.0),
            columns: wire.columns,
            signal: wire.signal,
            decay: wire.decay.unwrap_or(0.9),
            noise: wire.sigma.map_or_else(|| Noise::SnrDb(wire.snr_db.unwrap_or(0.0)), Noise::Sigma),
            success_nmse: wire.success_nmse.unwrap_or(1e-6),
        }
    }
}

impl Synthetic {
    /// Whether no noise is added, whatever the signal drawn.
    #[must_use]
    pub fn is_noiseless(&self) -> bool {
        matches!(self.noise, Noise::Sigma(0.0))
    }

    fn draw(&self, streams: &Streams) -> Instance {
        let design = self.draw_design(streams);
        let truth_coefficients = self.draw_signal(streams);
        let mut response = vec![0.0; self.n];
        design.mul(&truth_coefficients, &mut response);
        let power = response.iter().map(|v| v * v).sum::<f64>() / self.n as f64;
        let sigma = match self.noise {
            Noise::Sigma(sigma) => sigma,
            Noise::SnrDb(snr) => (power / 10f64.powf(snr / 10.0)).sqrt(),
        };
        if sigma > 0.0 {
            let mut stream = streams.stream("noise");
            for value in &mut response {
                *value += sigma * stream.sample::<f64, _>(StandardNormal);
            }
        }
        let support = (0..self.p).filter(|&j| truth_coefficients[j] != 0.0).collect();
        let truth = Truth { coefficients: truth_coefficients, support, sigma };
        Instance { design, response, truth: Some(truth), held_out: None }
    }

    fn draw_design(&self, streams: &Streams) -> Design {
        use ndarray::{Array2, ShapeBuilder};
        use ndarray_rand::RandomExt;
        let mut stream = streams.stream("design");
        let drawn = Array2::random_using((self.n, self.p).f(), StandardNormal, &mut stream);
        // An F-order array's own memory is the design's, column by column.
        let mut design = Design::from_columns(self.n, self.p, drawn.into_raw_vec_and_offset().0);
        if self.design == DesignKind::Toeplitz {
            // A stationary AR(1) process along the columns has exactly the Toeplitz covariance.
            let (rho, fresh) = (self.correlation, (1.0 - self.correlation * self.correlation).sqrt());
            for j in 1..self.p {
                let previous = design.column(j - 1).to_vec();
                for (value, before) in design.column_mut(j).iter_mut().zip(previous) {
                    *value = rho * before + fresh * *value;
                }
            }
        }
        if self.columns == ColumnScale::UnitNorm {
            for j in 0..self.p {
                let norm = design.column(j).iter().map(|v| v * v).sum::<f64>().sqrt();
                design.column_mut(j).iter_mut().for_each(|v| *v /= norm);
            }
        }
        design
    }

    fn draw_signal(&self, streams: &Streams) -> Vec<f64> {
        let mut stream = streams.stream("signal");
        let mut coefficients = vec![0.0; self.p];
        if self.signal == Signal::BernoulliGaussian {
            let probability = self.k as f64 / self.p as f64;
            for value in &mut coefficients {
                let (chosen, normal) = (stream.gen_bool(probability), stream.sample(StandardNormal));
                *value = if chosen { normal } else { 0.0 };
            }
            return coefficients;
        }
        for (i, j) in index::sample(&mut stream, self.p, self.k).into_iter().enumerate() {
            let sign = |positive: bool| if positive { 1.0 } else { -1.0 };
            coefficients[j] = match self.signal {
                Signal::Signs => sign(stream.r#gen()),
                Signal::Decaying => sign(stream.r#gen()) * self.decay.powi(i as i32),
                Signal::Gaussian | Signal::BernoulliGaussian => stream.sample(StandardNormal),
            };
        }
        coefficients
    }
}
