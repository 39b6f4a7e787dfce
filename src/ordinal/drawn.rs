//! Data from a program of the user's own.

use anyhow::{Context, ensure};
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_external::{Answer, Data, Method, Request};

use super::problem::{Instance, Redraws};
use super::sample::Sample;

/// `kind = "command"`: a program draws rows with ordered labels, and perhaps tells the true probabilities.
#[derive(Clone, Debug)]
pub struct Drawn(pub(super) Method);

/// The labels of an answer, sent from 1.
fn labels(answer: &Answer, key: &str, rows: usize, classes: usize) -> anyhow::Result<Vec<usize>> {
    let numbers = answer.numbers(key, &[rows])?;
    let label = |(row, y): (usize, &f64)| {
        let known = y.fract() == 0.0 && (1.0..=classes as f64).contains(y);
        ensure!(known, "its `{key}` of row {} is {y}, expected a class from 1 to {classes}", row + 1);
        Ok(*y as usize - 1)
    };
    numbers.iter().enumerate().map(label).collect()
}

impl Drawn {
    /// Has one replicate drawn.
    ///
    /// # Errors
    /// The program fails, its arrays do not fit together, or a class does not occur among the training rows.
    pub(super) fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let answer = self.0.ask(Request { streams, data: &Data::default() })?;
        let classes = answer.number("classes")?.context("its answer has no `classes`")?;
        ensure!(classes.fract() == 0.0 && classes >= 2.0, "its `classes` are {classes}, expected 2 or more");
        let rows = answer.design("X")?.rows();
        // Every class must occur, so there are no more than rows.
        ensure!(classes <= rows as f64, "it has {classes} classes but only {rows} rows");
        let classes = classes as usize;
        let sample = |x: &str, y: &str| -> anyhow::Result<Sample> {
            let design: Design = answer.design(x)?;
            let labels = labels(&answer, y, design.rows(), classes)?;
            let sample = Sample { design, labels, classes };
            sample.check().with_context(|| format!("its `{x}` cannot be used"))?;
            Ok(sample)
        };
        let train = sample("X", "y")?;
        let unseen = train.counts().iter().position(|n| *n == 0);
        ensure!(unseen.is_none(), "class {} does not occur in its `y`", unseen.unwrap_or(0) + 1);
        let truth = answer.has("probabilities");
        let truth =
            truth.then(|| answer.numbers("probabilities", &[train.labels.len(), classes])).transpose()?;
        let test = answer.has("X_test").then(|| sample("X_test", "y_test")).transpose()?;
        if let Some(test) = &test {
            let (found, expected) = (test.design.columns(), train.design.columns());
            ensure!(found == expected, "its `X_test` has {found} columns, `X` has {expected}");
        }
        Ok(Instance { train, truth, model: None, groups: None, test, redraws: Redraws::default() })
    }
}
