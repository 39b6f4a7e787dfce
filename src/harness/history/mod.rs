//! The history of accepted baselines and checks: `DIR/history.csv`.
//!
//! Every `baseline accept`, and every `check` of an unchanged profile, appends one line for each claim and
//! for each headline number of the experiment. The lines of one experiment from one command are a
//! *measurement*; they are adjacent in the file.
//!
//! | column | content |
//! |---|---|
//! | `date` | UTC, RFC 3339 |
//! | `event` | `accept` or `check` |
//! | `experiment`, `profile` | what was measured |
//! | `config` | hash of everything in the config that can change a number; behind it, after `-`, a digest of the files that the problem read, if any |
//! | `code` | the first ten digits of the commit, with `+` if the sources differed from it |
//! | `target` | target triple of the program |
//! | `kind` | `claim` or `metric` |
//! | `name` | id of the claim, or the metric |
//! | `estimator` | the estimator of a metric; empty for a claim |
//! | `value`, `se` | with 9 significant digits; empty if there is none or it is unknown |
//! | `verdict` | of a claim: the word; of a metric: its state compared with the baseline (`identical`, `compatible`, …), empty for `accept` |
//!
//! `code` and `config` are texts that may look like numbers: `read_csv(…, dtype={"code": str, "config":
//! str})` in pandas, `colClasses` in R.
//!
//! A *headline number* is one number for each estimator and each metric that a claim uses: the mean over
//! cells of the means of the final values, with the standard error for independent cells, √Σ seᵢ² / cells.
//! Only cells in which the estimator has values count. Headline numbers show trends: an added cell begins
//! a new level.
//!
//! **What counts as a change** ([`History::changes`]). Measurements with the same config and the same
//! input files have the same data and therefore the same noise. If a number differs between them by more than 1e-6 of its size, the
//! program gives *different numbers*, however small the change is compared with the standard error.
//! Whether a change is beyond the noise of independent draws is decided by
//! [`segments`](remeasure_core::numerics::statistics::segments), where consecutive measurements with the
//! same number count once. The probability of any false change in an experiment is 5 %.

mod changes;
mod figures;
mod file;
mod line;
mod text;

pub use changes::{Change, History, Point, SAME, Series};
pub use figures::draw;
pub use file::{HEADER, append, read, writable};
pub use line::{Kind, Line, Occasion, WrittenBy, lines};
pub use text::text;

/// File name of the history.
pub const HISTORY: &str = "history.csv";
/// Name of the folder of the history's figures, next to the runs of an experiment.
pub const FOLDER: &str = "history";
