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

use super::{Bars, Data, Images, Model, Own, Patches, Planted, Silent};

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

/// Data to learn from and to test on: sums of a few atoms, with normal coefficients and noise. The atoms are independent
/// normal numbers, scaled to norm 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlantedWire {
    /// Numbers of a datum, at least 2.
    #[serde(default = "sixty_four")]
    pixels: usize,
    /// Planted atoms, at least 1.
    #[serde(default = "hundred_and_28")]
    atoms: usize,
    /// Atoms of a datum, at least 1.
    #[serde(default = "four")]
    active: usize,
    /// Least size of a coefficient, from 0 to 3. Coefficients are standard normal, given that they are not smaller.
    #[serde(default = "half")]
    least: f64,
    /// Standard deviation of the noise, at least 0.
    #[serde(default = "twentieth")]
    sigma: f64,
    /// Data to learn from, at least 2.
    #[serde(default = "five_thousand")]
    n: usize,
    /// Data to test on, at least 1.
    #[serde(default = "five_hundred")]
    test: usize,
    /// Atoms to learn, at least 1.
    units: usize,
}

/// Patches of 8 × 8 pixels, drawn without replacement from 4,800 of four photographs, or 3,600 of three textures. Each image
/// is standardised and each patch centred; then they are whitened and scaled to mean square 1, both by the patches to learn
/// from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchesWire {
    /// Which images.
    #[serde(default)]
    images: Images,
    /// Patches to learn from, at least 2.
    #[serde(default = "three_thousand")]
    n: usize,
    /// Patches to test on, at least 1.
    #[serde(default = "five_hundred")]
    test: usize,
    /// Atoms to learn, at least 1.
    units: usize,
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

fn sixty_four() -> usize {
    64
}

fn hundred_and_28() -> usize {
    128
}

fn four() -> usize {
    4
}

fn half() -> f64 {
    0.5
}

fn twentieth() -> f64 {
    0.05
}

fn five_thousand() -> usize {
    5000
}

fn three_thousand() -> usize {
    3000
}

fn five_hundred() -> usize {
    500
}

fn fifth() -> f64 {
    0.2
}

fn two() -> f64 {
    2.0
}

/// Refuses a number below its least value.
fn at_least<const N: usize>(numbers: [(&str, usize, usize); N]) -> Result<(), Invalid> {
    match numbers.iter().find(|(_, value, least)| value < least) {
        Some((key, value, least)) => {
            Err(Invalid::new(*key, format!("expected at least {least}, found {value}")))
        }
        None => Ok(()),
    }
}

impl Check for BarsWire {
    fn check(&self) -> Result<(), Invalid> {
        at_least([("size", self.size, 2), ("n", self.n, 2)])?;
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

impl Check for PlantedWire {
    fn check(&self) -> Result<(), Invalid> {
        at_least([
            ("pixels", self.pixels, 2),
            ("atoms", self.atoms, 1),
            ("active", self.active, 1),
            ("n", self.n, 2),
            ("test", self.test, 1),
            ("units", self.units, 1),
        ])?;
        if self.active > self.atoms {
            let message = format!("expected at most the {} `atoms`, found {}", self.atoms, self.active);
            return Err(Invalid::new("active", message));
        }
        if !(0.0..=3.0).contains(&self.least) {
            return Err(Invalid::new(
                "least",
                format!("expected a number from 0 to 3, found {}", self.least),
            ));
        }
        if !(self.sigma >= 0.0 && self.sigma.is_finite()) {
            let message = format!("expected a number of at least 0, found {}", self.sigma);
            return Err(Invalid::new("sigma", message));
        }
        Ok(())
    }
}

impl From<PlantedWire> for Planted {
    fn from(wire: PlantedWire) -> Self {
        let PlantedWire { pixels, atoms, active, least, sigma, n, test, units } = wire;
        Self { pixels, atoms, active, least, sigma, n, test, units }
    }
}

impl Check for PatchesWire {
    fn check(&self) -> Result<(), Invalid> {
        at_least([("n", self.n, 2), ("test", self.test, 1), ("units", self.units, 1)])
    }
}

impl PatchesWire {
    pub(super) fn load(self) -> Result<Patches, Invalid> {
        Patches::new(self.images, self.n, self.test, self.units)
    }
}

impl Check for CsvWire {
    fn check(&self) -> Result<(), Invalid> {
        at_least([("units", self.units, 1), ("width", self.width.unwrap_or(1), 1)])
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
        Ok(Own { data: Data { y, test: None, units: self.units, width, truth: None, planted: None }, inputs })
    }
}
