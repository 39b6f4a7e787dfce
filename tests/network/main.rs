//! The network family compared with an interior-point solver, linfa, finite differences, and cases with a known answer.

mod edges;
mod estimators;
mod files;
mod nodes;
mod reference;
mod solver;

use remeasure_core::Invalid;
use remeasure_core::stream::Streams;
use remeasure_network::estimators::ENTRIES;
use remeasure_network::{
    Admm, Edge, Estimator, Fit, Graph, Instance, Model, Models, Node, Problem, Rows, Sample, Settings, Task,
    Variant,
};

/// Tolerances near rounding.
const TIGHT: Settings =
    Settings { absolute: 1e-11, relative: 0.0, gap: None, iterations: 5_000, variant: Variant::Corrected };

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// A synthetic problem, 12 nodes in 3 clusters with 3 features unless the lines say otherwise.
fn synthetic(lines: &str) -> Result<Problem, Invalid> {
    let mut text = String::from("kind = \"synthetic\"\n");
    for (key, value) in [("nodes", "12"), ("features", "3"), ("rows", "8"), ("test_rows", "50")] {
        if !lines.lines().any(|line| line.starts_with(&format!("{key} = "))) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    problem(&format!("{text}{lines}"))
}

/// One replicate of it.
fn instance(lines: &str, replicate: u32) -> Instance {
    synthetic(lines).expect("a valid problem").draw(&streams(replicate)).expect("data")
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// The fit of an estimator from TOML.
fn fit(text: &str, instance: &Instance) -> Fit {
    let estimator = estimator(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    estimator.fit(Task { instance, streams: &streams(0) }).unwrap_or_else(|e| panic!("{text}: {e:#}"))
}

/// Its models.
fn models(fit: &Fit) -> &[f64] {
    match &fit.models {
        Models::Linear(models) => models,
        Models::Scores(_) => panic!("no linear models"),
    }
}

/// The losses of all nodes.
fn losses(instance: &Instance) -> Vec<Box<dyn Node>> {
    instance.train.iter().map(|sample| instance.model.node(&[sample])).collect()
}

/// Largest difference of two vectors.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
