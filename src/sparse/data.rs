//! The user's own regression data, read from CSV and split anew in each replicate.

use std::path::PathBuf;

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, split};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::table;
use schemars::JsonSchema;
use serde::Deserialize;

use super::problem::Instance;

/// `[problem]` with `kind = "csv"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvProblem {
    /// Features, one column each, with a header line.
    x: PathBuf,
    /// Response: one column with a header line, as many rows as `x`.
    y: PathBuf,
    /// Fraction of the rows held out to measure the prediction error.
    #[serde(default = "default_test_fraction")]
    test_fraction: f64,
}

fn default_test_fraction() -> f64 {
    0.2
}

impl Check for CsvProblem {
    fn check(&self) -> Result<(), Invalid> {
        if !(self.test_fraction > 0.0 && self.test_fraction < 1.0) {
            let message = format!("expected a fraction between 0 and 1, found {}", self.test_fraction);
            return Err(Invalid::new("test_fraction", message));
        }
        Ok(())
    }
}

/// Observations held in memory.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Features as read, `n × p`.
    pub design: Design,
    /// Response as read, length `n`.
    pub response: Vec<f64>,
    /// The files read, each with the SHA-256 of its contents.
    pub files: Vec<(String, String)>,
    held_out: usize,
}

impl CsvProblem {
    /// Reads both files.
    pub(super) fn load(&self) -> Result<Observations, Invalid> {
        let table::Regression { design, response, files } =
            table::regression(("x", &self.x), ("y", &self.y))?;
        let n = design.rows();
        let held_out = split::held_out(n, self.test_fraction);
        if held_out + 2 > n {
            let message = format!("of {n} rows, {held_out} held out leave fewer than 2 to fit");
            return Err(Invalid::new("test_fraction", message));
        }
        Ok(Observations { design, response, files, held_out })
    }
}

impl Observations {
    /// Rows that an estimator sees in each replicate.
    #[must_use]
    pub fn training_rows(&self) -> usize {
        self.design.rows() - self.held_out
    }

    /// Splits the rows at random; centres and scales by the training rows alone.
    ///
    /// Columns get mean 0 and mean square 1, the response mean 0 and mean square 1
    /// over the training rows, so that an intercept is not needed and a mean
    /// squared error of 1 is that of predicting the mean. Constant columns become 0.
    #[must_use]
    pub fn split(&self, streams: &Streams) -> Instance {
        let (train, test) =
            split::train_test(self.design.rows(), self.held_out, &mut streams.stream("split"));
        let (mut fit, mut check) = (Vec::new(), Vec::new());
        let standardise = |column: &[f64], fit: &mut Vec<f64>, check: &mut Vec<f64>| {
            let (mean, scale) = split::standard(column, &train);
            fit.extend(train.iter().map(|&i| (column[i] - mean) * scale));
            check.extend(test.iter().map(|&i| (column[i] - mean) * scale));
        };
        for j in 0..self.design.columns() {
            standardise(self.design.column(j), &mut fit, &mut check);
        }
        let (mut response, mut response_out) = (Vec::new(), Vec::new());
        standardise(&self.response, &mut response, &mut response_out);
        let p = self.design.columns();
        Instance {
            design: Design::from_columns(train.len(), p, fit),
            response,
            truth: None,
            held_out: Some((Design::from_columns(test.len(), p, check), response_out)),
        }
    }
}
