//! The estimators. To add one, add it to [`ENTRIES`].

mod audit;
mod iht;
mod nldp;
mod yardsticks;

use remeasure_core::Invalid;

use crate::estimator::Entry;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] =
    &[iht::ENTRY, nldp::ENTRY, audit::ENTRY, yardsticks::LEAST_SQUARES, yardsticks::ZERO];

/// Users between two looks at the deadline.
const LOOK: usize = 4096;

fn one() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

/// Checks a number that must be above 0.
fn positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number above 0, found {value}")))
}

/// `|xᵀθ*| ≤ √k` for signs and `‖θ*‖ = 1`, so that only noise is clipped.
fn clip_y(given: Option<f64>, k: usize) -> f64 {
    given.unwrap_or((k as f64).sqrt())
}
