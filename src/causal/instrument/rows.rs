//! Data sets with an instrument: the 401(k) data, and the user's own.

use std::path::PathBuf;
use std::sync::Arc;

use rand::Rng;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::format::count;
use remeasure_core::numerics::{Design, Standard};
use remeasure_core::params::{Check, Kind};
use remeasure_core::stream::Streams;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Observed, Shape};

/// The 401(k) data; see the README beside it.
const PENSION: &str = include_str!("../data/pension401k.csv");

/// The covariates that are numbers, and the 0/1 columns by their bits.
const NUMBERS: [&str; 4] = ["age", "inc", "fsize", "educ"];
const BITS: [(&str, u32); 5] = [("db", 2), ("marr", 3), ("twoearn", 4), ("pira", 5), ("hown", 6)];

/// Fewest rows of a file.
const FEWEST: usize = 20;

/// 401(k) plans and net financial assets of 9,915 households in 1991: A is participation, Z eligibility, and the nine
/// covariates are age, income, family size, education, and whether there is a defined-benefit pension, a marriage, two
/// earners, an IRA and an own home. Nobody who is not eligible participates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PensionWire {
    /// Whether each replicate draws households with replacement, as many as there are. Errors are then those against
    /// the estimate from all households. Without, nothing is drawn but the folds of learners.
    #[serde(default)]
    resample: bool,
}

/// Your own data: one row for each unit, in named columns.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvWire {
    /// The file.
    data: PathBuf,
    /// Column of the outcome, a number.
    outcome: ColumnName,
    /// Column of the treatment, 0 or 1.
    treatment: ColumnName,
    /// Column of the instrument, 0 or 1.
    instrument: ColumnName,
    /// Columns of the covariates, numbers. Default: none.
    #[serde(default)]
    covariates: Vec<ColumnName>,
    /// Whether each replicate draws rows with replacement, as many as there are. Errors are then those against the
    /// estimate from all rows.
    #[serde(default)]
    resample: bool,
    /// Whether the first line names the columns. Default: true.
    header: Option<bool>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

impl Check for PensionWire {}
impl Check for CsvWire {}

/// A validated data set.
#[derive(Clone, Debug)]
pub struct Rows {
    /// All rows.
    pub whole: Arc<Observed>,
    /// Whether replicates draw from them.
    pub resample: bool,
    /// The files that they were read from.
    pub inputs: Vec<Input>,
}

/// Columns with mean 0 and mean square 1, which changes no estimate but that of learners.
fn standardised(mut x: Design) -> Design {
    for j in 0..x.columns() {
        let standard = Standard::of_slice(x.column(j));
        x.column_mut(j).iter_mut().for_each(|v| *v = standard.apply(*v));
    }
    x
}

impl PensionWire {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>("pension", "401(k) plans and net financial assets of 9,915 households in 1991")
    }

    /// The data.
    ///
    /// # Errors
    /// None for the bundled file.
    pub fn load(self) -> Result<Rows, Invalid> {
        let table = Table::from_bytes("kind", "pension401k.csv", PENSION.as_bytes(), Layout::default())?;
        let numbers = |name: &str| table.column("kind", name).and_then(|j| table.numbers(j));
        let flags = numbers("flags")?;
        let bit = |place: u32| -> Vec<f64> {
            flags.iter().map(|f| f64::from(u8::from((*f as u64 >> place) & 1 == 1))).collect()
        };
        let n = table.rows();
        let mut values = Vec::with_capacity(n * (NUMBERS.len() + BITS.len()));
        for name in NUMBERS {
            values.extend(numbers(name)?);
        }
        BITS.iter().for_each(|(_, place)| values.extend(bit(*place)));
        let x = standardised(Design::from_columns(n, NUMBERS.len() + BITS.len(), values));
        let whole = Observed::new(x, Design::from_columns(n, 1, bit(0)), bit(1), numbers("net_tfa")?);
        let inputs = vec![table.input(format!("{}, of the R package hdm", count(n, "household")))];
        Ok(Rows { whole: Arc::new(whole), resample: self.resample, inputs })
    }
}

impl CsvWire {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Self>("csv", "your own data with an instrument")
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Names the key of a file or column that cannot be used, and the cell.
    pub fn load(self) -> Result<Rows, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let table = Table::open("data", &self.data, layout)?;
        let outcome = table.column("outcome", &self.outcome)?;
        let treatment = table.column("treatment", &self.treatment)?;
        let instrument = table.column("instrument", &self.instrument)?;
        let mut covariates = Vec::with_capacity(self.covariates.len());
        for (at, name) in self.covariates.iter().enumerate() {
            covariates.push((format!("covariates[{at}]"), table.column(&format!("covariates[{at}]"), name)?));
        }
        let mut roles = vec![("outcome".to_owned(), outcome)];
        for (key, column) in [("treatment".to_owned(), treatment), ("instrument".to_owned(), instrument)]
            .into_iter()
            .chain(covariates.clone())
        {
            if let Some((other, _)) = roles.iter().find(|(_, j)| *j == column) {
                let message = format!("it is the same column as `{other}`: name another");
                return Err(Invalid::new(key, message));
            }
            roles.push((key, column));
        }
        let n = table.rows();
        let fail = |key: &str, what: String| Invalid::new(key, format!("{}: {what}", self.data.display()));
        if n < FEWEST {
            return Err(fail("data", format!("expected at least {FEWEST} rows, found {n}")));
        }
        let y = table.numbers(outcome)?;
        if Standard::of_slice(&y).is_constant() {
            return Err(fail(
                "outcome",
                "the outcome is constant: there is no effect to estimate".to_owned(),
            ));
        }
        let a = flags(&table, treatment, "treatment")?;
        let z = flags(&table, instrument, "instrument")?;
        let columns: Vec<usize> = covariates.iter().map(|(_, j)| *j).collect();
        let x = standardised(table.design(&columns)?);
        let holds = format!("{} with {}", count(n, "row"), count(columns.len(), "covariate"));
        let inputs = vec![table.input(holds)];
        let whole = Observed::new(x, Design::from_columns(n, 1, z), a, y);
        Ok(Rows { whole: Arc::new(whole), resample: self.resample, inputs })
    }
}

/// A column of 0 and 1, both of which occur at least twice.
fn flags(table: &Table, column: usize, key: &str) -> Result<Vec<f64>, Invalid> {
    let values = table.numbers(column)?;
    if let Some(row) = values.iter().position(|v| *v != 0.0 && *v != 1.0) {
        let error = table.cell_error(row, column, &format!("0 or 1, as the {key} must be"));
        return Err(Invalid::new(key, error.message));
    }
    let ones = values.iter().filter(|v| **v == 1.0).count();
    if ones < 2 || values.len() - ones < 2 {
        let message = format!(
            "the {key} does not vary: {ones} of {} rows are 1; expected at least two rows each with 0 and with 1",
            values.len()
        );
        return Err(Invalid::new(key, message));
    }
    Ok(values)
}

impl Rows {
    /// What estimators must know of it.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape {
            covariates: self.whole.x.columns(),
            instruments: 1,
            binary: true,
            confounder: false,
            nuisances: false,
        }
    }

    /// Draws one replicate.
    #[must_use]
    pub fn draw(&self, streams: &Streams) -> Observed {
        let n = self.whole.rows();
        let mut stream = streams.stream("rows");
        let rows: Vec<usize> =
            (0..n).map(|i| if self.resample { stream.gen_range(0..n) } else { i }).collect();
        self.whole.take(&rows)
    }
}
