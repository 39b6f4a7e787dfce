//! Sessions: the config and code that wrote an entry.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use remeasure_core::family::Metric;
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::config::{Document, Overrides, Resolved, identity::digest};
use crate::plan::Plan;
use crate::provenance::{Code, now};

fn is_zero(jobs: &usize) -> bool {
    *jobs == 0
}

/// The config and code of a process that wrote into a journal; stored once for each config and code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When it began, UTC; not part of its identity.
    pub started: String,
    /// The shard it ran, such as `2/7`, or empty; not part of its identity.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shard: String,
    /// Threads of the first process that wrote; 0 if unknown. Not part of its identity.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jobs: usize,
    /// Whole path of the config file; empty if the config comes with the program. Not part of its identity.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// `--only` patterns.
    pub only: Vec<String>,
    /// Name of the run's folder.
    pub folder: String,
    /// Profile of the config.
    pub profile: String,
    /// Hash of everything in the config that can change a number.
    pub config_hash: String,
    /// Names of the family's metrics; entries refer to them by position.
    pub metrics: Vec<String>,
    /// The code.
    pub code: Code,
    /// Files that the problem read, with the SHA-256 of their contents.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// The whole resolved config.
    pub config: Table,
}

impl Session {
    /// The session that runs `plan` now.
    ///
    /// # Errors
    /// If the config cannot be written as TOML.
    pub fn of(plan: &Plan<'_>, metrics: &[Metric], only: &[String], folder: &str) -> Result<Self> {
        Ok(Self {
            started: now(),
            shard: String::new(),
            jobs: 0,
            file: plan.resolved.file.display().to_string(),
            only: only.to_vec(),
            folder: folder.to_owned(),
            profile: plan.resolved.profile.clone(),
            config_hash: plan.resolved.hash(),
            metrics: metrics.iter().map(|m| m.name.to_owned()).collect(),
            code: Code::of_this_binary(),
            inputs: plan.inputs(),
            config: toml::from_str(&plan.resolved.to_toml())?,
        })
    }

    /// The session that would resume this one: the same config and data files, with the present code.
    #[must_use]
    pub fn now(&self, metrics: &[Metric]) -> Self {
        Self {
            started: now(),
            metrics: metrics.iter().map(|m| m.name.to_owned()).collect(),
            code: Code::of_this_binary(),
            file: self.file.clone(),
            ..self.of_no_shard()
        }
    }

    /// Its text in the journal.
    pub(super) fn text(&self) -> Result<String> {
        toml::to_string(self).context("the config cannot be written as TOML")
    }

    /// Reads the text of [`Session::text`]; `None` if it is malformed.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        toml::from_str(std::str::from_utf8(text).ok()?).ok()
    }

    /// Id by which entries refer to it. It follows from the config and code, so a damaged text loses no entry.
    pub(super) fn id(&self) -> Result<u64> {
        let lasting = Self { started: String::new(), ..self.of_no_shard() };
        Ok(digest([lasting.text()?.as_str()]))
    }

    /// The same session without shard, number of threads, and where the config was.
    pub(super) fn of_no_shard(&self) -> Self {
        Self { shard: String::new(), jobs: 0, file: String::new(), ..self.clone() }
    }

    /// Descriptions of the differences between `before` and this session that prevent merging their shards,
    /// apart from code. Title, tables, figures and claims may differ: they do not affect numbers.
    ///
    /// # Errors
    /// If this version cannot read a config.
    pub fn differences(&self, before: &Self) -> Result<Vec<String>> {
        let (old, new) = (before.resolved()?, self.resolved()?);
        let text = |only: &[String]| if only.is_empty() { "(none)".to_owned() } else { only.join(" ") };
        let pairs = [
            ("experiment", old.experiment.clone(), new.experiment.clone()),
            ("profile", before.profile.clone(), self.profile.clone()),
            ("--only", text(&before.only), text(&self.only)),
        ];
        let differing = pairs.into_iter().filter(|(_, a, b)| a != b);
        let mut found: Vec<String> = differing.map(|(what, a, b)| format!("{what}: {a} → {b}")).collect();
        found.extend(new.changes_since(&old));
        found.extend(self.changed_inputs(before));
        if found.is_empty() && self.folder != before.folder {
            found.push(format!("folder: {} → {}", before.folder, self.folder));
        }
        Ok(found)
    }

    /// Files that both read and whose contents differ.
    fn changed_inputs(&self, before: &Self) -> Vec<String> {
        let differs =
            |(name, digest): &(&String, &String)| before.inputs.get(*name).is_some_and(|old| old != *digest);
        self.inputs.iter().filter(differs).map(|(name, _)| format!("{name}: its contents")).collect()
    }

    /// Its config, with paths relative to the folder of the config file.
    ///
    /// # Errors
    /// If this version cannot read it.
    pub fn document(&self) -> Result<Document> {
        let document = Document::parse("the config in the journal", &self.config.to_string())?;
        Ok(document.of_file(Path::new(&self.file)))
    }

    /// The config it ran.
    ///
    /// # Errors
    /// If this version cannot read the config.
    pub fn resolved(&self) -> Result<Resolved> {
        let document = self.document()?;
        Ok(document.resolve(&self.profile, &Overrides::default())?)
    }

    /// Compares `before` with this session, whose config is `present`.
    pub(super) fn compare(&self, present: &Resolved, before: &Self) -> Comparison {
        let Ok(old) = before.resolved() else {
            let message = "this version cannot read the stored config".to_owned();
            return Comparison { conflicts: vec![message], same_data: false, metrics: Vec::new() };
        };
        let mut conflicts = present.conflicts_with(&old);
        let inputs = self.changed_inputs(before);
        let same_inputs = inputs.is_empty();
        conflicts.extend(inputs);
        conflicts.extend(self.code.changes_since(&before.code));
        let position = |name: &String| self.metrics.iter().position(|m| m == name).map(|i| i as u16);
        Comparison {
            conflicts,
            same_data: same_inputs && present.data_identity() == old.data_identity(),
            metrics: before.metrics.iter().map(position).collect(),
        }
    }
}

/// How the entries of a stored session fit the present one.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    /// Descriptions of the differences.
    pub(super) conflicts: Vec<String>,
    /// Whether both draw the same data in cells with the same identity.
    pub(super) same_data: bool,
    /// Present position of each stored metric; `None` if it no longer exists.
    pub(super) metrics: Vec<Option<u16>>,
}
