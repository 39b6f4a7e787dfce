//! Claims as data: what a paper says, tested on our records.
//!
//! A claim is one `[[claim]]` table, read by [`ClaimSpec::parse`] and checked against the experiment's names by
//! [`ClaimSpec::check_names`]; [`judge`] gives each its verdict. The forms of claims, their keys and the statistics
//! behind them are described in `docs/claim-forms.md`.
//!
//! To add a form, write one file in `forms/` with its keys, checks and test, and add one line to the list of forms.

mod bounds;
mod claim;
mod evidence;
mod forms;
mod judge;
mod limits;
mod logistic;
mod looks;
mod names;
mod origin;
mod render;
mod select;
mod spread;
mod targets;
mod tested;
mod ties;
mod values;

pub(crate) use claim::STATED_FOR;
pub use claim::{ClaimSpec, Common, Over};
pub use forms::{common_keys, forms};
pub use judge::{Finding, GroupFinding, Verdict, by_origin, judge};
pub use looks::{Fewer, Look, Looks, judge_looks};
pub use names::{Metrics, Names};
pub use origin::{Evidence, Origin};
pub use render::{ClaimRow, claims_markdown};
pub use spread::spread;
pub use values::{CellValue, Given, Published, Selected};
