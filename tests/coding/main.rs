//! The coding family compared with the library ProSper, with plain sums over all states, and with cases of a known answer.

mod codes;
mod estimators;
mod files;
mod reference;
mod sums;

use std::sync::Arc;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use remeasure_coding::em::{
    Anneal, Kind, Learner, Linear, Maximal, Parameters, Ranking, Singletons, Slab, Truncation,
};
use remeasure_coding::estimators::ENTRIES;
use remeasure_coding::matching::{Scale, greedy};
use remeasure_coding::{Data, Estimator, Fit, Problem, Task};
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 11, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// An estimator from TOML.
fn estimator(kind: &str, text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let entry = ENTRIES.iter().find(|entry| entry.name == kind).expect("an estimator");
    (entry.read)(text.parse().expect("TOML"))
}

/// The fit of an estimator.
fn fit(kind: &str, text: &str, data: &Data) -> Fit {
    let estimator = estimator(kind, text).expect("valid keys");
    estimator.fit(Task { data, streams: &streams(0) }).expect("a fit")
}

/// Numbers between 0 and `size`.
fn numbers(count: usize, size: f64, seed: u64) -> Vec<f64> {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| size * stream.r#gen::<f64>()).collect()
}

/// Numbers between −`size` and `size` as a design.
fn design(rows: usize, columns: usize, size: f64, seed: u64) -> Arc<Design> {
    let values = numbers(rows * columns, 2.0 * size, seed).into_iter().map(|v| v - size).collect();
    Arc::new(Design::from_columns(rows, columns, values))
}
