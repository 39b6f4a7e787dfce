//! The estimators. To add one, add it to [`ENTRIES`].

mod lasso;
mod omp;
mod preconditioned;
mod ridge;
mod yardsticks;

use remeasure_core::Invalid;

use crate::estimator::Entry;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    preconditioned::ENTRY,
    lasso::ENTRY,
    ridge::ENTRY,
    omp::ENTRY,
    preconditioned::REFERENCE,
    yardsticks::ORACLE,
    yardsticks::ZERO,
];

/// Gap to which paths are solved: the predictions are then within some 1e-4 of those of the exact path.
fn tolerance() -> f64 {
    1e-8
}

fn points() -> usize {
    100
}

fn ratio() -> f64 {
    1e-3
}

/// Checks the settings of a path.
fn check_path(tolerance: f64, points: usize, ratio: f64) -> Result<(), Invalid> {
    if !(tolerance > 0.0 && tolerance.is_finite()) {
        return Err(Invalid::new("tolerance", format!("expected a number above 0, found {tolerance}")));
    }
    if points == 0 {
        return Err(Invalid::new("points", "expected at least 1, found 0"));
    }
    if !(ratio > 0.0 && ratio < 1.0) {
        return Err(Invalid::new("ratio", format!("expected a fraction between 0 and 1, found {ratio}")));
    }
    Ok(())
}
