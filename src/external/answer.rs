//! The answer of a program.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use remeasure_core::numerics::Design;
use serde_json::{Map, Value};

use crate::array::Numbers;

/// The answer to a request, with the arrays it refers to.
#[derive(Clone, Debug)]
pub struct Answer {
    fields: Map<String, Value>,
    arrays: Vec<(String, Numbers)>,
}

/// Fields that are not arrays.
const SINGLE: [&str; 7] = ["id", "iterations", "certificate", "lambda", "converged", "message", "numbers"];

impl Answer {
    /// Reads the arrays while their files are those of this answer.
    pub(crate) fn new(fields: Map<String, Value>, folder: &Path) -> Result<Self> {
        let mut arrays = Vec::new();
        for (key, value) in &fields {
            if matches!(value, Value::Array(_) | Value::Object(_)) && !SINGLE.contains(&key.as_str()) {
                let numbers = Numbers::read(value, folder);
                arrays.push((key.clone(), numbers.with_context(|| format!("its `{key}` cannot be used"))?));
            }
        }
        Ok(Self { fields, arrays })
    }

    /// Whether it has a field.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|value| !value.is_null())
    }

    fn array(&self, key: &str) -> Result<&Numbers> {
        let found = self.arrays.iter().find(|(name, _)| name == key);
        Ok(&found.with_context(|| format!("its answer has no array `{key}`"))?.1)
    }

    /// The finite numbers of an array of exactly this shape, row by row.
    ///
    /// # Errors
    /// It is missing or has another shape.
    pub fn numbers(&self, key: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let array = self.array(key)?;
        let text = |shape: &[usize]| shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ");
        ensure!(
            array.shape == shape,
            "its `{key}` has {} numbers, expected {}",
            text(&array.shape),
            text(shape)
        );
        Ok(array.values.clone())
    }

    /// A matrix of any shape.
    ///
    /// # Errors
    /// It is missing or not a matrix.
    pub fn design(&self, key: &str) -> Result<Design> {
        let array = self.array(key)?;
        let [rows, columns] = array.shape[..] else { anyhow::bail!("its `{key}` is not a matrix") };
        let column = |j| (0..rows).map(move |i| array.values[i * columns + j]);
        Ok(Design::from_columns(rows, columns, (0..columns).flat_map(column).collect()))
    }

    /// A single number; `None` if it is missing or null.
    ///
    /// # Errors
    /// It is something else.
    pub fn number(&self, key: &str) -> Result<Option<f64>> {
        match self.fields.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Ok(Some(value.as_f64().with_context(|| format!("its `{key}` is not a number"))?)),
        }
    }

    /// Iterations; 0 if it says nothing of them.
    ///
    /// # Errors
    /// They are not a number of at least 0.
    pub fn iterations(&self) -> Result<usize> {
        let iterations = self.number("iterations")?.unwrap_or(0.0);
        ensure!(iterations >= 0.0, "its `iterations` are {iterations}");
        Ok(iterations as usize)
    }

    /// Why the method stopped before meeting its stopping rule; `None` if it did not.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        let converged = self.fields.get("converged").and_then(Value::as_bool).unwrap_or(true);
        let message = self.fields.get("message").and_then(Value::as_str).filter(|m| !m.is_empty());
        (!converged).then(|| message.unwrap_or("by its own account").to_owned())
    }

    /// The further numbers of these `names` that it has, with their positions from 1.
    ///
    /// # Errors
    /// One of them is not a number.
    pub fn own(&self, names: &[String]) -> Result<Vec<(f64, f64)>> {
        let given = self.fields.get("numbers").and_then(Value::as_object);
        let mut own = Vec::new();
        for (name, at) in names.iter().zip(1..) {
            if let Some(value) = given.and_then(|numbers| numbers.get(name)) {
                let number = value.as_f64().with_context(|| format!("its number `{name}` is {value}"))?;
                own.push((f64::from(at), number));
            }
        }
        Ok(own)
    }
}
