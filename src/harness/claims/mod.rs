#![doc = include_str!("forms.md")]

mod evidence;
mod forms;
mod judge;
mod names;
mod parse;
mod render;
mod select;
mod spec;
mod ties;
mod transitions;
mod wire;

pub use judge::{Finding, GroupFinding, Verdict, judge};
pub use names::Names;
pub use render::{CSV_HEADER, claims_csv_row, claims_markdown};
pub use spec::{
    Along, Bounds, ClaimSpec, DEFAULT_RESOLUTION, Direction, Event, Form, Given, Over, Published, Scale,
    Selected, Statistic,
};
