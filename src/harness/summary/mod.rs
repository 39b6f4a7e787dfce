//! Summaries over replicates, with Monte Carlo standard errors and what is missing.

mod common;
mod tally;
#[cfg(test)]
mod tests;

use remeasure_core::family::Outcome;
use remeasure_core::numerics::statistics::{mean, quantile, sd, standard_error};

use crate::records::{OutcomeRow, Record, Store, coordinate_order};

pub use common::Common;
use common::survivors;
pub use tally::{Tallies, Tally};

/// Summary statistics over the replicates of one cell, estimator, metric and coordinate.
///
/// All statistics but the last two are over the `n` finite values of the estimator's own
/// fits; `missing` and `outcomes` go with them, because survivors alone may look too good.
/// The common statistics are over the replicates in which every estimator of the cell has a
/// finite value of the metric at the coordinate; if all have the same survivors, they are the
/// same numbers. An estimator without any such value in the cell, skipped or not, takes no
/// part in that intersection: its own row has `n` = `n_common` = 0.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// Index into [`Store::cells`].
    pub cell: usize,
    /// Index into [`Store::estimators`].
    pub estimator: usize,
    /// Index into [`Store::metrics`].
    pub metric: usize,
    /// Iteration, λ index or similar; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// Number of finite values.
    pub n: u64,
    /// Number of planned or attempted replicates without a finite value; skipped ones are neither.
    pub missing: u64,
    /// The outcomes of the estimator's trials in the cell.
    pub outcomes: Tally,
    /// Mean; NaN when there are no values, as for the other statistics.
    pub mean: f64,
    /// Standard deviation, divisor n − 1; NaN for fewer than two values.
    pub sd: f64,
    /// Monte Carlo standard error of the mean, sd/√n.
    pub se: f64,
    /// Smallest value.
    pub min: f64,
    /// Lower quartile (type 7).
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile (type 7).
    pub q3: f64,
    /// Largest value.
    pub max: f64,
    /// Number of finite values in replicates that all estimators have.
    pub n_common: u64,
    /// Their mean.
    pub mean_common: f64,
    /// The Monte Carlo standard error of that mean.
    pub se_common: f64,
}

/// Number of replicates of an estimator in a cell: those planned, or those seen in the cell if there are more.
#[must_use]
pub fn planned(store: &Store, cell: usize, estimator: usize) -> u64 {
    if store.due(cell, estimator) < store.replicates {
        return u64::from(store.due(cell, estimator));
    }
    let seen = store.outcomes_of(cell).iter().map(|o| u64::from(o.replicate) + 1).max();
    u64::from(store.replicates).max(seen.unwrap_or(0))
}

/// Number of replicates of a cell in which the config skips an estimator.
#[must_use]
pub fn skipped(store: &Store, cell: usize, estimator: usize) -> u64 {
    let of =
        |o: &&OutcomeRow| usize::from(o.estimator) == estimator && matches!(o.outcome, Outcome::Skipped(_));
    store.outcomes_of(cell).iter().filter(of).count() as u64
}

/// The value of a record if it is usable: finite, and of a fit that did not fail.
#[must_use]
pub fn usable(store: &Store, record: &Record) -> Option<f64> {
    let outcome = store.outcome(record.cell as usize, record.replicate, record.estimator as usize);
    let counts = outcome.is_none_or(Outcome::has_fit);
    (record.value.is_finite() && counts).then_some(record.value)
}

/// The usable values of a group of replicates, and how many there should be.
///
/// Tables, figures and `summary.csv` all read records through it, so they
/// agree on what counts and on what is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Usable values, by replicate.
    pub values: Vec<f64>,
    /// Number of values there should be; 0 for an estimator that does not have the metric.
    pub planned: u64,
    /// Number of values that the config skips: neither planned nor missing.
    pub skipped: u64,
}

impl Sample {
    /// Number of planned values that are not usable.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.planned.saturating_sub(self.values.len() as u64)
    }

    /// Adds the values of another group.
    pub fn add(&mut self, other: Self) {
        self.values.extend(other.values);
        self.planned += other.planned;
        self.skipped += other.skipped;
    }
}

/// Number of values that a group should have if its cell has `planned` replicates.
fn due(group: &[Record], planned: u64, skipped: u64) -> u64 {
    let attempted = group.iter().map(|r| u64::from(r.replicate) + 1).max().unwrap_or(0);
    planned.max(attempted).saturating_sub(skipped)
}

/// The sample of one cell, estimator, metric and coordinate.
#[must_use]
pub fn sample(
    store: &Store,
    cell: usize,
    estimator: usize,
    metric: usize,
    coordinate: Option<f64>,
) -> Sample {
    let group = store.values(cell, estimator, metric, coordinate);
    if group.is_empty() && !expected(store, estimator, metric) {
        return Sample::default();
    }
    let skipped = skipped(store, cell, estimator);
    Sample {
        values: group.iter().filter_map(|r| usable(store, r)).collect(),
        planned: due(group, planned(store, cell, estimator), skipped),
        skipped,
    }
}

/// Whether a final value of the metric is due: the estimator has it in some cell, or has no final value
/// at all while other estimators have it.
fn expected(store: &Store, estimator: usize, metric: usize) -> bool {
    let has = |e: usize, m: usize| (0..store.cells.len()).any(|c| !store.values(c, e, m, None).is_empty());
    has(estimator, metric)
        || (!(0..store.metrics.len()).any(|m| has(estimator, m))
            && (0..store.estimators.len()).any(|e| has(e, metric)))
}

