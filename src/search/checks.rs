//! Checks of settings.

use remeasure_core::Invalid;

/// Checks a whole number.
pub(crate) fn check_size(key: &str, least: usize, most: usize, value: usize) -> Result<(), Invalid> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected {least} to {most}, found {value}")))
}

/// Checks a number that must be finite and above 0.
pub(crate) fn check_positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a finite number above 0, found {value}")))
}
