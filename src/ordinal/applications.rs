//! Data with labelled rows, split anew in each replicate: the user's own, and two applications.

use std::path::PathBuf;

use remeasure_core::Invalid;
use remeasure_core::digest::hex;
use remeasure_core::family::Input;
use remeasure_core::format::count;
use remeasure_core::numerics::{Design, Standard, split};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use remeasure_core::table::{ColumnName, Decimal, Delimiter, Layout, Table, listed, shown};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Value;

use super::partition::{By, Rows};
use super::problem::{DrawError, Instance};
use super::sample::Sample;

/// PreDiabetes of MLDataR 1.0.1, MIT licence; see `data/README.md`.
const PREDIABETES: &[u8] = include_bytes!("data/prediabetes.csv");

/// A column with more values than this is not one of classes.
const MOST_CLASSES: usize = 100;

/// Rows with labels from a file, split anew in each replicate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvWire {
    /// File with one column for each feature and one for the label: CSV or `.npy`, plain or `.gz`;
    /// relative to the config's folder.
    data: PathBuf,
    /// Whether the first line of a CSV file names the columns; otherwise they are called 1, 2, …. Default: true.
    header: Option<bool>,
    /// What separates cells: `","`, `";"`, `"\t"`, `"|"` or `" "`. Default: `","`.
    delimiter: Option<Delimiter>,
    /// What separates the whole part of a number from its fraction: `"."` or `","`. Default: `"."`.
    decimal: Option<Decimal>,
    /// Name of the column with the label.
    label: ColumnName,
    /// The labels in ascending order, as strings or integers; the last one is the rare class. Default: the classes
    /// have no order and none is rare.
    #[schemars(schema_with = "labels")]
    order: Option<Vec<Value>>,
    /// Names of the feature columns. Default: all columns except the label and the group.
    features: Option<Vec<ColumnName>>,
    /// Name of a column with the group of each row, such as a plan that was observed in several years.
    group: Option<ColumnName>,
    /// Whether rows are held out at random (`"rows"`) or whole groups (`"groups"`, the default with `group`).
    split: Option<By>,
    /// Fraction of the rows, or of the groups, held out, between 0 and 1.
    #[serde(default = "default_test_fraction")]
    test_fraction: f64,
}

/// The application to prediabetes of Faletto and Bien (2023).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrediabetesWire {
    /// Age in years: only diagnoses before this age count.
    cutoff: u32,
    /// Fraction of the patients held out, between 0 and 1.
    #[serde(default = "default_test_fraction")]
    test_fraction: f64,
}

/// The red wines of Cortez et al. (2009), quality 3 to 8.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WineWire {
    /// Fraction of the wines held out, between 0 and 1.
    #[serde(default = "default_test_fraction")]
    test_fraction: f64,
}

/// Schema of an optional list of strings and integers.
fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["array", "null"], "items": { "type": ["string", "integer"] } })
}

fn default_test_fraction() -> f64 {
    0.1
}

/// Data held in memory.
#[derive(Clone, Debug)]
pub struct Data {
    /// All rows, features as read.
    pub sample: Sample,
    /// Names of the features, length `p`.
    pub features: Vec<String>,
    /// Names of the classes, in ascending order if they have one, length `K`.
    pub class_names: Vec<String>,
    /// The file or data set.
    pub input: Input,
    /// Whether the classes have an order.
    pub ordered: bool,
    /// The group of each row, counted from 0.
    pub groups: Option<Vec<usize>>,
    by: By,
    held_out: usize,
}

fn check_fraction(fraction: f64) -> Result<(), Invalid> {
    if fraction > 0.0 && fraction < 1.0 {
        return Ok(());
    }
    Err(Invalid::new("test_fraction", format!("expected a fraction between 0 and 1, found {fraction}")))
}

