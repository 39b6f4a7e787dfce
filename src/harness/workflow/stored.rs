//! Runs that are complete, read from their files.

use std::path::Path;

use anyhow::Result;
use toml::Table;

use super::{Planned, Run};
use crate::config::{ConfigError, Document, Overrides, Resolved};
use crate::provenance::Manifest;
use crate::storage;

/// Keys of a config that say how numbers are shown and judged, and move none.
const DISPLAYS: [&str; 7] = ["title", "about", "paper", "table", "style", "figure", "claim"];

/// The config of a stored run, with texts, tables, figures and claims as they are in another. What other
/// profiles there are, a stored config does not tell: they may have cells that its claims speak of.
///
/// # Errors
/// Displays that are not valid.
pub fn restyled(config: &Table, displays: &Table, profile: &str) -> Result<Resolved, ConfigError> {
    let mut table = config.clone();
    for key in DISPLAYS {
        match displays.get(key) {
            Some(value) => table.insert(key.to_owned(), value.clone()),
            None => table.remove(key),
        };
    }
    let text = table.to_string();
    let name = "the stored run's config with the present tables, figures and claims";
    let mut resolved = Document::parse(name, &text)?.resolve(profile, &Overrides::default())?;
    resolved.anywhere.clear();
    Ok(resolved)
}

/// The complete run in `folder`, from its CSV files: the manifest vouches for them by their digest, and
/// they are there where no journal is.
///
/// # Errors
/// Files that are missing, malformed, or of another config than the plan's.
pub fn stored<'a>(planned: Planned<'a>, folder: &Path, manifest: Manifest) -> Result<Run<'a>> {
    let store = storage::load(folder, &planned.plan)?;
    Ok(Run::new(planned, folder.to_owned(), manifest, store, None))
}
