//! Selects the cells and estimators of a table or figure.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Value;

use crate::records::{Axis, AxisValue, Store};

/// Selects records: short name of an axis → one value or a list of values.
pub type Filter = toml::Table;

/// One value of an axis or a list of them, as in a [`Filter`].
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "stands for a TOML value in schemas")]
pub(crate) enum OneOrSeveral {
    /// One value.
    One(AxisValue),
    /// Any of several values.
    Several(Vec<AxisValue>),
}

/// The statistic that a table or figure shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// Mean across replicates.
    #[default]
    Mean,
    /// Median across replicates.
    Median,
}

/// The values that a filter's entry allows: one, or a list.
pub(crate) fn allowed(entry: &Value) -> Vec<AxisValue> {
    match entry {
        Value::Array(items) => items.iter().filter_map(AxisValue::from_toml).collect(),
        single => AxisValue::from_toml(single).into_iter().collect(),
    }
}

/// Whether a filter leaves only one value of an axis.
pub(crate) fn is_fixed(axis: &Axis, filter: &Filter) -> bool {
    shown(axis, filter).len() == 1
}

/// The values of an axis that pass a filter.
pub(crate) fn shown<'a>(axis: &'a Axis, filter: &Filter) -> Vec<&'a AxisValue> {
    let entry = filter.get(&axis.name).map(allowed);
    let fits = |v: &&AxisValue| entry.as_ref().is_none_or(|allowed| allowed.iter().any(|a| a.same(v)));
    axis.values.iter().filter(fits).collect()
}

/// Indices of the stored cells that pass a filter.
pub(crate) fn cells(store: &Store, filter: &Filter) -> Vec<usize> {
    let fits = |cell: &[AxisValue]| {
        store.axes.iter().zip(cell).all(|(axis, value)| {
            filter.get(&axis.name).is_none_or(|entry| allowed(entry).iter().any(|v| v.same(value)))
        })
    };
    (0..store.cells.len()).filter(|&i| fits(&store.cells[i].values)).collect()
}

/// Indices of the stored estimators in `names`; all if it is empty.
pub(crate) fn estimators(store: &Store, names: &[String]) -> Vec<usize> {
    let named = |name: &String| names.is_empty() || names.contains(name);
    (0..store.estimators.len()).filter(|&i| named(&store.estimators[i])).collect()
}

/// The distinct values of `cells` on one axis, in the order of the axis.
pub(crate) fn axis_values(store: &Store, axis: usize, cells: &[usize]) -> Vec<AxisValue> {
    let taken = |value: &&AxisValue| cells.iter().any(|&c| store.cells[c].values[axis].same(value));
    store.axes[axis].values.iter().filter(taken).cloned().collect()
}

/// The cells of `cells` with the given value on one axis.
pub(crate) fn at(store: &Store, cells: &[usize], axis: usize, value: &AxisValue) -> Vec<usize> {
    cells.iter().copied().filter(|&c| store.cells[c].values[axis].same(value)).collect()
}
