//! A program of the user's own.

use remeasure_core::params;
use remeasure_external::{self as external, Array, Data, Keys, Method, Request};

use crate::estimator::{Certificate, Entry, Estimator, Fit, Task};

/// Registers the estimator.
pub(super) const ENTRY: Entry = Entry {
    name: external::KIND,
    about: "a program of your own, in any language",
    schema: params::schema::<Keys>,
    read: |table| Ok(Box::new(Command(Method::estimator("sparse", table)?))),
};

struct Command(Method);

impl Estimator for Command {
    fn ready(&self) {
        self.0.ready();
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let data = Data::default()
            .array("X", Array::Matrix(task.design))
            .array("y", Array::Vector(task.response))
            .value("lambda", task.penalty);
        let answer = self.0.ask(Request { streams: task.streams, data: &data })?;
        Ok(Fit {
            coefficients: answer.numbers("coefficients", &[task.design.columns()])?,
            lambda: answer.number("lambda")?,
            certificate: Certificate::None,
            iterations: answer.iterations()?,
            shortfall: answer.shortfall()?,
            trajectory: Vec::new(),
            reported: self.0.reported(&answer)?,
        })
    }
}
