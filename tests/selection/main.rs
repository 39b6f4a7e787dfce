//! The selection family compared with reference sets made by numpy, and on cases with a known answer.

mod edges;
mod full;
mod models;
mod msel;
mod pilot;
mod quantile;
mod reference;

use remeasure_core::Invalid;
use remeasure_core::family::{AnyFamily, Attempt, FitRecord, Measurement, TrialEvent};
use remeasure_core::stream::Streams;
use remeasure_selection::estimators::ENTRIES;
use remeasure_selection::{Estimator, Problem, SELECTION};

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// Runs estimators in trials, as the harness does: by estimator, one row for each replicate.
fn trials(problem: &str, estimators: &[&str], replicates: u32) -> Vec<Vec<FitRecord>> {
    let read = |text: &&str| {
        let mut table: toml::Table = text.parse().expect("TOML");
        let kind = table.remove("kind").expect("a kind").as_str().expect("a text").to_owned();
        (kind, table)
    };
    let read: Vec<(String, toml::Table)> = estimators.iter().map(read).collect();
    let named = read.iter().map(|(kind, table)| (kind.as_str(), table.clone())).collect();
    let runner = SELECTION.prepare(problem.parse().expect("TOML"), named, &[]).expect("valid keys");
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
    rows
}

/// The number that a fit recorded for a metric, at a coordinate or for the final fit.
fn value(row: &FitRecord, metric: &str, coordinate: Option<f64>) -> f64 {
    let index = SELECTION.metrics().iter().position(|m| m.name == metric).expect("a metric");
    let of = |m: &&Measurement| usize::from(m.metric) == index && m.coordinate == coordinate;
    row.measured.iter().find(of).unwrap_or_else(|| panic!("{metric}: {:?}", row.outcome)).value
}

/// Mean and standard error over replicates.
fn mean(rows: &[FitRecord], metric: &str, coordinate: Option<f64>) -> (f64, f64) {
    let values: Vec<f64> = rows.iter().map(|row| value(row, metric, coordinate)).collect();
    use remeasure_core::numerics::statistics;
    (statistics::mean(&values), statistics::standard_error(&values))
}
