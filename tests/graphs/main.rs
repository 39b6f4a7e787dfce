//! The family compared with reference programs and on cases with a known answer.

mod colide;
mod dag;
mod dropouts;
mod edges;
mod effects;
mod matrix;
mod own_data;
mod rivals;

use remeasure_core::Invalid;
use remeasure_core::family::{AnyFamily, Attempt, FitRecord, TrialEvent};
use remeasure_core::stream::Streams;
use remeasure_graphs::estimators::ENTRIES;
use remeasure_graphs::sem::{Sample, WeightFit};
use remeasure_graphs::{Data, GRAPHS, Method, Problem};

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 3, cell: 7, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// A sample of a problem.
fn sample(text: &str, replicate: u32) -> Sample {
    match problem(text).expect("a valid problem").draw(&streams(replicate)).expect("a sample") {
        Data::Sample(sample) => Sample::clone(&sample),
        Data::Views(_) => panic!("a sample"),
    }
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<Method>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// The fit of an estimator of weights.
fn fit(text: &str, sample: &Sample) -> anyhow::Result<WeightFit> {
    match &*estimator(text).expect("valid keys") {
        Method::Weights(estimator) => estimator.fit(sample),
        _ => panic!("an estimator of weights"),
    }
}

/// Runs one estimator in one trial, as the harness does.
fn trial(problem: &str, kind: &str, estimator: &str) -> FitRecord {
    let table = estimator.parse().expect("TOML");
    let runner =
        GRAPHS.prepare(problem.parse().expect("TOML"), vec![(kind, table)], &[]).expect("valid keys");
    let mut found = None;
    let attempt = Attempt { estimator: 0, limit: None };
    runner.trial(&streams(0), &[attempt], &mut |event| {
        if let TrialEvent::Finished(_, row) = event {
            found = Some(row);
        }
    });
    found.expect("a row")
}

/// Numbers that a fit recorded for a metric, with their coordinates.
fn values(row: &FitRecord, metric: &str) -> Vec<(Option<f64>, f64)> {
    let index = GRAPHS.metrics().iter().position(|m| m.name == metric).expect("a metric");
    let of = row.measured.iter().filter(|m| usize::from(m.metric) == index);
    of.map(|m| (m.coordinate, m.value)).collect()
}
