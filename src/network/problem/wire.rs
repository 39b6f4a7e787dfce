//! The keys of `[problem]`, and their conditions.

use std::path::PathBuf;

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use remeasure_core::table::{ColumnName, Decimal, Delimiter};
use schemars::JsonSchema;
use serde::Deserialize;

use super::synthetic::{Synthetic, Weights};
use crate::node::{Kind, Model};

/// Most nodes: all pairs are drawn.
const MOST_NODES: usize = 20_000;

/// Weight of the ridge unless given.
const RIDGE: f64 = 0.05;

/// `ν` unless given.
const NU: f64 = 0.2;

/// Nodes in clusters. Node i belongs to cluster i mod K; the nodes of a cluster have the same coefficients, drawn from
/// N(0, I), or for one-class models the same mean of their rows, drawn from U(½, 2½) for each feature.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticWire {
    /// What is fitted at each node.
    model: Kind,
    /// Number of nodes V, from 1 to 20,000.
    nodes: usize,
    /// Number of clusters K, from 1 to V.
    #[serde(default = "three")]
    clusters: usize,
    /// Number of features d, at least 1.
    features: usize,
    /// Rows of each node that its model is fitted to, at least 1.
    rows: usize,
    /// Probability of an edge within a cluster.
    #[serde(default = "within")]
    within: f64,
    /// Probability of an edge between two clusters.
    #[serde(default = "between")]
    between: f64,
    /// Expected number of edges of a node: multiplies both probabilities by the same factor, so that graphs of all sizes
    /// are equally sparse. Default: the probabilities are as given.
    degree: Option<f64>,
    /// Weights of the edges.
    #[serde(default)]
    weights: Weights,
    /// Weight μ of the ridge μ‖a‖², above 0 (not for one-class models). Default: 0.05.
    ridge: Option<f64>,
    /// Upper bound ν of the share of training rows that are alarms, above 0 and at most 1 (one-class models only).
    /// Default: 0.2.
    nu: Option<f64>,
    /// Standard deviation of the noise of the responses, at least 0 (model = "ridge" only). Default: 1.
    noise: Option<f64>,
    /// Standard deviation of a feature within a node, above 0 (one-class models only). Default: 0.7.
    spread: Option<f64>,
    /// What an incident multiplies the mean of each affected feature by (one-class models only); a fair coin for each
    /// cluster and feature decides which are affected. Default: 0.4.
    drop: Option<f64>,
    /// Test rows of each node, at least 1; for one-class models as many normal rows and as many incidents.
    #[serde(default = "test_rows")]
    test_rows: usize,
    /// The λ of the path that `network-path` fits, ascending and above 0.
    #[serde(default)]
    path: Vec<f64>,
}

/// Your own graph and rows. Features are used as they are: centre, scale and add a constant column yourself where the
/// model needs it (a one-class model separates the rows from the origin, so do not centre them).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvWire {
    /// What is fitted at each node.
    pub(super) model: Kind,
    /// The file with the rows of all nodes: the name of the node, the label, and features in all other columns.
    pub(super) data: PathBuf,
    /// The file with the edges, one on each line: the names of two nodes in the columns `from` and `to`, and in the column
    /// `weight`, if there is one, a number above 0. Other columns are not read.
    pub(super) edges: PathBuf,
    /// Column with the name of the node.
    #[serde(default = "node_column")]
    pub(super) node: String,
    /// Column with the response or the class. A one-class model needs none if all rows are normal.
    pub(super) label: Option<ColumnName>,
    /// The class that counts as 1: of normal rows for a one-class model, which alone it is fitted to; for
    /// model = "logistic" either of the two (not for model = "ridge").
    pub(super) positive: Option<String>,
    /// Share of the rows of each node (of the normal ones, for a one-class model) that each replicate holds out for the
    /// test, above 0 and below 1.
    #[serde(default = "fifth")]
    pub(super) test_fraction: f64,
    /// Weight μ of the ridge μ‖a‖², above 0 (not for one-class models). Default: 0.05.
    pub(super) ridge: Option<f64>,
    /// Upper bound ν of the share of training rows that are alarms, above 0 and at most 1 (one-class models only).
    /// Default: 0.2.
    pub(super) nu: Option<f64>,
    /// The λ of the path that `network-path` fits, ascending and above 0.
    #[serde(default)]
    pub(super) path: Vec<f64>,
    /// What separates the cells, in both files.
    pub(super) delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction, in both files.
    pub(super) decimal: Option<Decimal>,
}

