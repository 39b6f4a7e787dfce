//! `[problem]` of the family, and the data of a replicate.

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::sem::{LinearSem, Sample};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A linear structural equation model.
    LinearSem(LinearSem),
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub enum Data {
    /// Of a linear structural equation model.
    Sample(Sample),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![LinearSem::kind()]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("linear-sem") => Ok(Self::LinearSem(params::read(table)?)),
            _ => Err(Invalid::new("kind", "expected \"linear-sem\"")),
        }
    }

    /// Its `kind` in configs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LinearSem(_) => "linear-sem",
        }
    }

    /// Files that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::LinearSem(_) => &[],
        }
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// The data are degenerate.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        match self {
            Self::LinearSem(problem) => Ok(Data::Sample(problem.draw(streams)?)),
        }
    }
}
