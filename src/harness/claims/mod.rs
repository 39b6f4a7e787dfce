#![doc = include_str!("forms.md")]

mod evidence;
mod forms;
mod judge;
mod names;
mod parse;
mod render;
mod select;
mod spec;
mod transitions;

pub use judge::{Finding, GroupFinding, Verdict, judge};
pub use names::Names;
pub use render::{CSV_HEADER, claims_csv_row, claims_markdown};
pub use spec::{
    Along, Bounds, ClaimSpec, Direction, Event, Form, Over, Published, Scale, Selected, Statistic,
};
