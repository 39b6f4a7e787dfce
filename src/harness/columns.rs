//! The fixed columns of the CSV files that also have a column for each axis of the sweep.
//!
//! Each list is used by what writes the file, and all of them together are the names that no axis may have.

/// What follows the axes in records, outcomes and timings.
pub const FIT: [&str; 2] = ["replicate", "estimator"];
/// The rest of `records.csv`.
pub const RECORDS: [&str; 4] = ["coordinate", "metric", "value", "trial"];
/// The rest of `outcomes.csv`.
pub const OUTCOMES: [&str; 3] = ["outcome", "message", "trial"];
/// The rest of `timings.csv`.
pub const TIMINGS: [&str; 1] = ["fit_seconds"];
/// `summary.csv`.
pub const SUMMARY: [&str; 21] = [
    "estimator",
    "metric",
    "coordinate",
    "count",
    "missing",
    "mean",
    "sd",
    "se",
    "min",
    "q1",
    "median",
    "q3",
    "max",
    "n_common",
    "mean_common",
    "se_common",
    "ok",
    "not_converged",
    "failed",
    "timed_out",
    "skipped",
];
/// The CSV file of a table.
pub const TABLE: [&str; 15] = [
    "estimator",
    "metric",
    "count",
    "missing",
    "value",
    "se",
    "low",
    "high",
    "n_common",
    "value_common",
    "se_common",
    "low_common",
    "high_common",
    "best",
    "close",
];
/// `summary.csv` of a baseline.
pub const BASELINE_SUMMARY: [&str; 7] =
    ["estimator", "metric", "coordinate", "count", "missing", "mean", "se"];
/// `digests.csv` of a baseline.
pub const BASELINE_DIGESTS: [&str; 7] =
    ["estimator", "digest", "ok", "not_converged", "failed", "timed_out", "skipped"];
/// `values.csv` of a baseline.
pub const BASELINE_VALUES: [&str; 3] = ["estimator", "metric", "values"];

/// Whether an axis cannot have this name, since a file has a column of its own by it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let files: [&[&str]; 9] = [
        &FIT,
        &RECORDS,
        &OUTCOMES,
        &TIMINGS,
        &SUMMARY,
        &TABLE,
        &BASELINE_SUMMARY,
        &BASELINE_DIGESTS,
        &BASELINE_VALUES,
    ];
    files.iter().any(|columns| columns.contains(&name))
}
