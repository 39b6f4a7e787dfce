//! The keys of `[problem]`, and their conditions.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use remeasure_external as external;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Placing, SampleLaw, Searched, Source};
use crate::Function;
use crate::checks::{check_positive, check_size};
use crate::offline::DesignsLaw;
use crate::tuning::{Tuned, TuningLaw};

/// Coordinates of functions that have any number of them, where a config names none.
const DIMENSION: usize = 4;

/// Most coordinates.
const MOST: usize = 100;

/// A test function, minimised on its box.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FunctionWire {
    /// The function.
    function: Function,
    /// Number of coordinates, at least 2. Default: 2 for Branin, 6 for Hartmann, else 4.
    dimension: Option<usize>,
    /// Whether the space is rotated around the minimum, by a rotation drawn for each replicate.
    #[serde(default)]
    rotate: bool,
    /// Whether the minimum is moved to a point drawn for each replicate, uniform in the middle 60 % of each side.
    #[serde(default)]
    shift: bool,
    /// First points, uniform and the same for all methods; at least 1.
    #[serde(default = "five")]
    starts: usize,
    /// Trials after the first points.
    #[serde(default = "twenty_five")]
    trials: usize,
}

/// Penalties of a regression on data drawn for each replicate: columns correlated by .5^|i−j|, k coefficients from N(0, 1), as
/// many validation as training rows. Weights lie on logarithmic scales of four decades below the largest useful λ. The value is
/// the validation error over that of predicting 0.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TuningWire {
    /// What is tuned: λ of a Lasso, or both weights of an elastic net.
    tuned: Tuned,
    /// Training rows, at least 2.
    n: usize,
    /// Features, at least 1.
    p: usize,
    /// Coefficients that are not 0.
    k: usize,
    /// Variance of the signal over that of the noise, above 0.
    #[serde(default = "one")]
    snr: f64,
    /// First points, uniform and the same for all methods; at least 1.
    #[serde(default = "five")]
    starts: usize,
    /// Trials after the first points.
    #[serde(default = "twenty_five")]
    trials: usize,
}

/// The box and the trials of a program.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BoxWire {
    /// Lower end of each coordinate.
    lower: Vec<f64>,
    /// Upper end of each coordinate.
    upper: Vec<f64>,
    /// The least value, if it is known: without it there is no regret.
    minimum: Option<f64>,
    /// First points, uniform and the same for all methods; at least 1.
    #[serde(default = "five")]
    starts: usize,
    /// Trials after the first points.
    #[serde(default = "twenty_five")]
    trials: usize,
}

/// Your own function to be minimised: a program that is asked for the value at a point.
#[derive(JsonSchema)]
#[allow(dead_code)] // Only its schema is used: the two parts are read one after the other.
pub(super) struct CommandWire {
    /// The box and the trials.
    #[serde(flatten)]
    space: BoxWire,
    /// The program.
    #[serde(flatten)]
    keys: external::Keys,
}

/// Values of a test function at the points of searches by TPE, pooled: some rows are observed, others to be predicted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleWire {
    /// The function.
    function: Function,
    /// Number of coordinates, at least 2. Default: 2 for Branin, 6 for Hartmann, else 4.
    dimension: Option<usize>,
    /// Rows observed, at least 2.
    observed: usize,
    /// Rows to be predicted, at least 2.
    #[serde(default = "ten")]
    candidates: usize,
    /// Searches in the pool.
    #[serde(default = "five")]
    searches: usize,
    /// Trials of each search.
    #[serde(default = "hundred")]
    pool: usize,
    /// Mean of the values, which are scaled.
    #[serde(default)]
    mean: f64,
    /// Their standard deviation over the pool, above 0.
    #[serde(default = "one")]
    sd: f64,
}

/// Given designs: points drawn uniformly from the box of a function, which is to be maximised with its sign changed, and of
/// which only those with the worse values are kept. Coordinates and values are standardised by what is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfflineWire {
    /// The function whose negative is maximised.
    function: Function,
    /// Number of coordinates, at least 2. Default: 2 for Branin, 6 for Hartmann, else 4.
    dimension: Option<usize>,
    /// Points drawn.
    #[serde(default = "three_thousand")]
    drawn: usize,
    /// Points whose value is below this quantile are kept; above 0 and at most 1.
    #[serde(default = "sixty_percent")]
    kept: f64,
    /// Designs to train on, at least 2.
    #[serde(default = "thousand")]
    train: usize,
    /// Designs held out, at least 2.
    #[serde(default = "two_hundred")]
    held_out: usize,
    /// Radius ρ at which sharpness is measured, above 0.
    #[serde(default = "twentieth")]
    radius: f64,
}

fn three_thousand() -> usize {
    3000
}

fn sixty_percent() -> f64 {
    0.6
}

fn thousand() -> usize {
    1000
}

fn two_hundred() -> usize {
    200
}

fn twentieth() -> f64 {
    0.05
}

fn one() -> f64 {
    1.0
}

fn five() -> usize {
    5
}

fn ten() -> usize {
    10
}

fn twenty_five() -> usize {
    25
}

fn hundred() -> usize {
    100
}

fn check_trials(starts: usize, trials: usize) -> Result<(), Invalid> {
    check_size("starts", 1, 1000, starts)?;
    check_size("trials", 0, 10_000, trials)
}