fn three() -> usize {
    3
}

fn within() -> f64 {
    0.8
}

fn between() -> f64 {
    0.1
}

fn test_rows() -> usize {
    200
}

fn fifth() -> f64 {
    0.2
}

fn node_column() -> String {
    "node".to_owned()
}

/// Refuses a key whose value is not as `expected`.
fn ensure(holds: bool, key: &str, expected: &str, found: impl std::fmt::Display) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(key, format!("expected {expected}, found {found}"))) }
}

/// Refuses keys that the model does not have.
fn foreign(given: &[(&str, bool)], kind: &str) -> Result<(), Invalid> {
    match given.iter().find(|(_, given)| *given) {
        Some((key, _)) => {
            Err(Invalid::new(*key, format!("model = \"{kind}\" does not have this key; remove it")))
        }
        None => Ok(()),
    }
}

/// Checks the settings of the model.
fn check_model(kind: Kind, ridge: Option<f64>, nu: Option<f64>) -> Result<(), Invalid> {
    match kind {
        Kind::OneClass => foreign(&[("ridge", ridge.is_some())], "one-class")?,
        Kind::Ridge => foreign(&[("nu", nu.is_some())], "ridge")?,
        Kind::Logistic => foreign(&[("nu", nu.is_some())], "logistic")?,
    }
    if let Some(nu) = nu {
        ensure(nu > 0.0 && nu <= 1.0, "nu", "a share ν above 0 and at most 1", nu)?;
    }
    if let Some(ridge) = ridge {
        ensure(ridge > 0.0 && ridge <= 1e100, "ridge", "a number above 0 (at most 1e100)", ridge)?;
    }
    Ok(())
}

fn check_path(path: &[f64]) -> Result<(), Invalid> {
    let sound = path.iter().all(|l| *l > 0.0 && l.is_finite()) && path.windows(2).all(|p| p[0] < p[1]);
    ensure(sound, "path", "ascending numbers above 0", format!("{path:?}"))
}

/// The model with its settings.
pub(super) fn model(kind: Kind, ridge: Option<f64>, nu: Option<f64>) -> Model {
    let ridge = ridge.unwrap_or(RIDGE);
    match kind {
        Kind::Ridge => Model::Ridge { ridge },
        Kind::Logistic => Model::Logistic { ridge },
        Kind::OneClass => Model::OneClass { nu: nu.unwrap_or(NU) },
    }
}

impl SyntheticWire {
    /// Expected number of edges of a node, over the nodes, with the probabilities as given.
    fn expected_degree(&self) -> f64 {
        let (v, k) = (self.nodes as f64, self.clusters);
        let pairs: f64 = (0..k)
            .map(|c| {
                let size = ((self.nodes - c).div_ceil(k)) as f64;
                size * (size - 1.0)
            })
            .sum();
        (pairs * self.within + (v * (v - 1.0) - pairs) * self.between) / v
    }

    /// The probabilities of edges.
    fn probabilities(&self) -> (f64, f64) {
        let factor = self.degree.map_or(1.0, |degree| degree / self.expected_degree());
        (factor * self.within, factor * self.between)
    }
}

