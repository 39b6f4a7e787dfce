//! The estimators. To add one, add it to [`ENTRIES`].

mod federated;
mod lasso;
mod linfa;
mod path;
mod plain;
mod yardsticks;

use remeasure_core::Invalid;

use crate::admm::Settings;
use crate::estimator::Entry;

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    lasso::ENTRY,
    path::ENTRY,
    plain::LOCAL,
    plain::GLOBAL,
    plain::ORACLE,
    federated::ENTRY,
    linfa::ENTRY,
    yardsticks::RANDOM,
    yardsticks::DISTANCE,
    yardsticks::ZERO,
];

fn one() -> f64 {
    1.0
}

fn tolerance() -> f64 {
    1e-6
}

fn iterations() -> usize {
    10_000
}

/// Checks a number that must be above 0.
fn positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a number above 0, found {value}")))
}

/// Checks the settings of the alternating direction method.
fn check_settings(rho: f64, settings: &Settings) -> Result<(), Invalid> {
    positive("rho", rho)?;
    for (key, value) in [("absolute", settings.absolute), ("relative", settings.relative)] {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(Invalid::new(key, format!("expected a number of at least 0, found {value}")));
        }
    }
    if let Some(gap) = settings.gap {
        positive("gap", gap)?;
    }
    if settings.iterations == 0 {
        return Err(Invalid::new("max_iterations", "expected at least 1, found 0"));
    }
    Ok(())
}
