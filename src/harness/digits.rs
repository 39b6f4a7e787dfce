//! Numbers in files with a fixed number of significant digits.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Significant digits of means and standard errors.
const DIGITS: usize = 9;

/// Rounds a number to `digits` significant digits.
pub(crate) fn rounded(value: f64, digits: usize) -> f64 {
    if !value.is_finite() {
        return value;
    }
    format!("{:.*e}", digits.saturating_sub(1), value).parse().unwrap_or(value)
}

/// The shortest text of a number with `digits` significant digits; empty for NaN.
pub(crate) fn text(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return String::new();
    }
    let text = format!("{:?}", rounded(value, digits));
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Writes a number as a CSV field with nine digits.
pub(crate) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    text(*value, DIGITS).serialize(to)
}

/// Reads a number from a CSV field.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    match String::deserialize(from)?.as_str() {
        "" => Ok(f64::NAN),
        text => text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not a number"))),
    }
}
