//! The methods. To add one, add it to [`ENTRIES`].

mod ei;
mod models;
mod offline;
mod plain;
mod tpe;

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
