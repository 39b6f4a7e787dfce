//! The sampling family compared with enumeration, closed forms and an independent program, and cases with a known answer.

mod files;
mod properties;
mod reference;
mod strings;

use remeasure_core::Invalid;
use remeasure_core::stream::Streams;
use remeasure_sampling::estimator::Task;
use remeasure_sampling::estimators::ENTRIES;
use remeasure_sampling::token::Method;
use remeasure_sampling::{Data, Estimator, Figures, Problem};

/// The geometric estimator without a limit of rejections.
fn geometric(accepts: f64) -> Method {
    Method::Geometric { accepts, rejects: f64::INFINITY }
}

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// One replicate of a problem from TOML.
fn data(text: &str) -> Data {
    problem(text).unwrap_or_else(|e| panic!("{text}: {e}")).draw(&streams(0)).expect("data")
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// What an estimator from TOML finds.
fn figures(text: &str, data: &Data, draws: usize) -> Figures {
    let estimator = estimator(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let task = Task { data, draws, particles: None, streams: &streams(1) };
    estimator.generate(task).unwrap_or_else(|e| panic!("{text}: {e:#}"))
}

/// Whether a mean of numbers lies within four standard errors of its expectation.
fn agrees(values: &[f64], expected: f64) -> bool {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean - expected).abs() <= 4.0 * (variance / n).sqrt() + 1e-12 * expected.abs()
}

/// The key and the message of an error.
fn refused<T>(result: Result<T, Invalid>) -> (String, String) {
    match result {
        Err(error) => (error.key, error.message),
        Ok(_) => panic!("should be refused"),
    }
}
