//! Bounds read from TOML: given as they are, or around a value that is published or expected.

use remeasure_core::Invalid;
use toml::Value;

use super::parse::require;
use super::spec::{Bounds, CellValue, Form, Limits, Location, Published};
use super::wire::{WireBounded, WireLocation};
use crate::records::AxisValue;

/// `published` or `expected`.
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
                    return Err(Invalid::new(key, "has no `value`, the number of its cell"));
                };
                let value = number(&value, format!("{key}.value"))?;
                let cell = table.into_iter().map(|(axis, v)| {
                    let found = AxisValue::from_toml(&v).filter(AxisValue::is_finite);
                    let invalid = || {
                        let message =
                            "must be a value of the axis: a finite number, a string or a truth value";
                        Invalid::new(format!("{key}.{axis}"), message)
                    };
                    found.ok_or_else(invalid).map(|v| (axis, v))
                });
                Ok(CellValue { value, cell: cell.collect::<Result<_, _>>()? })
            };
            items.into_iter().enumerate().map(entry).collect::<Result<_, _>>().map(Published::PerCell)
        }
        Value::Integer(_) | Value::Float(_) => number(&value, key.to_owned()).map(Published::Number),
        _ => Err(Invalid::new(key, "must be a number, a text or a list of tables, one for each cell")),
    }
}

pub(super) fn not_itself(estimator: &str, relative_to: Option<&str>) -> Result<(), Invalid> {
    require(relative_to != Some(estimator), "relative_to", format!("compares `{estimator}` with itself"))
}

/// A `within` or `rate` claim.
pub(super) fn bounded(name: &str, w: WireBounded, reference: Option<&Published>) -> Result<Form, Invalid> {
    let limits = limits(&w, reference)?;
    let (metric, estimator) = (w.metric, w.estimator);
    if name == "within" {
        not_itself(&estimator, w.relative_to.as_deref())?;
        let statistic = match w.statistic {
            None | Some(WireLocation::Mean) => Location::Mean,
            Some(WireLocation::Median) => Location::Median,
        };
        return Ok(Form::Within { metric, estimator, relative_to: w.relative_to, statistic, limits });
    }
    let axis = w.axis.ok_or_else(|| Invalid::new("axis", "is missing: the axis of the slope"))?;
    Ok(Form::Rate { metric, estimator, axis, limits })
}

fn limits(w: &WireBounded, reference: Option<&Published>) -> Result<Limits, Invalid> {
    let key = match (w.tolerance, w.relative_tolerance) {
        (None, None) => return ends(w).map(Limits::Same),
        (Some(_), Some(_)) => return Err(Invalid::new("relative_tolerance", "give one tolerance, not two")),
        (Some(_), None) => "tolerance",
        (None, Some(_)) => "relative_tolerance",
    };
    require(w.lower.is_none() && w.upper.is_none(), key, "give bounds or a tolerance, not both")?;
    let around = |centre: f64| {
        let half = w.tolerance.or(w.relative_tolerance.map(|r| r * centre.abs())).unwrap_or(0.0);
        let message = "must leave some room around the published or expected value";
        require(half > 0.0 && half.is_finite(), key, message)?;
        Ok(Bounds { lower: centre - half, upper: centre + half })
    };
    match reference {
        Some(Published::Number(centre)) => around(*centre).map(Limits::Same),
        Some(Published::PerCell(values)) => {
            let of = |v: &CellValue| Ok((v.clone(), around(v.value)?));
            values.iter().map(of).collect::<Result<_, _>>().map(Limits::PerCell)
        }
        _ => {
            let message = format!("this or `expected` must be a number when `{key}` is given");
            Err(Invalid::new("published", message))
        }
    }
}

/// `lower` and `upper`.
fn ends(w: &WireBounded) -> Result<Bounds, Invalid> {
    require(
        w.lower.is_some() || w.upper.is_some(),
        "lower",
        "give `lower` or `upper` or both, or `published` or `expected` with a tolerance",
    )?;
    let (lower, upper) = (w.lower.unwrap_or(f64::NEG_INFINITY), w.upper.unwrap_or(f64::INFINITY));
    require(!lower.is_nan() && !upper.is_nan() && lower < upper, "lower", "must lie below `upper`")?;
    require(lower.is_finite() || upper.is_finite(), "lower", "one of the bounds must be finite")?;
    Ok(Bounds { lower, upper })
}
