//! Resolves the names, paths and config files given on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_harness::config::{Document, Resolved};
use remeasure_harness::provenance::{MANIFEST, Manifest};
use remeasure_harness::registry::{Host, Registry};
use remeasure_harness::{baseline, journal};

/// The family and paper that a config runs with.
pub(super) fn host<'a>(registry: &'a Registry, resolved: &Resolved) -> Result<Host<'a>> {
    Ok(registry.host(resolved)?)
}

pub(super) fn read_file(path: &Path) -> Result<Document> {
    Document::read(path)
}

/// The configs that a command's arguments name: a file, or papers and experiments (all, if none is named).
pub(super) fn documents(registry: &Registry, names: &[String], file: Option<&Path>) -> Result<Vec<Document>> {
    if let Some(path) = file {
        return Ok(vec![read_file(path)?]);
    }
    let shipped = registry.select(names)?;
    shipped.into_iter().map(|e| Ok(Document::parse(e.path, e.config)?)).collect()
}

/// The configs as for [`documents`]; a name may also be that of one's own experiment with a run or a baseline in `out`,
/// and without names all of these are meant, too. Their configs are taken from there: from the run's folder `profile`,
/// or from the baseline if that is `None`.
pub(super) fn kept(
    registry: &Registry,
    names: &[String],
    file: Option<&Path>,
    (out, profile): (&Path, Option<&str>),
) -> Result<Vec<Document>> {
    let own = |name: &str| match profile {
        Some(profile) => of_run(&out.join(name).join(profile)),
        None => match baseline::Header::read(&out.join(name).join(baseline::FOLDER))? {
            Some(header) => header.document().map(Some),
            None => Ok(None),
        },
    };
    if names.is_empty() || file.is_some() {
        let mut found = documents(registry, names, file)?;
        if file.is_none() {
            for name in folder_names(out)? {
                if registry.experiment(&name).is_none() {
                    found.extend(own(&name)?);
                }
            }
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    for name in names {
        match documents(registry, std::slice::from_ref(name), None) {
            Ok(shipped) => {
                let names = |d: &Document| d.experiment().unwrap_or_default();
                let known: Vec<String> = found.iter().map(names).collect();
                found.extend(shipped.into_iter().filter(|d| !known.contains(&names(d))));
            }
            Err(unknown) => {
                let what = profile.map_or("baseline".to_owned(), |p| format!("stored run of profile `{p}`"));
                let own = if is_plain(name) { own(name)? } else { None };
                found.push(own.with_context(|| {
                    format!("{unknown}; nor is there a {what} of it in {}: give --config FILE", out.display())
                })?);
            }
        }
    }
    Ok(found)
}

/// Whether a name is that of a folder within another one.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.')
}

/// Names of the folders within a folder, sorted; none if it does not exist.
fn folder_names(folder: &Path) -> Result<Vec<String>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.path().is_dir() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}

/// The config of a run: as its journal has it, else its manifest; `None` if there is no run.
fn of_run(folder: &Path) -> Result<Option<Document>> {
    if let Some(session) = journal::sessions(folder)?.and_then(|mut all| all.pop()) {
        return session.document().map(Some);
    }
    if !folder.join(MANIFEST).is_file() {
        return Ok(None);
    }
    let manifest = Manifest::read(folder)?;
    let document = Document::parse("the config in the manifest", &manifest.config.to_string())?;
    Ok(Some(document.of_file(Path::new(&manifest.config_file))))
}

/// The default folder of results.
const RESULTS: &str = "results";

/// Folders to search: paths as given, and for names of papers and experiments their folders in `results`.
pub(super) fn folders(registry: &Registry, given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in given {
        let selected =
            path.to_str().filter(|_| !path.exists()).map(|name| registry.select(&[name.to_owned()]));
        let Some(Ok(experiments)) = selected else {
            // One's own experiment by name.
            let own = Path::new(RESULTS).join(path);
            found.push(if !path.exists() && own.is_dir() { own } else { path.clone() });
            continue;
        };
        let of_results = experiments.iter().map(|e| Path::new(RESULTS).join(e.name));
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
