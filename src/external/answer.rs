//! The answer of a program.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use remeasure_core::numerics::Design;
use serde_json::{Map, Value};

use crate::array::Numbers;
use crate::process::clean;

/// The answer to a request. Its arrays must be read before the next request, which may overwrite their files.
#[derive(Clone, Debug)]
pub struct Answer {
    fields: Map<String, Value>,
    /// The program, for messages.
    name: String,
    folder: PathBuf,
}

impl Answer {
    pub(crate) fn new(fields: Map<String, Value>, name: &str, folder: &Path) -> Self {
        Self { fields, name: name.to_owned(), folder: folder.to_owned() }
    }

    /// The value of a field; `None` if it is missing or null.
    fn field(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// Whether it has a field.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.field(key).is_some()
    }

    fn array(&self, key: &str) -> Result<Numbers> {
        let value = self.field(key).with_context(|| format!("{} answered without `{key}`", self.name))?;
        Numbers::read(value, &self.folder).with_context(|| format!("`{key}` of {} cannot be used", self.name))
    }

    /// The finite numbers of an array of exactly this shape, row by row.
    ///
    /// # Errors
    /// It is missing or has another shape.
    pub fn numbers(&self, key: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let array = self.array(key)?;
        let text = |shape: &[usize]| match shape {
            [] => "a single number".to_owned(),
            [n] => format!("{n} numbers"),
            _ => shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ") + " numbers",
        };
        ensure!(
            array.shape == shape,
            "`{key}` of {} has {}, expected {}",
            self.name,
            text(&array.shape),
            text(shape)
        );
        Ok(array.values)
    }

    /// A matrix of any shape.
    ///
    /// # Errors
    /// It is missing or not a matrix.
    pub fn design(&self, key: &str) -> Result<Design> {
        let array = self.array(key)?;
        let [rows, columns] = array.shape[..] else { bail!("`{key}` of {} is not a matrix", self.name) };
        let column = |j| (0..rows).map(move |i| i * columns + j);
        let values = (0..columns).flat_map(column).map(|at| array.values[at]).collect();
        Ok(Design::from_columns(rows, columns, values))
    }

    /// An error about a field that is not `expected`.
    fn wrong(&self, key: &str, expected: &str, value: &Value) -> anyhow::Error {
        anyhow::anyhow!("`{key}` of {} is {}, expected {expected}", self.name, clean(&value.to_string()))
    }

    /// A single number; `None` if it is missing or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn number(&self, key: &str) -> Result<Option<f64>> {
        let number = |value: &Value| value.as_f64().ok_or_else(|| self.wrong(key, "a number", value));
        self.field(key).map(number).transpose()
    }

    /// Iterations; 0 if it says nothing of them.
    ///
    /// # Errors
    /// They are not a whole number of at least 0.
    pub fn iterations(&self) -> Result<usize> {
        let Some(value) = self.field("iterations") else { return Ok(0) };
        let whole = value.as_f64().filter(|v| *v >= 0.0 && v.fract() == 0.0);
        let whole = whole.ok_or_else(|| self.wrong("iterations", "a whole number of at least 0", value))?;
        Ok(whole as usize)
    }

    /// Why the method stopped before meeting its stopping rule; `None` if it did not.
    ///
    /// # Errors
    /// `converged` is not true or false.
    pub fn shortfall(&self) -> Result<Option<String>> {
        let converged = match self.field("converged") {
            None => true,
            Some(value) => value.as_bool().ok_or_else(|| self.wrong("converged", "true or false", value))?,
        };
        let message = self.field("message").and_then(Value::as_str).map(clean).filter(|m| !m.is_empty());
        Ok((!converged).then(|| message.unwrap_or_else(|| "by its own account".to_owned())))
    }

    /// The further numbers of these `names` that it has, with their positions from 1.
    ///
    /// # Errors
    /// One of them is not a number.
    pub fn own(&self, names: &[String]) -> Result<Vec<(f64, f64)>> {
        let Some(value) = self.field("numbers") else { return Ok(Vec::new()) };
        let given = value.as_object().ok_or_else(|| self.wrong("numbers", "names with numbers", value))?;
        let mut own = Vec::new();
        for (name, at) in names.iter().zip(1..) {
            if let Some(value) = given.get(name).filter(|value| !value.is_null()) {
                let number = value.as_f64().ok_or_else(|| self.wrong(name, "a number", value))?;
                own.push((f64::from(at), number));
            }
        }
        Ok(own)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(value: Value) -> Answer {
        let Value::Object(fields) = value else { panic!("an object") };
        Answer::new(fields, "`mine`", Path::new("/nowhere"))
    }

    #[test]
    fn known_fields_have_their_types_and_unknown_ones_are_ignored() {
        let good = answer(
            json!({"converged": false, "message": "slow\u{1b}", "iterations": 3, "debug": {"a": [1, "x"]},
            "numbers": {"b": 2.5, "c": 1}, "certificate": null}),
        );
        assert_eq!(good.shortfall().unwrap().as_deref(), Some("slow\\u{1b}"));
        assert_eq!((good.iterations().unwrap(), good.number("certificate").unwrap()), (3, None));
        assert_eq!(good.own(&["a".to_owned(), "b".to_owned()]).unwrap(), [(2.0, 2.5)]);
        let bad = answer(
            json!({"converged": "no", "iterations": 2.5, "numbers": [1], "lambda": "x", "beta": [[1], 2]}),
        );
        let errors = [
            bad.shortfall().unwrap_err(),
            bad.iterations().unwrap_err(),
            bad.own(&[]).unwrap_err(),
            bad.number("lambda").unwrap_err(),
            bad.numbers("beta", &[2]).unwrap_err(),
            bad.numbers("gamma", &[2]).unwrap_err(),
        ];
        for (error, expected) in errors.iter().zip([
            "`converged` of `mine` is \"no\", expected true or false",
            "`iterations` of `mine` is 2.5, expected a whole number of at least 0",
            "`numbers` of `mine` is [1], expected names with numbers",
            "`lambda` of `mine` is \"x\", expected a number",
            "`beta` of `mine` cannot be used: its rows differ in depth",
            "`mine` answered without `gamma`",
        ]) {
            assert_eq!(format!("{error:#}"), expected);
        }
    }
}
