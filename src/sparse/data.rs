//! The user's own regression data, read from CSV and split anew in each replicate.

use std::path::PathBuf;

use rand::seq::SliceRandom;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::problem::Instance;
use crate::numerics::params::Check;
use crate::numerics::stream::Streams;
use crate::numerics::{Design, Invalid};

/// `[problem]` with `kind = "csv"`.
#[derive(Clone, Debug, Deserialize)]
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

/// Reads a numeric CSV file with a header line: columns, and their number of rows.
fn read_columns(key: &str, path: &PathBuf) -> Result<(Vec<Vec<f64>>, String), Invalid> {
    let shown = path.display();
    let fail = |message: String| Invalid::new(key, message);
    let bytes = std::fs::read(path)
        .map_err(|e| fail(format!("cannot read {shown}: {e} (paths are relative to the current folder)")))?;
    let digest = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header: Vec<String> =
        reader.headers().map_err(|e| fail(format!("{shown}: {e}")))?.iter().map(str::to_owned).collect();
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); header.len()];
    for (row, record) in reader.records().enumerate() {
        // The header is line 1, so the first row of data is row 1 on line 2.
        let record = record.map_err(|e| fail(format!("{shown}: row {}: {e}", row + 1)))?;
        for ((text, column), name) in record.iter().zip(&mut columns).zip(&header) {
            match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => column.push(value),
                _ => {
                    let message = format!(
                        "{shown}: row {} (line {}), column `{name}`: expected a finite number, found `{text}`",
                        row + 1,
                        row + 2
                    );
                    return Err(fail(message));
                }
            }
        }
    }
    if columns.is_empty() || columns[0].is_empty() {
        return Err(fail(format!("{shown}: no rows of data below the header")));
    }
    Ok((columns, digest))
}

impl CsvProblem {
    /// Reads both files.
    pub(super) fn load(&self) -> Result<Observations, Invalid> {
        let (columns, x_digest) = read_columns("x", &self.x)?;
        let (mut response, y_digest) = read_columns("y", &self.y)?;
        if response.len() != 1 {
            let message = format!("{}: expected one column, found {}", self.y.display(), response.len());
            return Err(Invalid::new("y", message));
        }
        let response = response.remove(0);
        let (n, p) = (columns[0].len(), columns.len());
        if response.len() != n {
            let message =
                format!("{} has {} rows but {} has {n}", self.y.display(), response.len(), self.x.display());
            return Err(Invalid::new("y", message));
        }
        let held_out = ((n as f64 * self.test_fraction).round() as usize).max(1);
        if held_out + 2 > n {
            let message = format!("of {n} rows, {held_out} held out leave fewer than 2 to fit");
            return Err(Invalid::new("test_fraction", message));
        }
        let files = vec![(self.x.display().to_string(), x_digest), (self.y.display().to_string(), y_digest)];
        Ok(Observations { design: Design::from_columns(n, p, columns.concat()), response, files, held_out })
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
        let mut rows: Vec<usize> = (0..self.design.rows()).collect();
        rows.shuffle(&mut streams.stream("split"));
        let (test, train) = rows.split_at(self.held_out);
        let (mut fit, mut check) = (Vec::new(), Vec::new());
        let standardise = |column: &[f64], fit: &mut Vec<f64>, check: &mut Vec<f64>| {
            let size = train.len() as f64;
            let mean = train.iter().map(|&i| column[i]).sum::<f64>() / size;
            let power = train.iter().map(|&i| (column[i] - mean).powi(2)).sum::<f64>() / size;
            let scale = if power > 0.0 { power.sqrt().recip() } else { 0.0 };
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
