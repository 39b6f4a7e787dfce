//! The measurements of a run, as a baseline keeps them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize, Serializer};

use super::digest;
use crate::claims::Finding;
use crate::config::Resolved;
use crate::digits;
use crate::figures::FigureSpec;
use crate::records::{self, ONLY_CELL, Store};
use crate::summary::{Tally, summarise, usable};

/// The numbers of one metric at one coordinate, over the replicates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Name of the metric.
    pub metric: String,
    /// Coordinate such as the iteration; `None` for the final fit.
    #[serde(serialize_with = "exact")]
    pub coordinate: Option<f64>,
    /// Number of usable values.
    pub count: u64,
    /// Number of replicates without a usable value.
    pub missing: u64,
    /// Mean; NaN if there are no values.
    #[serde(with = "digits")]
    pub mean: f64,
    /// Its Monte Carlo standard error; NaN for fewer than two values.
    #[serde(with = "digits")]
    pub se: f64,
    /// The values by replicate, `None` for a missing one; empty if values are not kept.
    #[serde(skip)]
    pub values: Vec<Option<f64>>,
}

fn exact<S: Serializer>(coordinate: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    coordinate.map_or_else(String::new, |c| format!("{c:?}")).serialize(to)
}

/// One estimator in one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The values of the axes, as text.
    pub cell: Vec<String>,
    /// Name of the estimator.
    pub estimator: String,
    /// Number of fits by outcome.
    pub tally: Tally,
    /// Digest of the exact records and outcomes.
    pub digest: String,
    /// Its metrics.
    pub series: Vec<Series>,
}

/// A verdict and the number behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimLine {
    /// Id of the claim.
    pub id: String,
    /// The word of the verdict.
    pub verdict: String,
    /// The measured value; NaN if there is none.
    #[serde(with = "digits")]
    pub value: f64,
    /// Its standard error.
    #[serde(with = "digits")]
    pub se: f64,
    /// The claim in words.
    pub statement: String,
}

/// All numbers of a run that a check compares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Short names of the sweep's axes.
    pub axes: Vec<String>,
    /// Cells and estimators, in the order of the plan.
    pub fits: Vec<Fit>,
    /// Verdicts, in the order of the config.
    pub claims: Vec<ClaimLine>,
}

/// The label of a cell; see [`Fit::label`].
#[must_use]
pub fn label(axes: &[String], values: &[String]) -> String {
    let mut pairs: Vec<(&String, &String)> = axes.iter().zip(values).collect();
    pairs.sort_unstable();
    if pairs.is_empty() { ONLY_CELL.to_owned() } else { records::label(pairs, "=") }
}

impl Fit {
    /// `n=100, snr_db=10`, independent of the order of the axes; `(the only cell)` without axes.
    #[must_use]
    pub fn label(&self, axes: &[String]) -> String {
        label(axes, &self.cell)
    }
}

impl Snapshot {
    /// The measurements and findings of a run.
    #[must_use]
    pub fn of(store: &Store, findings: &[Finding]) -> Self {
        let mut digests = digest::digests(store);
        let mut at = HashMap::new();
        let mut fits: Vec<Fit> = Vec::new();
        for row in summarise(store) {
            let place = *at.entry((row.cell, row.estimator)).or_insert_with(|| {
                fits.push(Fit {
                    cell: store.cells[row.cell].values.iter().map(ToString::to_string).collect(),
                    estimator: store.estimators[row.estimator].clone(),
                    tally: row.outcomes,
                    digest: digests.remove(&(row.cell, row.estimator)).unwrap_or_default(),
                    series: Vec::new(),
                });
                fits.len() - 1
            });
            let mut values = Vec::new();
            if row.coordinate.is_none() {
                for r in store.values(row.cell, row.estimator, row.metric, None) {
                    let replicate = r.replicate as usize;
                    values.resize(values.len().max(replicate + 1), None);
                    values[replicate] = usable(store, r);
                }
            }
            fits[place].series.push(Series {
                metric: store.metrics[row.metric].clone(),
                coordinate: row.coordinate,
                count: row.n,
                missing: row.missing,
                mean: row.mean,
                se: row.se,
                values,
            });
        }
        for fit in &mut fits {
            // Metrics are numbered by first appearance, which depends on other cells, so sort by name.
            fit.series.sort_by(|a, b| {
                let coordinates = (a.coordinate.is_some(), a.coordinate.unwrap_or(0.0));
                let others = (b.coordinate.is_some(), b.coordinate.unwrap_or(0.0));
                a.metric
                    .cmp(&b.metric)
                    .then(coordinates.0.cmp(&others.0))
                    .then(coordinates.1.total_cmp(&others.1))
            });
        }
        let claims = findings.iter().map(|f| ClaimLine {
            id: f.id.clone(),
            verdict: f.verdict.word().to_owned(),
            value: f.measured.map_or(f64::NAN, |m| m.value),
            se: f.measured.map_or(f64::NAN, |m| m.se),
            statement: f.statement.clone(),
        });
        Self { axes: store.axes.iter().map(|a| a.name.clone()).collect(), fits, claims: claims.collect() }
    }
}

/// The metrics that a config's claims use, sorted by name.
#[must_use]
pub fn claimed(resolved: &Resolved) -> Vec<String> {
    sorted(resolved.claims.iter().filter_map(|claim| claim.metric()).map(str::to_owned).collect())
}

/// The metrics that a config's claims, tables and figures use, sorted by name.
#[must_use]
pub fn headline(resolved: &Resolved) -> Vec<String> {
    let of_figure = |f: &FigureSpec| -> Vec<String> {
        // In images and graphs, the first metric stands for its neighbours.
        let metrics = f.metrics();
        let count = if f.is_one_picture() { 1 } else { metrics.len() };
        metrics[..count].iter().map(|m| (*m).to_owned()).collect()
    };
    let of_figures = resolved.figures.iter().flat_map(of_figure);
    let of_tables = resolved.tables.iter().flat_map(|t| &t.metrics).cloned();
    sorted(claimed(resolved).into_iter().chain(of_tables).chain(of_figures).collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}
