//! The harness: configuration, trials, records, verdicts and reports.
//! It knows no statistics method.

pub mod claims;
pub mod curve;
pub mod format;
pub mod records;
pub mod summary;
