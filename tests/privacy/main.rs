//! The privacy family compared with an independent program, closed forms, and counts.

mod audit;
mod edges;
mod estimators;
mod reference;

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};
use remeasure_privacy::estimators::ENTRIES;
use remeasure_privacy::{Estimator, Fit, Problem, Task, Users};

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 3, cell: 7, replicate }
}

/// A problem from TOML: 2000 users, 8 features and ε = 2 unless the lines say otherwise.
fn problem(lines: &str) -> Result<Problem, Invalid> {
    let mut text = String::new();
    for (key, value) in [("n", "2000"), ("d", "8"), ("k", "2"), ("epsilon", "2.0")] {
        if !lines.lines().any(|line| line.starts_with(&format!("{key} = "))) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    params::read(format!("{text}{lines}").parse().expect("TOML"))
}

/// A valid one.
fn valid(lines: &str) -> Problem {
    problem(lines).unwrap_or_else(|e| panic!("{lines}: {e}"))
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// The fit of an estimator from TOML.
fn fit(text: &str, problem: &Problem, users: &Users, replicate: u32) -> Fit {
    let estimator = estimator(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let task = Task { problem, users, streams: &streams(replicate) };
    estimator.fit(task).unwrap_or_else(|e| panic!("{text}: {e:#}"))
}

/// Its coefficients.
fn theta(fit: &Fit) -> &[f64] {
    fit.coefficients.as_deref().expect("coefficients")
}

/// Largest difference of two vectors.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Euclidean distance.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}
