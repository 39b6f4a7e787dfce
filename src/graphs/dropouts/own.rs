//! The user's own expression matrix.

use std::path::PathBuf;
use std::sync::Arc;

use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::format::count;
use remeasure_core::numerics::{Design, Standard, kernels};
use remeasure_core::params::Check;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table, shown};
use schemars::JsonSchema;
use serde::Deserialize;

use super::fisher::Sample;
use super::sets::MOST;
use crate::dag::Dag;

/// Least number of rows: a test without conditions needs 4.
const LEAST_ROWS: usize = 10;
/// Correlation from which two columns count as the same.
const SAME: f64 = 1.0 - 1e-12;

/// Your own expression matrix: a row for each cell, a column for each gene.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnWire {
    /// File: CSV or `.npy`, plain or `.gz`; relative to the config's folder.
    data: PathBuf,
    /// Columns to use, 2 to 128, in this order. Default: all.
    columns: Option<Vec<ColumnName>>,
    /// Whether numbers below 0 are meant. Default: `false`, since expression levels and counts have none.
    #[serde(default)]
    signed: bool,
    /// CSV file with the columns `from` and `to`: the edges of the true graph, by names of columns. Default: unknown.
    edges: Option<PathBuf>,
    /// Whether the first line has the names of the columns; else they are called 1, 2, ….
    header: Option<bool>,
    /// What separates the cells.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction.
    decimal: Option<Decimal>,
}

impl Check for OwnWire {}

/// A matrix that was read.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The numbers.
    pub sample: Arc<Sample>,
    /// The graph, where it is known.
    pub truth: Option<Dag>,
    /// The files.
    pub inputs: Vec<Input>,
}

impl OwnWire {
    /// Reads the files.
    ///
    /// # Errors
    /// Names a key: a file cannot be read, a number is missing or negative, there are too few or too many columns or
    /// rows, a column is constant or the same as another, or the edges are none of a DAG on the columns.
    pub(super) fn load(self) -> Result<Matrix, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let table = Table::open("data", &self.data, layout)?;
        let places = match &self.columns {
            Some(names) => {
                let places = names.iter().map(|name| table.column("columns", name));
                places.collect::<Result<Vec<_>, _>>()?
            }
            None => (0..table.header().len()).collect(),
        };
        let names: Vec<String> = places.iter().map(|&j| table.header()[j].trim().to_owned()).collect();
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                let message = format!("the column `{}` is named twice: remove one", shown(name));
                return Err(Invalid::new(if self.columns.is_some() { "columns" } else { "data" }, message));
            }
        }
        if !(2..=MOST).contains(&places.len()) {
            let message = format!(
                "expected 2 to {MOST} columns, found {}: name those to use in `columns`",
                places.len()
            );
            return Err(Invalid::new(if self.columns.is_some() { "columns" } else { "data" }, message));
        }
        let mut values = Vec::with_capacity(places.len() * table.rows());
        for &j in &places {
            let column = table.numbers(j)?;
            if let Some(row) = column.iter().position(|v| *v < 0.0).filter(|_| !self.signed) {
                let what =
                    "an expression level of at least 0 (if negative numbers are meant, set signed = true)";
                return Err(table.cell_error(row, j, what));
            }
            values.extend(column);
        }
        let fail = |message: String| Invalid::new("data", format!("{}: {message}", self.data.display()));
        let n = table.rows();
        if n < LEAST_ROWS {
            return Err(fail(format!("expected at least {LEAST_ROWS} rows, found {n}")));
        }
        let matrix = Design::from_columns(n, places.len(), values);
        distinct(&matrix, &names).map_err(fail)?;
        let mut inputs = vec![table.input(format!("{} of {}", count(n, "row"), table.features(&places)))];
        let truth = match &self.edges {
            Some(path) => {
                let table = Table::open("edges", path, Layout::default())?;
                let truth = graph(&table, &names)?;
                inputs.push(table.input(count(table.rows(), "edge")));
                Some(truth)
            }
            None => None,
        };
        Ok(Matrix { sample: Arc::new(Sample::new(matrix)), truth, inputs })
    }
}

/// Refuses constant columns, and columns that are the same up to location and scale.
fn distinct(matrix: &Design, names: &[String]) -> Result<(), String> {
    let n = matrix.rows();
    let mut standardised = matrix.clone();
    for (j, name) in names.iter().enumerate() {
        let column = standardised.column_mut(j);
        let standard = Standard::of_slice(column);
        if standard.is_constant() {
            let name = shown(name);
            return Err(format!(
                "column `{name}` is constant, so nothing depends on it: leave it out with `columns`"
            ));
        }
        column.iter_mut().for_each(|v| *v = standard.apply(*v));
        for (i, other) in names[..j].iter().enumerate() {
            let product = kernels::dot(standardised.column(i), standardised.column(j)) / n as f64;
            if product.abs() >= SAME {
                return Err(format!(
                    "columns `{}` and `{}` are the same up to scale, so no test tells them apart: leave one out with \
                     `columns`",
                    shown(other),
                    shown(name)
                ));
            }
        }
    }
    Ok(())
}

/// The graph of a list of edges.
fn graph(table: &Table, names: &[String]) -> Result<Dag, Invalid> {
    let (from, to) = (table.column("edges", "from")?, table.column("edges", "to")?);
    let node = |row: usize, j: usize| {
        let cell = table.cell(row, j);
        let found = names.iter().position(|name| *name == *cell);
        found.ok_or_else(|| table.cell_error(row, j, "the name of a column of `data` that is used"))
    };
    let mut edges = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        edges.push((node(row, from)?, node(row, to)?));
    }
    let message = "the edges form a cycle: a directed acyclic graph is needed";
    Dag::from_edges(names.len(), &edges).map_err(|_| Invalid::new("edges", message))
}