/// The number of coordinates of a function.
pub(super) fn dimension(function: Function, given: Option<usize>) -> Result<usize, Invalid> {
    if let (Some(fixed), Some(given)) = (function.fixed_dimension(), given)
        && fixed != given
    {
        let message = format!("this function has {fixed} coordinates, found {given}: leave out `dimension`");
        return Err(Invalid::new("dimension", message));
    }
    let dimension = given.or(function.fixed_dimension()).unwrap_or(DIMENSION);
    check_size("dimension", 2, MOST, dimension)?;
    Ok(dimension)
}

impl Check for FunctionWire {
    fn check(&self) -> Result<(), Invalid> {
        check_trials(self.starts, self.trials)
    }
}

impl Check for TuningWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("n", 2, 100_000, self.n)?;
        check_size("p", 1, 100_000, self.p)?;
        check_size("k", 1, self.p, self.k)?;
        check_positive("snr", self.snr)?;
        check_trials(self.starts, self.trials)
    }
}

impl Check for BoxWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("lower", 1, MOST, self.lower.len())?;
        if self.upper.len() != self.lower.len() {
            let message = format!(
                "expected as many ends as `lower` has, {}, found {}",
                self.lower.len(),
                self.upper.len()
            );
            return Err(Invalid::new("upper", message));
        }
        for (j, (low, high)) in self.lower.iter().zip(&self.upper).enumerate() {
            if !(low.is_finite() && high.is_finite() && low < high && (high - low).is_finite()) {
                let message = format!(
                    "coordinate {} runs from {low} to {high}, expected finite ends, the lower one first",
                    j + 1
                );
                return Err(Invalid::new("upper", message));
            }
        }
        if self.minimum.is_some_and(|m| !m.is_finite()) {
            return Err(Invalid::new("minimum", "expected a finite number"));
        }
        check_trials(self.starts, self.trials)
    }
}

impl Check for SampleWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("searches", 1, 1000, self.searches)?;
        check_size("pool", 5, 1000, self.pool)?;
        let rows = self.searches * self.pool;
        check_size("observed", 2, 500.min(rows - 2), self.observed)?;
        check_size("candidates", 2, rows - self.observed, self.candidates)?;
        if !self.mean.is_finite() {
            return Err(Invalid::new("mean", format!("expected a finite number, found {}", self.mean)));
        }
        check_positive("sd", self.sd)
    }
}

impl Check for OfflineWire {
    fn check(&self) -> Result<(), Invalid> {
        check_size("train", 2, 1_000_000, self.train)?;
        check_size("held_out", 2, 1_000_000, self.held_out)?;
        check_size("drawn", 4, 10_000_000, self.drawn)?;
        if !(self.kept > 0.0 && self.kept <= 1.0) {
            return Err(Invalid::new("kept", format!("expected above 0 and at most 1, found {}", self.kept)));
        }
        // Those below a quantile may be one fewer than their share.
        let kept = ((self.kept * (self.drawn - 1) as f64) as usize).saturating_sub(1);
        if self.train + self.held_out > kept {
            let message = format!(
                "expected at least {} for {} designs to train on and {} held out at kept = {}, found {}",
                ((self.train + self.held_out + 2) as f64 / self.kept).ceil() + 1.0,
                self.train,
                self.held_out,
                self.kept,
                self.drawn
            );
            return Err(Invalid::new("drawn", message));
        }
        check_positive("radius", self.radius)
    }
}

impl OfflineWire {
    pub(super) fn load(self) -> Result<Source, Invalid> {
        let dimension = dimension(self.function, self.dimension)?;
        let placing = Placing { function: self.function, dimension, rotate: false, shift: false };
        let Self { drawn, kept, train, held_out, radius, .. } = self;
        Ok(Source::Offline(DesignsLaw { placing, drawn, kept, train, held_out, radius }))
    }
}

impl FunctionWire {
    pub(super) fn load(self) -> Result<Source, Invalid> {
        let dimension = dimension(self.function, self.dimension)?;
        let Self { function, rotate, shift, .. } = self;
        let placing = Placing { function, dimension, rotate, shift };
        Ok(Source::Search(Searched::Function(placing), self.starts, self.starts + self.trials))
    }
}

impl TuningWire {
    pub(super) fn load(self) -> Source {
        let law = TuningLaw { tuned: self.tuned, n: self.n, p: self.p, k: self.k, snr: self.snr };
        Source::Search(Searched::Tuning(law), self.starts, self.starts + self.trials)
    }
}

impl SampleWire {
    pub(super) fn load(self) -> Result<Source, Invalid> {
        let dimension = dimension(self.function, self.dimension)?;
        let placing = Placing { function: self.function, dimension, rotate: false, shift: false };
        let Self { searches, observed, candidates, mean, sd, .. } = self;
        Ok(Source::Sample(SampleLaw { placing, searches, trials: self.pool, observed, candidates, mean, sd }))
    }
}

/// Reads the box, and passes the other keys on to the program.
pub(super) fn command(mut table: toml::Table) -> Result<Source, Invalid> {
    let mut own = toml::Table::new();
    for key in ["lower", "upper", "minimum", "starts", "trials"] {
        if let Some(value) = table.remove(key) {
            own.insert(key.to_owned(), value);
        }
    }
    let space: BoxWire = params::read(own)?;
    let method = external::Method::problem("search", table)?;
    let searched = Searched::Command(Box::new(method), space.lower, space.upper, space.minimum);
    Ok(Source::Search(searched, space.starts, space.starts + space.trials))
}
