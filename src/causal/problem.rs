//! `[problem]` of the causal family, and the data of one replicate.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::augmentation::{Augmentation, Instance};
use crate::onemap::{OneMap, Series};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A confounded linear model with augmentation.
    Augmentation(Augmentation),
    /// Trials whose outcomes are predicted.
    OneMap(OneMap),
}

/// The data of one replicate.
#[derive(Debug)]
pub enum Data {
    /// Of a linear model.
    Augmentation(Box<Instance>),
    /// Of a series of trials.
    OneMap(Series),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![Augmentation::kind(), OneMap::kind()]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("augmentation") => Ok(Self::Augmentation(Augmentation::read(table)?)),
            Some("one-map") => Ok(Self::OneMap(params::read(table)?)),
            _ => Err(Invalid::new("kind", "expected \"augmentation\" or \"one-map\"")),
        }
    }

    /// Its `kind` in configs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Augmentation(_) => "augmentation",
            Self::OneMap(_) => "one-map",
        }
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// A number is not finite, or the features of a map are linearly dependent.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        Ok(match self {
            Self::Augmentation(problem) => Data::Augmentation(Box::new(problem.draw(streams)?)),
            Self::OneMap(problem) => Data::OneMap(problem.draw(streams)?),
        })
    }
}
