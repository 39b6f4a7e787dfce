//! The measurements of a run: cells, records and outcomes, indexed for analysis.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Display;

use remeasure_core::family::Outcome;
use remeasure_core::format::{count, shortest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One value of a sweep axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AxisValue {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Float(f64),
    /// A name.
    Text(String),
}

impl AxisValue {
    /// The value of a TOML number, text or truth value.
    #[must_use]
    pub fn from_toml(value: &toml::Value) -> Option<Self> {
        match value {
            toml::Value::Integer(i) => Some(Self::Integer(*i)),
            toml::Value::Float(x) => Some(Self::Float(*x)),
            toml::Value::Boolean(b) => Some(Self::Bool(*b)),
            toml::Value::String(s) => Some(Self::Text(s.clone())),
            _ => None,
        }
    }

    /// The value as TOML.
    #[must_use]
    pub fn to_toml(&self) -> toml::Value {
        match self {
            Self::Bool(b) => toml::Value::Boolean(*b),
            Self::Integer(i) => toml::Value::Integer(*i),
            Self::Float(x) => toml::Value::Float(*x),
            Self::Text(s) => toml::Value::String(s.clone()),
        }
    }

    /// Whether it is a finite number, or not a number at all.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.as_f64().is_none_or(f64::is_finite)
    }

    /// The value as a number; `None` if it is not one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(i) => Some(*i as f64),
            Self::Float(x) => Some(*x),
            Self::Bool(_) | Self::Text(_) => None,
        }
    }

    /// Its text in the identity of a cell, on which random streams depend: it never changes.
    #[must_use]
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Float(x) => x.to_string(),
            other => other.to_string(),
        }
    }

    /// Whether both are the same value; `1` and `1.0` are.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self.as_f64(), other.as_f64()) {
            (Some(a), Some(b)) => a == b,
            _ => self == other,
        }
    }
}

impl fmt::Display for AxisValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(b) => write!(f, "{b}"),
            Self::Integer(i) => write!(f, "{i}"),
            // `1.0` prints as `1`, so that 1 and 1.0 name the same cell.
            Self::Float(x) => f.write_str(&shortest(*x)),
            Self::Text(s) => f.write_str(s),
        }
    }
}

/// One axis of the sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Dotted path of the key it sets, such as `problem.n`.
    pub path: String,
    /// Short name, such as `n`; its column name in every table.
    pub name: String,
    /// Label in charts and tables, with its unit.
    pub label: String,
    /// Its values, in the order of the config.
    pub values: Vec<AxisValue>,
}

/// The values of an axis in all profiles, this one's first.
fn values_anywhere<'a>(axis: &'a Axis, anywhere: &'a [Axis]) -> Vec<&'a AxisValue> {
    let elsewhere = anywhere.iter().filter(|a| a.name == axis.name).flat_map(|a| &a.values);
    let mut known: Vec<&AxisValue> = axis.values.iter().collect();
    for value in elsewhere {
        if !known.iter().any(|k| k.same(value)) {
            known.push(value);
        }
    }
    known
}

/// Axes with the values of all profiles, this one's first.
pub(crate) fn axes_anywhere(axes: &[Axis], anywhere: &[Axis]) -> Vec<Axis> {
    let with_all = |axis: &Axis| Axis {
        values: values_anywhere(axis, anywhere).into_iter().cloned().collect(),
        ..axis.clone()
    };
    axes.iter().map(with_all).collect()
}

/// An error message if no profile has a value; `None` if one has it, or other profiles are unknown.
pub(crate) fn unknown_value(axis: &Axis, anywhere: &[Axis], value: &AxisValue) -> Option<String> {
    let known = values_anywhere(axis, anywhere);
    if anywhere.is_empty() || known.iter().any(|k| k.same(value)) {
        return None;
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    Some(format!("no profile has {} = {value}; there are {}", axis.name, known.join(", ")))
}

/// One point of the sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Identity that survives adding, removing and reordering other cells.
    pub id: u64,
    /// One value per axis, in the order of [`Store::axes`].
    pub values: Vec<AxisValue>,
}

/// `n=100, snr_db=10` with `=` between the name of an axis and its value.
pub(crate) fn label<A: Display, V: Display>(
    values: impl IntoIterator<Item = (A, V)>,
    equals: &str,
) -> String {
    let parts: Vec<String> =
        values.into_iter().map(|(axis, value)| format!("{axis}{equals}{value}")).collect();
    parts.join(", ")
}

/// Label of the cell if there is no sweep.
pub(crate) const ONLY_CELL: &str = "(the only cell)";

/// `n=100, snr_db=10`, or `(the only cell)` if there is no sweep.
#[must_use]
pub fn cell_label(axes: &[Axis], cell: &Cell) -> String {
    match label(axes.iter().map(|axis| &axis.name).zip(&cell.values), "=") {
        empty if empty.is_empty() => ONLY_CELL.to_owned(),
        label => label,
    }
}

