//! The estimators. To add one, add it to [`ENTRIES`].

mod yardsticks;

use super::dropouts::estimators as dropouts;
use super::estimator::{Entry, WeightEstimator, entry};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    // Weights of a linear structural equation model.
    yardsticks::EMPTY,
    // Equivalence classes from expression levels.
    dropouts::PC,
    dropouts::GES,
    dropouts::ORACLE,
    dropouts::EMPTY,
    dropouts::TEST,
];
