//! The estimators. To add one, add it to [`ENTRIES`].

mod continuous;
mod golem;
mod notears;
mod regression;
mod yardsticks;

use remeasure_core::{Invalid, entry};

use super::dropouts::estimators as dropouts;
use super::estimator::{Entry, Method, WeightEstimator};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    // Weights of a linear structural equation model.
    continuous::EQUAL,
    continuous::UNEQUAL,
    continuous::LEAST_SQUARES,
    notears::ENTRY,
    golem::ENTRY,
    regression::SORTED,
    regression::ORACLE,
    yardsticks::EMPTY,
    // Equivalence classes from expression levels.
    dropouts::PC,
    dropouts::GES,
    dropouts::ORACLE,
    dropouts::EMPTY,
    dropouts::TEST,
];

/// Checks a number that must be above 0.
fn check_positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number above 0, found {value}")))
}

/// Checks a threshold of weights.
fn check_threshold(value: f64) -> Result<(), Invalid> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new("threshold", format!("expected a number of at least 0, found {value}")))
}
