//! Policies that learn from iteration counts.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Task, play};
use crate::bandits::Binned;
use crate::bandits::chebyshev::ChebCb;
use crate::bandits::tsallis::{Newton, Tsallis};

/// Registers the estimator.
pub(super) const TSALLIS: Entry =
    entry!(Blind, "tsallis-inf", "Tsallis-INF over the grid of ω, blind to the systems");

/// Registers the estimator.
pub(super) const TSALLIS_BINNED: Entry = entry!(
    Contextual,
    "tsallis-inf-cb",
    "Tsallis-INF with a separate copy in each of a few bins of the context"
);

/// Registers the estimator.
pub(super) const CHEBCB: Entry =
    entry!(Series, "chebcb", "ChebCB: a Chebyshev series in the context for each ω of the grid");

/// Tsallis-INF (Zimmert and Seldin 2021) over the grid of ω.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Blind {
    /// How to normalise the probabilities.
    #[serde(default)]
    newton: Newton,
}

/// Tsallis-INF (Zimmert and Seldin 2021) with a separate copy in each bin of the context.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Contextual {
    /// Number of bins, at least 1.
    bins: usize,
    /// Interval of contexts that the bins divide. Default: the interval of the problem.
    interval: Option<[f64; 2]>,
    /// How to normalise the probabilities.
    #[serde(default)]
    newton: Newton,
}

/// ChebCB (Khodak et al.): a Chebyshev series in the context for each ω of the grid.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Series {
    /// Degree of the series.
    #[serde(default = "five")]
    degree: usize,
    /// Interval of contexts that the series covers. Default: the interval of the problem.
    interval: Option<[f64; 2]>,
}

fn five() -> usize {
    5
}

/// Maximum number of bins, and highest degree: more than any sequence could distinguish.
const MOST_BINS: usize = 10_000;
const HIGHEST_DEGREE: usize = 30;

fn check_interval(interval: Option<[f64; 2]>) -> Result<(), Invalid> {
    match interval.filter(|[a, b]| !(a.is_finite() && b.is_finite() && a < b)) {
        Some([a, b]) => Err(Invalid::new(
            "interval",
            format!("expected two numbers, the smaller first, found [{a}, {b}]"),
        )),
        None => Ok(()),
    }
}

impl Check for Blind {}

impl Check for Contextual {
    fn check(&self) -> Result<(), Invalid> {
        if self.bins == 0 || self.bins > MOST_BINS {
            let message = format!("expected between 1 and {MOST_BINS}, found {}", self.bins);
            return Err(Invalid::new("bins", message));
        }
        check_interval(self.interval)
    }
}

impl Check for Series {
    fn check(&self) -> Result<(), Invalid> {
        if self.degree > HIGHEST_DEGREE {
            let message = format!("expected a degree of at most {HIGHEST_DEGREE}, found {}", self.degree);
            return Err(Invalid::new("degree", message));
        }
        check_interval(self.interval)
    }
}

impl Estimator for Blind {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        Ok(play(&mut Tsallis::new(task.sequence.table.omegas().len(), self.newton), task))
    }
}

impl Estimator for Contextual {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let copy = Tsallis::new(task.sequence.table.omegas().len(), self.newton);
        let interval = self.interval.unwrap_or(task.sequence.interval);
        Ok(play(&mut Binned::new(&copy, self.bins, interval), task))
    }
}

impl Estimator for Series {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let interval = self.interval.unwrap_or(task.sequence.interval);
        let arms = task.sequence.table.omegas().len();
        let fit = play(&mut ChebCb::new(arms, self.degree, interval), task);
        Ok(Fit { improper: None, ..fit })
    }
}
