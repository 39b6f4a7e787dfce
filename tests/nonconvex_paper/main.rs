//! Paths, races and screening.

mod paths;
mod screening;

use remeasure_core::family::{AnyFamily, Attempt, TrialEvent};
use remeasure_core::stream::Streams;
use remeasure_nonconvex::NONCONVEX;

/// Metrics of one estimator in a replicate, by name; or why it failed.
type Row = Result<Vec<(&'static str, f64)>, String>;

/// One row for each replicate and estimator.
fn trials(problem: &str, estimators: &[&str], replicates: u32) -> Vec<Vec<Row>> {
    let problem = toml::from_str(problem).unwrap();
    let tables = estimators.iter().map(|text| {
        let mut table: toml::Table = toml::from_str(text).unwrap();
        let kind = table.remove("kind").unwrap();
        let known = NONCONVEX.kinds().into_iter().find(|k| Some(k.name) == kind.as_str()).unwrap();
        (known.name, table)
    });
    let runner = NONCONVEX.prepare(problem, tables.collect(), &[]).unwrap();
    let attempts: Vec<Attempt> =
        (0..estimators.len()).map(|estimator| Attempt { estimator, limit: None }).collect();
    let one = |replicate| {
        let streams = Streams { seed: 11, cell: 0, replicate };
        let mut rows = vec![Err("missing".to_owned()); estimators.len()];
        runner.trial(&streams, &attempts, &mut |event| {
            if let TrialEvent::Finished(attempt, row) = event {
                rows[attempt] = if row.measured.is_empty() {
                    Err(format!("{:?}", row.outcome))
                } else {
                    let named = |m: &remeasure_core::family::Measurement| {
                        (NONCONVEX.metrics()[usize::from(m.metric)].name, m.value)
                    };
                    Ok(row.measured.iter().map(named).collect())
                };
            }
        });
        rows
    };
    (0..replicates).map(one).collect()
}

/// A metric of a row.
fn value(row: &Row, metric: &str) -> f64 {
    let row = row.as_ref().unwrap();
    row.iter().find(|(name, _)| *name == metric).unwrap_or_else(|| panic!("{metric} in {row:?}")).1
}

/// The key of an invalid problem.
fn invalid(problem: &str) -> String {
    remeasure_nonconvex::Problem::read(toml::from_str(problem).unwrap()).unwrap_err().key
}
