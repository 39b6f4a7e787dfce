//! Summaries over replicates, with Monte Carlo standard errors and what is missing.

use crate::harness::records::{Outcome, Record, Store};
use crate::numerics::statistics::{mean, quantile, sd};

/// The replicates of one cell, estimator, metric and coordinate in numbers.
///
/// All statistics are over the `n` finite values of fits that did not fail;
/// `missing` stands beside them, because survivors alone may flatter.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryRow {
    /// Index into [`Store::cells`].
    pub cell: usize,
    /// Index into [`Store::estimators`].
    pub estimator: usize,
    /// Index into [`Store::metrics`].
    pub metric: usize,
    /// Iteration, λ index and the like; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// Finite values.
    pub n: u64,
    /// Planned or attempted replicates without a finite value.
    pub missing: u64,
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
}

/// Replicates of a cell: those planned, or those seen if there are more.
#[must_use]
pub fn planned(store: &Store, cell: usize) -> u64 {
    let start = store.outcomes.partition_point(|o| (o.cell as usize) < cell);
    let seen = store.outcomes[start..]
        .iter()
        .take_while(|o| o.cell as usize == cell)
        .map(|o| u64::from(o.replicate) + 1)
        .max();
    u64::from(store.replicates).max(seen.unwrap_or(0))
}

/// The usable value of a record: finite, and of a fit that did not fail.
#[must_use]
pub fn usable(store: &Store, record: &Record) -> Option<f64> {
    let outcome = store.outcome(record.cell as usize, record.replicate, record.estimator as usize);
    let counts = outcome.is_none_or(Outcome::has_fit);
    (record.value.is_finite() && counts).then_some(record.value)
}

/// The usable values of a group of replicates, and how many there should be.
///
/// Tables, figures and `summary.csv` all read records through it, so that they
/// agree on what counts and on what is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Usable values, by replicate.
    pub values: Vec<f64>,
    /// Values there should be; 0 for an estimator that does not have the metric.
    pub planned: u64,
}

impl Sample {
    /// Planned values that are not usable.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.planned.saturating_sub(self.values.len() as u64)
    }

    /// Takes in the values of another group.
    pub fn add(&mut self, other: Self) {
        self.values.extend(other.values);
        self.planned += other.planned;
    }

    fn of(store: &Store, group: &[Record], planned: u64) -> Self {
        let attempted = group.iter().map(|r| u64::from(r.replicate) + 1).max().unwrap_or(0);
        let values = group.iter().filter_map(|r| usable(store, r)).collect();
        Self { values, planned: planned.max(attempted) }
    }
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
    let due = !group.is_empty() || expected(store, estimator, metric);
    Sample::of(store, group, if due { planned(store, cell) } else { 0 })
}

/// Whether a final value of the metric is due: the estimator has it in some cell, or has none at
/// all while others have it.
fn expected(store: &Store, estimator: usize, metric: usize) -> bool {
    let has = |e: usize, m: usize| (0..store.cells.len()).any(|c| !store.values(c, e, m, None).is_empty());
    has(estimator, metric)
        || (!(0..store.metrics.len()).any(|m| has(estimator, m))
            && (0..store.estimators.len()).any(|e| has(e, metric)))
}

/// Whether a metric is an event, so that its means are rates: all usable values are 0 or 1.
#[must_use]
pub fn is_event(store: &Store, metric: usize) -> bool {
    let mut values = store.records().iter().filter(|r| r.metric as usize == metric);
    values.all(|r| r.value == 0.0 || r.value == 1.0 || usable(store, r).is_none())
}

