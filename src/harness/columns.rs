//! The fixed columns of those CSV files that also have a column for each axis of the sweep.
//!
//! The code that writes a file uses its list. No axis may have a name from any of the lists.

/// Columns after the axes in records, outcomes and timings.
pub const FIT: [&str; 2] = ["replicate", "estimator"];
/// Further columns of `records.csv`.
pub const RECORDS: [&str; 4] = ["coordinate", "metric", "value", "trial"];
/// Further columns of `outcomes.csv`.
pub const OUTCOMES: [&str; 3] = ["outcome", "message", "trial"];
/// Further columns of `timings.csv`.
pub const TIMINGS: [&str; 1] = ["fit_seconds"];
/// Columns of `summary.csv`.
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
/// Columns of a table's CSV file.
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
/// Columns of a baseline's `summary.csv`.
pub const BASELINE_SUMMARY: [&str; 7] =
    ["estimator", "metric", "coordinate", "count", "missing", "mean", "se"];
/// Columns of a baseline's `digests.csv`.
pub const BASELINE_DIGESTS: [&str; 7] =
    ["estimator", "digest", "ok", "not_converged", "failed", "timed_out", "skipped"];
/// Columns of a baseline's `values.csv`.
pub const BASELINE_VALUES: [&str; 3] = ["estimator", "metric", "values"];

/// Whether a file has a column of this name, so that no axis may have it.
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
