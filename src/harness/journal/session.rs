//! Sessions: which config and code wrote an entry.

use std::collections::BTreeMap;

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

/// A process that wrote into a journal: written once for each config and code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When it began, UTC; no part of its identity.
    pub started: String,
    /// The share of the trials it ran, such as `2/7`; no part of its identity.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shard: String,
    /// Threads of the first process that wrote; no part of its identity. 0 where it is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jobs: usize,
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
            jobs: 0,
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

    /// The session that would go on with this one's config, with the present code and data files
    /// unchanged.
    #[must_use]
    pub fn now(&self, metrics: &[Metric]) -> Self {
        Self {
            started: now(),
            metrics: metrics.iter().map(|m| m.name.to_owned()).collect(),
            code: Code::of_this_binary(),
            ..self.of_no_shard()
        }
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
        let lasting = Self { started: String::new(), ..self.of_no_shard() };
        Ok(digest([lasting.text()?.as_str()]))
    }

    /// The same session, whichever share of the trials it ran.
    pub(super) fn of_no_shard(&self) -> Self {
        Self { shard: String::new(), jobs: 0, ..self.clone() }
    }

    /// What keeps the shards of two sessions from being put together, in words from `before` to this
    /// one, the code apart. Title, tables, figures and claims may differ: they move no number.
    ///
    /// # Errors
    /// A config that this version cannot read.
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
    /// What differs, in words.
    pub(super) conflicts: Vec<String>,
    /// Whether both draw the same data in cells with the same identity.
    pub(super) same_data: bool,
    /// The present position of each stored metric.
    pub(super) metrics: Vec<Option<u16>>,
}
