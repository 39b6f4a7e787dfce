//! The sparse family: drawing data and fitting estimators.

mod agreement;
mod diabetes;
mod ensembles;
mod generators;
mod limits;
mod networks;
mod penalties;
mod unfolding;
mod unrolled;

use remeasure_core::stream::Streams;
use remeasure_sparse::{Estimator, Fit, Instance, Problem, Task};

fn table(text: &str) -> toml::Table {
    toml::from_str(text).unwrap()
}

fn problem(text: &str) -> Problem {
    Problem::read(table(text)).unwrap()
}

fn streams(replicate: u32) -> Streams {
    Streams { seed: 11, cell: 3, replicate }
}

fn estimator(kind: &str, text: &str) -> Box<dyn Estimator> {
    let entry = remeasure_sparse::estimators::ENTRIES.iter().find(|e| e.name == kind).unwrap();
    (entry.read)(table(text)).unwrap()
}

fn fit(estimator: &dyn Estimator, instance: &Instance, streams: &Streams) -> Fit {
    let task = Task {
        design: &instance.design,
        response: &instance.response,
        truth: instance.truth.as_ref(),
        penalty: None,
        streams,
    };
    estimator.fit(&task).unwrap()
}
