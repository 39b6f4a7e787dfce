//! The files of a run: made from its journal, read back for analysis.

mod atomic;
mod load;
mod write;

pub use atomic::{AtomicFile, write_atomic};
pub use load::{load, load_timings};
pub use write::write_files;

/// Long form: one measured number a row.
pub const RECORDS: &str = "records.csv";
/// How each estimator of each trial ended.
pub const OUTCOMES: &str = "outcomes.csv";
/// Fit seconds: apart from the numbers, which are compared bit for bit.
pub const TIMINGS: &str = "timings.csv";
