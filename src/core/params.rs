//! Parameters are read and checked once, before anything runs.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;

use crate::format::tamed;

/// An invalid parameter: its key, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct Invalid {
    /// Dotted path of the key, relative to the table that was read; empty for the table itself.
    pub key: String,
    /// What is wrong and what is expected.
    pub message: String,
}

impl Invalid {
    /// An error about `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: tamed(message.into()) }
    }
}

/// Parameters with conditions that their types alone do not express.
pub trait Check {
    /// Checks all conditions; by default there are none.
    ///
    /// # Errors
    /// The first invalid parameter.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// Something that a config selects by `kind = "…"`, with the keys that its table takes.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `kind = "…"`; empty if the table has no such key.
    pub name: &'static str,
    /// One-line description.
    pub about: &'static str,
    /// JSON Schema of the other keys.
    pub schema: fn() -> Schema,
}

impl Kind {
    /// The kind whose table is parsed as `T`.
    #[must_use]
    pub const fn of<T: JsonSchema>(name: &'static str, about: &'static str) -> Self {
        Self { name, about, schema: schema::<T> }
    }
}

/// A method that configs can select; its parameters build an `E`, usually `dyn` of a trait. See
/// [`entry!`](crate::entry!).
pub struct Entry<E: ?Sized> {
    /// `kind = "…"`.
    pub name: &'static str,
    /// One-line description.
    pub about: &'static str,
    /// JSON Schema of its parameters.
    pub schema: fn() -> Schema,
    /// Reads and checks its parameters.
    pub read: fn(toml::Table) -> Result<Box<E>, Invalid>,
}

impl<E: ?Sized> Entry<E> {
    /// Its name, description and keys, as shown to users.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        Kind { name: self.name, about: self.about, schema: self.schema }
    }
}

/// The [`Entry`] of a method whose parameter struct is the method itself: its type, its name in configs, and
/// a one-line description. Where configs select a variant of an enum, that variant comes first:
/// `entry!(Method::Regression, Ridge, "ridge", "ridge regression")`.
///
/// ```
/// use remeasure_core::entry;
/// use remeasure_core::params::{Check, Entry};
///
/// trait Estimator {}
///
/// /// Ridge regression.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct Ridge {
///     /// Weight of the penalty, at least 0.
///     weight: f64,
/// }
///
/// impl Check for Ridge {}
/// impl Estimator for Ridge {}
///
/// const RIDGE: Entry<dyn Estimator> = entry!(Ridge, "ridge", "ridge regression");
/// let error = (RIDGE.read)(toml::from_str("wieght = 1.0")?).err().unwrap();
/// assert!(error.to_string().contains("unknown field `wieght`, expected `weight`"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[macro_export]
macro_rules! entry {
    ($parameters:ty, $name:expr, $about:expr) => {
        $crate::params::Entry {
            name: $name,
            about: $about,
            schema: $crate::params::schema::<$parameters>,
            read: |table| Ok(Box::new($crate::params::read::<$parameters>(table)?)),
        }
    };
    ($variant:path, $parameters:ty, $name:expr, $about:expr) => {
        $crate::params::Entry {
            name: $name,
            about: $about,
            schema: $crate::params::schema::<$parameters>,
            read: |table| Ok(Box::new($variant(Box::new($crate::params::read::<$parameters>(table)?)))),
        }
    };
}

impl<E: ?Sized> Clone for Entry<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E: ?Sized> Copy for Entry<E> {}

/// Reads a typed, checked parameter set from a TOML table.
///
/// # Errors
/// A key is unknown, missing, of the wrong type or out of range.
pub fn read<T: DeserializeOwned + Check>(table: toml::Table) -> Result<T, Invalid> {
    let parsed: T = parse(table)?;
    parsed.check()?;
    Ok(parsed)
}

/// Reads a typed parameter set from a TOML table without checking it.
///
/// # Errors
/// A key is unknown, missing or of the wrong type.
pub fn parse<T: DeserializeOwned>(table: toml::Table) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|e| {
        let path = e.path().to_string();
        let key = if path == "." { String::new() } else { path };
        Invalid::new(key, e.into_inner().to_string().trim())
    })
}

/// JSON Schema of the keys that a parameter set takes, without `$ref`s.
#[must_use]
pub fn schema<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

/// Schema of a number that may be written as a string such as `"1/3"`.
pub fn number_or_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["number", "string"] })
}

/// Schema of a list that may be written as one string, so that a sweep can use it as one value.
pub fn list_or_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["array", "string"] })
}
