//! Data from a program of the user's own.

use anyhow::ensure;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;
use remeasure_external::{Data, Method, Request};

use super::{Instance, Truth};

/// `kind = "command"`: a program draws design and response, and perhaps tells the truth.
#[derive(Clone, Debug)]
pub struct CommandProblem(pub(super) Method);

impl CommandProblem {
    /// Has one replicate drawn.
    ///
    /// # Errors
    /// The program fails, or its arrays do not fit together.
    pub(super) fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let answer = self.0.ask(Request { streams, data: &Data::default() })?;
        let design = answer.design("X")?;
        let (n, p) = (design.rows(), design.columns());
        ensure!(n > 0 && p > 0, "its `X` is empty");
        let response = answer.numbers("y", &[n])?;
        let truth = match answer.has("coefficients") {
            true => {
                let sigma = answer.number("sigma")?.unwrap_or(f64::NAN);
                Some(Truth::new(answer.numbers("coefficients", &[p])?, sigma))
            }
            false => None,
        };
        let held_out = match answer.has("X_test") {
            true => {
                let rows: Design = answer.design("X_test")?;
                ensure!(rows.columns() == p, "its `X_test` has {} columns, `X` has {p}", rows.columns());
                let responses = answer.numbers("y_test", &[rows.rows()])?;
                Some((rows, responses))
            }
            false => None,
        };
        Ok(Instance { design, response, truth, held_out })
    }
}
