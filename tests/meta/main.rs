//! The meta family compared with metafor, with the authors' scoring, and on cases with a known answer.

mod edges;
mod extraction;
mod pooling;
mod pseudo;

use remeasure_core::Invalid;
use remeasure_core::family::{AnyFamily, Attempt, FitRecord, TrialEvent};
use remeasure_core::stream::Streams;
use remeasure_meta::estimators::ENTRIES;
use remeasure_meta::{Estimator, META, Problem};

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 3, cell: 7, replicate }
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

/// Runs one estimator in one trial, as the harness does.
fn trial(problem: &str, kind: &str, estimator: &str, replicate: u32) -> FitRecord {
    let table = estimator.parse().expect("TOML");
    let runner = META.prepare(problem.parse().expect("TOML"), vec![(kind, table)], &[]).expect("valid keys");
    let mut found = None;
    let attempt = Attempt { estimator: 0, limit: None };
    runner.trial(&streams(replicate), &[attempt], &mut |event| {
        if let TrialEvent::Finished(_, row) = event {
            found = Some(row);
        }
    });
    found.expect("a row")
}

/// The number that a fit recorded for a metric.
fn value(row: &FitRecord, metric: &str) -> Option<f64> {
    let index = META.metrics().iter().position(|m| m.name == metric).expect("a metric");
    let of =
        |m: &&remeasure_core::family::Measurement| usize::from(m.metric) == index && m.coordinate.is_none();
    row.measured.iter().find(of).map(|m| m.value)
}