impl Check for CsvWire {
    fn check(&self) -> Result<(), Invalid> {
        check_fraction(self.test_fraction)?;
        let order = self.order.as_deref();
        if let Some(order) = order.filter(|o| o.len() < 2) {
            let message = format!("expected at least 2 labels in ascending order, found {}", order.len());
            return Err(Invalid::new("order", message));
        }
        for (k, value) in order.into_iter().flatten().enumerate() {
            let place = || format!("order[{k}]");
            if !matches!(value, Value::String(_) | Value::Integer(_)) {
                let message = format!("expected a string or an integer, found {value}");
                return Err(Invalid::new(place(), message));
            }
            if order.into_iter().flatten().take(k).any(|v| name(v) == name(value)) {
                return Err(Invalid::new(place(), format!("the label `{}` appears twice", name(value))));
            }
        }
        if self.group.as_ref() == Some(&self.label) {
            return Err(Invalid::new("group", format!("`{}` is the label", &*self.label)));
        }
        if self.split == Some(By::Groups) && self.group.is_none() {
            return Err(Invalid::new("split", "to hold out whole groups, give their column as `group`"));
        }
        if let Some(features) = &self.features {
            if features.is_empty() {
                return Err(Invalid::new(
                    "features",
                    "expected at least 1 column; omit this key to use all columns",
                ));
            }
            for (j, feature) in features.iter().enumerate() {
                let place = || format!("features[{j}]");
                if *feature == self.label {
                    return Err(Invalid::new(place(), format!("`{}` is the label", &**feature)));
                }
                if Some(feature) == self.group.as_ref() {
                    return Err(Invalid::new(place(), format!("`{}` is the group", &**feature)));
                }
                if features[..j].contains(feature) {
                    return Err(Invalid::new(place(), format!("the column `{}` appears twice", &**feature)));
                }
            }
        }
        Ok(())
    }
}

impl Check for PrediabetesWire {
    fn check(&self) -> Result<(), Invalid> {
        check_fraction(self.test_fraction)
    }
}

impl Check for WineWire {
    fn check(&self) -> Result<(), Invalid> {
        check_fraction(self.test_fraction)
    }
}

