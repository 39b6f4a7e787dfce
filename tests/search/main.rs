//! The search family compared with independent programs, and cases with a known answer.

mod black_boxes;
mod edges;
mod offline;
mod reference;
mod searches;

use remeasure_core::Invalid;
use remeasure_core::family::{AnyFamily, Attempt, FitRecord, TrialEvent};
use remeasure_core::stream::Streams;
use remeasure_search::SEARCH;

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// Runs estimators in trials, as the harness does: by estimator, one row for each replicate.
fn trials(problem: &str, estimators: &[&str], replicates: u32) -> Result<Vec<Vec<FitRecord>>, Invalid> {
    let read = |text: &&str| {
        let mut table: toml::Table = text.parse().expect("TOML");
        let kind = table.remove("kind").expect("a kind").as_str().expect("a text").to_owned();
        (kind, table)
    };
    let read: Vec<(String, toml::Table)> = estimators.iter().map(read).collect();
    let named = read.iter().map(|(kind, table)| (kind.as_str(), table.clone())).collect();
    let runner = SEARCH.prepare(problem.parse().expect("TOML"), named, &[]).map_err(|(_, e)| e)?;
    let attempts: Vec<Attempt> =
        (0..estimators.len()).map(|estimator| Attempt { estimator, limit: None }).collect();
    let mut rows = vec![Vec::new(); estimators.len()];
    for replicate in 0..replicates {
        runner.trial(&streams(replicate), &attempts, &mut |event| {
            if let TrialEvent::Finished(position, row) = event {
                rows[position].push(row);
            }
        });
    }
    Ok(rows)
}

/// The number that a fit recorded for a metric, at a coordinate or for the final fit.
fn value(row: &FitRecord, metric: &str, coordinate: Option<f64>) -> f64 {
    let index = SEARCH.metrics().iter().position(|m| m.name == metric).expect("a metric");
    let found = row.measured.iter().find(|m| usize::from(m.metric) == index && m.coordinate == coordinate);
    found.unwrap_or_else(|| panic!("no {metric} at {coordinate:?}: {:?}", row.outcome)).value
}
