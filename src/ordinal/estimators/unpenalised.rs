//! Maximum likelihood: proportional odds, cumulative logit, logistic and multinomial regression.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::model::Model;
use crate::path::{Likelihood, Step, logistic, maximum_likelihood};
use crate::problem::Problem;
use crate::sample::Sample;
use crate::screen;

/// Registers proportional odds.
pub(super) const PROPORTIONAL_ODDS: Entry = Entry {
    name: "proportional-odds",
    about: "cumulative logit with the same slopes at every boundary (MASS::polr, ordinal::clm)",
    schema: params::schema::<Keys>,
    read: |table| Unpenalised::read(table, Kind::ProportionalOdds),
};

/// Registers the cumulative logit.
pub(super) const CUMULATIVE_LOGIT: Entry = Entry {
    name: "cumulative-logit",
    about: "cumulative logit with separate slopes at every boundary, without a penalty",
    schema: params::schema::<Keys>,
    read: |table| Unpenalised::read(table, Kind::CumulativeLogit),
};

/// Registers logistic regression.
pub(super) const LOGISTIC: Entry = Entry {
    name: "logistic",
    about: "logistic regression of the rare class against the others",
    schema: params::schema::<Keys>,
    read: |table| Unpenalised::read(table, Kind::Logistic),
};

/// Registers the multinomial logit.
pub(super) const MULTINOMIAL: Entry = Entry {
    name: "multinomial",
    about: "multinomial logit without a penalty",
    schema: params::schema::<Keys>,
    read: |table| Unpenalised::read(table, Kind::Multinomial),
};

#[derive(Clone, Copy, Debug)]
enum Kind {
    ProportionalOdds,
    CumulativeLogit,
    Logistic,
    Multinomial,
}

/// Maximum likelihood by Newton's method, to a certified gradient.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// Largest derivative of the mean loss to reach, for standardised features; above 0.
    #[serde(default = "super::default_tolerance")]
    tolerance: f64,
    /// Maximum number of Newton steps.
    #[serde(default = "super::default_iterations")]
    max_iterations: usize,
    /// Largest variance inflation factor, above 1: of the training rows' columns the one with the largest is dropped
    /// until none is above it. Default: no column is dropped.
    screen: Option<f64>,
}

impl Check for Keys {
    fn check(&self) -> Result<(), Invalid> {
        screen::check(self.screen)?;
        super::check_stopping(self.tolerance, self.max_iterations)
    }
}

#[derive(Clone, Debug)]
struct Unpenalised {
    kind: Kind,
    keys: Keys,
}

impl Unpenalised {
    fn read(table: toml::Table, kind: Kind) -> Result<Box<dyn Estimator>, Invalid> {
        Ok(Box::new(Self { kind, keys: params::read(table)? }))
    }

    fn maximise(&self, sample: &Sample, likelihood: Likelihood) -> anyhow::Result<(Step, Model)> {
        maximum_likelihood(sample, likelihood, self.keys.tolerance, self.keys.max_iterations)
    }
}

impl Estimator for Unpenalised {
    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        super::screened(self.keys.screen, task, |task| self.fit_all(task))
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        super::admits_screen(self.keys.screen, problem)?;
        match self.kind {
            Kind::ProportionalOdds | Kind::CumulativeLogit => super::admits_order(problem),
            Kind::Logistic => super::admits_rare(problem),
            Kind::Multinomial => Ok(()),
        }
    }
}

impl Unpenalised {
    /// Fits all columns.
    fn fit_all(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let (step, model) = match self.kind {
            Kind::ProportionalOdds => self.maximise(task.sample, Likelihood::ProportionalOdds)?,
            Kind::CumulativeLogit => self.maximise(task.sample, Likelihood::Cumulative)?,
            Kind::Multinomial => self.maximise(task.sample, Likelihood::Multinomial)?,
            Kind::Logistic => {
                let (step, model) = logistic(task.sample, self.keys.tolerance, self.keys.max_iterations)?;
                (step, Model::Binary(model))
            }
        };
        Ok(super::fit(task, &step, model, false, self.keys.tolerance))
    }
}