/// A label as written in the file.
fn name(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

/// Integers up to this size are the same as floating-point numbers.
const EXACT: i64 = 1 << 53;

/// Whether a cell contains a label; an integer may be written `3` or `3.0`.
fn is_label(cell: &str, value: &Value) -> bool {
    match value {
        Value::Integer(number) => match cell.parse::<i64>() {
            Ok(found) => found == *number,
            Err(_) => {
                (-EXACT..=EXACT).contains(number) && cell.parse::<f64>().is_ok_and(|x| x == *number as f64)
            }
        },
        _ => cell == name(value),
    }
}

impl CsvWire {
    /// Reads the file.
    pub(super) fn load(&self) -> Result<Data, Invalid> {
        let layout = Layout { header: self.header, delimiter: self.delimiter, decimal: self.decimal };
        let table = Table::open("data", &self.data, layout)?;
        let label = table.column("label", &self.label)?;
        let (class_names, labels) = match &self.order {
            Some(order) => ordered(&table, label, order)?,
            None => unordered(&table, label, &self.label)?,
        };
        let group = self.group.as_ref().map(|name| table.column("group", name)).transpose()?;
        let columns: Vec<usize> = match &self.features {
            Some(names) => names
                .iter()
                .enumerate()
                .map(|(j, name)| table.column(&format!("features[{j}]"), name.trim()))
                .collect::<Result<_, _>>()?,
            None => (0..table.header().len()).filter(|&j| j != label && Some(j) != group).collect(),
        };
        if columns.is_empty() {
            let message = format!("{}: no column other than the label", self.data.display());
            return Err(Invalid::new("data", message));
        }
        let sample = Sample { design: table.design(&columns)?, labels, classes: class_names.len() };
        let input = table.input(taken(&sample, &table.features(&columns), &self.label, &class_names));
        let features = columns.iter().map(|&j| table.header()[j].trim().to_owned()).collect();
        let data = Data::new(sample, features, class_names, input, "order", self.test_fraction)?;
        let data = Data { ordered: self.order.is_some(), ..data };
        let Some(group) = group else { return Ok(data) };
        let names: Vec<_> = table.cells(group).collect();
        data.grouped(&names, self.split.unwrap_or(By::Groups), self.test_fraction)
    }
}

/// Names of the classes and the class of each row, for labels in a given order.
fn ordered(table: &Table, label: usize, order: &[Value]) -> Result<(Vec<String>, Vec<usize>), Invalid> {
    let names: Vec<String> = order.iter().map(name).collect();
    let expected = || {
        let known = names.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        format!("one of the labels {known}")
    };
    let mut labels = Vec::with_capacity(table.rows());
    for (row, cell) in table.cells(label).enumerate() {
        let known = order.iter().position(|value| is_label(&cell, value));
        labels.push(known.ok_or_else(|| table.cell_error(row, label, &expected()))?);
    }
    Ok((names, labels))
}

/// The same for labels as they are found; each must occur twice, to be both learned and tested.
fn unordered(table: &Table, label: usize, key: &str) -> Result<(Vec<String>, Vec<usize>), Invalid> {
    let cells: Vec<_> = table.cells(label).collect();
    if let Some(row) = cells.iter().position(|cell| cell.is_empty()) {
        return Err(table.cell_error(row, label, "the name of a class"));
    }
    let mut names: Vec<String> = cells.iter().map(|cell| cell.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 {
        let message =
            format!("expected at least 2 classes in the column `{}`, found {}", shown(key), names.len());
        return Err(Invalid::new("label", message));
    }
    if names.len() > MOST_CLASSES {
        let message = format!(
            "the column `{}` has {} different values, expected at most {MOST_CLASSES} classes",
            shown(key),
            names.len()
        );
        return Err(Invalid::new("label", message));
    }
    let labels: Vec<usize> = cells.iter().map(|c| names.partition_point(|n| n.as_str() < &**c)).collect();
    let counts = super::sample::counts(&labels, names.len());
    if let Some(k) = counts.iter().position(|c| *c == 1) {
        let message = format!(
            "the class `{}` of the column `{}` has one row, which cannot be both learned and tested: merge it with \
             another class or leave its row out",
            shown(&names[k]),
            shown(key)
        );
        return Err(Invalid::new("label", message));
    }
    Ok((names, labels))
}

/// What was taken from a data set.
fn taken(sample: &Sample, features: &str, label: &str, classes: &[String]) -> String {
    let counts: Vec<String> =
        classes.iter().zip(sample.counts()).map(|(name, n)| format!("`{}` {n}", shown(name))).collect();
    let rows = count(sample.labels.len(), "row");
    format!("{rows} of {features}; classes of `{}`: {}", shown(label), counts.join(", "))
}

impl PrediabetesWire {
    /// Labels the bundled patients: diabetes (the rare class) if it was diagnosed before the cutoff age,
    /// otherwise prediabetes if that was, otherwise none.
    pub(super) fn load(&self) -> Result<Data, Invalid> {
        const FEATURES: [&str; 5] = ["Age", "Sex", "IMD_Decile", "BMI", "HbA1C"];
        let table =
            Table::from_bytes("kind", "prediabetes.csv (MLDataR 1.0.1)", PREDIABETES, Layout::default())?;
        let column = |name: &str| table.column("kind", name);
        let diabetes = table.numbers(column("Age_Diabetes")?)?;
        let before = table.numbers(column("Age_PreDiabetes")?)?;
        let cutoff = f64::from(self.cutoff);
        let label = |(d, p): (&f64, &f64)| match () {
            () if *d < cutoff => 2,
            () if *p < cutoff => 1,
            () => 0,
        };
        let labels = diabetes.iter().zip(&before).map(label).collect();
        let columns = FEATURES.into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let sample = Sample { design: table.design(&columns)?, labels, classes: 3 };
        let classes = ["none", "prediabetes", "diabetes"].map(str::to_owned).to_vec();
        let input = table.input(taken(&sample, &table.features(&columns), "diagnosis", &classes));
        let features = FEATURES.map(str::to_owned).to_vec();
        Data::new(sample, features, classes, input, "cutoff", self.test_fraction)
    }
}

impl WineWire {
    /// Takes the red wines from linfa-datasets: 11 features, quality 3 to 8.
    pub(super) fn load(&self) -> Result<Data, Invalid> {
        const LOWEST: usize = 3;
        const CLASSES: usize = 6;
        let wines = linfa_datasets::winequality();
        let records = wines.records();
        let values: Vec<f64> = records.columns().into_iter().flat_map(|c| c.to_vec()).collect();
        let design = Design::from_columns(records.nrows(), records.ncols(), values);
        let quality = wines.targets();
        if let Some(other) = quality.iter().find(|q| !(LOWEST..LOWEST + CLASSES).contains(q)) {
            let message = format!("expected wines of quality 3 to 8 in linfa-datasets, found {other}");
            return Err(Invalid::new("kind", message));
        }
        let labels: Vec<usize> = quality.iter().map(|q| q - LOWEST).collect();
        let mut hash = Sha256::new();
        design.as_slice().iter().for_each(|v| hash.update(v.to_le_bytes()));
        labels.iter().for_each(|&y| hash.update((y as u64).to_le_bytes()));
        let digest = hex(&hash.finalize());
        let sample = Sample { design, labels, classes: CLASSES };
        let classes: Vec<String> = (LOWEST..LOWEST + CLASSES).map(|q| q.to_string()).collect();
        let features = wines.feature_names().to_vec();
        let named = format!("{}: {}", count(features.len(), "feature"), listed(&features));
        let holds = taken(&sample, &named, "quality", &classes);
        let input = Input { name: "winequality-red (linfa-datasets)".to_owned(), digest, holds };
        Data::new(sample, features, classes, input, "kind", self.test_fraction)
    }
}

impl Data {
    /// `key` is the parameter named in an error about a class that does not occur.
    fn new(
        sample: Sample,
        features: Vec<String>,
        class_names: Vec<String>,
        input: Input,
        key: &str,
        test_fraction: f64,
    ) -> Result<Self, Invalid> {
        if let Some(k) = sample.counts().iter().position(|&c| c == 0) {
            let message = format!("the class `{}` does not occur in {}", class_names[k], input.name);
            return Err(Invalid::new(key, message));
        }
        let (n, held_out) = (sample.labels.len(), split::held_out(sample.labels.len(), test_fraction));
        if held_out + sample.classes > n {
            let message = format!(
                "holding out {held_out} of {n} rows leaves too few for all of the {} classes",
                sample.classes
            );
            return Err(Invalid::new("test_fraction", message));
        }
        Ok(Self { sample, features, class_names, input, ordered: true, groups: None, by: By::Rows, held_out })
    }

    /// The same with groups, given by the name of that of each row.
    fn grouped<S: AsRef<str>>(self, names: &[S], by: By, test_fraction: f64) -> Result<Self, Invalid> {
        let mut known: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        known.sort_unstable();
        known.dedup();
        let groups = names.iter().map(|n| known.partition_point(|k| *k < n.as_ref())).collect();
        let held_out = match by {
            By::Rows => self.held_out,
            By::Groups => split::held_out(known.len(), test_fraction),
        };
        if by == By::Groups && held_out >= known.len() {
            let message = format!("holding out {held_out} of {} leaves none", count(known.len(), "group"));
            return Err(Invalid::new("group", message));
        }
        Ok(Self { groups: Some(groups), by, held_out, ..self })
    }

    /// The first feature that is the same in all rows, up to rounding.
    pub(super) fn constant_feature(&self) -> Option<&str> {
        let constant = |j: &usize| Standard::of_slice(self.sample.design.column(*j)).is_constant();
        (0..self.features.len()).find(constant).map(|j| self.features[j].as_str())
    }

    /// Number of training rows in each replicate, if rows are held out one by one.
    #[must_use]
    pub fn training_rows(&self) -> usize {
        self.sample.labels.len() - self.held_out
    }

    /// Splits the rows or the groups at random.
    pub(super) fn split(&self, streams: &Streams) -> Result<Instance, DrawError> {
        let groups = self.groups.as_deref();
        Rows { sample: &self.sample, groups, by: self.by, held_out: self.held_out }.split(streams)
    }
}

#[cfg(test)]
mod tests;
