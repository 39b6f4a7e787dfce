//! Problems with dropouts: simulated ones and the user's own matrix.

use std::sync::Arc;

use rand::seq::SliceRandom;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::params::{self, Check, Kind};
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::fisher::Sample;
use super::mechanism::{Dropout, Values, dropped, levels};
use super::own::{Matrix, OwnWire};
use super::sets::MOST;
use crate::dag::Dag;
use crate::generate;

/// Expression levels with dropouts, on a random DAG whose order of variables is a causal order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dropouts {
    /// Number of variables, from 2 to 128.
    d: usize,
    /// Mean number of edges at a variable, in and out: d·degree/2 edges in all, drawn without replacement; from 0 to d − 1.
    degree: f64,
    /// Number of rows (cells of tissue), from 10 to 1,000,000.
    n: usize,
    /// How the true levels come about.
    #[serde(default)]
    values: Values,
}

/// Three variables of which two depend on the third alone: 0 → 1 and 0 → 2, so that 1 and 2 are independent given 0.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// Number of rows, from 10 to 1,000,000.
    n: usize,
    /// How the true levels come about.
    #[serde(default)]
    values: Values,
}

fn check_rows(n: usize) -> Result<(), Invalid> {
    if (10..=1_000_000).contains(&n) {
        return Ok(());
    }
    Err(Invalid::new("n", format!("expected between 10 and 1000000 rows, found {n}")))
}

impl Check for Dropouts {
    fn check(&self) -> Result<(), Invalid> {
        if !(2..=MOST).contains(&self.d) {
            let message = format!("expected between 2 and {MOST} variables, found {}", self.d);
            return Err(Invalid::new("d", message));
        }
        let most = self.d - 1;
        if !(0.0..=most as f64).contains(&self.degree) {
            let message =
                format!("expected between 0 and d − 1 = {most}, found {}: lower it or raise d", self.degree);
            return Err(Invalid::new("degree", message));
        }
        check_rows(self.n)
    }
}

impl Check for Fork {
    fn check(&self) -> Result<(), Invalid> {
        check_rows(self.n)
    }
}

/// A problem whose equivalence class is estimated.
#[derive(Clone, Debug)]
pub enum Expression {
    /// A random graph.
    Random(Dropouts),
    /// Three variables.
    Fork(Fork),
    /// The user's own matrix.
    Own(Arc<Matrix>),
}

/// The data of a replicate.
#[derive(Clone, Debug)]
pub struct Views {
    /// The same levels under each of [`Dropout::ALL`]; own data have the first alone.
    samples: Vec<Arc<Sample>>,
    /// A random order of the variables.
    pub order: Vec<usize>,
    /// The graph, where it is known.
    pub truth: Option<Dag>,
}

impl Views {
    /// What can be seen under a dropout.
    ///
    /// # Errors
    /// There is no such view.
    pub fn sample(&self, dropout: Dropout) -> anyhow::Result<&Sample> {
        let at = Dropout::ALL.iter().position(|d| *d == dropout);
        let found = at.and_then(|at| self.samples.get(at));
        found.map(|sample| &**sample).ok_or_else(|| anyhow::anyhow!("there are no levels with this dropout"))
    }

    /// Number of variables.
    #[must_use]
    pub fn variables(&self) -> usize {
        self.order.len()
    }
}

impl Expression {
    /// The kinds of problems.
    #[must_use]
    pub fn kinds() -> [Kind; 3] {
        [
            Kind::of::<Dropouts>("dropouts", "expression levels with dropouts on a random graph"),
            Kind::of::<Fork>("dropouts-fork", "three variables of which two are independent given the third"),
            Kind::of::<OwnWire>("expression-csv", "your own expression matrix"),
        ]
    }

    /// Reads the other keys of a `[problem]`, if its kind is one of these.
    #[must_use]
    pub fn read(kind: &str, table: &toml::Table) -> Option<Result<Self, Invalid>> {
        let table = table.clone();
        Some(match kind {
            "dropouts" => params::read(table).map(Self::Random),
            "dropouts-fork" => params::read(table).map(Self::Fork),
            "expression-csv" => params::read::<OwnWire>(table)
                .and_then(OwnWire::load)
                .map(|matrix| Self::Own(Arc::new(matrix))),
            _ => return None,
        })
    }

    /// Its kind in configs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Random(_) => "dropouts",
            Self::Fork(_) => "dropouts-fork",
            Self::Own(_) => "expression-csv",
        }
    }

    /// Whether the graph is known.
    #[must_use]
    pub fn has_truth(&self) -> bool {
        !matches!(self, Self::Own(matrix) if matrix.truth.is_none())
    }

    /// Files that were read.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        match self {
            Self::Own(matrix) => &matrix.inputs,
            Self::Random(_) | Self::Fork(_) => &[],
        }
    }

    /// Draws a graph, levels and dropouts; own data are as they are.
    ///
    /// # Errors
    /// The levels are degenerate.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Views> {
        let (truth, n, values) = match self {
            Self::Own(matrix) => {
                let order = shuffled(matrix.sample.variables(), streams);
                let samples = vec![Arc::clone(&matrix.sample)];
                return Ok(Views { samples, order, truth: matrix.truth.clone() });
            }
            Self::Random(random) => {
                let edges = (random.d as f64 * random.degree / 2.0).round_ties_even() as usize;
                let edges = generate::with_edges(random.d, edges, &mut streams.stream("graph"));
                (Dag::from_edges(random.d, &edges)?, random.n, random.values)
            }
            Self::Fork(fork) => (Dag::from_edges(3, &[(0, 1), (0, 2)])?, fork.n, fork.values),
        };
        let levels = levels(values, &truth, n, streams)?;
        let mut samples = Vec::with_capacity(Dropout::ALL.len());
        for dropout in Dropout::ALL {
            samples.push(Arc::new(Sample::new(dropped(dropout, values, &levels, streams)?)));
        }
        Ok(Views { samples, order: shuffled(truth.nodes(), streams), truth: Some(truth) })
    }
}

fn shuffled(d: usize, streams: &Streams) -> Vec<usize> {
    let mut order: Vec<usize> = (0..d).collect();
    order.shuffle(&mut streams.stream("order"));
    order
}
