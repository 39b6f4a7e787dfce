//! Keys of tables and types.

pub(crate) use remeasure_core::params::{parse as read, schema};
use schemars::Schema;
use serde_json::Value;
use toml::Table;

/// The keys of a type, in the order of its fields.
pub(crate) fn names(schema: &Schema) -> Vec<&str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The values in a table and its subtables, by dotted path.
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