/// One row per cell, estimator, metric and coordinate, in that order.
///
/// An estimator that was attempted in a cell and recorded nothing there still
/// has its rows, with `n` = 0: for the metrics it has elsewhere, or, if it has
/// none, for those of the other estimators.
#[must_use]
pub fn summarise(store: &Store) -> Vec<SummaryRow> {
    let plans: Vec<u64> = (0..store.cells.len()).map(|c| planned(store, c)).collect();
    let mut rows: Vec<SummaryRow> =
        store.groups().map(|g| row(store, g, plans[g[0].cell as usize])).collect();
    let mut empty = silent(store, &rows, &plans);
    rows.append(&mut empty);
    rows.sort_by(|a, b| {
        (a.cell, a.estimator, a.metric).cmp(&(b.cell, b.estimator, b.metric)).then_with(|| {
            // The final fit stands before the coordinates of its path.
            a.coordinate.is_some().cmp(&b.coordinate.is_some()).then_with(|| {
                let value = |r: &SummaryRow| r.coordinate.unwrap_or(0.0);
                value(a).total_cmp(&value(b))
            })
        })
    });
    rows
}

fn row(store: &Store, group: &[Record], planned: u64) -> SummaryRow {
    let key = &group[0];
    let place = (key.cell as usize, key.estimator as usize, key.metric as usize, key.coordinate);
    statistics(place, Sample::of(store, group, planned))
}

fn statistics(place: (usize, usize, usize, Option<f64>), sample: Sample) -> SummaryRow {
    let (missing, mut values) = (sample.missing(), sample.values);
    let n = values.len() as u64;
    let (mean, sd) = (mean(&values), sd(&values));
    values.sort_by(f64::total_cmp);
    let at = |p: f64| quantile(&values, p);
    SummaryRow {
        cell: place.0,
        estimator: place.1,
        metric: place.2,
        coordinate: place.3,
        n,
        missing,
        mean,
        sd,
        se: sd / (n as f64).sqrt(),
        min: at(0.0),
        q1: at(0.25),
        median: at(0.5),
        q3: at(0.75),
        max: at(1.0),
    }
}

