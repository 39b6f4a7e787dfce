//! The bilevel problems. To add one, add it to [`ENTRIES`].

pub mod bilinear;
mod imaging;
pub mod lasso;
pub mod logistic;
pub mod quadratic;
pub mod ridge;

use remeasure_core::Invalid;

use super::problem::{Entry, Threshold};

/// All problems that a config can select.
pub const ENTRIES: &[Entry] = &[
    quadratic::ENTRY,
    ridge::RIDGE,
    ridge::GROUP_RIDGE,
    lasso::LASSO,
    lasso::ELASTIC_NET,
    logistic::ENTRY,
    bilinear::ENTRY,
    imaging::TV,
    imaging::EXPERTS,
];

/// Checks a budget.
fn check_budget(budget: f64) -> Result<(), Invalid> {
    if !(budget.is_finite() && budget > 0.0) {
        return Err(Invalid::new("budget", format!("expected a number above 0, found {budget}")));
    }
    Ok(())
}

/// Checks thresholds.
fn check_thresholds(key: &str, thresholds: &[f64]) -> Result<(), Invalid> {
    match thresholds.iter().find(|t| !t.is_finite()) {
        Some(t) => Err(Invalid::new(key, format!("expected finite numbers, found {t}"))),
        None => Ok(()),
    }
}

/// Checks a start, the value of every entry of `θ₀`, and the interval that contains it.
fn check_start(start: f64, bounds: [f64; 2]) -> Result<(), Invalid> {
    if !start.is_finite() {
        return Err(Invalid::new("start", format!("expected a finite number, found {start}")));
    }
    if bounds[0] < bounds[1] && !(bounds[0] <= start && start <= bounds[1]) {
        let message = format!("expected a number within bounds = {bounds:?}, found {start}");
        return Err(Invalid::new("start", message));
    }
    Ok(())
}

/// Checks thresholds that are multiples of `min f`.
fn check_ratios(ratios: &[f64]) -> Result<(), Invalid> {
    match ratios.iter().find(|r| !(r.is_finite() && **r >= 1.0)) {
        Some(r) => {
            Err(Invalid::new("threshold_ratios", format!("expected numbers of at least 1, found {r}")))
        }
        None => Ok(()),
    }
}

/// Values of `f`, and multiples of its minimum if that is known.
fn thresholds(values: &[f64], ratios: &[f64], minimum: Option<f64>) -> Vec<Threshold> {
    let mut all = Threshold::at(values);
    if let Some(minimum) = minimum {
        all.extend(ratios.iter().map(|&name| Threshold { name, value: name * minimum }));
    }
    all
}
