//! The harness: configuration, trials, records, verdicts and reports.
//! It knows no statistics method.

pub mod curve;
pub mod records;
pub mod report;
