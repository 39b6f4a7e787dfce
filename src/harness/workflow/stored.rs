//! Reads complete runs from their files.

use std::path::Path;

use anyhow::Result;
use toml::Table;

use super::{Planned, Run};
use crate::config::{ConfigError, Document, Overrides, Resolved};
use crate::plan::Plan;
use crate::provenance::Manifest;
use crate::storage;

/// Keys of a config that define how numbers are shown and judged, but do not affect them.
const DISPLAYS: [&str; 7] = ["title", "about", "paper", "table", "style", "figure", "claim"];

/// The config of a stored run, with the texts, tables, figures and claims of `displays`. A stored config
/// does not contain the other profiles, whose cells its claims may refer to.
///
/// # Errors
/// If the tables, figures or claims are not valid.
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
    // Numbers in the present claims presume the present settings.
    if let Ok(stated) = Document::parse(name, &displays.to_string())?.resolve(profile, &Overrides::default())
    {
        resolved.presume(&stated);
    }
    Ok(resolved)
}

/// The plan of a stored config with the axes in the order of these columns of its files: the config may have them in
/// another one, because TOML writes tables behind lists.
///
/// # Errors
/// As for [`Planned::stored`].
pub fn in_order<'a>(planned: Planned<'a>, columns: &[String]) -> Result<Planned<'a>> {
    let place = |name: &str| columns.iter().position(|column| column == name);
    let axes = &planned.plan.resolved.axes;
    if axes.is_sorted_by_key(|axis| place(&axis.name)) {
        return Ok(planned);
    }
    let mut resolved = planned.plan.resolved.clone();
    resolved.axes.sort_by_key(|axis| place(&axis.name));
    Ok(Planned { plan: Plan::stored(resolved, &planned.only)?, ..planned })
}

/// Reads the complete run in `folder` from its CSV files, whose digest the manifest records; they exist
/// even where there is no journal.
///
/// # Errors
/// If files are missing, malformed, or of another config than the plan's.
pub fn stored<'a>(planned: Planned<'a>, folder: &Path, manifest: Manifest) -> Result<Run<'a>> {
    let planned = in_order(planned, &storage::columns(folder)?)?;
    let store = storage::load(folder, &planned.plan)?;
    Ok(Run::new(planned, folder.to_owned(), manifest, store, None))
}
