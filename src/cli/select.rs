//! Resolves the names, paths and config files given on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_core::hint;
use remeasure_harness::config::{Document, Resolved};
use remeasure_harness::provenance::{MANIFEST, Manifest};
use remeasure_harness::registry::{Host, Registry};
use remeasure_harness::verify::PUBLISHED;
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
    /// The same, or what is published of it.
    Shown(&'a str),
    /// Its baseline.
    Baseline,
}

impl Kept<'_> {
    fn missing(self, out: &Path, name: &str) -> String {
        let folder = out.join(name);
        match self {
            Self::Run(profile) | Self::Shown(profile) => {
                format!("there is no run in {}", folder.join(profile).display())
            }
            Self::Baseline => format!("there is no baseline in {}", folder.display()),
        }
    }
}

/// The configs as for [`documents`]. A name may also be that of one's own experiment of which `out` keeps a run or a
/// baseline, or whatever else if the config file is still where it was; without names, all that keep `what` are
/// included.
pub(super) fn kept(
    registry: &Registry,
    names: &[String],
    file: Option<&Path>,
    (out, what): (&Path, Kept<'_>),
) -> Result<Vec<Document>> {
    let own = |name: &str| match what {
        Kept::Run(profile) => of_run(&out.join(name).join(profile), name),
        Kept::Shown(profile) => match of_run(&out.join(name).join(profile), name)? {
            None => of_run(&out.join(name).join(PUBLISHED), name),
            run => Ok(run),
        },
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
    let mut found: Vec<Document> = Vec::new();
    let add = |found: &mut Vec<Document>, document: Document| {
        let called = |d: &Document| d.experiment().unwrap_or_default();
        if !found.iter().any(|known| called(known) == called(&document)) {
            found.push(document);
        }
    };
    for name in names {
        match documents(registry, std::slice::from_ref(name), None) {
            Ok(shipped) => shipped.into_iter().for_each(|document| add(&mut found, document)),
            Err(unknown) => {
                let stored = if is_plain(name) { own(name)?.or_else(|| elsewhere(out, name)) } else { None };
                let missing = || format!("{unknown}, and {}", what.missing(out, name));
                add(&mut found, stored.with_context(missing)?);
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

/// The present config of one's own experiment, if any run or baseline in `out` tells where its file is; else the
/// published one.
fn elsewhere(out: &Path, experiment: &str) -> Option<Document> {
    let folder = out.join(experiment);
    let names = folder_names(&folder).unwrap_or_default();
    let present = names.iter().find_map(|name| {
        let folder = folder.join(name);
        let of_baseline = || Some(baseline::Header::read(&folder).ok()??.config_file);
        let of_journal = || Some(journal::sessions(&folder).ok()??.pop()?.file);
        let of_run = || Some(Manifest::read(&folder).ok()?.config_file);
        own_file(&of_run().or_else(of_baseline).or_else(of_journal)?, experiment)
    });
    present.or_else(|| of_run(&folder.join(PUBLISHED), experiment).ok()?)
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

/// Most names to suggest.
const SUGGESTED: usize = 3;

/// The names most similar to one that is unknown, the best first.
fn similar<'a>(name: &str, mut known: Vec<&'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    while let Some(near) = hint::nearest(name, known.iter().copied()).filter(|_| found.len() < SUGGESTED) {
        known.retain(|other| *other != near);
        found.push(near);
    }
    found
}

/// The message that an argument is neither a path nor a name.
fn unknown(registry: &Registry, given: &Path, out: &Path) -> String {
    let name = given.display().to_string();
    let own = folder_names(out).unwrap_or_default();
    let mut known: Vec<&str> = own.iter().map(String::as_str).collect();
    for paper in registry.papers() {
        known.push(&paper.slug);
        known.extend(paper.experiments.iter().map(|experiment| experiment.name));
    }
    known.sort_unstable();
    known.dedup();
    let near: Vec<String> = similar(&name, known).iter().map(|near| format!("`{near}`")).collect();
    let near = match near.is_empty() {
        true => "`remeasure list` shows the shipped ones".to_owned(),
        false => format!("did you mean {}?", near.join(", ")),
    };
    format!("`{name}` is no path, paper or experiment, and no folder in {}; {near}", out.display())
}

/// Folders to search: paths as given, and for names of papers and experiments their folders in `out`; `out` itself, if
/// none is given.
pub(super) fn folders(registry: &Registry, given: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>> {
    if given.is_empty() {
        return Ok(vec![out.to_path_buf()]);
    }
    let mut found = Vec::new();
    for path in given {
        let selected =
            path.to_str().filter(|_| !path.exists()).map(|name| registry.select(&[name.to_owned()]));
        let Some(Ok(experiments)) = selected else {
            // One's own experiment by name.
            let own = out.join(path);
            match path.exists() {
                true => found.push(path.clone()),
                false if own.is_dir() => found.push(own),
                false => bail!(unknown(registry, path, out)),
            }
            continue;
        };
        let of_results = experiments.iter().map(|e| out.join(e.name));
        let there: Vec<PathBuf> = of_results.filter(|folder| folder.is_dir()).collect();
        if there.is_empty() {
            let (out, name) = (out.display(), path.display());
            bail!("{out} has no runs of `{name}`; create one with `remeasure run {name}`");
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
