//! The bilevel family: its problems, oracles and methods.

mod derivatives;

use remeasure::bilevel::problem::Instance;
use remeasure::bilevel::{Estimator, Problem};
use remeasure::numerics::Invalid;
use remeasure::numerics::stream::Streams;

fn table(text: &str) -> toml::Table {
    toml::from_str(text).unwrap()
}

fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(table(text))
}

fn instance(text: &str, replicate: u32) -> Instance {
    problem(text).unwrap().draw(&streams(replicate)).unwrap()
}

fn streams(replicate: u32) -> Streams {
    Streams { seed: 5, cell: 2, replicate }
}

fn estimator(kind: &str, text: &str) -> Box<dyn Estimator> {
    let entry = remeasure::bilevel::methods::ENTRIES.iter().find(|e| e.name == kind).unwrap();
    (entry.read)(table(text)).unwrap()
}
