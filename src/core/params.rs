//! Parameters read once and checked once, before anything runs.

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

/// A method that configs can name; `E` is what its parameters make, usually `dyn` of a trait.
pub struct Entry<E: ?Sized> {
    /// `kind = "…"`.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Reads its parameters.
    pub read: fn(toml::Table) -> Result<Box<E>, Invalid>,
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
