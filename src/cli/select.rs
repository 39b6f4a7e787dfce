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

/// What tells of one's own experiment in a folder of results.
#[derive(Clone, Copy)]
pub(super) enum Kept<'a> {
    /// Its run of this name: a profile, perhaps with a suffix.
    Run(&'a str),
    /// Its baseline.
    Baseline,
}

impl Kept<'_> {
    fn missing(self, out: &Path, name: &str) -> String {
        let folder = out.join(name);
        match self {
            Self::Run(profile) => format!("there is no run in {}", folder.join(profile).display()),
            Self::Baseline => format!("there is no baseline in {}", folder.display()),
        }
    }
}

/// The configs as for [`documents`]. A name may also be that of one's own experiment of which `out` keeps a run or a
/// baseline; without names, all of those are included.
pub(super) fn kept(
    registry: &Registry,
    names: &[String],
    file: Option<&Path>,
    (out, what): (&Path, Kept<'_>),
) -> Result<Vec<Document>> {
    let own = |name: &str| match what {
        Kept::Run(profile) => of_run(&out.join(name).join(profile), name),
        Kept::Baseline => match baseline::Header::read(&out.join(name).join(baseline::FOLDER))? {
            Some(header) => Ok(Some(present_or(&header.config_file, name, header.document()?))),
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
                let called = |d: &Document| d.experiment().unwrap_or_default();
                let known: Vec<String> = found.iter().map(called).collect();
                found.extend(shipped.into_iter().filter(|d| !known.contains(&called(d))));
            }
            Err(unknown) => {
                let stored = if is_plain(name) { own(name)? } else { None };
                found.push(stored.with_context(|| format!("{unknown}, and {}", what.missing(out, name)))?);
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

/// The present config of one's own experiment, if its file is still where it was.
pub(super) fn own_file(file: &str, experiment: &str) -> Option<Document> {
    let document =
        Some(file).filter(|file| !file.is_empty()).and_then(|file| read_file(Path::new(file)).ok())?;
    document.experiment().is_ok_and(|name| name == experiment).then_some(document)
}

/// The present config, or the stored one if its file has moved.
fn present_or(file: &str, experiment: &str, stored: Document) -> Document {
    own_file(file, experiment).unwrap_or(stored)
}

/// The config of a run: the file it was read from, if that is still there; else as the manifest or the journal has it.
/// `None` if there is no run.
fn of_run(folder: &Path, experiment: &str) -> Result<Option<Document>> {
    if folder.join(MANIFEST).is_file() {
        let manifest = Manifest::read(folder)?;
        let stored = Document::parse("the config in the manifest", &manifest.config.to_string())?;
        let stored = stored.of_file(Path::new(&manifest.config_file));
        return Ok(Some(present_or(&manifest.config_file, experiment, stored)));
    }
    let Some(session) = journal::sessions(folder)?.and_then(|mut all| all.pop()) else { return Ok(None) };
    Ok(Some(present_or(&session.file, experiment, session.document()?)))
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
