//! `[sweep]`: axes over any key of the problem or of an estimator.

use remeasure_core::hint;
use serde::Deserialize;
use toml::{Table, Value};

use super::source::{Source, join};
use super::{ConfigError, EstimatorSpec};
use crate::columns;
use crate::records::{Axis, AxisValue};

/// The long form of an axis: `problem.n = { values = [50, 100], label = "observations" }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisWire {
    values: Vec<Value>,
    name: Option<String>,
    label: Option<String>,
}

/// Reads the axes, in the order of the file.
pub(super) fn axes(
    source: &Source,
    sweep: &Table,
    estimators: &[EstimatorSpec],
) -> Result<Vec<Axis>, ConfigError> {
    let mut axes = Vec::new();
    for (root, value) in sweep {
        let path = join("sweep", root);
        let Some(table) = value.as_table() else {
            let message = "expected an axis such as `problem.n = [50, 100]` or `estimator.NAME.KEY = [...]`";
            return Err(source.error(&path, message));
        };
        match root.as_str() {
            "problem" => collect(source, table, "problem", &mut axes)?,
            "estimator" => {
                for (name, value) in table {
                    let path = format!("estimator.{name}");
                    if !estimators.iter().any(|e| &e.name == name) {
                        let names = estimators.iter().map(|e| e.name.as_str());
                        return Err(
                            source.error(&join("sweep", &path), &hint::unknown("estimator", name, names))
                        );
                    }
                    match value.as_table() {
                        Some(table) => collect(source, table, &path, &mut axes)?,
                        None => {
                            return Err(source
                                .error(&join("sweep", &path), "expected a key of the estimator below it"));
                        }
                    }
                }
            }
            other => {
                let message = hint::unknown("section", other, ["problem", "estimator"]);
                return Err(source.error(&path, &message));
            }
        }
    }
    for (i, axis) in axes.iter().enumerate() {
        if !super::is_name(&axis.name) {
            return Err(source.error(&join("sweep", &axis.path), &format!("`name`: {}", super::NAME)));
        }
        let by = if columns::is_reserved(&axis.name) {
            Some("a column of the results")
        } else {
            axes[..i].iter().any(|a| a.name == axis.name).then_some("another axis")
        };
        if let Some(by) = by {
            let message = format!(
                "the short name `{}` is taken by {by}; write `{{ values = [...], name = \"another\" }}`",
                axis.name
            );
            return Err(source.error(&join("sweep", &axis.path), &message));
        }
    }
    Ok(axes)
}

fn collect(source: &Source, table: &Table, path: &str, axes: &mut Vec<Axis>) -> Result<(), ConfigError> {
    for (key, value) in table {
        let path = join(path, key);
        let place = join("sweep", &path);
        if path.starts_with("estimator.") && ["kind", "name", "where"].contains(&key.as_str()) {
            let message = "an estimator's kind, name and `where` cannot be swept: add another [[estimator]]";
            return Err(source.error(&place, message));
        }
        if path.starts_with("estimator.") && key == super::limits::TIME_LIMIT {
            let message =
                "a time limit does not affect numbers, so it cannot be swept: set it in the [[estimator]]";
            return Err(source.error(&place, message));
        }
        let wire = match value {
            Value::Array(values) => AxisWire { values: values.clone(), name: None, label: None },
            Value::Table(inner) if inner.contains_key("values") => {
                serde_path_to_error::deserialize(value.clone()).map_err(|e| {
                    let at = e.path().to_string();
                    source.error(
                        &if at == "." { place.clone() } else { join(&place, &at) },
                        &e.into_inner().to_string(),
                    )
                })?
            }
            Value::Table(inner) => {
                collect(source, inner, &path, axes)?;
                continue;
            }
            other => {
                let message = format!("expected a list of values, found {}", other.type_str());
                return Err(source.error(&place, &message));
            }
        };
        let name = wire.name.unwrap_or_else(|| key.clone());
        let label = wire.label.unwrap_or_else(|| name.clone());
        let values = axis_values(source, &place, wire.values)?;
        axes.push(Axis { path, name, label, values });
    }
    Ok(())
}

fn axis_values(source: &Source, place: &str, values: Vec<Value>) -> Result<Vec<AxisValue>, ConfigError> {
    if values.is_empty() {
        return Err(source.error(place, "the sweep axis is empty: give at least one value, or remove it"));
    }
    let mut read: Vec<AxisValue> = Vec::with_capacity(values.len());
    for value in values {
        let Some(value) = AxisValue::from_toml(&value).filter(AxisValue::is_finite) else {
            let message = format!(
                "expected finite numbers, texts or truth values, found {} `{value}`",
                value.type_str()
            );
            return Err(source.error(place, &message));
        };
        if read.iter().any(|v| v.same(&value)) {
            return Err(source.error(place, &format!("the value {value} occurs twice")));
        }
        read.push(value);
    }
    Ok(read)
}

/// Sets an axis's value in the tables of a cell.
pub(super) fn place(axis: &Axis, value: &AxisValue, problem: &mut Table, estimators: &mut [EstimatorSpec]) {
    let keys: Vec<&str> = axis.path.split('.').collect();
    let (target, keys) = match keys.as_slice() {
        ["problem", rest @ ..] => (Some(problem), rest),
        ["estimator", name, rest @ ..] => {
            (estimators.iter_mut().find(|e| e.name == *name).map(|e| &mut e.parameters), rest)
        }
        _ => (None, &keys[..]),
    };
    if let Some(table) = target {
        super::overlay::insert(table, keys, value.to_toml());
    }
}
