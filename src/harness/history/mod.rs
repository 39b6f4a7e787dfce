//! The history of accepted baselines and checks: `DIR/history.csv`.
//!
//! Every `baseline accept` and every `check` of the plain profile appends one line for each claim and
//! for each headline number of the experiment. One experiment's lines of one command are a *measurement*;
//! they stand together in the file.
//!
//! | column | content |
//! |---|---|
//! | `date` | UTC, RFC 3339 |
//! | `event` | `accept` or `check` |
//! | `experiment`, `profile` | what was measured |
//! | `config` | hash of everything in the config that can move a number |
//! | `code` | the first ten digits of the commit, with `+` where the sources differed from it |
//! | `target` | what it was compiled for |
//! | `kind` | `claim` or `metric` |
//! | `name` | id of the claim, or the metric |
//! | `estimator` | of a metric; empty for a claim |
//! | `value`, `se` | with 9 significant digits; empty where there is none or it is unknown |
//! | `verdict` | of a claim: the word; of a metric: how it stood to the baseline (`identical`, `compatible`, …), empty for `accept` |
//!
//! `code` and `config` are texts that may look like numbers: `read_csv(…, dtype={"code": str, "config":
//! str})` in pandas, `colClasses` in R.
//!
//! A *headline number* is one number for each estimator and metric that a claim speaks of: the mean over
//! the cells of the means of the final values, with the standard error of independent cells,
//! √Σ seᵢ² / cells; of the cells in which the estimator has values. It is there to show trends: a cell
//! that is added begins a new level.
//!
//! **What counts as a change** ([`History::changes`]). Measurements with the same config have the same
//! data, so their noise is the same too: where a number differs there by more than 1e-6 of its size, the
//! program gives *other numbers*, however small the change is beside the standard error. Whether a number
//! is beyond the noise of independent draws is decided by
//! [`segments`](remeasure_core::numerics::statistics::segments), in which measurements that follow each
//! other with the same number count once, and which leaves the chance of any false change in an experiment at 5 %.

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
/// Name of the folder beside the runs of an experiment that its figures go to.
pub const FOLDER: &str = "history";
