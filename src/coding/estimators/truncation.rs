//! Expectation truncation, as the library ProSper does it.

use std::sync::Arc;

use anyhow::Context;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::format::count;
use remeasure_core::numerics::Design;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{at_least, positive};
use crate::em::{
    Kind, Learner, Linear, MOST_STATES, Maximal, Parameters, Ranking, Schedule, Singletons, Slab, Truncation,
    local_states,
};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::{Data, Model, Problem};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    ExpectationTruncation,
    "expectation-truncation",
    "the six models of ProSper: expectation maximisation over a part of the states, with annealing"
);

/// Expectation maximisation over the states without a cause, with one, and with 2 to `causes` of the candidates of a datum.
/// With as many candidates and causes as units it is exact.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExpectationTruncation {
    /// The model that is learnt.
    model: Model,
    /// `H′`: causes of a datum that may be active together, at least `causes` and at most the number of units.
    candidates: usize,
    /// `γ`: most causes that are active together, at least 1.
    causes: usize,
    /// Number of steps, at least 1.
    iterations: usize,
    /// Temperature of the first step, at least 1, which is no annealing.
    #[serde(default = "one")]
    temperature: f64,
    /// Share of the steps after which the temperature is 1.
    #[serde(default = "four_fifths")]
    cooled: f64,
    /// Share of the steps over which more and more data with too many causes are left out.
    #[serde(default = "two_thirds")]
    cut: f64,
    /// Whether data are left out at all.
    #[serde(default = "yes")]
    data_cut: bool,
    /// Where learning starts.
    #[serde(default)]
    start: Start,
    /// Of the models in which the largest atom wins: how an atom follows the data that it explains alone.
    #[serde(default)]
    singletons: Singletons,
    /// How data are ranked before some are left out.
    #[serde(default)]
    ranking: Ranking,
}

/// Where learning starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Start {
    /// Each atom is the mean of the data plus normal noise of a quarter of their mean standard deviation, which is also the
    /// first σ; the first probability of a cause is one over the number of units.
    #[default]
    Data,
    /// The atoms, the probability and σ that made the data: a yardstick.
    Truth,
}

fn one() -> f64 {
    1.0
}

fn four_fifths() -> f64 {
    0.8
}

fn two_thirds() -> f64 {
    2.0 / 3.0
}

fn yes() -> bool {
    true
}

impl Check for ExpectationTruncation {
    fn check(&self) -> Result<(), Invalid> {
        at_least("causes", 1, self.causes)?;
        at_least("iterations", 1, self.iterations)?;
        if self.candidates < self.causes {
            let message = format!(
                "expected at least as many candidates as `causes`, which is {}, found {}",
                self.causes, self.candidates
            );
            return Err(Invalid::new("candidates", message));
        }
        if !(self.temperature >= 1.0 && self.temperature.is_finite()) {
            let message =
                format!("expected a number of at least 1 (no annealing), found {}", self.temperature);
            return Err(Invalid::new("temperature", message));
        }
        for (key, share) in [("cooled", self.cooled), ("cut", self.cut)] {
            if !(share > 0.0 && share <= 1.0) {
                return Err(Invalid::new(key, format!("expected a share above 0, at most 1, found {share}")));
            }
        }
        let maximal = matches!(self.model, Model::Mca | Model::Mmca);
        if self.singletons == Singletons::AsPublished && !maximal {
            let message = "only the models \"mca\" and \"mmca\" have this choice: remove the key";
            return Err(Invalid::new("singletons", message));
        }
        if self.model == Model::Gsc && self.causes > crate::em::MOST_CAUSES {
            let message = format!("the spike-and-slab model takes at most {}", crate::em::MOST_CAUSES);
            return Err(Invalid::new("causes", format!("{message}, found {}", self.causes)));
        }
        Ok(())
    }
}

impl ExpectationTruncation {
    fn parameters(&self, task: Task<'_>) -> anyhow::Result<Parameters> {
        let Data { y, units, truth, .. } = task.data;
        let values = self.model.values();
        let shares = vec![1.0 / values.len() as f64; values.len()];
        let means = if self.model == Model::Gsc { vec![1.0; *units] } else { Vec::new() };
        if self.start == Start::Truth {
            let truth = truth.as_ref().context("the truth is not known")?;
            let sigma = truth.sigma.max(1e-3 * truth.tolerance);
            let dictionary = truth.dictionary.clone();
            let shares = if self.model == Model::Dsc { vec![0.75, 0.25] } else { shares };
            return Ok(Parameters { dictionary, prior: truth.prior, sigma, shares, means });
        }
        let (mean, sigma) = moments(y);
        positive("σ of the start", sigma)?;
        let mut stream = task.streams.stream("start");
        let mut dictionary = Design::from_columns(y.rows(), *units, mean.repeat(*units));
        for w in dictionary.as_mut_slice() {
            let e: f64 = StandardNormal.sample(&mut stream);
            *w += 0.25 * sigma * e;
        }
        // With one unit, 1/H would be certain.
        let prior = 1.0 / (*units).max(2) as f64;
        Ok(Parameters { dictionary, prior, sigma, shares, means })
    }

