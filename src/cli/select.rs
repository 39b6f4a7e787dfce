//! Resolves the names, paths and config files given on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_harness::config::{Document, Resolved};
use remeasure_harness::registry::{Host, Registry};

/// The family and paper that a config runs with.
pub(super) fn host<'a>(registry: &'a Registry, resolved: &Resolved) -> Result<Host<'a>> {
    Ok(registry.host(resolved)?)
}

pub(super) fn read_file(path: &Path) -> Result<Document> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Document::parse(&path.display().to_string(), &text)?)
}

/// The configs that a command's arguments name: a file, or papers and experiments (all, if none is named).
pub(super) fn documents(registry: &Registry, names: &[String], file: Option<&Path>) -> Result<Vec<Document>> {
    if let Some(path) = file {
        return Ok(vec![read_file(path)?]);
    }
    let shipped = registry.select(names)?;
    shipped.into_iter().map(|e| Ok(Document::parse(e.path, e.config)?)).collect()
}

/// Folders to search: paths as given, and for names of papers and experiments their folders in `results`.
pub(super) fn folders(registry: &Registry, given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in given {
        let selected =
            path.to_str().filter(|_| !path.exists()).map(|name| registry.select(&[name.to_owned()]));
        let Some(Ok(experiments)) = selected else {
            found.push(path.clone());
            continue;
        };
        let of_results = experiments.iter().map(|e| Path::new("results").join(e.name));
        let there: Vec<PathBuf> = of_results.filter(|folder| folder.is_dir()).collect();
        if there.is_empty() {
            bail!("results has no runs of `{}`; create one with `remeasure run`", path.display());
        }
        found.extend(there);
    }
    Ok(found)
}

/// Names of experiments measured in the past: names of papers are replaced by their experiments in `known`.
pub(super) fn past(registry: &Registry, names: &[String], known: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let of = registry.select(std::slice::from_ref(name)).unwrap_or_default();
        let mut own: Vec<String> =
            of.iter().map(|e| e.name.to_owned()).filter(|n| known.contains(&n.as_str())).collect();
        if own.is_empty() {
            own.push(name.clone());
        }
        own.retain(|name| !found.contains(name));
        found.extend(own);
    }
    found
}