/// Whether a metric is an event, so that its means are rates: its family says so, and all usable values are 0 or 1 (as
/// shares over an ensemble are not).
#[must_use]
pub fn is_event(store: &Store, metric: usize) -> bool {
    if !store.metrics.get(metric).is_some_and(|name| store.events.contains(name)) {
        return false;
    }
    let mut values = store.records().iter().filter(|r| r.metric as usize == metric);
    values.all(|r| r.value == 0.0 || r.value == 1.0 || usable(store, r).is_none())
}

/// One row per cell, estimator, metric and coordinate, in that order.
///
/// An estimator that was attempted or skipped in a cell and recorded nothing there
/// still has its rows, with `n` = 0: for the metrics it has elsewhere, or, if it has
/// none, for those of the other estimators.
#[must_use]
pub fn summarise(store: &Store) -> Vec<SummaryRow> {
    let tallies = Tallies::of(store);
    let groups: Vec<&[Record]> = store.groups().collect();
    let mut rows = Vec::with_capacity(groups.len());
    for of_cell in groups.chunk_by(|a, b| a[0].cell == b[0].cell) {
        rows_of_cell(store, &tallies, of_cell, &mut rows);
    }
    let mut empty = silent(store, &rows, &tallies);
    rows.append(&mut empty);
    rows.sort_by(|a, b| {
        (a.cell, a.estimator, a.metric)
            .cmp(&(b.cell, b.estimator, b.metric))
            // The final fit comes before the coordinates of its path.
            .then_with(|| coordinate_order(a.coordinate, b.coordinate))
    });
    rows
}

/// The rows of the groups of one cell.
fn rows_of_cell(store: &Store, tallies: &Tallies, groups: &[&[Record]], rows: &mut Vec<SummaryRow>) {
    let order = |a: &&[Record], b: &&[Record]| {
        a[0].metric.cmp(&b[0].metric).then_with(|| coordinate_order(a[0].coordinate, b[0].coordinate))
    };
    let mut compared = groups.to_vec();
    compared.sort_by(order);
    for peers in compared.chunk_by(|a, b| order(a, b).is_eq()) {
        let own: Vec<Vec<(u32, f64)>> = peers.iter().map(|group| survivors(store, group)).collect();
        let common = Common::of_survivors(&own);
        for (group, own) in peers.iter().zip(&own) {
            let (cell, estimator) = (group[0].cell as usize, usize::from(group[0].estimator));
            let outcomes = tallies.get(cell, estimator);
            let due = due(group, tallies.planned(cell, estimator), outcomes.skipped);
            let place = (cell, estimator, usize::from(group[0].metric), group[0].coordinate);
            let values = own.iter().map(|(_, value)| *value).collect();
            rows.push(statistics(place, outcomes, values, due, &common.among(own)));
        }
    }
}

fn statistics(
    place: (usize, usize, usize, Option<f64>),
    outcomes: Tally,
    mut values: Vec<f64>,
    due: u64,
    common: &[f64],
) -> SummaryRow {
    let n = values.len() as u64;
    let (mean_common, se_common) = (mean(common), standard_error(common));
    let (mean, sd) = (mean(&values), sd(&values));
    values.sort_by(f64::total_cmp);
    let at = |p: f64| quantile(&values, p);
    SummaryRow {
        cell: place.0,
        estimator: place.1,
        metric: place.2,
        coordinate: place.3,
        n,
        missing: due.saturating_sub(n),
        outcomes,
        mean,
        sd,
        se: sd / (n as f64).sqrt(),
        min: at(0.0),
        q1: at(0.25),
        median: at(0.5),
        q3: at(0.75),
        max: at(1.0),
        n_common: common.len() as u64,
        mean_common,
        se_common,
    }
}

/// Rows for estimators that were attempted or skipped but left no record.
fn silent(store: &Store, rows: &[SummaryRow], tallies: &Tallies) -> Vec<SummaryRow> {
    let (estimators, metrics) = (store.estimators.len(), store.metrics.len());
    let mut has = vec![false; estimators * metrics];
    let mut present = vec![false; store.cells.len() * estimators * metrics];
    for r in rows.iter().filter(|r| r.coordinate.is_none()) {
        has[r.estimator * metrics + r.metric] = true;
        present[(r.cell * estimators + r.estimator) * metrics + r.metric] = true;
    }
    let any: Vec<bool> = (0..metrics).map(|m| (0..estimators).any(|e| has[e * metrics + m])).collect();
    let mut empty = Vec::new();
    for pair in 0..store.cells.len() * estimators {
        let (cell, estimator) = (pair / estimators, pair % estimators);
        let outcomes = tallies.get(cell, estimator);
        if outcomes == Tally::default() {
            continue;
        }
        let own = &has[estimator * metrics..(estimator + 1) * metrics];
        let expected = if own.contains(&true) { own } else { &any };
        let due = due(&[], tallies.planned(cell, estimator), outcomes.skipped);
        for metric in (0..metrics).filter(|&m| expected[m] && !present[pair * metrics + m]) {
            empty.push(statistics((cell, estimator, metric, None), outcomes, Vec::new(), due, &[]));
        }
    }
    empty
}
