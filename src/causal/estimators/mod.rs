//! The estimators. To add one, add it to [`ENTRIES`].

mod anchored;
mod average;
mod effects;
mod ivl;
mod janzing;
mod plain;

use remeasure_core::{Invalid, entry};

use super::estimator::{Entry, Estimator, Fit, Method, Task};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    plain::ERM,
    plain::AUGMENTED,
    ivl::ENTRY,
    plain::TWO_STAGE,
    janzing::ENTRY,
    anchored::ENTRY,
    plain::INVARIANT,
    plain::ZERO,
    effects::WEIGHTED,
    effects::LABELLED,
    effects::REPLAY,
    average::PLAIN,
    average::TWO_STAGE,
    average::GENIUS,
    average::PLUG_IN,
    average::ROBUST,
    average::CROSS_FITTED,
    average::SELECTED,
    average::TYPICAL,
    average::ORACLE,
    average::CONFOUNDER,
];

/// Largest number of weights that a method may draw.
const MOST_DRAWS: usize = 1000;

/// Default number of weights that a method draws.
fn ten() -> usize {
    10
}

/// Checks the number of weights that a method draws.
fn check_draws(draws: usize) -> Result<(), Invalid> {
    if !(1..=MOST_DRAWS).contains(&draws) {
        return Err(Invalid::new("draws", format!("expected between 1 and {MOST_DRAWS}, found {draws}")));
    }
    Ok(())
}

/// Position of the smallest score, the first among equals; `None` without scores.
fn smallest(scores: impl IntoIterator<Item = f64>) -> Option<usize> {
    let scores = scores.into_iter().enumerate();
    scores.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}

/// Whether the weight at a position is the largest.
fn is_largest(weights: &[f64], at: usize) -> bool {
    weights.iter().all(|w| *w <= weights[at])
}
