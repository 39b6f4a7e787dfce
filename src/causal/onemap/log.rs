//! The series that the authors logged.

use std::sync::{Arc, OnceLock};

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::statistics;
use remeasure_core::params::{Check, Kind};
use remeasure_core::table::{Layout, Table};
use schemars::JsonSchema;
use serde::Deserialize;

/// The effects; see the README beside it.
const LOG: &str = include_str!("../data/one-map-log.csv");

/// Trials of the log.
const TRIALS: usize = 50;

/// Whose estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Logged {
    /// The effect on true outcomes.
    Sample,
    /// The effect on predictions as they are.
    Naive,
    /// Tweedie's correction.
    Tweedie,
    /// Linear calibration correction.
    Lcc,
    /// Predictions of a network that was trained with Ratledge's penalty.
    Ratledge,
    /// Prediction-powered inference with 100 labels.
    Ppi,
}

impl Logged {
    fn column(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Naive => "naive",
            Self::Tweedie => "tweedie",
            Self::Lcc => "lcc",
            Self::Ratledge => "ratledge",
            Self::Ppi => "ppi",
        }
    }
}

/// The 50 trials of one map that the authors logged (Pettersson et al.). Nothing is drawn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogWire {
    /// Whose estimates are looked at.
    method: Logged,
    /// The first trial that counts, from 1 (all) to 48; trials are ordered by their effect, from −2 to 2.
    #[serde(default = "one")]
    first: usize,
}

fn one() -> usize {
    1
}

impl Check for LogWire {
    fn check(&self) -> Result<(), Invalid> {
        if !(1..=TRIALS - 2).contains(&self.first) {
            let message = format!("expected between 1 and {} trials, found {}", TRIALS - 2, self.first);
            return Err(Invalid::new("first", message));
        }
        Ok(())
    }
}

/// A logged series.
#[derive(Clone, Debug)]
pub struct Log {
    /// The effects.
    pub truth: Arc<[f64]>,
    /// Their estimates by the method that is looked at.
    pub estimates: Arc<[f64]>,
    /// The file.
    pub inputs: Vec<Input>,
    first: usize,
}

fn read() -> Result<Table, Invalid> {
    Table::from_bytes("kind", "one-map-log.csv", LOG.as_bytes(), Layout::default())
}

fn column(table: &Table, name: &str, first: usize) -> Result<Arc<[f64]>, Invalid> {
    let all = table.numbers(table.column("kind", name)?)?;
    Ok(all[first - 1..].into())
}

impl LogWire {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>("one-map-log", "the 50 trials of one map that the authors logged")
    }

    /// The series.
    ///
    /// # Errors
    /// None for the bundled file.
    pub fn load(self) -> Result<Log, Invalid> {
        let table = read()?;
        let holds = format!("{TRIALS} trials with the estimates of six methods");
        Ok(Log {
            truth: column(&table, "tau", self.first)?,
            estimates: column(&table, self.method.column(), self.first)?,
            inputs: vec![table.input(holds)],
            first: self.first,
        })
    }
}

/// The logged estimate at an effect, by linear interpolation between trials; NaN outside.
#[must_use]
pub fn logged(method: Logged, tau: f64) -> f64 {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    let Some(table) = TABLE.get_or_init(|| read().ok()) else { return f64::NAN };
    let (Ok(truth), Ok(estimates)) = (column(table, "tau", 1), column(table, method.column(), 1)) else {
        return f64::NAN;
    };
    let after = truth.partition_point(|t| *t < tau);
    if truth.get(after) == Some(&tau) {
        return estimates[after];
    }
    if after == 0 || after == truth.len() {
        return f64::NAN;
    }
    let share = (tau - truth[after - 1]) / (truth[after] - truth[after - 1]);
    estimates[after - 1] + share * (estimates[after] - estimates[after - 1])
}

/// The estimates as they were logged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Whose errors are subtracted, trial by trial.
    against: Option<Logged>,
}

impl Check for Replay {}

/// A difference of mean absolute errors, trials paired.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first minus the second.
    pub mean: f64,
    /// Its standard error, as if trials were independent.
    pub se: f64,
}

impl Replay {
    /// The estimates, and the comparison of their errors with those of `against`.
    ///
    /// # Errors
    /// None for the bundled file.
    pub fn of(&self, log: &Log) -> Result<(Arc<[f64]>, Option<Change>), Invalid> {
        let Some(other) = self.against else { return Ok((log.estimates.clone(), None)) };
        let other = column(&read()?, other.column(), log.first)?;
        let errors = log.truth.iter().zip(log.estimates.iter().zip(other.iter()));
        let changes: Vec<f64> = errors.map(|(t, (a, b))| (a - t).abs() - (b - t).abs()).collect();
        let change = Change { mean: statistics::mean(&changes), se: statistics::standard_error(&changes) };
        Ok((log.estimates.clone(), Some(change)))
    }
}
