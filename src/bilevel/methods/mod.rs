//! The methods. To add one, add it to [`ENTRIES`].

mod command;
mod curve;
mod hoag;
mod lbfgs;
mod maid;
mod penalty;
pub mod search;

use remeasure_core::Invalid;

use super::estimator::Entry;
use super::vectors::{norm, squared_distance};

/// All methods that a config can select.
pub const ENTRIES: &[Entry] = &[
    maid::ADAPTIVE,
    maid::FIXED,
    hoag::ENTRY,
    search::GRID,
    search::RANDOM,
    search::GAUSSIAN_PROCESS,
    curve::ENTRY,
    lbfgs::ENTRY,
    penalty::FUNCTION,
    penalty::DESCENT,
    penalty::SINGLE_LOOP,
    command::ENTRY,
];

/// Default limit of outer iterations; usually the budget ends a method first.
fn default_iterations() -> usize {
    1_000_000
}

/// Checks that a number is above 0.
fn check_positive(key: &str, value: f64) -> Result<(), Invalid> {
    if !(value.is_finite() && value > 0.0) {
        return Err(Invalid::new(key, format!("expected a number above 0, found {value}")));
    }
    Ok(())
}

/// Checks that a number is between 0 and 1.
fn check_share(key: &str, value: f64) -> Result<(), Invalid> {
    if !(value > 0.0 && value < 1.0) {
        return Err(Invalid::new(key, format!("expected a number between 0 and 1, found {value}")));
    }
    Ok(())
}

/// Checks that a count is at least 1.
fn check_count(key: &str, value: usize) -> Result<(), Invalid> {
    if value == 0 {
        return Err(Invalid::new(key, "expected at least 1, found 0"));
    }
    Ok(())
}
