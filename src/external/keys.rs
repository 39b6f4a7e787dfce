//! The keys of an external estimator or problem.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

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

/// The commands that an `[[estimator]]` or `[problem]` would execute: none unless its kind is [`KIND`].
#[must_use]
pub fn commands(kind: &str, table: &Table) -> Vec<Vec<String>> {
    if kind != KIND {
        return Vec::new();
    }
    ["command", "version"].iter().filter_map(|key| command(table, key)).collect()
}

fn recorded(table: &mut Table) -> Option<&mut Table> {
    table.entry(RECORDED).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
}

/// Records the digests of the files that the `table` of an external estimator or problem names, relative to `folder`.
/// A table that has records, as in a stored config, stays as it is.
///
/// # Errors
/// A file cannot be read.
pub fn record(table: &mut Table, folder: &Path) -> Result<(), Invalid> {
    if table.contains_key(RECORDED) {
        return Ok(());
    }
    let files: Vec<String> = match table.get("files").and_then(Value::as_array) {
        Some(files) => files.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => return Ok(()),
    };
    let mut digests = Table::new();
    for file in files {
        let place = folder.join(&file);
        let bytes = std::fs::read(&place)
            .map_err(|e| Invalid::new("files", format!("cannot read {}: {e}", place.display())))?;
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        digests.insert(file, Value::String(digest));
    }
    if let Some(recorded) = recorded(table) {
        recorded.insert("files".to_owned(), Value::Table(digests));
    }
    Ok(())
}

/// Runs the version command of an external estimator or problem in `folder` and records the first line that it
/// prints. Does nothing without [`allow`](crate::allow) or without a version command.
///
/// # Errors
/// The command cannot be run, fails or prints nothing.
pub fn record_versions(table: &mut Table, folder: &Path) -> Result<(), Invalid> {
    let known = table.get(RECORDED).and_then(Value::as_table).is_some_and(|r| r.contains_key("version"));
    let Some(command) = command(table, "version").filter(|_| !known && crate::is_allowed()) else {
        return Ok(());
    };
    let fail = |why: String| Invalid::new("version", format!("`{}` {why}", command.join(" ")));
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let mut child = Command::new(program);
    child.args(arguments).stdin(Stdio::null());
    if !folder.as_os_str().is_empty() {
        child.current_dir(folder);
    }
    let output = child.output().map_err(|e| fail(format!("cannot be run: {e}")))?;
    if !output.status.success() {
        return Err(fail(format!("ended with {}", output.status)));
    }
    // Some programs print their version as an error.
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.ok_or_else(|| fail("prints nothing".to_owned()))?.to_owned();
    if let Some(recorded) = recorded(table) {
        recorded.insert("version".to_owned(), Value::String(line));
    }
    Ok(())
}