    fn learner(&self, y: &Arc<Design>, units: usize) -> Box<dyn Learner> {
        let (y, ranking) = (Arc::clone(y), self.ranking);
        let truncation = Truncation { candidates: self.candidates, causes: self.causes };
        let linear = |y, kind| Box::new(Linear::new(y, units, kind, truncation, ranking));
        let maximal =
            |y, signed| Box::new(Maximal::new(y, units, signed, truncation, (self.singletons, ranking)));
        match self.model {
            Model::Bsc => linear(y, Kind::Binary),
            Model::Tsc => linear(y, Kind::Ternary),
            Model::Dsc => linear(y, Kind::Discrete),
            Model::Mca => maximal(y, false),
            Model::Mmca => maximal(y, true),
            Model::Gsc => Box::new(Slab::new(y, units, truncation)),
        }
    }
}

/// Mean of each pixel, and the mean of their standard deviations.
pub(super) fn moments(y: &Design) -> (Vec<f64>, f64) {
    let n = y.columns() as f64;
    let mut mean = vec![0.0; y.rows()];
    let mut square = vec![0.0; y.rows()];
    for datum in 0..y.columns() {
        for (m, v) in mean.iter_mut().zip(y.column(datum)) {
            *m += v / n;
        }
    }
    for datum in 0..y.columns() {
        for ((s, v), m) in square.iter_mut().zip(y.column(datum)).zip(&mean) {
            *s += (v - m) * (v - m) / n;
        }
    }
    let deviation = square.iter().map(|s| s.sqrt()).sum::<f64>() / y.rows() as f64;
    (mean, deviation)
}

impl Estimator for ExpectationTruncation {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let units = problem.units();
        if self.candidates > units {
            let message = format!("expected at most the {}, found {}", count(units, "unit"), self.candidates);
            return Err(Invalid::new("candidates", message));
        }
        if self.start == Start::Truth && !matches!(problem, Problem::Bars(_)) {
            let message = "only the truth of kind = \"bars\" is known to this model: use start = \"data\"";
            return Err(Invalid::new("start", message));
        }
        let tabled = matches!(self.model, Model::Mca | Model::Mmca | Model::Gsc);
        if tabled && units > crate::em::MOST_UNITS {
            let message = format!(
                "this model takes at most {} units, the problem has {units}; use \"bsc\", \"tsc\" or \"dsc\"",
                crate::em::MOST_UNITS
            );
            return Err(Invalid::new("model", message));
        }
        let of = if tabled { units } else { self.candidates };
        if local_states(of, 0, self.causes, self.model.values().len().max(1)).is_none() {
            let message = format!(
                "{} of {of} are more than {MOST_STATES} states: use fewer causes{}",
                self.causes,
                if tabled { "" } else { " or candidates" }
            );
            return Err(Invalid::new("causes", message));
        }
        Ok(())
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let mut parameters = self.parameters(task)?;
        let mut learner = self.learner(&task.data.y, task.data.units);
        let schedule = Schedule {
            iterations: self.iterations,
            temperature: self.temperature,
            cooled: self.cooled,
            cut: self.data_cut.then_some(self.cut),
        };
        let mut last = None;
        for k in 0..self.iterations {
            if deadline::passed() {
                break;
            }
            let anneal = schedule.at(k);
            let step = learner.step(&mut parameters, anneal).with_context(|| format!("step {}", k + 1))?;
            last = Some((step, anneal));
        }
        let data = task.data.y.columns() as f64;
        Ok(Fit {
            prior: Some(parameters.prior),
            sigma: Some(parameters.sigma),
            kept: last.map(|(step, _)| step.kept as f64 / data),
            likelihood: last.filter(|(_, at)| at.temperature == 1.0).map(|(step, _)| step.likelihood),
            iterations: Some(self.iterations),
            ..Fit::of(parameters.dictionary)
        })
    }
}
