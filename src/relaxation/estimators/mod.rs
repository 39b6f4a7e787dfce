//! The estimators: policies that choose the relaxation of the next solve. To add one, add it to [`ENTRIES`].

mod learned;
mod rules;

use super::estimator::{Entry, Estimator, Fit, Task, play};
use super::problem::{Problem, position};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    rules::FIXED,
    rules::BEST_FIXED,
    rules::ORACLE_GRID,
    rules::INSTANCE_OPTIMAL,
    rules::PLAIN,
    rules::UNIFORM,
    learned::TSALLIS,
    learned::TSALLIS_BINNED,
    learned::CHEBCB,
];
