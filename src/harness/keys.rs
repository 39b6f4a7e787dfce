//! Sections of a config read into types; the types state their keys once, for the reader, the check and the
//! reference.

use remeasure_core::Invalid;
pub(crate) use remeasure_core::params::schema;
use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Table;

/// Reads a table into a type.
///
/// # Errors
/// The key that is unknown, missing or of the wrong type.
pub(crate) fn read<T: DeserializeOwned>(table: Table) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|e| {
        let path = e.path().to_string();
        let key = if path == "." { String::new() } else { path };
        Invalid::new(key, e.into_inner().to_string().trim())
    })
}

/// The keys of a type, in its order.
pub(crate) fn names(schema: &Schema) -> Vec<&str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The values in a table and in the tables below it, by dotted path.
pub(crate) fn leaves(table: &Table) -> Vec<(String, &toml::Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                found.extend(leaves(inner).into_iter().map(|(path, v)| (format!("{key}.{path}"), v)));
            }
            single => found.push((key.clone(), single)),
        }
    }
    found
}
