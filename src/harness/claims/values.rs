//! Values in claims: published numbers, cells and settings, read from TOML.

use std::fmt;

use remeasure_core::Invalid;
use remeasure_core::format::exact;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Value;

use super::claim::require;
use crate::keys;
use crate::records::{Axis, AxisValue};

/// The value a claim is measured against: what a paper reports, or what a theory expects.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Published {
    /// A number.
    Number(f64),
    /// A description in words, such as "below 5 %".
    Text(String),
    /// A number for each cell, or for each group of cells.
    PerCell(Vec<CellValue>),
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => f.write_str(&exact(*x)),
            Self::Text(text) => f.write_str(text),
            Self::PerCell(values) => {
                let least = values.iter().map(|v| v.value).fold(f64::INFINITY, f64::min);
                let most = values.iter().map(|v| v.value).fold(f64::NEG_INFINITY, f64::max);
                write!(f, "{} to {}, by cell", exact(least), exact(most))
            }
        }
    }
}

/// The value of one cell, or of one group of cells.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
pub struct CellValue {
    /// The value.
    pub value: f64,
    /// The cell: short names of axes and their values.
    #[schemars(flatten, with = "std::collections::BTreeMap<String, AxisValue>")]
    pub cell: Vec<(String, AxisValue)>,
}

impl CellValue {
    /// Whether it belongs to the cell that has this `value` on each axis.
    pub(super) fn fits<'a>(&self, value: impl Fn(&str) -> Option<&'a AxisValue>) -> bool {
        self.cell.iter().all(|(axis, wanted)| value(axis).is_some_and(|v| v.same(wanted)))
    }
}

/// A setting of the problem that a claim presumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Dotted key below `[problem]`.
    pub key: String,
    /// The value that the claim presumes.
    pub value: AxisValue,
}

impl Given {
    /// Whether `axis` sweeps this setting; an axis over an estimator's parameter does not.
    pub(super) fn swept_by(&self, axis: &Axis) -> bool {
        axis.path.strip_prefix("problem.").is_some_and(|key| key == self.key || axis.name == self.key)
    }
}

/// The values of one axis that a claim covers.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// Short name of the axis.
    pub axis: String,
    /// The values covered.
    pub values: Vec<AxisValue>,
}

/// One value of an axis, or several.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Values {
    One(AxisValue),
    Many(Vec<AxisValue>),
}

/// Reads the value of `published` or `expected`.
pub(super) fn reference(key: &str, value: Value) -> Result<Published, Invalid> {
    let number = |value: &Value, key: String| match value.as_float().or(value.as_integer().map(|i| i as f64))
    {
        Some(x) if x.is_finite() => Ok(x),
        Some(_) => Err(Invalid::new(key, "must be finite")),
        None => Err(Invalid::new(key, "must be a number")),
    };
    match value {
        Value::String(text) => Ok(Published::Text(text)),
        Value::Array(items) if !items.is_empty() => {
            let entry = |(i, item): (usize, Value)| {
                let key = format!("{key}[{i}]");
                let Value::Table(mut table) = item else {
                    return Err(Invalid::new(key, "must be a table: axis = value, …, value = number"));
                };
                let Some(value) = table.remove("value") else {
                    return Err(Invalid::new(key, "lacks `value`, the number of its cell"));
                };
                let value = number(&value, format!("{key}.value"))?;
                let cell = table.into_iter().map(|(axis, v)| {
                    let found = AxisValue::from_toml(&v).filter(AxisValue::is_finite);
                    let invalid = || {
                        let message = "must be a value of the axis: a finite number, a string or a boolean";
                        Invalid::new(format!("{key}.{axis}"), message)
                    };
                    found.ok_or_else(invalid).map(|v| (axis, v))
                });
                Ok(CellValue { value, cell: cell.collect::<Result<_, _>>()? })
            };
            items.into_iter().enumerate().map(entry).collect::<Result<_, _>>().map(Published::PerCell)
        }
        Value::Integer(_) | Value::Float(_) => number(&value, key.to_owned()).map(Published::Number),
        _ => Err(Invalid::new(key, "must be a number, a string or a list of tables, one for each cell")),
    }
}

pub(super) fn given(value: Option<Value>) -> Result<Vec<Given>, Invalid> {
    let table = match value {
        None => return Ok(Vec::new()),
        Some(Value::Table(table)) => table,
        Some(_) => return Err(Invalid::new("given", "must be a table: setting = value")),
    };
    let setting = |(key, value): (String, &Value)| {
        let Some(value) = AxisValue::from_toml(value).filter(AxisValue::is_finite) else {
            let message = "must be a finite number, a string, a boolean or a table of them";
            return Err(Invalid::new(format!("given.{key}"), message));
        };
        Ok(Given { key, value })
    };
    keys::leaves(&table).into_iter().map(setting).collect()
}

pub(super) fn selection(value: Option<Value>) -> Result<Vec<Selected>, Invalid> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let Value::Table(table) = value else {
        return Err(Invalid::new("where", "must be a table: axis = value or axis = [values]"));
    };
    table
        .into_iter()
        .map(|(axis, value)| {
            let key = format!("where.{axis}");
            let values = match value.try_into::<Values>() {
                Ok(Values::One(v)) => vec![v],
                Ok(Values::Many(v)) => v,
                Err(_) => {
                    return Err(Invalid::new(key, "must be a number, a string, a boolean or a list of them"));
                }
            };
            require(!values.is_empty(), &key, "lists no value, so it selects no cell")?;
            Ok(Selected { axis, values })
        })
        .collect()
}
