//! The estimators. To add one, add it to [`ENTRIES`].

mod choice;
mod full;
mod optcs;

use super::estimator::{Entry, Estimator, Selection};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    optcs::OPTCS,
    choice::RANDOM,
    choice::FIXED,
    choice::SPLIT,
    choice::TRAINING_SPLIT,
    choice::NAIVE,
    choice::BEST,
    choice::ALL,
    full::FULL,
    full::SAMPLE_SPLIT,
    full::FRESH,
];