impl Check for SyntheticWire {
    fn check(&self) -> Result<(), Invalid> {
        let whole = |key, value: usize, most: usize| {
            ensure((1..=most).contains(&value), key, &format!("between 1 and {most}"), value)
        };
        whole("nodes", self.nodes, MOST_NODES)?;
        if !(1..=self.nodes).contains(&self.clusters) {
            let message = format!(
                "expected between 1 and the number of nodes, {}, found {}",
                self.nodes, self.clusters
            );
            return Err(Invalid::new("clusters", message));
        }
        whole("features", self.features, 10_000)?;
        whole("rows", self.rows, 1_000_000)?;
        whole("test_rows", self.test_rows, 1_000_000)?;
        for (key, value) in [("within", self.within), ("between", self.between)] {
            ensure((0.0..=1.0).contains(&value), key, "a probability between 0 and 1", value)?;
        }
        if let Some(degree) = self.degree {
            ensure(degree > 0.0 && degree.is_finite(), "degree", "a number above 0", degree)?;
            let (within, between) = self.probabilities();
            if !(within <= 1.0 && between <= 1.0) {
                let message = format!(
                    "{degree} edges a node need a probability above 1 with {} nodes in {} clusters; lower it, or change \
                     `within` and `between`",
                    self.nodes, self.clusters
                );
                return Err(Invalid::new("degree", message));
            }
        }
        check_model(self.model, self.ridge, self.nu)?;
        let regions = [("spread", self.spread.is_some()), ("drop", self.drop.is_some())];
        match self.model {
            Kind::OneClass => foreign(&[("noise", self.noise.is_some())], "one-class")?,
            Kind::Ridge => foreign(&regions, "ridge")?,
            Kind::Logistic => {
                foreign(&regions, "logistic")?;
                foreign(&[("noise", self.noise.is_some())], "logistic")?;
            }
        }
        if let Some(noise) = self.noise {
            ensure((0.0..=1e100).contains(&noise), "noise", "a number of at least 0", noise)?;
        }
        if let Some(spread) = self.spread {
            ensure(spread > 0.0 && spread <= 1e100, "spread", "a number above 0", spread)?;
        }
        if let Some(drop) = self.drop {
            ensure(drop.is_finite(), "drop", "a finite number", drop)?;
        }
        check_path(&self.path)
    }
}

impl From<SyntheticWire> for Synthetic {
    fn from(wire: SyntheticWire) -> Self {
        Self {
            edges: wire.probabilities(),
            model: model(wire.model, wire.ridge, wire.nu),
            nodes: wire.nodes,
            clusters: wire.clusters,
            features: wire.features,
            rows: wire.rows,
            weights: wire.weights,
            noise: wire.noise.unwrap_or(1.0),
            spread: wire.spread.unwrap_or(0.7),
            drop: wire.drop.unwrap_or(0.4),
            test_rows: wire.test_rows,
            path: wire.path,
        }
    }
}

impl Check for CsvWire {
    fn check(&self) -> Result<(), Invalid> {
        check_model(self.model, self.ridge, self.nu)?;
        check_path(&self.path)?;
        let share = self.test_fraction;
        ensure(share > 0.0 && share < 1.0, "test_fraction", "a share above 0 and below 1", share)?;
        match (self.model, &self.label, &self.positive) {
            (Kind::Ridge, None, _) => {
                Err(Invalid::new("label", "give the column with the response, which model = \"ridge\" needs"))
            }
            (Kind::Ridge, _, Some(_)) => foreign(&[("positive", true)], "ridge"),
            (Kind::Logistic, None, _) => {
                Err(Invalid::new("label", "give the column with the class, which model = \"logistic\" needs"))
            }
            (Kind::Logistic, Some(_), None) => {
                Err(Invalid::new("positive", "give the class that counts as 1; the other counts as −1"))
            }
            (Kind::OneClass, Some(_), None) => {
                Err(Invalid::new("positive", "give the class of normal rows; all others are incidents"))
            }
            (Kind::OneClass, None, Some(_)) => {
                Err(Invalid::new("positive", "give the column with the class as `label`, or remove this key"))
            }
            _ => Ok(()),
        }
    }
}
