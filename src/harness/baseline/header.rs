//! `baseline.toml`: what was accepted, when, and why.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::FOLDER;
use crate::config::{Document, Overrides, Resolved};
use crate::files::read_if_there;
use crate::plan::Plan;
use crate::provenance::{Code, now};

/// File name of the header.
pub const BASELINE: &str = "baseline.toml";
/// Version of the files' format.
pub const FORMAT: u32 = 1;

/// One acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Date and time, UTC.
    pub date: String,
    /// Reason; empty if none was given.
    #[serde(default)]
    pub reason: String,
    /// The profile.
    pub profile: String,
    /// Hash of the config.
    pub config_hash: String,
    /// Version and commit of the code.
    pub code: String,
    /// How the numbers changed from the previous baseline; empty for the first.
    #[serde(default)]
    pub change: String,
}

/// Everything of a baseline that is not a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// The experiment.
    pub experiment: String,
    /// Its profile.
    pub profile: String,
    /// Hash of everything in the config that can change a number.
    pub config_hash: String,
    /// The code that measured it.
    pub code: Code,
    /// Files that the problem read, with the SHA-256 of their contents.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Whole path of the config file; empty if the config comes with the program.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub config_file: String,
    /// The other files of the baseline, with the first 16 hex digits of their SHA-256.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// All acceptances, oldest first; the last one made this baseline.
    pub log: Vec<Acceptance>,
    /// The whole resolved config.
    pub config: Table,
}

/// The old log with a new acceptance at its end.
pub(crate) fn accepted(
    plan: &Plan<'_>,
    code: &Code,
    reason: &str,
    change: String,
    before: Option<Vec<Acceptance>>,
) -> Vec<Acceptance> {
    let mut log = before.unwrap_or_default();
    log.push(Acceptance {
        date: now(),
        reason: reason.to_owned(),
        profile: plan.resolved.profile.clone(),
        config_hash: plan.resolved.hash(),
        code: code.short(),
        change,
    });
    log
}

/// Reads a file with a log of acceptances; `None` if there is no file. `what` names the thing to move away
/// if it cannot be read.
pub(crate) fn read_log<T: DeserializeOwned>(path: &Path, format: u32, what: &str) -> Result<Option<T>> {
    let place = path.display();
    let Some(text) = read_if_there(path)? else { return Ok(None) };
    let unreadable = || format!("cannot read {place}; restore it, or move {what} away");
    let table: Table = toml::from_str(&text).with_context(unreadable)?;
    let version = table.get("code").and_then(|code| code.get("version")).and_then(Value::as_str);
    match table.get("format").and_then(Value::as_integer) {
        Some(other) if other != i64::from(format) => bail!(
            "{place}: format {other} is not the format {format} that this version reads; use the version that \
             wrote it ({}), or move {what} away",
            version.unwrap_or("unknown")
        ),
        _ => {}
    }
    if table.get("log").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        bail!("{place}: the log is empty; restore the file");
    }
    table.try_into().map(Some).with_context(unreadable)
}

impl Header {
    /// The header of a run of `plan` by `code`, accepted now; `before` is the header that it replaces.
    ///
    /// # Errors
    /// If the config cannot be written as TOML.
    pub fn accept(
        plan: &Plan<'_>,
        code: &Code,
        reason: &str,
        change: String,
        before: Option<Self>,
    ) -> Result<Self> {
        let resolved = &plan.resolved;
        let log = accepted(plan, code, reason, change, before.map(|b| b.log));
        Ok(Self {
            format: FORMAT,
            experiment: resolved.experiment.clone(),
            profile: resolved.profile.clone(),
            config_hash: resolved.hash(),
            code: code.clone(),
            inputs: plan.inputs(),
            config_file: resolved.file.display().to_string(),
            files: BTreeMap::new(),
            log,
            config: toml::from_str(&resolved.to_toml())?,
        })
    }

    /// Reads the header of the baseline in `folder`; `None` if there is no baseline.
    ///
    /// # Errors
    /// If this version cannot read the file. It must not count as missing, or its log would be lost.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        read_log(&folder.join(BASELINE), FORMAT, &format!("the folder `{FOLDER}`"))
    }

    /// The config that was run, with paths relative to the folder of the config file.
    ///
    /// # Errors
    /// If this version cannot read the config.
    pub fn document(&self) -> Result<Document> {
        let document = Document::parse("the baseline's config", &self.config.to_string())?;
        Ok(document.of_file(Path::new(&self.config_file)))
    }

    /// The config that was run.
    ///
    /// # Errors
    /// If this version cannot read the config.
    pub fn resolved(&self) -> Result<Resolved> {
        let document = self.document()?;
        Ok(document.resolve(&self.profile, &Overrides::default())?)
    }

    /// The acceptance that made this baseline.
    #[must_use]
    pub fn latest(&self) -> Option<&Acceptance> {
        self.log.last()
    }
}
