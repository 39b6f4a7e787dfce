//! `[problem]` of the family, and the data of a replicate.

use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use toml::Table;

use crate::dropouts::{Expression, Views};
use crate::sem::{FileSem, LinearSem, Sample};

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// A linear structural equation model.
    LinearSem(LinearSem),
    /// Data for such a model, from a file.
    FileSem(FileSem),
    /// Expression levels.
    Expression(Expression),
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub enum Data {
    /// Of a linear structural equation model.
    Sample(Arc<Sample>),
    /// Of expression levels.
    Views(Views),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        [LinearSem::kind(), FileSem::kind()].into_iter().chain(Expression::kinds()).collect()
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let kind = table.remove("kind");
        let kind = kind.as_ref().and_then(|k| k.as_str());
        if let Some(found) = kind.and_then(|kind| Expression::read(kind, &table)) {
            return Ok(Self::Expression(found?));
        }
        match kind {
            Some("linear-sem") => Ok(Self::LinearSem(params::read(table)?)),
            Some("csv") => Ok(Self::FileSem(FileSem::read(table)?)),
            _ => {
                let kinds: Vec<String> = Self::kinds().iter().map(|k| format!("\"{}\"", k.name)).collect();
                Err(Invalid::new("kind", format!("expected one of {}", kinds.join(", "))))
            }
        }
    }

    /// Its `kind` in configs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::LinearSem(_) => "linear-sem",
            Self::FileSem(_) => "csv",
            Self::Expression(problem) => problem.kind(),
        }
    }

    /// Files that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::LinearSem(_) => &[],
            Self::FileSem(problem) => &problem.inputs,
            Self::Expression(problem) => problem.inputs(),
        }
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// The data are degenerate.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        match self {
            Self::LinearSem(problem) => Ok(Data::Sample(Arc::new(problem.draw(streams)?))),
            Self::FileSem(problem) => Ok(Data::Sample(Arc::clone(&problem.sample))),
            Self::Expression(problem) => Ok(Data::Views(problem.draw(streams)?)),
        }
    }
}
