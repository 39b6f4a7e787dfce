//! `[problem]` of the network family, and the data of one replicate.

mod file;
mod synthetic;
mod wire;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Kind as Section};
use remeasure_core::stream::Streams;

use crate::graph::Graph;
use crate::node::Model;
use crate::rows::Rows;
pub use file::Table;
pub use synthetic::Synthetic;
use wire::{CsvWire, SyntheticWire};

/// The rows of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Features, `n × d`.
    pub rows: Rows,
    /// One for each row: the response; or the class, 1 or −1, where 1 is a normal row of a one-class model.
    pub labels: Vec<f64>,
}

impl Sample {
    /// A copy of the given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self { rows: self.rows.take(rows), labels: rows.iter().map(|s| self.labels[*s]).collect() }
    }
}

/// The data of one replicate.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What is fitted at each node.
    pub model: Model,
    /// The graph.
    pub graph: Graph,
    /// The rows that models are fitted to, for each node. Those of one-class models are all normal.
    pub train: Vec<Sample>,
    /// The rows that models are tested on, for each node.
    pub test: Vec<Sample>,
    /// The true cluster of each node, where it is known.
    pub clusters: Option<Vec<usize>>,
    /// The true coefficients, `V × d`, where there are some.
    pub truth: Option<Vec<f64>>,
    /// The `λ` of the path, ascending.
    pub path: Vec<f64>,
}

impl Instance {
    /// Number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.train.first().map_or(0, |sample| sample.rows.columns())
    }

    /// Number of unknowns of a node.
    #[must_use]
    pub fn size(&self) -> usize {
        self.model.size(self.features())
    }
}

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// Nodes in clusters, drawn.
    Synthetic(Synthetic),
    /// The user's own graph and rows.
    Csv(Table),
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Section> {
        vec![
            Section::of::<SyntheticWire>("synthetic", "nodes in clusters with the same model, drawn"),
            Section::of::<CsvWire>("csv", "your own graph and rows"),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key; for `"csv"` also a file that cannot be read.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("synthetic") => Ok(Self::Synthetic(params::read::<SyntheticWire>(table)?.into())),
            Some("csv") => Ok(Self::Csv(file::load(params::read::<CsvWire>(table)?)?)),
            _ => Err(Invalid::new("kind", "expected \"synthetic\" or \"csv\"")),
        }
    }

    /// What is fitted at each node.
    #[must_use]
    pub fn model(&self) -> Model {
        match self {
            Self::Synthetic(problem) => problem.model,
            Self::Csv(table) => table.model,
        }
    }

    /// The `λ` of the path.
    #[must_use]
    pub fn path(&self) -> &[f64] {
        match self {
            Self::Synthetic(problem) => &problem.path,
            Self::Csv(table) => &table.path,
        }
    }

    /// Least number of rows that a node is fitted to.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Synthetic(problem) => problem.rows,
            Self::Csv(table) => table.least_rows(),
        }
    }

    /// Files that the problem reads.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Synthetic(_) => &[],
            Self::Csv(table) => &table.inputs,
        }
    }

    /// Draws one replicate, which depends only on `streams`: of the user's own data, the rows held out.
    ///
    /// # Errors
    /// None at present.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        Ok(match self {
            Self::Synthetic(problem) => problem.draw(streams),
            Self::Csv(table) => table.draw(streams),
        })
    }
}