/// One measured number. Indices point into the [`Store`]'s name tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Index into [`Store::cells`].
    pub cell: u32,
    /// Index into [`Store::estimators`].
    pub estimator: u16,
    /// Index into [`Store::metrics`].
    pub metric: u16,
    /// Coordinate such as the iteration or the index of λ; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// Replicate, from 0.
    pub replicate: u32,
    /// The number itself; may not be finite.
    pub value: f64,
}

/// The outcome of one estimator in one trial, with its indices.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeRow {
    /// Index into [`Store::cells`].
    pub cell: u32,
    /// Replicate, from 0.
    pub replicate: u32,
    /// Index into [`Store::estimators`].
    pub estimator: u16,
    /// The outcome.
    pub outcome: Outcome,
}

/// Everything a run measured.
#[derive(Clone, Debug, Default)]
pub struct Store {
    /// The sweep's axes.
    pub axes: Vec<Axis>,
    /// The sweep's cells, in plan order.
    pub cells: Vec<Cell>,
    /// Estimator names, in config order.
    pub estimators: Vec<String>,
    /// Metric names, in order of first appearance.
    pub metrics: Vec<String>,
    /// Settings of the problem that all cells share: dotted key below `[problem]` → configured value,
    /// without the sweep's axes.
    pub settings: BTreeMap<String, AxisValue>,
    /// Planned replicates per cell.
    pub replicates: u32,
    /// Names of the metrics that are 1 or 0 in each fit, so that their means are rates.
    pub events: BTreeSet<String>,
    /// By cell and estimator: planned replicates, where they are fewer.
    pub fewer: BTreeMap<(u32, u16), u32>,
    /// Outcomes, sorted by cell, replicate, estimator.
    pub outcomes: Vec<OutcomeRow>,
    /// Sorted by cell, estimator, metric, coordinate, replicate.
    pub(super) records: Vec<Record>,
}

/// The final fit, without a coordinate, comes first.
pub(super) fn coordinate_order(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => a.total_cmp(&b),
    }
}

fn group_order(a: &Record, b: &Record) -> Ordering {
    (a.cell, a.estimator, a.metric)
        .cmp(&(b.cell, b.estimator, b.metric))
        .then_with(|| coordinate_order(a.coordinate, b.coordinate))
}

impl Store {
    /// Takes the records, in any order, and indexes them.
    #[must_use]
    pub fn with_records(mut self, mut records: Vec<Record>) -> Self {
        records.sort_by(|a, b| group_order(a, b).then(a.replicate.cmp(&b.replicate)));
        self.records = records;
        self
    }

    /// The measurements in `cells` (indices, ascending) and in the first `replicates`, or those that are due
    /// if they are fewer; the axes keep the values of these cells.
    #[must_use]
    pub fn restricted(&self, cells: &[usize], replicates: u32) -> Self {
        let at: BTreeMap<u32, u32> = cells.iter().zip(0..).map(|(&old, new)| (old as u32, new)).collect();
        let kept: Vec<Cell> = cells.iter().map(|&c| self.cells[c].clone()).collect();
        let mut axes = self.axes.clone();
        for (i, axis) in axes.iter_mut().enumerate() {
            axis.values.retain(|v| kept.iter().any(|c| c.values[i].same(v)));
        }
        let place = |cell: u32, estimator: u16, replicate: u32| {
            let fewer = self.fewer.get(&(cell, estimator));
            let within = replicate < replicates && fewer.is_none_or(|n| replicate < *n);
            at.get(&cell).copied().filter(|_| within)
        };
        let records = self
            .records
            .iter()
            .filter_map(|r| Some(Record { cell: place(r.cell, r.estimator, r.replicate)?, ..*r }));
        let fewer = self.fewer.iter().filter(|(_, n)| **n < replicates);
        let fewer = fewer.filter_map(|(&(cell, estimator), &n)| Some(((*at.get(&cell)?, estimator), n)));
        let outcomes = self.outcomes.iter();
        let outcomes = outcomes.filter_map(|o| {
            Some(OutcomeRow {
                cell: place(o.cell, o.estimator, o.replicate)?,
                outcome: o.outcome.clone(),
                ..*o
            })
        });
        Self {
            axes,
            cells: kept,
            replicates: self.replicates.min(replicates),
            fewer: fewer.collect(),
            events: self.events.clone(),
            outcomes: outcomes.collect(),
            records: records.collect(),
            estimators: self.estimators.clone(),
            metrics: self.metrics.clone(),
            settings: self.settings.clone(),
        }
    }

