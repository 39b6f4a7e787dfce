//! Synthetic records.

use std::ops::Range;

use remeasure::core::curve::Curve;
use remeasure::core::family::Outcome;
use remeasure::core::numerics::statistics::normal_quantile;
use remeasure::harness::claims::{ClaimSpec, Finding, Verdict, judge};
use remeasure::harness::records::{Axis, AxisValue, Cell, OutcomeRow, Record, Store};

#[allow(clippy::field_reassign_with_default)] // the records are private
/// A run in which all fits succeeded and recorded `metric`.
pub(crate) fn world(
    axes: &[(&str, &[f64])],
    estimators: &[&str],
    replicates: u32,
    mut value: impl FnMut(&[f64], u32, &str) -> f64,
) -> Store {
    let mut grid: Vec<Vec<f64>> = vec![Vec::new()];
    for (_, values) in axes {
        grid = grid
            .iter()
            .flat_map(|g| values.iter().map(move |v| g.iter().copied().chain([*v]).collect()))
            .collect();
    }
    let (mut records, mut outcomes) = (Vec::new(), Vec::new());
    for (cell, values) in grid.iter().enumerate() {
        for replicate in 0..replicates {
            for (e, name) in estimators.iter().enumerate() {
                let (cell, estimator) = (cell as u32, e as u16);
                let value = value(values, replicate, name);
                records.push(Record { cell, estimator, metric: 0, coordinate: None, replicate, value });
                outcomes.push(OutcomeRow { cell, replicate, estimator, outcome: Outcome::Ok });
            }
        }
    }
    let axis = |(name, values): &(&str, &[f64])| Axis {
        path: format!("problem.{name}"),
        name: (*name).into(),
        label: (*name).into(),
        values: values.iter().map(|v| AxisValue::Float(*v)).collect(),
    };
    let cell = |(id, values): (usize, &Vec<f64>)| Cell {
        id: id as u64,
        values: values.iter().map(|v| AxisValue::Float(*v)).collect(),
    };
    let mut store = Store::default();
    store.axes = axes.iter().map(axis).collect();
    store.cells = grid.iter().enumerate().map(cell).collect();
    store.estimators = estimators.iter().map(|e| (*e).into()).collect();
    store.metrics = vec!["metric".into()];
    // Only values of 0 and 1 count as events.
    store.events = [String::from("metric")].into();
    store.replicates = replicates;
    store.outcomes = outcomes;
    store.with_records(records)
}

/// The same run with other records.
pub(crate) fn edit(store: &Store, mut change: impl FnMut(&Record) -> Option<Record>) -> Store {
    let records = store.records().iter().filter_map(&mut change).collect();
    store.clone().with_records(records)
}

/// The same run, in which an estimator failed in some replicates of a cell and recorded nothing.
pub(crate) fn fail(store: &Store, cell: u32, estimator: u16, replicates: Range<u32>) -> Store {
    end(store, cell, estimator, replicates, &Outcome::Failed("singular".into()))
}

/// The same run, in which the config leaves an estimator out of a cell.
pub(crate) fn skip(store: &Store, cell: u32, estimator: u16) -> Store {
    let outcome = Outcome::Skipped("only where n=100".into());
    end(store, cell, estimator, 0..store.replicates, &outcome)
}

/// The same run with some fits that ended differently and recorded nothing.
pub(crate) fn end(
    store: &Store,
    cell: u32,
    estimator: u16,
    replicates: Range<u32>,
    outcome: &Outcome,
) -> Store {
    let mut failed = edit(store, |r| {
        let gone = r.cell == cell && r.estimator == estimator && replicates.contains(&r.replicate);
        (!gone).then_some(*r)
    });
    for o in &mut failed.outcomes {
        if o.cell == cell && o.estimator == estimator && replicates.contains(&o.replicate) {
            o.outcome = outcome.clone();
        }
    }
    failed
}

/// The same run with names as values of an axis, in the given order.
pub(crate) fn name(mut store: Store, axis: usize, names: &[&str]) -> Store {
    let numbers = store.axes[axis].values.clone();
    let named = |v: &AxisValue| {
        let at = numbers.iter().position(|n| n.same(v)).unwrap();
        AxisValue::Text(names[at].into())
    };
    store.cells.iter_mut().for_each(|c| c.values[axis] = named(&c.values[axis]));
    store.axes[axis].values = numbers.iter().map(named).collect();
    store
}

/// Replicate `r` of `n` of a normal-shaped sample with mean exactly 0, shuffled by `turn`, which is coprime
/// to `n`.
pub(crate) fn noise(r: u32, n: u32, turn: u32) -> f64 {
    normal_quantile((f64::from((r * turn + turn / 2) % n) + 0.5) / f64::from(n))
}

/// A claim about `metric` with the keys every claim needs.
pub(crate) fn claim(keys: &str) -> ClaimSpec {
    let text = format!("statement = \"s\"\nsource = \"Table 1\"\n{keys}");
    let text = if keys.contains("id =") { text } else { format!("id = \"c\"\n{text}") };
    ClaimSpec::parse(text.parse().unwrap()).unwrap_or_else(|e| panic!("{e}"))
}

pub(crate) fn judge_with(store: &Store, keys: &str, curves: &[Curve]) -> Finding {
    judge(store, &[claim(keys)], curves).remove(0)
}

pub(crate) fn judge_one(store: &Store, keys: &str) -> Finding {
    judge_with(store, keys, &[])
}

pub(crate) fn reason(finding: &Finding) -> &str {
    match &finding.verdict {
        Verdict::NotTestable { reason } => reason,
        other => panic!("not untestable but {other:?}"),
    }
}

pub(crate) fn replicates(finding: &Finding) -> Option<u64> {
    match &finding.verdict {
        Verdict::Undecided { replicates } => *replicates,
        other => panic!("not undecided but {other:?}"),
    }
}
