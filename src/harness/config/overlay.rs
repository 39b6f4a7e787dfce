//! Merges a profile and the command line's overrides into a config.

use std::collections::BTreeMap;

use remeasure_core::hint;
use toml::{Table, Value};

use super::source::{Origin, Source, join};
use super::{ConfigError, Overrides, limits};

/// Sets the key at the path `keys` below `table`. Creates missing tables, and replaces values that are not tables.
pub(super) fn insert(table: &mut Table, keys: &[&str], value: Value) {
    match keys {
        [] => {}
        [last] => put(table, last, value),
        [first, rest @ ..] => {
            let entry = table.entry((*first).to_owned()).or_insert_with(|| Value::Table(Table::new()));
            if !entry.is_table() {
                *entry = Value::Table(Table::new());
            }
            if let Value::Table(inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}

/// Sets one key. A list for an axis in long form replaces its values and keeps its name and label.
fn put(table: &mut Table, key: &str, value: Value) {
    match table.get_mut(key) {
        Some(Value::Table(axis)) if value.is_array() && axis.contains_key("values") => {
            axis.insert("values".to_owned(), value);
        }
        _ => {
            table.insert(key.to_owned(), value);
        }
    }
}

/// Whether `over` replaces `base` rather than being merged into it. It does if it has a `kind`, which changes
/// the meaning of the other keys, or if both have one key and these differ: then the key is a choice, such as
/// a rule for λ.
fn replaces(base: &Table, over: &Table) -> bool {
    let choice = base.len() == 1 && over.len() == 1 && base.keys().ne(over.keys());
    over.contains_key("kind") || choice
}

/// Merges `over` into `base` key by key, noting where each came from.
fn merge(base: &mut Table, over: &Table, path: &str, from: &str, source: &mut Source) {
    for (key, value) in over {
        let (path, from) = (join(path, key), join(from, key));
        match (base.get_mut(key), value) {
            (Some(Value::Table(inner)), Value::Table(over)) if !replaces(inner, over) => {
                merge(inner, over, &path, &from, source);
            }
            _ => {
                put(base, key, value.clone());
                source.set_origin(&path, Origin::Key(from));
            }
        }
    }
}

fn estimator_tables(table: &mut Table) -> Vec<&mut Table> {
    table.get_mut("estimator").map(tables_of).unwrap_or_default()
}

/// The tables among the items of a list.
pub(super) fn tables_of(list: &mut Value) -> Vec<&mut Table> {
    match list {
        Value::Array(items) => items.iter_mut().filter_map(Value::as_table_mut).collect(),
        _ => Vec::new(),
    }
}

fn estimator_name(table: &Table) -> &str {
    table.get("name").or(table.get("kind")).and_then(Value::as_str).unwrap_or("")
}

fn section<'a>(table: &'a mut Table, name: &str) -> &'a mut Table {
    let entry = table.entry(name.to_owned()).or_insert_with(|| Value::Table(Table::new()));
    if !entry.is_table() {
        *entry = Value::Table(Table::new());
    }
    match entry {
        Value::Table(inner) => inner,
        _ => unreachable!("just made a table"),
    }
}

/// Merges `[profile.NAME]` into the rest. Of all profiles, keeps only this one's number of replicates.
pub(super) fn apply_profile(
    source: &mut Source,
    table: &mut Table,
    profile: &str,
) -> Result<(), ConfigError> {
    let over = table.get("profile").and_then(|p| p.get(profile)).and_then(Value::as_table).cloned();
    let over = over.unwrap_or_default();
    let from = format!("profile.{profile}");
    for name in ["problem", "sweep", "limits"] {
        if let Some(inner) = over.get(name).and_then(Value::as_table) {
            merge(section(table, name), inner, name, &join(&from, name), source);
        }
    }
    for (name, value) in over.get("estimator").and_then(Value::as_table).into_iter().flatten() {
        let place = format!("{from}.estimator.{name}");
        let Some(over) = value.as_table() else {
            return Err(source.error(&place, "expected a table of the estimator's keys"));
        };
        let mut estimators = estimator_tables(table);
        let Some(index) = estimators.iter().position(|e| estimator_name(e) == name) else {
            let names: Vec<&str> = estimators.iter().map(|e| estimator_name(e)).collect();
            let message = hint::unknown("estimator", name, names);
            return Err(source.error(&place, &message));
        };
        merge(estimators[index], over, &format!("estimator[{index}]"), &place, source);
    }
    let size = over.get("replicates").cloned().unwrap_or(Value::Integer(0));
    let mut kept = Table::new();
    insert(&mut kept, &[profile, "replicates"], size);
    for key in [UNTIL, MAX_REPLICATES, FIRST_LOOK, FEWER] {
        if let Some(value) = over.get(key) {
            insert(&mut kept, &[profile, key], value.clone());
        }
    }
    table.insert("profile".to_owned(), Value::Table(kept));
    Ok(())
}

/// Reads a TOML value, or plain text such as `csv`. Text that looks like a number or a list must be one.
fn parse_value(text: &str) -> Result<Value, &'static str> {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    match parsed {
        Some(mut table) if table.len() == 1 => table.remove("value").ok_or("not a TOML value"),
        Some(_) => Err("expected one value on one line"),
        None if text.starts_with(|c: char| c.is_ascii_digit() || "+-[{\"'".contains(c)) => {
            Err("not a TOML value: the number is too large, or a list, table or text is not closed")
        }
        None => Ok(Value::String(text.to_owned())),
    }
}