/// Rows for what was attempted and left no record at all.
fn silent(store: &Store, rows: &[SummaryRow], plans: &[u64]) -> Vec<SummaryRow> {
    let (estimators, metrics) = (store.estimators.len(), store.metrics.len());
    let mut has = vec![false; estimators * metrics];
    let mut present = vec![false; store.cells.len() * estimators * metrics];
    for r in rows.iter().filter(|r| r.coordinate.is_none()) {
        has[r.estimator * metrics + r.metric] = true;
        present[(r.cell * estimators + r.estimator) * metrics + r.metric] = true;
    }
    let any: Vec<bool> = (0..metrics).map(|m| (0..estimators).any(|e| has[e * metrics + m])).collect();
    let mut attempted = vec![false; store.cells.len() * estimators];
    for o in &store.outcomes {
        attempted[o.cell as usize * estimators + o.estimator as usize] = true;
    }
    let mut empty = Vec::new();
    for (pair, _) in attempted.iter().enumerate().filter(|(_, attempted)| **attempted) {
        let (cell, estimator) = (pair / estimators, pair % estimators);
        let own = &has[estimator * metrics..(estimator + 1) * metrics];
        let expected = if own.contains(&true) { own } else { &any };
        for metric in (0..metrics).filter(|&m| expected[m] && !present[pair * metrics + m]) {
            empty.push(statistics(
                (cell, estimator, metric, None),
                Sample { values: Vec::new(), planned: plans[cell] },
            ));
        }
    }
    empty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::records::{Cell, OutcomeRow};

    fn record(cell: u32, estimator: u16, replicate: u32, value: f64) -> Record {
        Record { cell, estimator, metric: 0, coordinate: None, replicate, value }
    }

    #[allow(clippy::field_reassign_with_default)] // the records are private
    fn store() -> Store {
        let cell = |id| Cell { id, values: Vec::new() };
        let mut store = Store::default();
        store.cells = vec![cell(7), cell(8)];
        store.estimators = vec!["a".into(), "b".into()];
        store.metrics = vec!["error".into()];
        store.replicates = 4;
        store
    }

    #[test]
    fn statistics_of_the_finite_values_and_what_is_missing() {
        let mut s = store();
        s.outcomes = vec![OutcomeRow {
            cell: 0,
            replicate: 3,
            estimator: 0,
            outcome: Outcome::Failed("no pivot".into()),
        }];
        // The failed fit's number must not count, nor the NaN.
        let records = vec![
            record(0, 0, 0, 1.0),
            record(0, 0, 1, 3.0),
            record(0, 0, 2, f64::NAN),
            record(0, 0, 3, 99.0),
        ];
        let rows = summarise(&s.with_records(records));
        assert_eq!(rows.len(), 1);
        let r = &rows[0];
        assert_eq!((r.n, r.missing), (2, 2));
        assert_eq!((r.mean, r.sd, r.se), (2.0, 2.0_f64.sqrt(), 1.0));
        assert_eq!((r.min, r.q1, r.median, r.q3, r.max), (1.0, 1.5, 2.0, 2.5, 3.0));
    }

    #[test]
    fn an_estimator_without_records_is_not_passed_over() {
        let mut s = store();
        let failed = |cell, estimator| OutcomeRow {
            cell,
            replicate: 0,
            estimator,
            outcome: Outcome::Failed("singular".into()),
        };
        s.outcomes = vec![failed(0, 1), failed(1, 0)];
        let rows = summarise(&s.with_records(vec![record(0, 0, 0, 1.0)]));
        let shape: Vec<_> = rows.iter().map(|r| (r.cell, r.estimator, r.n, r.missing)).collect();
        assert_eq!(shape, [(0, 0, 1, 3), (0, 1, 0, 4), (1, 0, 0, 4)]);
        assert!(rows[1].mean.is_nan() && rows[1].median.is_nan());
    }

    #[test]
    fn samples_agree_with_the_summary() {
        let mut s = store();
        let failed = |cell, replicate, estimator| OutcomeRow {
            cell,
            replicate,
            estimator,
            outcome: Outcome::Failed("singular".into()),
        };
        s.metrics.push("gap".into());
        s.outcomes = vec![failed(0, 1, 0), failed(0, 0, 1), failed(1, 0, 0), failed(1, 0, 1)];
        let gap = Record { metric: 1, ..record(0, 1, 2, 0.5) };
        let s = s.with_records(vec![record(0, 0, 0, 1.0), record(0, 0, 1, 9.0), gap]);
        for row in summarise(&s) {
            let sample = sample(&s, row.cell, row.estimator, row.metric, row.coordinate);
            assert_eq!((sample.values.len() as u64, sample.missing()), (row.n, row.missing), "{row:?}");
        }
        // An estimator that has only the gap owes no error, nor the other way round.
        assert_eq!(sample(&s, 0, 0, 1, None), Sample::default());
        assert_eq!(sample(&s, 0, 1, 0, None), Sample::default());
        assert_eq!(sample(&s, 1, 0, 0, None).missing(), 4);
    }

    #[test]
    fn an_event_is_known_by_all_its_usable_values() {
        let mut s = store();
        s.outcomes = vec![OutcomeRow {
            cell: 0,
            replicate: 2,
            estimator: 0,
            outcome: Outcome::Failed("no pivot".into()),
        }];
        let values = [(0, 0.0), (1, 1.0), (2, 0.5), (3, f64::NAN)];
        let records: Vec<Record> = values.iter().map(|&(r, v)| record(0, 0, r, v)).collect();
        assert!(is_event(&s.clone().with_records(records.clone()), 0));
        let other = [records, vec![record(1, 1, 0, 0.5)]].concat();
        assert!(!is_event(&s.with_records(other), 0));
    }

    #[test]
    fn the_final_fit_comes_before_the_path() {
        let at = |coordinate, value| Record { coordinate, ..record(0, 0, 0, value) };
        let rows =
            summarise(&store().with_records(vec![at(Some(2.0), 2.0), at(None, 9.0), at(Some(-1.0), 1.0)]));
        assert_eq!(rows.iter().map(|r| r.mean).collect::<Vec<_>>(), [9.0, 1.0, 2.0]);
    }
}
