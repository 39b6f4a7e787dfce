//! The files of a run: made from its journal, read back for analysis.

mod load;
mod write;

use std::path::Path;

use anyhow::{Context, Result};

use crate::digest;

pub use crate::files::{AtomicFile, write_atomic};

pub use load::{columns, load, load_timings, seconds_per_trial};
pub use write::write_files;

/// Long form: one measured number per row.
pub const RECORDS: &str = "records.csv";
/// How each estimator of each trial ended.
pub const OUTCOMES: &str = "outcomes.csv";
/// Fit seconds: kept separate from the numbers, which are compared bit for bit.
pub const TIMINGS: &str = "timings.csv";

/// Digest of a run's records and outcomes: the same however the run was made.
///
/// # Errors
/// Files that cannot be read.
pub fn records_digest(folder: &Path) -> Result<String> {
    let (records, outcomes) = (folder.join(RECORDS), folder.join(OUTCOMES));
    let of = digest::of_files([records.as_path(), outcomes.as_path()]);
    of.with_context(|| format!("cannot read {RECORDS} and {OUTCOMES} in {}", folder.display()))
}
