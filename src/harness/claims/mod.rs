//! Claims as data: what a paper says, tested on our records.
//!
//! A claim is one `[[claim]]` table, read by [`ClaimSpec::parse`] and checked
//! against the experiment's names by [`ClaimSpec::check_names`]; [`judge`]
//! gives each its verdict. Cells have independent random streams, so cells
//! combine as independent samples; the estimators of one replicate share its
//! data, so they are compared in pairs.
//!
//! What is missing is never averaged away: a replicate whose fit failed or
//! whose value is not finite is left out, counted in the note, and makes the
//! claim not testable once more than `max_missing` of the planned values of
//! any cell are gone.

mod evidence;
mod forms;
mod judge;
mod names;
mod parse;
mod render;
mod select;
mod spec;

pub use judge::{Finding, GroupFinding, Verdict, judge};
pub use names::Names;
pub use parse::check_unique;
pub use render::{CSV_HEADER, claims_csv_row, claims_markdown};
pub use spec::{
    Along, Bounds, ClaimSpec, Direction, Event, Form, Over, Published, Scale, Selected, Statistic,
};
