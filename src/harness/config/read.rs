//! Strict reading of a config's sections.

use std::time::Duration;

use toml::{Table, Value};

use super::limits;
use super::source::Source;
use super::wire::Wire;
use super::{ConfigError, EstimatorSpec, NAME, is_name};

/// Refuses ids that are not valid names or occur twice.
pub(super) fn unique_ids<'a>(
    source: &Source,
    section: &str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<(), ConfigError> {
    let mut seen = Vec::new();
    for (i, id) in ids.enumerate() {
        let path = format!("{section}[{i}].id");
        if !is_name(id) {
            return Err(source.error(&path, NAME));
        }
        if seen.contains(&id) {
            return Err(source.error(&path, &format!("`{id}` is already the id of another {section}")));
        }
        seen.push(id);
    }
    Ok(())
}

/// Reads the whole config.
pub(super) fn read_wire(source: &Source, table: Table) -> Result<Wire, ConfigError> {
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
        let path = e.path().to_string();
        source.error(if path == "." { "" } else { &path }, &e.into_inner().to_string())
    })
}

/// Reads the patterns of a `where` in the table at `path`: a text or a list of texts.
pub(super) fn read_confined(
    source: &Source,
    path: &str,
    value: Option<Value>,
) -> Result<Vec<String>, ConfigError> {
    let expected = |found: &str| {
        let message = format!("expected AXIS=PATTERN in quotes or a list of such texts, found {found}");
        source.error(&format!("{path}.where"), &message)
    };
    let texts = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.is_empty() => return Err(expected("an empty list")),
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
    };
    let text = |value: Value| match value {
        Value::String(text) => Ok(text),
        other => Err(expected(other.type_str())),
    };
    texts.into_iter().map(text).collect()
}

/// Takes kind, name, `where` and time limit out of each `[[estimator]]` and leaves the rest to its family.
/// `time_limit` is the default.
pub(super) fn read_estimators(
    source: &Source,
    tables: Vec<Table>,
    time_limit: Option<Duration>,
) -> Result<Vec<EstimatorSpec>, ConfigError> {
    let mut specs: Vec<EstimatorSpec> = Vec::with_capacity(tables.len());
    for (index, mut parameters) in tables.into_iter().enumerate() {
        let path = format!("estimator[{index}]");
        let mut text = |key: &str| match parameters.remove(key) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(s)),
            Some(other) => Err(source.error(
                &format!("{path}.{key}"),
                &format!("expected a text in quotes, found {}", other.type_str()),
            )),
        };
        let kind = text("kind")?.ok_or_else(|| source.error(&path, "the key `kind` is missing"))?;
        let name = text("name")?.unwrap_or_else(|| kind.clone());
        if !is_name(&name) {
            return Err(source.error(&format!("{path}.name"), NAME));
        }
        if specs.iter().any(|s| s.name == name) {
            let message =
                format!("`{name}` is already the name of another estimator; give this one another `name`");
            return Err(source.error(&format!("{path}.name"), &message));
        }
        let own = parameters.remove(limits::TIME_LIMIT);
        let own = own.map(|v| limits::read_time(source, &format!("{path}.{}", limits::TIME_LIMIT), &v));
        let time_limit = own.transpose()?.or(time_limit);
        let confined = read_confined(source, &path, parameters.remove("where"))?;
        specs.push(EstimatorSpec { name, kind, index, confined, parameters, time_limit });
    }
    if specs.is_empty() {
        return Err(source.error("estimator", "expected at least one [[estimator]]"));
    }
    Ok(specs)
}
