//! The causal family compared with numpy, closed forms, and cases with a known solution.

mod edges;
mod instrument;
mod instrument_drawn;
mod instrument_edges;
mod lasso;
mod limits;
mod models;
mod onemap;
mod reference;

use remeasure_causal::estimators::ENTRIES;
use remeasure_causal::{Augmentation, Estimator, Fit, Instance, Method, Problem, Task};
use remeasure_core::Invalid;
use remeasure_core::stream::Streams;

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// The published setting with some lines more.
fn published(lines: &str) -> Augmentation {
    let defaults = [("n", "2048"), ("kappa", "1.0"), ("gamma", "1.0"), ("models", "\"published\"")];
    let mut text = String::from("kind = \"augmentation\"\nm = 32\nsigma = 0.1\n");
    for (key, value) in defaults {
        if !lines.contains(&format!("{key} = ")) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    match problem(&format!("{text}{lines}")).expect("a valid problem") {
        Problem::Augmentation(problem) => problem,
        _ => panic!("of another kind"),
    }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// A regression from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    match method(text)? {
        Method::Regression(estimator) => Ok(estimator),
        _ => panic!("{text}: for another kind of problem"),
    }
}

/// A method from TOML.
fn method(text: &str) -> Result<Method, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    Ok(*(entry.read)(table)?)
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
