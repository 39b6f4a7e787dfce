//! Small stores of records for the tests of this module.

use remeasure_core::family::Outcome;

use crate::plan;
use crate::records::{Axis, AxisValue, OutcomeRow, Record, Store};

pub(crate) fn integers(values: &[i64]) -> Vec<AxisValue> {
    values.iter().map(|&v| AxisValue::Integer(v)).collect()
}

/// A store without records; its cells are the product of the axes.
pub(crate) fn store(
    axes: &[(&str, Vec<AxisValue>)],
    estimators: &[&str],
    metrics: &[&str],
    replicates: u32,
) -> Store {
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let axes: Vec<Axis> = axes
        .iter()
        .map(|(name, values)| Axis {
            path: format!("problem.{name}"),
            name: (*name).to_owned(),
            label: (*name).to_owned(),
            values: values.clone(),
        })
        .collect();
    Store {
        cells: plan::cells(&axes),
        axes,
        estimators: names(estimators),
        metrics: names(metrics),
        // Only values of 0 and 1 count as events.
        events: metrics.iter().map(|n| (*n).to_owned()).collect(),
        replicates,
        ..Store::default()
    }
}

pub(crate) fn record(cell: u32, estimator: u16, metric: u16, replicate: u32, value: f64) -> Record {
    Record { cell, estimator, metric, coordinate: None, replicate, value }
}

/// Fits that failed, as (cell, replicate, estimator).
pub(crate) fn with_failures(store: Store, failed: &[(u32, u32, u16)]) -> Store {
    with_outcomes(store, failed, &Outcome::Failed("singular".into()))
}

/// An estimator that the config leaves out of a cell.
pub(crate) fn with_skipped(store: Store, cell: u32, estimator: u16) -> Store {
    let rows: Vec<_> = (0..store.replicates).map(|r| (cell, r, estimator)).collect();
    with_outcomes(store, &rows, &Outcome::Skipped("only where n=2".into()))
}

/// More outcomes of one kind, as (cell, replicate, estimator).
fn with_outcomes(mut store: Store, rows: &[(u32, u32, u16)], outcome: &Outcome) -> Store {
    let row = |&(cell, replicate, estimator): &(u32, u32, u16)| OutcomeRow {
        cell,
        replicate,
        estimator,
        outcome: outcome.clone(),
    };
    store.outcomes.extend(rows.iter().map(row));
    store.outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    store
}
