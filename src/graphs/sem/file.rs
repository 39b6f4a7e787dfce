//! The user's own data.

use std::path::PathBuf;
use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::format::count;
use remeasure_core::numerics::Design;
use remeasure_core::params::{self, Check, Kind};
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table, listed, shown};
use schemars::JsonSchema;
use serde::Deserialize;

use super::linear::{MOST_NODES, Scaling, standardise};
use super::sample::{Sample, Truth, covariance};
use crate::dag::Dag;

/// Correlations closer to ±1 than this are those of columns that are multiples of each other.
const ALIKE: f64 = 1e-10;

/// Your own data: one variable in each column. Estimated weights are recorded.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wire {
    /// The file: one row for each observation.
    data: PathBuf,
    /// The columns to use, at least two. Default: all.
    columns: Option<Vec<ColumnName>>,
    /// A file with the true weights, if they are known: as many rows and columns as variables, in their order; row i,
    /// column j is the weight of i → j.
    truth: Option<PathBuf>,
    /// Scales of the columns.
    #[serde(default)]
    scaling: Scaling,
    /// Whether the first lines of the files have the columns' names.
    header: Option<bool>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

impl Check for Wire {}

/// Data from a file; nothing is drawn.
#[derive(Clone, Debug)]
pub struct FileSem {
    /// The sample.
    pub sample: Arc<Sample>,
    /// The files read.
    pub inputs: Vec<Input>,
}

/// The first pair of columns of which one is a multiple of the other, up to constants.
fn alike(d: usize, covariance: &[f64]) -> Option<(usize, usize)> {
    let pairs = (0..d).flat_map(|i| (i + 1..d).map(move |j| (i, j)));
    pairs.into_iter().find(|&(i, j)| {
        let scale = (covariance[i * d + i] * covariance[j * d + j]).sqrt();
        covariance[i * d + j].abs() >= (1.0 - ALIKE) * scale
    })
}

impl FileSem {
    /// Its kind of problem.
    #[must_use]
    pub fn kind() -> Kind {
        Kind::of::<Wire>("csv", "your own data, one variable in each column")
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// An invalid key, a file that cannot be read, a constant column, two columns that are the same but for scale, or true
    /// weights that are no weights of a DAG.
    pub fn read(table: toml::Table) -> Result<Self, Invalid> {
        let wire: Wire = params::read(table)?;
        let layout = Layout { header: wire.header, delimiter: wire.delimiter, decimal: wire.decimal };
        let table = Table::open("data", &wire.data, layout)?;
        let columns = match &wire.columns {
            Some(names) => {
                names.iter().map(|name| table.column("columns", name)).collect::<Result<Vec<_>, _>>()?
            }
            None => (0..table.header().len()).collect(),
        };
        let d = columns.len();
        let file = wire.data.display();
        if !(2..=MOST_NODES).contains(&d) {
            let message = format!("{file}: expected between 2 and {MOST_NODES} variables, found {d}");
            return Err(Invalid::new("data", message));
        }
        let data = table.design(&columns)?;
        let name = |j: usize| shown(table.header()[columns[j]].trim());
        let mut covariance = checked(&data, &name, &file.to_string())?;
        if wire.scaling == Scaling::Standardised {
            standardise(d, &mut covariance);
        }
        let rows = data.rows();
        let mut inputs = vec![table.input(format!("{} of {}", count(rows, "row"), table.features(&columns)))];
        let truth = match &wire.truth {
            Some(path) => {
                let table = Table::open("truth", path, layout)?;
                inputs.push(table.input(format!("weights of {}", count(d, "variable"))));
                Some(true_weights(&table, d, &path.display().to_string())?)
            }
            None => None,
        };
        let sample = Sample { nodes: d, rows, covariance, truth };
        Ok(Self { sample: Arc::new(sample), inputs })
    }
}

/// The covariance, if no column is constant and no two are the same but for scale.
fn checked(data: &Design, name: &dyn Fn(usize) -> String, file: &str) -> Result<Vec<f64>, Invalid> {
    let d = data.columns();
    let fail = |message: String| Invalid::new("data", format!("{file}: {message}"));
    if data.rows() < 2 {
        return Err(fail("expected at least 2 rows".to_owned()));
    }
    for j in 0..d {
        let column = data.column(j);
        if column.iter().all(|v| *v == column[0]) {
            return Err(fail(format!(
                "the column `{}` is constant: leave it out with the key `columns`",
                name(j)
            )));
        }
    }
    let covariance = covariance(data);
    let positive = (0..d).all(|j| covariance[j * d + j] > 0.0);
    if !positive || covariance.iter().any(|v| !v.is_finite()) {
        return Err(fail("variances are too large or too small to compute with: use other units".to_owned()));
    }
    if let Some((i, j)) = alike(d, &covariance) {
        return Err(fail(format!(
            "the columns `{}` and `{}` are the same but for scale: leave one out with the key `columns`",
            name(i),
            name(j)
        )));
    }
    Ok(covariance)
}

/// True weights from a file.
fn true_weights(table: &Table, d: usize, file: &str) -> Result<Truth, Invalid> {
    let fail = |message: String| Invalid::new("truth", format!("{file}: {message}"));
    let (rows, columns) = (table.rows(), table.header().len());
    if rows != d || columns != d {
        return Err(fail(format!(
            "expected a square matrix of {d} rows and columns, one for each variable, found {rows} × {columns}"
        )));
    }
    let all: Vec<usize> = (0..d).collect();
    let design = table.design(&all)?;
    let mut weights = vec![0.0; d * d];
    for j in 0..d {
        for (i, w) in design.column(j).iter().enumerate() {
            weights[i * d + j] = *w;
        }
    }
    let dag = Dag::from_weights(d, &weights).map_err(|_| {
        let names = listed(table.header());
        fail(format!("the weights among {names} form a cycle (row i, column j is the weight of i → j)"))
    })?;
    Ok(Truth { dag, weights, variances: None })
}
