//! Small instances for tests.

use remeasure_core::stream::Streams;

use super::estimator::Task;
use super::problem::{Instance, Problem};

pub(crate) const STREAMS: Streams = Streams { seed: 7, cell: 0, replicate: 0 };

/// A Gaussian instance with noise of standard deviation `sigma`.
pub(crate) fn instance(n: usize, p: usize, k: usize, sigma: f64) -> Instance {
    let table = toml::from_str(&format!("n = {n}\np = {p}\nk = {k}\nsigma = {sigma:?}")).unwrap();
    Problem::read(table).unwrap().draw(&STREAMS).unwrap().instance().unwrap()
}

pub(crate) fn task(instance: &Instance) -> Task<'_> {
    Task {
        design: &instance.design,
        response: &instance.response,
        truth: instance.truth.as_ref(),
        penalty: None,
        streams: &STREAMS,
    }
}
