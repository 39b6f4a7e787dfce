//! The methods. To add one, add it to [`ENTRIES`].

mod ei;
mod models;
mod offline;
mod plain;
mod tpe;

use remeasure_core::Invalid;

use super::estimator::{Entry, Method, Model, Search};

pub use tpe::Tpe;

/// All methods that a config can select.
pub const ENTRIES: &[Entry] = &[
    plain::RANDOM,
    plain::GRID,
    plain::STARTS,
    plain::CMA,
    ei::GP,
    ei::FOREST,
    tpe::TPE,
    models::GP,
    models::FOREST,
    models::CONSTANT,
    offline::SURROGATE,
    offline::BEST,
    offline::ORACLE,
];

fn check_size(key: &str, least: usize, most: usize, value: usize) -> Result<(), Invalid> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected {least} to {most}, found {value}")))
}

fn check_positive(key: &str, value: f64) -> Result<(), Invalid> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Invalid::new(key, format!("expected a finite number above 0, found {value}")))
}
