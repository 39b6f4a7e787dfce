//! Baselines: accepted numbers that later runs are compared with.
//!
//! A baseline is the folder `DIR/EXPERIMENT/baseline/`, which contains only text files:
//!
//! | file | content |
//! |---|---|
//! | `baseline.toml` | profile, config and its hash, code, input files, and the log of all acceptances with their reasons |
//! | `digests.csv` | per cell and estimator: fits by outcome, and a digest of the exact records and outcomes |
//! | `summary.csv` | per cell, estimator, metric and coordinate: count, missing, mean, Monte Carlo standard error |
//! | `values.csv` | the values by replicate, for paired tests |
//! | `claims.csv` | the verdicts |
//! | `speed.toml` | ratios of running times, a separate baseline (module `speed`) |
//!
//! **Exact level.** A cell and estimator with the baseline's digest is *identical*: outcomes and all
//! numbers agree to the last bit. The same code on the same target and toolchain must be identical.
//!
//! **Statistical level.** If a digest differs, every metric is compared ([`compare()`]), and the method of
//! Benjamini and Yekutieli controls the false discoveries over all cells and metrics of the experiment.
//! Benjamini and Hochberg's method would not do, because the metrics of one fit may depend on each other
//! in either direction. If only the random draws have changed, the probability of any false alarm is at
//! most the rate, for any dependence.

mod causes;
mod compare;
mod compared;
mod difference;
mod digest;
mod explain;
mod header;
mod power;
mod read;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod write;

pub use causes::{Cause, Class, Provenance, Touches, causes};
pub use compare::{Comparison, Judgement, Pairing, Rules, State, compare};
pub use compared::{About, Compared, Sides, Subject, json, show};
pub use difference::Method;
pub use explain::{Attribution, Explanation, explain};
pub use header::{Acceptance, BASELINE, FORMAT, Header};
pub(crate) use header::{accepted, read_log};
pub use power::Power;
pub use read::read;
pub use snapshot::{ClaimLine, Fit, Series, Snapshot, claimed, headline, label};
pub use store::store;
pub use write::{PATH_LIMIT, VALUES_LIMIT, write};

/// Name of the baseline's folder, next to the runs of an experiment.
pub const FOLDER: &str = "baseline";
/// Outcomes of the fits, and digests of their records.
const DIGESTS: &str = "digests.csv";
/// Means with their standard errors.
const SUMMARY: &str = "summary.csv";
/// Values by replicate.
const VALUES: &str = "values.csv";
/// Verdicts.
const CLAIMS: &str = "claims.csv";
