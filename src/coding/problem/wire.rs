//! The keys of `[problem]`, and their conditions.

use std::path::PathBuf;
use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::format::count;
use remeasure_core::numerics::Design;
use remeasure_core::params::Check;
use remeasure_core::table::{Decimal, Delimiter, Layout, Table};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bars, Data, Model, Own, Silent};

/// The bars test: `size` rows and `size` columns of a square are the atoms, each active with the same probability.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BarsWire {
    /// The model that makes the data.
    #[serde(default = "bsc")]
    model: Model,
    /// Pixels along a side, at least 2: there are twice as many bars.
    #[serde(default = "five")]
    size: usize,
    /// Number of data, at least 2.
    #[serde(default = "thousand")]
    n: usize,
    /// Value of the pixels of a bar, above 0. A bar counts as found if its mean absolute error is below a tenth of it.
    #[serde(default = "ten")]
    height: f64,
    /// Probability that a cause is active, between 0 and 1. In the ternary model either sign has half of it, in the
    /// discrete model the value 1 has three quarters and 2 one quarter.
    #[serde(default = "fifth")]
    prior: f64,
    /// Standard deviation of the noise, at least 0.
    #[serde(default = "two")]
    sigma: f64,
    /// Of the spike-and-slab model: what becomes of data without a cause.
    #[serde(default)]
    silent: Silent,
}

/// Your own data: a row of the file is a datum, a column a pixel (or a channel, a word, a gene). Nothing is drawn but the
/// start of learning.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvWire {
    /// CSV file or array of NumPy (`.npy`).
    data: PathBuf,
    /// Number of atoms to learn, at least 1.
    units: usize,
    /// Columns in a row of the picture of an atom. Default: all columns in one row.
    width: Option<usize>,
    /// Whether the file begins with a header.
    header: Option<bool>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

fn bsc() -> Model {
    Model::Bsc
}

fn five() -> usize {
    5
}

fn thousand() -> usize {
    1000
}

fn ten() -> f64 {
    10.0
}

fn fifth() -> f64 {
    0.2
}

fn two() -> f64 {
    2.0
}

impl Check for BarsWire {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value) in [("size", self.size), ("n", self.n)] {
            if value < 2 {
                return Err(Invalid::new(key, format!("expected at least 2, found {value}")));
            }
        }
        if !(self.height > 0.0 && self.height.is_finite()) {
            return Err(Invalid::new("height", format!("expected a number above 0, found {}", self.height)));
        }
        if !(self.prior > 0.0 && self.prior < 1.0) {
            let message = format!("expected a probability between 0 and 1, found {}", self.prior);
            return Err(Invalid::new("prior", message));
        }
        if !(self.sigma >= 0.0 && self.sigma.is_finite()) {
            let message = format!("expected a number of at least 0, found {}", self.sigma);
            return Err(Invalid::new("sigma", message));
        }
        if self.silent == Silent::AsPublished && self.model != Model::Gsc {
            let message = "only the generator of model = \"gsc\" leaves data silent: remove the key";
            return Err(Invalid::new("silent", message));
        }
        Ok(())
    }
}

impl From<BarsWire> for Bars {
    fn from(wire: BarsWire) -> Self {
        let BarsWire { model, size, n, height, prior, sigma, silent } = wire;
        Self { model, size, n, height, prior, sigma, silent }
    }
}

impl Check for CsvWire {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value) in [("units", Some(self.units)), ("width", self.width)] {
            if value == Some(0) {
                return Err(Invalid::new(key, "expected at least 1, found 0"));
            }
        }
        Ok(())
    }
}

impl CsvWire {
    pub(super) fn load(self) -> Result<Own, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let table = Table::open("data", &self.data, layout)?;
        let pixels = table.header().len();
        let width = self.width.unwrap_or(pixels);
        if pixels % width != 0 {
            let message = format!("expected a divisor of the {}, found {width}", count(pixels, "column"));
            return Err(Invalid::new("width", message));
        }
        if pixels >= crate::family::STRIDE {
            let message = format!("{}: expected at most 9999 columns, found {pixels}", self.data.display());
            return Err(Invalid::new("data", message));
        }
        let columns: Vec<usize> = (0..pixels).collect();
        let rows = table.design(&columns)?;
        if rows.rows() < 2 {
            return Err(Invalid::new("data", format!("{}: expected at least 2 rows", self.data.display())));
        }
        let first = rows.as_slice()[0];
        if rows.as_slice().iter().all(|v| *v == first) {
            let message = format!("{}: all numbers are {first}", self.data.display());
            return Err(Invalid::new("data", message));
        }
        let values = (0..rows.rows()).flat_map(|n| (0..pixels).map(move |d| (n, d)));
        let values: Vec<f64> = values.map(|(n, d)| rows.column(d)[n]).collect();
        let y = Arc::new(Design::from_columns(pixels, rows.rows(), values));
        let taken = format!("{} of {}", count(rows.rows(), "row"), count(pixels, "number"));
        let inputs = vec![table.input(taken)];
        Ok(Own { data: Data { y, units: self.units, width, truth: None }, inputs })
    }
}
