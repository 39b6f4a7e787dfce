//! A program of the user's own.

use anyhow::ensure;
use remeasure_core::params;
use remeasure_external::{self as external, Array, Data, Keys, Method, Request};

use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::model::{Model, Tabulated};
use crate::sample::Probabilities;

/// Registers the estimator.
pub(super) const ENTRY: Entry = Entry {
    name: external::KIND,
    about: "a program of your own, in any language",
    schema: params::schema::<Keys>,
    read: |table| Ok(Box::new(Command(Method::estimator("ordinal", table)?))),
};

/// Largest distance of a sum of probabilities from 1.
const ROUNDING: f64 = 1e-6;

struct Command(Method);

/// The probabilities of some rows, checked.
fn probabilities(values: &[f64], classes: usize) -> anyhow::Result<Probabilities> {
    for (values, row) in values.chunks_exact(classes).zip(1..) {
        let sum: f64 = values.iter().sum();
        ensure!(
            values.iter().all(|p| (0.0..=1.0 + ROUNDING).contains(p)) && (sum - 1.0).abs() <= ROUNDING,
            "its `probabilities` of row {row} are {values:?}, expected numbers from 0 to 1 with the sum 1"
        );
    }
    Ok(Probabilities { values: values.to_vec(), classes, crossed: 0 })
}

impl Estimator for Command {
    fn ready(&self) {
        self.0.ready();
    }

    fn fit(&self, task: &Task<'_>) -> anyhow::Result<Fit> {
        let (train, classes) = (&task.sample.design, task.sample.classes);
        // It predicts the training rows, then those of the test.
        let designs: Vec<_> = std::iter::once(train).chain(task.test).collect();
        let new = train.stacked(task.test);
        let data = Data::default()
            .array("X", Array::Matrix(train))
            .array("y", Array::Labels(&task.sample.labels))
            .value("classes", classes)
            .array("X_new", Array::Matrix(&new));
        let answer = self.0.ask(Request { streams: task.streams, data: &data })?;
        let values = answer.numbers("probabilities", &[new.rows(), classes])?;
        let mut rest = &values[..];
        let mut known = Vec::new();
        for design in designs {
            let (own, others) = rest.split_at(design.rows() * classes);
            known.push((design.clone(), probabilities(own, classes)?));
            rest = others;
        }
        Ok(Fit {
            lambda: answer.number("lambda")?,
            iterations: answer.iterations()?,
            shortfall: answer.shortfall()?,
            reported: self.0.reported(&answer)?,
            ..Fit::plain(Model::Tabulated(Tabulated { known }))
        })
    }
}
