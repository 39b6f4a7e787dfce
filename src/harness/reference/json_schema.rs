//! A JSON Schema of configs for editors, draft 2020-12.

use remeasure_core::family::AnyFamily;
use remeasure_core::params::Kind;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::claims;
use crate::config::wire::{EstimatorKeys, Wire};
use crate::figures::{self, KINDS};
use crate::keys;

/// The schema of one kind of a table: shared keys, own keys, and the key `tag` that selects the kind.
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
        // A type that has kinds itself lists their keys there.
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
pub fn json_schema(families: &[&dyn AnyFamily]) -> Value {
    let mut root = keys::schema::<Wire>().to_value();
    let common = keys::schema::<figures::Common>();
    let kinds = KINDS.iter().map(|kind| {
        let own = (kind.schema)();
        variant("kind", kind.name, &about(&own), &common, &own)
    });
    let kinds: Vec<Value> = kinds.collect();
    let (estimator, problem) = (keys::schema::<EstimatorKeys>(), keys::schema::<()>());
    // No required keys, because the sweep or a profile may set them.
    let of_kinds = |shared: &Schema, kinds: Vec<Kind>, required: &[&str]| -> Vec<Value> {
        let one = |kind: &Kind| {
            let mut table = match kind.name {
                "" => (kind.schema)().to_value(),
                name => variant("kind", name, kind.about, shared, &(kind.schema)()),
            };
            table["required"] = json!(required);
            table
        };
        kinds.iter().map(one).collect()
    };
    let of_family = |family: &&dyn AnyFamily| {
        let then = json!({ "properties": {
            "problem": { "anyOf": of_kinds(&problem, family.problems(), &[]) },
            "estimator": { "items": { "oneOf": of_kinds(&estimator, family.kinds(), &["kind"]) } },
        }});
        json!({ "if": { "properties": { "family": { "const": family.name() } } }, "then": then })
    };
    let of_families: Vec<Value> = families.iter().map(of_family).collect();
    let shared = claims::common_keys();
    let forms: Vec<Value> =
        claims::forms().map(|(name, about, own)| variant("form", name, about, &shared, &own)).collect();
    root["properties"]["claim"]["items"] = json!({ "oneOf": forms });
    root["properties"]["figure"]["items"] = json!({ "oneOf": kinds });
    if !of_families.is_empty() {
        root["allOf"] = Value::Array(of_families);
    }
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("remeasure config");
    root
}
