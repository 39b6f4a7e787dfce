//! `baseline.toml`: what was accepted, when and why.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::FOLDER;
use crate::config::{Document, Overrides, Resolved};
use crate::plan::Plan;
use crate::provenance::{Code, now};

/// File name of the header.
pub const BASELINE: &str = "baseline.toml";
/// Version of the files' format.
pub const FORMAT: u32 = 1;

/// One acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// When, UTC.
    pub date: String,
    /// Why; empty where no reason was given.
    #[serde(default)]
    pub reason: String,
    /// The profile.
    pub profile: String,
    /// Hash of the config.
    pub config_hash: String,
    /// Version and commit of the code.
    pub code: String,
    /// What the numbers were, compared with the baseline before; empty for the first.
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
    /// Hash of everything in the config that can move a number.
    pub config_hash: String,
    /// The code that measured it.
    pub code: Code,
    /// Files that the problem read, with the SHA-256 of their contents.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// The other files of the baseline, with the first 16 hex digits of their SHA-256.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// All acceptances, the first one first; the last one is this baseline.
    pub log: Vec<Acceptance>,
    /// The resolved config, whole.
    pub config: toml::Table,
}

impl Header {
    /// The header of a run of `plan` by `code` that is accepted now; `before` is the one that it replaces.
    ///
    /// # Errors
    /// A config that cannot be written as TOML.
    pub fn accept(
        plan: &Plan<'_>,
        code: &Code,
        reason: &str,
        change: String,
        before: Option<Self>,
    ) -> Result<Self> {
        let resolved = &plan.resolved;
        let mut log = before.map(|b| b.log).unwrap_or_default();
        log.push(Acceptance {
            date: now(),
            reason: reason.to_owned(),
            profile: resolved.profile.clone(),
            config_hash: resolved.hash(),
            code: code.short(),
            change,
        });
        Ok(Self {
            format: FORMAT,
            experiment: resolved.experiment.clone(),
            profile: resolved.profile.clone(),
            config_hash: resolved.hash(),
            code: code.clone(),
            inputs: plan.inputs(),
            files: BTreeMap::new(),
            log,
            config: toml::from_str(&resolved.to_toml())?,
        })
    }

    /// Reads the header of the baseline in `folder`; `None` where there is no baseline.
    ///
    /// # Errors
    /// A file that this version cannot read: it is never taken for no baseline, as its log would be lost.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(BASELINE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let header: Self = toml::from_str(&text).with_context(|| {
            format!("cannot read {}; restore it, or move the folder `{FOLDER}` away", path.display())
        })?;
        if header.format != FORMAT {
            bail!(
                "{}: format {} is not the format {FORMAT} that this version reads; check with the version \
                 that wrote it ({}), or move the folder `{FOLDER}` away",
                path.display(),
                header.format,
                header.code.version
            );
        }
        if header.log.is_empty() {
            bail!("{}: the log is empty; restore the file", path.display());
        }
        Ok(Some(header))
    }

    /// The config that was run.
    ///
    /// # Errors
    /// A config that this version cannot read.
    pub fn resolved(&self) -> Result<Resolved> {
        let document = Document::parse("the baseline's config", &self.config.to_string())?;
        Ok(document.resolve(&self.profile, &Overrides::default())?)
    }

    /// The acceptance that made this baseline.
    #[must_use]
    pub fn latest(&self) -> Option<&Acceptance> {
        self.log.last()
    }
}
