//! Regression data read from files and split anew in each replicate.

use std::path::PathBuf;

use anyhow::ensure;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::{Design, split};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::table::{self, Decimal, Delimiter, Layout};
use schemars::JsonSchema;
use serde::Deserialize;

use super::problem::Instance;

/// Regression data from two files, standardised on the training rows of each replicate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvProblem {
    /// File of the features, one per column: CSV or `.npy`, plain or `.gz`; relative to the config's
    /// folder.
    x: PathBuf,
    /// File of the response: one column, and as many rows as `x`.
    y: PathBuf,
    /// Whether the first line of a CSV file names the columns; otherwise they are called 1, 2, …. Default: true.
    header: Option<bool>,
    /// What separates cells: `","`, `";"`, `"\t"`, `"|"` or `" "`. Default: `","`.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction: `"."` or `","`. Default: `"."`.
    decimal: Option<Decimal>,
    /// Fraction of the rows held out to measure the prediction error, between 0 and 1.
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
    /// Features as read, shape `n × p`.
    pub design: Design,
    /// Response as read, length `n`.
    pub response: Vec<f64>,
    /// The files read.
    pub inputs: Vec<Input>,
    held_out: usize,
}

impl CsvProblem {
    /// Reads both files.
    pub(super) fn load(&self) -> Result<Observations, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let table::Regression { design, response, inputs } =
            table::regression(("x", &self.x), ("y", &self.y), layout)?;
        let n = design.rows();
        let held_out = split::held_out(n, self.test_fraction);
        if held_out + 2 > n {
            let message = format!("holding out {held_out} of {n} rows leaves fewer than 2 training rows");
            return Err(Invalid::new("test_fraction", message));
        }
        Ok(Observations { design, response, inputs, held_out })
    }
}

impl Observations {
    /// Number of training rows in each replicate.
    #[must_use]
    pub fn training_rows(&self) -> usize {
        self.design.rows() - self.held_out
    }

    /// Splits the rows at random; centres and scales by the training rows alone.
    ///
    /// Over the training rows, columns and response have mean 0 and mean square 1. No intercept is needed,
    /// and predicting the mean has a mean squared error of 1. Constant columns become 0.
    ///
    /// # Errors
    /// The response is constant on the training rows.
    pub fn split(&self, streams: &Streams) -> anyhow::Result<Instance> {
        let (train, test) =
            split::train_test(self.design.rows(), self.held_out, &mut streams.stream("split"));
        let (mut fit, mut check) = (Vec::new(), Vec::new());
        let standardise = |column: &[f64], fit: &mut Vec<f64>, check: &mut Vec<f64>| {
            let standard = split::standard(column, &train);
            fit.extend(train.iter().map(|&i| standard.apply(column[i])));
            check.extend(test.iter().map(|&i| standard.apply(column[i])));
            !standard.is_constant()
        };
        for j in 0..self.design.columns() {
            standardise(self.design.column(j), &mut fit, &mut check);
        }
        let (mut response, mut response_out) = (Vec::new(), Vec::new());
        let varies = standardise(&self.response, &mut response, &mut response_out);
        ensure!(varies, "the response is constant on the {} training rows", train.len());
        let p = self.design.columns();
        Ok(Instance {
            design: Design::from_columns(train.len(), p, fit),
            response,
            truth: None,
            held_out: Some((Design::from_columns(test.len(), p, check), response_out)),
        })
    }
}
