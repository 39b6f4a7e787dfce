#![doc = include_str!("forms.md")]

mod bounded;
mod evidence;
mod forms;
mod judge;
mod names;
mod parse;
mod render;
mod select;
mod spec;
mod spread;
mod steps;
mod targets;
mod ties;
mod transitions;
mod wire;
mod within;

pub use judge::{Finding, GroupFinding, Verdict, judge};
pub use names::Names;
pub use render::{CSV_HEADER, claims_csv_row, claims_markdown};
pub use spec::{
    Along, Bounds, CellValue, ClaimSpec, DEFAULT_RESOLUTION, Direction, Event, Form, Given, Limits, Location,
    Over, Published, Scale, Selected, Statistic,
};
pub use spread::spread;
