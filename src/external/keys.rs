//! The keys of an external estimator or problem.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use remeasure_core::Invalid;
use remeasure_core::digest::sha256;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::{Table, Value};

use crate::process::clean;
use crate::version::first_line;

/// `kind = "…"` in configs.
pub const KIND: &str = "command";

/// Key under which digests and versions are recorded.
pub const RECORDED: &str = "recorded";

/// A program of your own, in any language, spoken to by lines of JSON (docs/external-methods.md). It is started only
/// with `--allow-commands`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The program and its arguments. It runs in the config's folder.
    pub(crate) command: Vec<String>,
    /// Passed to the program as they are.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) parameters: Table,
    /// Environment variables, besides those of the run.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// A command whose first line of output is recorded as the version.
    #[serde(rename = "version")]
    _version: Option<Vec<String>>,
    /// Files that the results depend on, relative to the config's folder: if one changes, stored trials of this
    /// estimator are run again.
    #[serde(default, rename = "files")]
    _files: Vec<PathBuf>,
    /// Names of further numbers in its answers, recorded as the metric `own` by their position, from 1.
    #[serde(default)]
    pub(crate) numbers: Vec<String>,
    /// Written by the program: digests of the files, and the version.
    #[serde(default, rename = "recorded")]
    _recorded: Option<Recorded>,
}

/// What is recorded of a program.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Recorded {
    /// SHA-256 of each file.
    #[serde(default, rename = "files")]
    _files: BTreeMap<String, String>,
    /// Output of the version command.
    #[serde(default, rename = "version")]
    _version: Option<String>,
}

impl Check for Keys {
    fn check(&self) -> Result<(), Invalid> {
        let program = |key: &str, command: &[String]| match command.first() {
            Some(first) if !first.is_empty() => Ok(()),
            _ => Err(Invalid::new(
                key,
                "expected the program and its arguments, such as [\"python3\", \"mine.py\"]",
            )),
        };
        program("command", &self.command)?;
        if let Some(version) = &self._version {
            program("version", version)?;
        }
        for (i, name) in self.numbers.iter().enumerate() {
            if self.numbers[..i].contains(name) {
                return Err(Invalid::new("numbers", format!("\"{name}\" is listed twice")));
            }
        }
        Ok(())
    }
}

/// The text of a key that holds a command; `None` unless it is a list of texts.
fn command(table: &Table, key: &str) -> Option<Vec<String>> {
    let parts = table.get(key)?.as_array()?;
    parts.iter().map(|part| part.as_str().map(str::to_owned)).collect()
}

/// A word as a shell would need it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", clean(word).replace('\'', "'\\''")),
    }
}

/// The commands that an `[[estimator]]` or `[problem]` would execute, with their environment, as one would type them:
/// none unless its kind is [`KIND`].
#[must_use]
pub fn commands(kind: &str, table: &Table) -> Vec<String> {
    if kind != KIND {
        return Vec::new();
    }
    let env = table.get("env").and_then(Value::as_table).into_iter().flatten();
    let env: String =
        env.map(|(key, value)| format!("{key}={} ", quoted(value.as_str().unwrap_or_default()))).collect();
    let text =
        |words: Vec<String>| env.clone() + &words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" ");
    ["command", "version"].iter().filter_map(|key| command(table, key)).map(text).collect()
}

fn recorded(table: &mut Table) -> Option<&mut Table> {
    table.entry(RECORDED).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
}

/// SHA-256 of a file.
fn digest(place: &Path) -> Result<String, Invalid> {
    let bytes = std::fs::read(place)
        .map_err(|e| Invalid::new("files", format!("cannot read {}: {e}", place.display())))?;
    Ok(sha256(&bytes))
}

/// Records the digests of the files that the `table` of an external estimator or problem names, relative to `folder`.
///
/// # Errors
/// A file cannot be read, or the table says itself what is recorded.
pub fn record(table: &mut Table, folder: &Path) -> Result<(), Invalid> {
    if table.contains_key(RECORDED) {
        return Err(Invalid::new(RECORDED, "this key is written by the program: remove it"));
    }
    let Some(files) = table.get("files").and_then(Value::as_array) else { return Ok(()) };
    let files: Vec<String> = files.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let mut digests = Table::new();
    for file in files {
        digests.insert(file.clone(), Value::String(digest(&folder.join(&file))?));
    }
    if let Some(recorded) = recorded(table) {
        recorded.insert("files".to_owned(), Value::Table(digests));
    }
    Ok(())
}

/// The files of a stored `table` whose contents are no longer those recorded.
#[must_use]
pub fn changed_files(table: &Table, folder: &Path) -> Vec<String> {
    let files = table.get(RECORDED).and_then(|r| r.get("files")).and_then(Value::as_table);
    let changed =
        |(file, then): &(&String, &Value)| digest(&folder.join(file)).ok().as_deref() != then.as_str();
    files.into_iter().flatten().filter(changed).map(|(file, _)| file.clone()).collect()
}

/// Runs the version command of an external estimator or problem in `folder` and records the first line that it
/// prints. Does nothing without a version command, or if the version is known.
///
/// # Errors
/// Commands are not allowed, or this one cannot be run, fails, takes too long or prints nothing.
pub fn record_version(table: &mut Table, folder: &Path) -> Result<(), Invalid> {
    let known = table.get(RECORDED).and_then(|r| r.get("version")).is_some();
    let Some(command) = command(table, "version").filter(|_| !known) else { return Ok(()) };
    let env = table.get("env").and_then(Value::as_table).into_iter().flatten();
    let env = env.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    let line = first_line(&command, &env, folder)
        .map_err(|why| Invalid::new("version", format!("`{}` {why}", command.join(" "))))?;
    if let Some(recorded) = recorded(table) {
        recorded.insert("version".to_owned(), Value::String(line));
    }
    Ok(())
}
