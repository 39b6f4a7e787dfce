//! A JSON Schema of configs for editors, after draft 2020-12.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::FamilyKeys;
use crate::config::wire::{EstimatorKeys, Wire};
use crate::figures::{self, KINDS};
use crate::keys;

/// One kind of a table: shared keys, own keys, and the key that tells kinds apart.
fn variant(tag: &str, name: &str, about: &str, shared: &Schema, own: &Schema) -> Value {
    let mut table = own.as_value().clone();
    let mut properties = Map::new();
    properties.insert(tag.to_owned(), json!({ "const": name, "description": about }));
    let mut required = vec![Value::String(tag.to_owned())];
    for part in [shared, own] {
        let listed = |key: &str| part.get(key).cloned();
        if let Some(Value::Object(more)) = listed("properties") {
            properties.extend(more.into_iter().filter(|(key, _)| key != tag));
        }
        if let Some(Value::Array(more)) = listed("required") {
            required.extend(more.into_iter().filter(|key| key != tag));
        }
    }
    if let Value::Object(table) = &mut table {
        table.insert("type".to_owned(), json!("object"));
        table.insert("properties".to_owned(), Value::Object(properties));
        table.insert("required".to_owned(), Value::Array(required));
        // A type with kinds of its own lists their keys there.
        let closed = if table.contains_key("oneOf") || table.contains_key("anyOf") {
            table.remove("additionalProperties");
            "unevaluatedProperties"
        } else {
            "additionalProperties"
        };
        table.insert(closed.to_owned(), json!(false));
    }
    table
}

fn about(schema: &Schema) -> String {
    super::key::description(schema.as_value()).0
}

/// The schema of a config; `[problem]` and `[[estimator]]` are those of its family.
#[must_use]
pub fn json_schema(families: &[FamilyKeys]) -> Value {
    let mut root = keys::schema::<Wire>().to_value();
    let common = keys::schema::<figures::Common>();
    let kinds = KINDS.iter().map(|kind| {
        let own = (kind.schema)();
        variant("kind", kind.name, &about(&own), &common, &own)
    });
    let kinds: Vec<Value> = kinds.collect();
    let estimator = keys::schema::<EstimatorKeys>();
    let of_family = |family: &FamilyKeys| {
        let estimators = family.estimators.iter();
        let estimators: Vec<Value> = estimators
            .map(|(kind, about, own)| {
                let mut table = variant("kind", kind, about, &estimator, own);
                // The sweep or a profile may set the others.
                table["required"] = json!(["kind"]);
                table
            })
            .collect();
        let mut then = json!({});
        if !estimators.is_empty() {
            then["properties"]["estimator"] = json!({ "items": { "oneOf": estimators } });
        }
        // Keys that only the sweep or a profile sets are not required here.
        if let Some(problem) = &family.problem {
            then["properties"]["problem"] = optional(problem.as_value().clone());
        }
        json!({ "if": { "properties": { "family": { "const": family.name } } }, "then": then })
    };
    let of_families: Vec<Value> = families.iter().map(of_family).collect();
    root["properties"]["figure"]["items"] = json!({ "oneOf": kinds });
    if !of_families.is_empty() {
        root["allOf"] = Value::Array(of_families);
    }
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("remeasure config");
    root
}

/// A schema whose keys may all be absent.
fn optional(mut schema: Value) -> Value {
    if let Value::Object(table) = &mut schema {
        table.remove("required");
    }
    schema
}
