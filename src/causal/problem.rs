//! `[problem]` of the causal family, and the data of one replicate.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::augmentation::{Augmentation, Instance};
use crate::instrument::generators::{Direct, Many};
use crate::instrument::rows::{CsvWire, PensionWire, Rows};
use crate::instrument::{Observed, Shape};
use crate::onemap::log::{Log, LogWire};
use crate::onemap::{OneMap, Series};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A confounded linear model with augmentation.
    Augmentation(Augmentation),
    /// Trials whose outcomes are predicted.
    OneMap(OneMap),
    /// Trials that were logged.
    Log(Log),
    /// One invalid instrument.
    Direct(Direct),
    /// Ten invalid instruments.
    Many(Many),
    /// A data set with an instrument.
    Rows(Rows),
}

/// The data of one replicate.
#[derive(Debug)]
pub enum Data {
    /// Of a linear model.
    Augmentation(Box<Instance>),
    /// Of a series of trials.
    OneMap(Series),
    /// Of logged trials.
    Log(Log),
    /// Of problems with an instrument.
    Observed(Box<Observed>),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Augmentation::kind(),
            OneMap::kind(),
            LogWire::kind(),
            Direct::kind(),
            Many::kind(),
            PensionWire::kind(),
            CsvWire::kind(),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("augmentation") => Ok(Self::Augmentation(Augmentation::read(table)?)),
            Some("one-map") => Ok(Self::OneMap(params::read(table)?)),
            Some("one-map-log") => Ok(Self::Log(params::read::<LogWire>(table)?.load()?)),
            Some("invalid-instrument") => Ok(Self::Direct(params::read(table)?)),
            Some("many-instruments") => Ok(Self::Many(params::read(table)?)),
            Some("pension") => Ok(Self::Rows(params::read::<PensionWire>(table)?.load()?)),
            Some("csv") => Ok(Self::Rows(params::read::<CsvWire>(table)?.load()?)),
            _ => {
                let message = "expected \"augmentation\", \"one-map\", \"one-map-log\", \"invalid-instrument\", \
                               \"many-instruments\", \"pension\" or \"csv\"";
                Err(Invalid::new("kind", message))
            }
        }
    }

    /// Its `kind` in configs, or several that take the same estimators.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Augmentation(_) => "augmentation",
            Self::OneMap(_) => "one-map",
            Self::Log(_) => "one-map-log",
            Self::Direct(_) => "invalid-instrument",
            Self::Many(_) => "many-instruments",
            Self::Rows(_) => "pension\" or \"csv",
        }
    }

    /// What estimators of average effects must know of it; `None` if it has no instrument.
    #[must_use]
    pub fn shape(&self) -> Option<Shape> {
        match self {
            Self::Augmentation(_) | Self::OneMap(_) | Self::Log(_) => None,
            Self::Direct(_) => Some(Direct::SHAPE),
            Self::Many(problem) => Some(problem.shape()),
            Self::Rows(rows) => Some(rows.shape()),
        }
    }

    /// The average effect, where it is known.
    #[must_use]
    pub fn effect(&self) -> Option<f64> {
        matches!(self, Self::Direct(_) | Self::Many(_)).then_some(Direct::EFFECT)
    }

    /// Whether replicates are drawn from a data set.
    #[must_use]
    pub fn resamples(&self) -> bool {
        matches!(self, Self::Rows(rows) if rows.resample)
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// A number is not finite, or the features of a map are linearly dependent.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        Ok(match self {
            Self::Augmentation(problem) => Data::Augmentation(Box::new(problem.draw(streams)?)),
            Self::OneMap(problem) => Data::OneMap(problem.draw(streams)?),
            Self::Log(log) => Data::Log(log.clone()),
            Self::Direct(problem) => Data::Observed(Box::new(problem.draw(streams))),
            Self::Many(problem) => Data::Observed(Box::new(problem.draw(streams))),
            Self::Rows(rows) => Data::Observed(Box::new(rows.draw(streams))),
        })
    }
}