    /// The same measurements with the axes in the order of `names`, and the cells in that of the axes. Axes that are
    /// not among the names come last.
    #[must_use]
    pub fn with_axes_as(self, names: &[String]) -> Self {
        let place = |axis: &Axis| names.iter().position(|name| *name == axis.name).unwrap_or(names.len());
        if self.axes.is_sorted_by_key(place) {
            return self;
        }
        let mut order: Vec<usize> = (0..self.axes.len()).collect();
        order.sort_by_key(|&axis| place(&self.axes[axis]));
        let position = |cell: usize, axis: usize| {
            self.axes[axis].values.iter().position(|value| value.same(&self.cells[cell].values[axis]))
        };
        let mut cells: Vec<usize> = (0..self.cells.len()).collect();
        cells.sort_by_cached_key(|&cell| order.iter().map(|&axis| position(cell, axis)).collect::<Vec<_>>());
        let mut moved = self.restricted(&cells, self.replicates);
        moved.axes = order.iter().map(|&axis| moved.axes[axis].clone()).collect();
        for cell in &mut moved.cells {
            cell.values = order.iter().map(|&axis| cell.values[axis].clone()).collect();
        }
        moved.outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
        let records = std::mem::take(&mut moved.records);
        moved.with_records(records)
    }

    /// Planned replicates of an estimator in a cell.
    #[must_use]
    pub fn due(&self, cell: usize, estimator: usize) -> u32 {
        self.fewer.get(&(cell as u32, estimator as u16)).copied().unwrap_or(self.replicates)
    }

    /// Number of planned fits.
    #[must_use]
    pub fn fits(&self) -> u64 {
        let pairs = (0..self.cells.len()).flat_map(|c| (0..self.estimators.len()).map(move |e| (c, e)));
        pairs.map(|(cell, estimator)| u64::from(self.due(cell, estimator))).sum()
    }

    /// "20 replicates", or "20 to 80 replicates" if some cells or estimators have fewer.
    #[must_use]
    pub fn replicates_text(&self) -> String {
        let all = count(self.replicates as usize, "replicate");
        match self.fewer.values().min() {
            Some(least) if *least < self.replicates => format!("{least} to {all}"),
            _ => all,
        }
    }

    /// All records, sorted by cell, estimator, metric, coordinate, replicate.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Groups of records that differ only in their replicate.
    pub fn groups(&self) -> impl Iterator<Item = &[Record]> {
        self.records.chunk_by(|a, b| group_order(a, b) == Ordering::Equal)
    }

    /// The records of one cell, estimator, metric and coordinate, by replicate.
    #[must_use]
    pub fn values(&self, cell: usize, estimator: usize, metric: usize, coordinate: Option<f64>) -> &[Record] {
        let key = Record {
            cell: cell as u32,
            estimator: estimator as u16,
            metric: metric as u16,
            coordinate,
            replicate: 0,
            value: 0.0,
        };
        let start = self.records.partition_point(|r| group_order(r, &key) == Ordering::Less);
        let length = self.records[start..].partition_point(|r| group_order(r, &key) == Ordering::Equal);
        &self.records[start..start + length]
    }

    /// The coordinates recorded for one cell, estimator and metric, ascending.
    #[must_use]
    pub fn coordinates(&self, cell: usize, estimator: usize, metric: usize) -> Vec<f64> {
        let key = (cell as u32, estimator as u16, metric as u16);
        let start = self.records.partition_point(|r| (r.cell, r.estimator, r.metric) < key);
        self.records[start..]
            .chunk_by(|a, b| group_order(a, b) == Ordering::Equal)
            .take_while(|g| (g[0].cell, g[0].estimator, g[0].metric) == key)
            .filter_map(|g| g[0].coordinate)
            .collect()
    }

    /// Index of an estimator by name.
    #[must_use]
    pub fn estimator(&self, name: &str) -> Option<usize> {
        self.estimators.iter().position(|e| e == name)
    }

    /// Index of a metric by name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<usize> {
        self.metrics.iter().position(|m| m == name)
    }

    /// Index of an axis by its short name.
    #[must_use]
    pub fn axis(&self, name: &str) -> Option<usize> {
        self.axes.iter().position(|a| a.name == name)
    }

    /// The outcomes of one cell, by replicate and estimator.
    #[must_use]
    pub fn outcomes_of(&self, cell: usize) -> &[OutcomeRow] {
        let start = self.outcomes.partition_point(|o| (o.cell as usize) < cell);
        let length = self.outcomes[start..].partition_point(|o| o.cell as usize == cell);
        &self.outcomes[start..start + length]
    }

    /// The outcome of one estimator in one trial, if the trial was run.
    #[must_use]
    pub fn outcome(&self, cell: usize, replicate: u32, estimator: usize) -> Option<&Outcome> {
        let key = (cell as u32, replicate, estimator as u16);
        let at = self.outcomes.binary_search_by_key(&key, |o| (o.cell, o.replicate, o.estimator)).ok()?;
        Some(&self.outcomes[at].outcome)
    }
}
