//! The bilevel problems. A new one needs a line in [`ENTRIES`].

mod imaging;
pub mod quadratic;

use super::problem::Entry;
use crate::numerics::Invalid;

/// All problems that a config can name.
pub const ENTRIES: &[Entry] = &[
    quadratic::ENTRY,
    imaging::TV,
    imaging::EXPERTS,
];

/// Condition on a budget.
fn check_budget(budget: f64) -> Result<(), Invalid> {
    if !(budget.is_finite() && budget > 0.0) {
        return Err(Invalid::new("budget", format!("expected a number above 0, found {budget}")));
    }
    Ok(())
}

/// Condition on thresholds.
fn check_thresholds(key: &str, thresholds: &[f64]) -> Result<(), Invalid> {
    match thresholds.iter().find(|t| !t.is_finite()) {
        Some(t) => Err(Invalid::new(key, format!("expected finite numbers, found {t}"))),
        None => Ok(()),
    }
}
