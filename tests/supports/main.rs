//! The supports family compared with an independent program, closed forms, and what the proof says.

mod edges;
mod estimators;
mod lemma;
mod reference;

use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};
use remeasure_supports::estimators::ENTRIES;
use remeasure_supports::{Estimator, Fit, Instance, Problem, Task};

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 2, cell: 9, replicate }
}

/// A problem from TOML: 60 rows, 64 columns and k = 3 unless the lines say otherwise.
fn problem(lines: &str) -> Result<Problem, Invalid> {
    let mut text = String::new();
    for (key, value) in [("n", "60"), ("d", "64"), ("k", "3"), ("design", "\"twoscale\""), ("delta", "0.01")]
    {
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
fn fit(text: &str, problem: &Problem, instance: &Instance, replicate: u32) -> Fit {
    let estimator = estimator(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let task = Task { problem, instance, streams: &streams(replicate) };
    estimator.fit(task).unwrap_or_else(|e| panic!("{text}: {e:#}"))
}

/// `‖a − b‖²/n`.
fn error(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / a.len() as f64
}

/// `X w` for coefficients on some columns.
fn combine(design: &Design, columns: &[usize], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; design.rows()];
    design.add_mul(1.0, columns.iter().copied().zip(weights.iter().copied()), &mut sum);
    sum
}
