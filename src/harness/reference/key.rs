//! The keys of a JSON Schema as rows: name, type, default, meaning.

use serde_json::{Map, Value};

/// One key of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Dotted path below the section.
    pub(super) path: String,
    /// Description of its type.
    pub(super) takes: String,
    /// The default as TOML; `None` if there is none.
    pub(super) default: Option<String>,
    pub(super) required: bool,
    /// Its meaning.
    pub(super) about: String,
}

/// Splits a description into text and code blocks.
pub(super) fn description(schema: &Value) -> (String, Vec<String>) {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let (mut prose, mut blocks) = (Vec::new(), Vec::new());
    for (i, part) in text.split("```").enumerate() {
        match i % 2 {
            0 => prose.push(part.trim()),
            _ => blocks.push(part.trim_start_matches("toml").trim().to_owned()),
        }
    }
    (prose.join("\n\n").trim().to_owned(), blocks)
}

/// The text of a description on one line.
fn line(schema: &Value) -> String {
    description(schema).0.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The alternatives of a schema, without `null`.
fn alternatives(schema: &Value) -> Vec<&Value> {
    let of = |key: &str| schema.get(key).and_then(Value::as_array);
    let all = of("oneOf").or(of("anyOf"));
    let is_null = |v: &&Value| v.get("type").and_then(Value::as_str) == Some("null");
    let all: Vec<&Value> = all.into_iter().flatten().filter(|v| !is_null(v)).collect();
    all.into_iter()
        .flat_map(|one| match alternatives(one) {
            inner if inner.is_empty() => vec![one],
            inner => inner,
        })
        .collect()
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty())
}

fn code(value: &Value) -> String {
    format!("`{}`", toml_text(value))
}

/// A JSON value as TOML.
fn toml_text(value: &Value) -> String {
    match value {
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let entries: Vec<String> = table.iter().map(|(k, v)| format!("{k} = {}", toml_text(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Description of a schema's type.
fn takes(schema: &Value) -> String {
    if let Some(only) = schema.get("const") {
        return code(only);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().filter(|v| !v.is_null()).map(code).collect::<Vec<_>>().join(", ");
    }
    let several = alternatives(schema);
    if !several.is_empty() {
        let mut words: Vec<String> = Vec::new();
        for word in several.into_iter().map(takes) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let codes = words.iter().all(|w| w.starts_with('`'));
        return words.join(if codes { ", " } else { " or " });
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).filter(|k| *k != "null").collect(),
        _ => Vec::new(),
    };
    let words: Vec<String> = kinds.into_iter().map(|kind| of_type(kind, schema)).collect();
    if words.is_empty() { "any value".to_owned() } else { words.join(" or ") }
}

fn of_type(kind: &str, schema: &Value) -> String {
    let bound = |key: &str| schema.get(key).filter(|v| !v.is_null());
    match kind {
        "string" => "text".to_owned(),
        "boolean" => "`true`, `false`".to_owned(),
        "integer" | "number" => {
            let word = if kind == "integer" { "whole number" } else { "number" };
            match (bound("minimum"), bound("maximum")) {
                (Some(low), Some(high)) => format!("{word}, {low} to {high}"),
                (Some(low), None) => format!("{word}, at least {low}"),
                (None, Some(high)) => format!("{word}, at most {high}"),
                (None, None) => word.to_owned(),
            }
        }
        "array" => {
            let item = schema.get("items").map(takes).unwrap_or_else(|| "any value".to_owned());
            let count = schema.get("minItems").filter(|low| Some(*low) == schema.get("maxItems"));
            match count {
                Some(count) => format!("list of {count}: {item}"),
                None => format!("list: {item}"),
            }
        }
        "object" => match (properties(schema), schema.get("additionalProperties")) {
            (Some(own), _) if own.len() == 1 => {
                own.iter().map(|(key, value)| format!("`{{ {key} = {} }}`", brief(value))).collect()
            }
            (None, Some(value @ Value::Object(_))) => format!("table, each key: {}", takes(value)),
            _ => "table".to_owned(),
        },
        other => other.to_owned(),
    }
}

/// A placeholder for a value in an example of a table.
fn brief(schema: &Value) -> &'static str {
    match schema.get("type").and_then(Value::as_str) {
        Some("number" | "integer") => "NUMBER",
        Some("string") => "\"TEXT\"",
        Some("object") => "{ … }",
        _ => "…",
    }
}

/// The meaning of a key, and of each word that it accepts.
fn about(schema: &Value) -> String {
    let mut text = line(schema);
    for one in alternatives(schema) {
        if let (Some(word), meaning) = (one.get("const"), line(one))
            && !meaning.is_empty()
        {
            text.push_str(&format!(" {}: {}", code(word), meaning));
        }
    }
    text.trim().to_owned()
}

/// The keys of a section; `known` are names of sections, whose keys are not repeated.
pub(super) fn keys(schema: &Value, known: &[&str]) -> Vec<Key> {
    let mut rows = Vec::new();
    collect(schema, "", "", known, &mut rows);
    rows
}

fn collect(schema: &Value, path: &str, given: &str, known: &[&str], rows: &mut Vec<Key>) {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    for (name, value) in properties(schema).into_iter().flatten() {
        if value.get("const").is_some() {
            continue;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let default = value.get("default").filter(|v| !v.is_null());
        let section = known.contains(&name.as_str());
        let takes = if section { format!("see `{name}`") } else { takes(value) };
        let row = Key {
            path: path.clone(),
            takes,
            default: default.filter(|_| !section).map(toml_text),
            required: required.contains(&name.as_str()),
            about: format!("{given}{}", about(value)),
        };
        if !rows.contains(&row) {
            rows.push(row);
        }
        if !section {
            below(value, &path, known, rows);
        }
    }
    // Kinds of the whole section.
    for variant in alternatives(schema) {
        collect(variant, path, &choice(variant), known, rows);
    }
}

/// Keys of tables within a value.
fn below(value: &Value, path: &str, known: &[&str], rows: &mut Vec<Key>) {
    let items = value.get("items").filter(|v| v.is_object());
    for table in [Some(value), items].into_iter().flatten() {
        if properties(table).is_some() {
            collect(table, path, "", known, rows);
        }
        for variant in alternatives(table) {
            // A rule with a plain number needs no row of its own.
            let plain =
                |v: &Value| properties(v).is_none() && line(v).is_empty() && alternatives(v).is_empty();
            let lone = properties(variant).filter(|p| p.len() == 1);
            if lone.is_some_and(|p| p.values().all(plain)) || properties(variant).is_none() {
                continue;
            }
            collect(variant, path, &choice(variant), known, rows);
        }
    }
}

/// "With `kind = "a"`: " for one of several kinds of a table.
fn choice(variant: &Value) -> String {
    let tag =
        properties(variant).into_iter().flatten().find_map(|(key, value)| Some((key, value.get("const")?)));
    tag.map(|(key, value)| format!("With `{key} = {}`: ", toml_text(value))).unwrap_or_default()
}
