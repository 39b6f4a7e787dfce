//! `[problem]` of the sparse family: synthetic designs and signals, or the user's own data.

mod command;
mod ensemble;
mod synthetic;
mod wire;

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use remeasure_external::{self as external, Keys, Method};
use toml::Table;

use self::wire::SyntheticWire;
use super::data::{CsvProblem, Observations};

pub use command::CommandProblem;
pub use ensemble::{Ensemble, EnsembleProblem, Population};
pub use synthetic::Synthetic;
pub use wire::{ColumnScale, DesignKind, Signal};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Drawn from a known model.
    Synthetic(Synthetic),
    /// Many signals of a known model, observed through one design.
    Ensemble(EnsembleProblem),
    /// The user's own data, split anew in each replicate.
    Csv(Observations),
    /// Drawn by a program of the user's own.
    Command(CommandProblem),
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

impl Truth {
    /// The truth of a signal observed with noise of standard deviation `sigma`.
    #[must_use]
    pub fn new(coefficients: Vec<f64>, sigma: f64) -> Self {
        let support = (0..coefficients.len()).filter(|&j| coefficients[j] != 0.0).collect();
        Self { coefficients, support, sigma }
    }
}

/// The data of one replicate of a problem with a single response.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Design `A`, `n × p`.
    pub design: Design,
    /// Response `y`, length `n`.
    pub response: Vec<f64>,
    /// The truth, if it is known.
    pub truth: Option<Truth>,
    /// Held-out observations, if there are any.
    pub held_out: Option<(Design, Vec<f64>)>,
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<SyntheticWire>("synthetic", "one signal, drawn from a model; the default"),
            Kind::of::<SyntheticWire>("ensemble", "many signals, to train on and to test on"),
            Kind::of::<CsvProblem>("csv", "your own files, split anew in each replicate"),
            Kind::of::<Keys>(external::KIND, "a program of your own draws the data"),
        ]
    }

    /// Reads a `[problem]` table; `kind` is `"synthetic"` (default), `"ensemble"`, `"csv"` or `"command"`.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let kind = table.remove("kind");
        match kind.as_ref().map(|k| k.as_str().unwrap_or("")) {
            None | Some("synthetic") => {
                let wire = params::read::<SyntheticWire>(table)?;
                wire.refuse_ensemble_keys()?;
                Ok(Self::Synthetic(wire.into()))
            }
            Some("ensemble") => Ok(Self::Ensemble(params::read::<SyntheticWire>(table)?.try_into()?)),
            Some("csv") => Ok(Self::Csv(params::read::<CsvProblem>(table)?.load()?)),
            Some(external::KIND) => Ok(Self::Command(CommandProblem(Method::problem("sparse", table)?))),
            Some(_) => {
                let message = "expected \"synthetic\", \"ensemble\", \"csv\" or \"command\"";
                Err(Invalid::new("kind", message))
            }
        }
    }

    /// Number of non-zero coefficients, if it is fixed.
    #[must_use]
    pub fn sparsity(&self) -> Option<usize> {
        self.model().map(|s| s.k)
    }

    /// Whether nothing is known of the data before they are drawn.
    #[must_use]
    pub fn is_unseen(&self) -> bool {
        matches!(self, Self::Command(_))
    }

    /// Numbers of observations and features that an estimator sees; the largest there are if that is not known.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Self::Command(_) => (usize::MAX, usize::MAX),
            Self::Synthetic(s) => (s.n, s.p),
            Self::Ensemble(e) => (e.test.n, e.test.p),
            Self::Csv(o) => (o.training_rows(), o.design.columns()),
        }
    }

    /// The model that signals and noise are drawn from, if it is known.
    #[must_use]
    pub fn model(&self) -> Option<&Synthetic> {
        match self {
            Self::Synthetic(s) => Some(s),
            Self::Ensemble(e) => Some(&e.test),
            Self::Csv(_) | Self::Command(_) => None,
        }
    }

    /// The λ of the objective, if the problem sets one, see [`Ensemble::penalty`].
    #[must_use]
    pub fn penalty(&self) -> Option<f64> {
        match self {
            Self::Ensemble(e) => e.penalty,
            _ => None,
        }
    }
}

/// The data of one replicate of any problem.
#[derive(Clone, Debug)]
pub enum Draw {
    /// One response.
    Instance(Instance),
    /// Many responses.
    Ensemble(Box<Ensemble>),
}

impl Draw {
    /// The data, if there is one response.
    #[must_use]
    pub fn instance(self) -> Option<Instance> {
        match self {
            Self::Instance(instance) => Some(instance),
            Self::Ensemble(_) => None,
        }
    }

    /// The data, if there are many responses.
    #[must_use]
    pub fn ensemble(self) -> Option<Ensemble> {
        match self {
            Self::Ensemble(ensemble) => Some(*ensemble),
            Self::Instance(_) => None,
        }
    }
}

impl Problem {
    /// Draws one replicate.
    ///
    /// # Errors
    /// The training rows of a file have a constant response, or a program failed to draw.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Draw> {
        Ok(match self {
            Self::Synthetic(s) => Draw::Instance(s.draw(streams)),
            Self::Ensemble(e) => Draw::Ensemble(Box::new(e.draw(streams))),
            Self::Csv(o) => Draw::Instance(o.split(streams)?),
            Self::Command(c) => Draw::Instance(c.draw(streams)?),
        })
    }
}
