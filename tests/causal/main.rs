//! The causal family compared with numpy, closed forms, and cases with a known solution.

mod edges;
mod limits;
mod lasso;
mod models;
mod reference;

use remeasure_causal::estimators::ENTRIES;
use remeasure_causal::{Estimator, Fit, Instance, Problem, Task};
use remeasure_core::Invalid;
use remeasure_core::stream::Streams;

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// The published setting with some lines more.
fn published(lines: &str) -> Problem {
    let defaults = [("n", "2048"), ("kappa", "1.0"), ("gamma", "1.0"), ("models", "\"published\"")];
    let mut text = String::from("kind = \"augmentation\"\nm = 32\nsigma = 0.1\n");
    for (key, value) in defaults {
        if !lines.contains(&format!("{key} = ")) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    problem(&format!("{text}{lines}")).expect("a valid problem")
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

/// The fit of an estimator from TOML.
fn fit(text: &str, instance: &Instance) -> Fit {
    let estimator = estimator(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    estimator.fit(Task { instance, streams: &streams(0) }).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// A file of `tests/data/causal`.
fn data(name: &str) -> String {
    let path = format!("{}/../../tests/data/causal/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a data file")
}
