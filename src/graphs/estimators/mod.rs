//! The estimators. To add one, add it to [`ENTRIES`].

mod yardsticks;

use super::estimator::{Entry, WeightEstimator, entry};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    // Weights of a linear structural equation model.
    yardsticks::EMPTY,
];
