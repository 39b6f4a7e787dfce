//! The bilevel family: functions against finite differences, solutions against known ones.

mod derivatives;
mod imaging;

use remeasure::bilevel::{Instance, Problem};
use remeasure::numerics::stream::Streams;

/// The problem of a `[problem]` table, as drawn for a replicate.
fn instance(table: &str, replicate: u32) -> Instance {
    let problem = Problem::read(toml::from_str(table).unwrap()).unwrap();
    problem.draw(&Streams { seed: 7, cell: 1, replicate }).unwrap()
}
