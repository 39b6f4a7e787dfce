//! Policies that learn from iteration counts.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Task, play};
use crate::bandits::Binned;
use crate::bandits::chebyshev::ChebCb;
use crate::bandits::tsallis::{Newton, Tsallis};

/// Registration.
pub(super) const TSALLIS: Entry = Entry {
    name: "tsallis-inf",
    about: "Tsallis-INF over the grid of ω, blind to the systems",
    read: |table| Ok(Box::new(params::read::<Blind>(table)?)),
};

/// Registration.
pub(super) const TSALLIS_BINNED: Entry = Entry {
    name: "tsallis-inf-cb",
    about: "Tsallis-INF, a copy of its own in each of a few bins of the context",
    read: |table| Ok(Box::new(params::read::<Contextual>(table)?)),
};

/// Registration.
pub(super) const CHEBCB: Entry = Entry {
    name: "chebcb",
    about: "ChebCB: a Chebyshev series in the context for each ω of the grid",
    read: |table| Ok(Box::new(params::read::<Series>(table)?)),
};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blind {
    #[serde(default)]
    newton: Newton,
}

/// `interval` is where contexts are taken to lie: that of the problem unless given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contextual {
    bins: usize,
    interval: Option<[f64; 2]>,
    #[serde(default)]
    newton: Newton,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    #[serde(default = "five")]
    degree: usize,
    interval: Option<[f64; 2]>,
}

fn five() -> usize {
    5
}

/// Most bins, and highest degree: more than any sequence could tell apart.
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
