//! Helpers for the tests.

use remeasure_bilevel::methods::ENTRIES;
use remeasure_bilevel::{Estimator, Fit, Instance, Problem, Task};
use remeasure_core::Invalid;
use remeasure_core::stream::Streams;
use toml::Table;

/// Streams of a trial.
pub(crate) const STREAMS: Streams = Streams { seed: 7, cell: 11, replicate: 0 };

/// A quantity in `tests/data/bilevel/quadratic.csv`: methods, what it is at (may be empty), and values.
pub(crate) fn reference(quantity: &str) -> Vec<(String, String, f64)> {
    let path = format!("{}/../../tests/data/bilevel/quadratic.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 4, "{line}");
        if cells[0] == quantity {
            found.push((cells[1].to_owned(), cells[2].to_owned(), cells[3].parse().unwrap()));
        }
    }
    assert!(!found.is_empty(), "no {quantity}");
    found
}

/// A TOML table.
pub(crate) fn table(text: &str) -> Table {
    text.parse().unwrap()
}

/// The problem of a `[problem]` table.
pub(crate) fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(table(text))
}

/// Streams of a replicate.
pub(crate) fn streams(replicate: u32) -> Streams {
    Streams { replicate, ..STREAMS }
}

/// A replicate of the problem of a `[problem]` table.
pub(crate) fn instance(text: &str, replicate: u32) -> Instance {
    problem(text).unwrap().draw(&streams(replicate)).unwrap()
}

/// The problem of a `[problem]` table, drawn.
pub(crate) fn draw(text: &str) -> Instance {
    instance(text, 0)
}

/// The method of an `[[estimator]]` table.
pub(crate) fn method(kind: &str, text: &str) -> Box<dyn Estimator> {
    let entry = ENTRIES.iter().find(|e| e.name == kind).unwrap();
    (entry.read)(table(text)).unwrap()
}

/// Runs a method.
pub(crate) fn fit(instance: &Instance, kind: &str, text: &str) -> Fit {
    method(kind, text).fit(Task { instance, streams: &STREAMS }).unwrap()
}

/// `‖a − b‖`.
pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// `‖a‖`.
pub(crate) fn norm(a: &[f64]) -> f64 {
    a.iter().map(|a| a * a).sum::<f64>().sqrt()
}
