//! The estimators. To add one, add it to [`ENTRIES`].

mod ica;
mod lasso;
mod nmf;
mod pca;
mod proximal;
mod truncation;
mod yardsticks;

use remeasure_core::Invalid;

use crate::estimator::Entry;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    truncation::ENTRY,
    nmf::ENTRY,
    ica::ENTRY,
    lasso::ENTRY,
    proximal::ENTRY,
    pca::ENTRY,
    yardsticks::MEAN,
    yardsticks::RANDOM,
];

/// Refuses a number below `least`.
fn at_least(key: &str, least: usize, value: usize) -> Result<(), Invalid> {
    if value >= least {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected at least {least}, found {value}")))
}

/// Refuses a number that is not above 0.
fn positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number above 0, found {value}")))
}
