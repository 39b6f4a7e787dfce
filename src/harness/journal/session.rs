//! Sessions: which config and code wrote an entry.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::harness::config::{Document, Overrides, Resolved, identity::digest};
use crate::harness::family::Metric;
use crate::harness::plan::Plan;
use crate::harness::provenance::{Code, now};

/// A process that wrote into a journal: written once for each config and code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When it began, UTC; no part of its identity.
    pub started: String,
    /// The share of the trials it ran, such as `2/7`; no part of its identity.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shard: String,
    /// `--only` patterns.
    pub only: Vec<String>,
    /// Name of the run's folder.
    pub folder: String,
    /// Profile of the config.
    pub profile: String,
    /// Hash of everything in the config that can move a number.
    pub config_hash: String,
    /// Names of the family's metrics, to which entries refer by position.
    pub metrics: Vec<String>,
    /// The code.
    pub code: Code,
    /// Files that the problem read, with the SHA-256 of their contents.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// The resolved config, whole.
    pub config: Table,
}

impl Session {
    /// The session that runs `plan` now.
    ///
    /// # Errors
    /// A config that cannot be written as TOML.
    pub fn of(plan: &Plan<'_>, metrics: &[Metric], only: &[String], folder: &str) -> Result<Self> {
        Ok(Self {
            started: now(),
            shard: String::new(),
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

    /// Its text in the journal.
    pub(super) fn text(&self) -> Result<String> {
        toml::to_string(self).context("a config that cannot be written as TOML")
    }

    /// Reads [`Session::text`] back; `None` if it is none.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        toml::from_str(std::str::from_utf8(text).ok()?).ok()
    }

    /// What entries name it by: known without the journal, so that a damaged text loses no entry.
    pub(super) fn id(&self) -> Result<u64> {
        let lasting = Self { started: String::new(), shard: String::new(), ..self.clone() };
        Ok(digest([lasting.text()?.as_str()]))
    }

    /// The config it ran.
    ///
    /// # Errors
    /// A config that this version cannot read.
    pub fn resolved(&self) -> Result<Resolved> {
        let document = Document::parse("the config in the journal", &self.config.to_string())?;
        Ok(document.resolve(&self.profile, &Overrides::default())?)
    }

    /// How the numbers of `before` stand to this session, whose config is `present`.
    pub(super) fn compare(&self, present: &Resolved, before: &Self) -> Comparison {
        let Ok(old) = before.resolved() else {
            let message = "the stored config: this version cannot read it".to_owned();
            return Comparison { conflicts: vec![message], same_data: false, metrics: Vec::new() };
        };
        let mut conflicts = present.conflicts_with(&old);
        let mut same_inputs = true;
        for (name, digest) in &self.inputs {
            if before.inputs.get(name).is_some_and(|old| old != digest) {
                same_inputs = false;
                conflicts.push(format!("{name}: its contents"));
            }
        }
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
    /// What differs, in words.
    pub(super) conflicts: Vec<String>,
    /// Whether both draw the same data in cells with the same identity.
    pub(super) same_data: bool,
    /// The present position of each stored metric.
    pub(super) metrics: Vec<Option<u16>>,
}
