//! Parameters read once and checked once, before anything runs.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;

/// A parameter that cannot be used: which key, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct Invalid {
    /// Dotted path of the key below the table that was read; empty for the table itself.
    pub key: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Invalid {
    /// An error about `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

/// Parameters with conditions that their types alone do not express.
pub trait Check {
    /// Checks every condition; there is none by default.
    ///
    /// # Errors
    /// The first parameter found unusable.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// Something that a config names by `kind = "…"`, with the keys that its table takes.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `kind = "…"`; empty where the table has no such key.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// JSON Schema of the other keys.
    pub schema: fn() -> Schema,
}

impl Kind {
    /// The kind whose table is read as a `T`.
    #[must_use]
    pub const fn of<T: JsonSchema>(name: &'static str, about: &'static str) -> Self {
        Self { name, about, schema: schema::<T> }
    }
}

/// A method that configs can name; `E` is what its parameters make, usually `dyn` of a trait. See
/// [`entry!`](crate::entry!).
pub struct Entry<E: ?Sized> {
    /// `kind = "…"`.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// JSON Schema of its parameters.
    pub schema: fn() -> Schema,
    /// Reads its parameters.
    pub read: fn(toml::Table) -> Result<Box<E>, Invalid>,
}

impl<E: ?Sized> Entry<E> {
    /// What configs see of it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        Kind { name: self.name, about: self.about, schema: self.schema }
    }
}

/// The [`Entry`] of a method whose parameters are the method: their type, the name in configs, and one
/// line on what it is.
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
/// The key that is unknown, missing, of the wrong type or out of range.
pub fn read<T: DeserializeOwned + Check>(table: toml::Table) -> Result<T, Invalid> {
    let parsed: T = parse(table)?;
    parsed.check()?;
    Ok(parsed)
}

/// Reads a typed parameter set from a TOML table, for a caller that checks it.
///
/// # Errors
/// The key that is unknown, missing or of the wrong type.
pub fn parse<T: DeserializeOwned>(table: toml::Table) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|e| {
        let path = e.path().to_string();
        let key = if path == "." { String::new() } else { path };
        Invalid::new(key, e.into_inner().to_string().trim())
    })
}

/// JSON Schema of the keys that a parameter set takes, with nothing to look up elsewhere.
#[must_use]
pub fn schema<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

/// Schema of a number that may be written as a text such as `"1/3"`.
pub fn number_or_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["number", "string"] })
}

/// Schema of a list that may be written as one text, so that a sweep can take it for one value.
pub fn list_or_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["array", "string"] })
}
