//! The estimators: sources of answers, and methods of pooling. To add one, add it to [`ENTRIES`].

mod answers;
mod methods;

use super::estimator::{Entry, Estimator, Fit, Shift};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    answers::MODEL,
    answers::ALWAYS_UNKNOWN,
    answers::TEXTBOOK,
    answers::NO_EFFECT,
    methods::FIXED_EFFECT,
    methods::MANTEL_HAENSZEL,
    methods::PETO,
    methods::DERSIMONIAN_LAIRD,
    methods::HEDGES,
    methods::REML,
    methods::PAULE_MANDEL,
    methods::LARGEST_STUDY,
];