/// Applies `--set`, `--replicates`, `--seed` and the limits.
pub(super) fn apply_overrides(
    source: &mut Source,
    table: &mut Table,
    profile: &str,
    overrides: &Overrides,
) -> Result<(), ConfigError> {
    let fail = |option: &str, key: &str, message: String| ConfigError {
        place: option.to_owned(),
        line: None,
        key: key.to_owned(),
        message,
    };
    for given in &overrides.set {
        let option = format!("--set {given}");
        let Some((path, text)) = given.split_once('=') else {
            return Err(fail(&option, "", "expected KEY=VALUE, such as problem.n=500".to_owned()));
        };
        let path = path.trim();
        let value = parse_value(text.trim()).map_err(|e| fail(&option, path, e.to_owned()))?;
        let keys: Vec<&str> = path.split('.').collect();
        match keys.as_slice() {
            ["problem" | "sweep", _, ..] => {
                insert(table, &keys, value);
                source.set_origin(path, Origin::Option(option));
            }
            ["estimator", name, rest @ ..] if !rest.is_empty() => {
                let mut estimators = estimator_tables(table);
                let Some(index) = estimators.iter().position(|e| estimator_name(e) == *name) else {
                    let names: Vec<&str> = estimators.iter().map(|e| estimator_name(e)).collect();
                    return Err(fail(&option, path, hint::unknown("estimator", name, names)));
                };
                insert(estimators[index], rest, value);
                source.set_origin(&format!("estimator[{index}].{}", rest.join(".")), Origin::Option(option));
            }
            ["seed"] => {
                table.insert("seed".to_owned(), value);
                source.set_origin("seed", Origin::Option(option));
            }
            ["replicates"] => {
                insert(table, &["profile", profile, "replicates"], value);
                source.set_origin(&format!("profile.{profile}.replicates"), Origin::Option(option));
            }
            [first, ..] => {
                let message = match keys.len() {
                    1 if ["problem", "sweep", "estimator"].contains(first) => {
                        format!("name a key below `{first}`, such as {first}.KEY=VALUE")
                    }
                    _ => "unknown key; --set takes problem.KEY, estimator.NAME.KEY, sweep.problem.KEY, seed and replicates"
                        .to_owned(),
                };
                return Err(fail(&option, path, message));
            }
            [] => unreachable!("split yields at least one part"),
        }
        // An axis would override a key that is set by hand, so refuse it.
        if keys[0] == "problem" && axis_exists(table, &keys) {
            let message = format!("this key is swept, so set the axis instead: --set sweep.{path}=[{text}]");
            return Err(fail(&format!("--set {given}"), path, message));
        }
    }
    if let Some(n) = overrides.replicates {
        insert(table, &["profile", profile, "replicates"], Value::Integer(i64::from(n)));
        source.set_origin(
            &format!("profile.{profile}.replicates"),
            Origin::Option(format!("--replicates {n}")),
        );
    }
    if let Some(seed) = overrides.seed {
        let option = format!("--seed {seed}");
        let value = i64::try_from(seed)
            .map_err(|_| fail(&option, "seed", format!("expected a seed below 2^63, found {seed}")))?;
        table.insert("seed".to_owned(), Value::Integer(value));
        source.set_origin("seed", Origin::Option(option));
    }
    apply_looks(table, profile, overrides);
    apply_limits(source, table, overrides);
    Ok(())
}

/// Keys of a profile about looks at growing replicates.
const UNTIL: &str = "until";
const MAX_REPLICATES: &str = "max_replicates";
const FIRST_LOOK: &str = "first_look";
pub(super) const FEWER: &str = "fewer";

fn apply_looks(table: &mut Table, profile: &str, overrides: &Overrides) {
    let mut set = |key: &str, value: Value| insert(table, &["profile", profile, key], value);
    if overrides.until_decided {
        set(UNTIL, Value::String("decided".to_owned()));
    }
    if let Some(most) = overrides.max_replicates {
        set(MAX_REPLICATES, Value::Integer(i64::from(most)));
    }
    if let Some(look) = &overrides.look {
        let own = table.get("profile").and_then(|p| p.get(profile));
        let first = own.and_then(|p| p.get(FIRST_LOOK).or_else(|| p.get("replicates"))).cloned();
        if let Some(first) = first {
            insert(table, &["profile", profile, FIRST_LOOK], first);
        }
        insert(table, &["profile", profile, "replicates"], Value::Integer(i64::from(look.replicates)));
        if !look.fewer.is_empty() {
            let of = |cells: &BTreeMap<String, u32>| {
                Value::Table(
                    cells.iter().map(|(cell, n)| (cell.clone(), Value::Integer(i64::from(*n)))).collect(),
                )
            };
            let fewer = look.fewer.iter().map(|(estimator, cells)| (estimator.clone(), of(cells))).collect();
            insert(table, &["profile", profile, FEWER], Value::Table(fewer));
        }
    }
}

/// Replaces all of the config's limits by those of the command line.
fn apply_limits(source: &mut Source, table: &mut Table, overrides: &Overrides) {
    let mut set = |key: &str, option: &str, text: String| {
        source.set_origin(&format!("limits.{key}"), Origin::Option(format!("{option} {text}")));
        insert(table, &["limits", key], Value::String(text));
    };
    if let Some(bytes) = overrides.memory {
        set("memory", "--memory", format!("{bytes} B"));
    }
    if let Some(time) = overrides.time_limit {
        set("time", "--time-limit", humantime::format_duration(time).to_string());
        for estimator in estimator_tables(table) {
            estimator.remove(limits::TIME_LIMIT);
        }
    }
}

fn axis_exists(table: &Table, keys: &[&str]) -> bool {
    let mut at = table.get("sweep");
    for key in keys {
        at = at.and_then(|v| v.get(key));
    }
    at.is_some()
}
