//! The files of one folder.

use std::path::Path;

use anyhow::{Context, Result};
use toml::Value;

use super::{Checked, Fault, Flaw};
use crate::baseline;
use crate::config::{Document, Overrides, Resolved};
use crate::digest;
use crate::provenance::{MANIFEST, Manifest};
use crate::report::file_digest;
use crate::stamp::{Carrier, Found, Stamp};
use crate::storage::{OUTCOMES, RECORDS, TIMINGS, records_digest};

/// Name of the folder with the published results of an experiment.
pub const PUBLISHED: &str = "published";
/// Largest number of changes named in one line.
const NAMED: usize = 4;

fn named(changes: &[String]) -> String {
    let more =
        if changes.len() > NAMED { format!(" and {} more", changes.len() - NAMED) } else { String::new() };
    changes[..changes.len().min(NAMED)].join("; ") + &more
}

/// Compares the config text in a manifest with its hash and with the present config; returns the config that
/// the folder's files should show, if there is one to compare with.
fn compare_configs(
    checked: &mut Checked,
    file: &str,
    config: &toml::Table,
    (profile, hash, config_file): (&str, &str, &str),
    document: Option<&Document>,
) -> Option<Resolved> {
    let mut flaw = |fault, detail: String| checked.flaws.push(Flaw::new(file, fault, detail));
    let stored =
        Document::parse(file, &config.to_string()).and_then(|d| d.resolve(profile, &Overrides::default()));
    let stored = match stored {
        Ok(stored) => stored,
        Err(error) => {
            flaw(Fault::Config, format!("this version cannot read the config in it: {error}"));
            return None;
        }
    };
    let Some(document) = document else {
        let note = match config_file {
            "" => format!("no experiment `{}` is registered: config not compared", stored.experiment),
            file => format!(
                "its config, {}, is not there: config not compared; give --config FILE",
                from_here(file)
            ),
        };
        checked.notes.push(note);
        return None;
    };
    let name = checked.folder.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    if ![profile, PUBLISHED, baseline::FOLDER].contains(&name) && name != format!("{profile}-check") {
        checked.notes.push("made with custom settings: config not compared".to_owned());
        return Some(stored);
    }
    // A run with more or fewer replicates is of the same experiment.
    let (replicates, look) = match stored.looks {
        Some(_) => (None, Some(stored.look())),
        None => (Some(stored.replicates), None),
    };
    // Looks that the command line asked for are not in the config.
    let planned = document.resolve(profile, &Overrides::default()).ok().and_then(|plain| plain.looks);
    let asked = stored.looks.filter(|_| planned.is_none());
    let overrides = Overrides {
        replicates,
        look,
        until_decided: asked.is_some(),
        max_replicates: asked.map(|looks| looks.most),
        ..Overrides::default()
    };
    match document.resolve(profile, &overrides) {
        Ok(present) => {
            let changes = present.changes_since(&stored);
            if !changes.is_empty() {
                flaw(Fault::Config, named(&changes));
            } else if present.hash() != hash && stored.hash() != hash {
                flaw(Fault::Altered, format!("its config has the hash {}, not {hash}", stored.hash()));
            }
            Some(present)
        }
        Err(error) => {
            flaw(Fault::Config, error.to_string());
            None
        }
    }
}

/// Checks that a file was made from the same part of the config as the present one.
fn specification(file: &str, stamp: &Stamp, present: &Resolved) -> Option<Flaw> {
    let shows = stamp.shows.replace('/', " ");
    let what = match shows.as_str() {
        "report" => "the config's texts, tables, figures or claims",
        other => other,
    };
    match present.specification(&stamp.shows) {
        None => Some(Flaw::new(file, Fault::Orphan, format!("the config has no {shows}"))),
        Some(now) if now != stamp.specification => {
            Some(Flaw::new(file, Fault::Specification, format!("{what} changed")))
        }
        Some(_) => None,
    }
}

/// The flaw of a listed file, if it has one.
fn listed(
    folder: &Path,
    file: &str,
    digest: &str,
    manifest: &Manifest,
    records: &str,
    present: Option<&Resolved>,
) -> Option<Flaw> {
    let flaw = |fault, detail: String| Some(Flaw::new(file, fault, detail));
    let Ok(bytes) = std::fs::read(folder.join(file)) else { return flaw(Fault::Missing, String::new()) };
    if file_digest(file, &bytes) != digest {
        return flaw(Fault::Altered, "its contents are not those that the manifest lists".to_owned());
    }
    if manifest.records != records {
        return flaw(Fault::Records, format!("{RECORDS} and {OUTCOMES} have changed since it was made"));
    }
    // These files have no stamp; the report's stamp covers their contents.
    let carrier = Carrier::of(file).filter(|_| !file.starts_with("timings."))?;
    match Stamp::read(carrier, &bytes) {
        None => flaw(Fault::Unstamped, String::new()),
        Some(found) if !found.intact => {
            flaw(Fault::Altered, "its contents do not match its stamp".to_owned())
        }
        Some(Found { stamp, .. }) if stamp.records != records => {
            flaw(Fault::Records, format!("made from the records {}", stamp.records))
        }
        Some(Found { stamp, .. }) if stamp.config != manifest.config_hash => {
            flaw(Fault::Config, format!("made with the config {}", stamp.config))
        }
        Some(found) => specification(file, &found.stamp, present?),
    }
}

/// Tables and figures in a folder that its manifest does not list.
fn unlisted(folder: &Path, manifest: &Manifest) -> Result<Vec<Flaw>> {
    let mut flaws = Vec::new();
    for below in ["", "tables", "figures"] {
        let Ok(entries) = std::fs::read_dir(folder.join(below)) else { continue };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let file = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            let ours = [RECORDS, OUTCOMES, TIMINGS].contains(&file.as_str());
            let shown = ["svg", "png", "pdf", "md", "html", "tex", "csv", "gz"]
                .iter()
                .any(|e| name.ends_with(&format!(".{e}")));
            if shown && !ours && !manifest.files.contains_key(&file) {
                flaws.push(Flaw::new(&file, Fault::Unlisted, "not a file of this run"));
            }
        }
    }
    flaws.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(flaws)
}

/// Files that the problem reads and whose contents have changed.
fn inputs(manifest: &Manifest) -> Vec<Flaw> {
    let folder = Path::new(&manifest.config_file).parent().unwrap_or(Path::new(""));
    // Files that are not found here, or come with the program, are not compared.
    let changed = manifest
        .inputs
        .iter()
        .filter(|(name, digest)| digest::whole_file(&folder.join(name)).is_ok_and(|now| now != **digest));
    changed
        .map(|(name, _)| Flaw::new(name, Fault::Inputs, "its contents have changed since the run"))
        .collect()
}

/// A path as short as it can be given in the current folder.
fn from_here(file: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    Path::new(file).strip_prefix(here).map_or(file.to_owned(), |short| short.display().to_string())
}

/// Verifies the folder of a run, or of its published results; `document` is the present config.
///
/// # Errors
/// A folder that cannot be read.
pub fn verify_run(folder: &Path, document: Option<&Document>) -> Result<Checked> {
    let manifest = Manifest::read(folder)?;
    let experiment = manifest.config.get("experiment").and_then(Value::as_str).unwrap_or("EXP").to_owned();
    let published = folder.ends_with(PUBLISHED);
    let again = if published { "publish" } else { "report" };
    let option = |name: &str, default: &str| {
        if name == default { String::new() } else { format!(" --profile {name}") }
    };
    let profile = option(&manifest.profile, if published { "paper" } else { "quick" });
    let what = match manifest.config_file.as_str() {
        "" => experiment,
        file => format!("--config {}", from_here(file)),
    };
    // A report is made again in the run's own folder, which need not be called like its profile.
    let own = folder.file_name().and_then(|name| name.to_str()).unwrap_or(&manifest.profile);
    let mend = match published {
        true => format!("remeasure {again} {what}{profile}"),
        false => format!("remeasure {again} {what}{}", option(own, "quick")),
    };
    let run = format!("remeasure run {what}{profile}{}", if published { ", then publish" } else { "" });
    let mut checked = Checked { mend, ..Checked::new(folder, manifest.files.len()) };
    let of = (manifest.profile.as_str(), manifest.config_hash.as_str(), manifest.config_file.as_str());
    let present = compare_configs(&mut checked, MANIFEST, &manifest.config, of, document);
    if !checked.flaws.is_empty() {
        checked.mend = run.clone();
    }
    if manifest.files.is_empty() {
        let detail = "lists no files: made by an earlier version";
        checked.flaws.push(Flaw::new(MANIFEST, Fault::Unstamped, detail));
        return Ok(checked);
    }
    let records =
        if folder.join(RECORDS).exists() { records_digest(folder)? } else { manifest.records.clone() };
    for (file, digest) in &manifest.files {
        checked.flaws.extend(listed(folder, file, digest, &manifest, &records, present.as_ref()));
    }
    checked.flaws.extend(unlisted(folder, &manifest)?);
    let inputs = inputs(&manifest);
    if !inputs.is_empty() {
        checked.mend = format!("{run} --fresh");
    }
    checked.flaws.extend(inputs);
    checked.notes.extend(missing_inputs(&manifest));
    Ok(checked)
}

/// Says which files that the problem read are no longer there.
fn missing_inputs(manifest: &Manifest) -> Vec<String> {
    // Those of shipped configs come with the program.
    if manifest.config_file.is_empty() {
        return Vec::new();
    }
    let folder = Path::new(&manifest.config_file).parent().unwrap_or(Path::new(""));
    let missing = manifest.inputs.keys().filter(|name| !folder.join(name).exists());
    missing.map(|name| format!("{name} is not where it was: not compared")).collect()
}

/// Verifies the folder of a baseline; `document` is the present config.
///
/// # Errors
/// A folder without a baseline.
pub fn verify_baseline(folder: &Path, document: Option<&Document>) -> Result<Checked> {
    let mut checked = Checked::new(folder, 1);
    match baseline::read(folder) {
        Ok(None) => anyhow::bail!("no baseline in {}", folder.display()),
        Err(error) => {
            checked.flaws.push(Flaw::new(baseline::BASELINE, Fault::Altered, format!("{error:#}")));
            checked.mend = "restore the folder, or accept the baseline again".to_owned();
        }
        Ok(Some((header, _))) => {
            let of = (header.profile.as_str(), header.config_hash.as_str(), header.config_file.as_str());
            compare_configs(&mut checked, baseline::BASELINE, &header.config, of, document);
            checked.files += header.files.len();
            checked.mend = format!("remeasure baseline accept {}", header.experiment);
        }
    }
    Ok(checked)
}

/// Verifies a single table or figure; `document` gives the present config of an experiment.
///
/// # Errors
/// A file that cannot be read, or of a kind that carries no stamp.
pub fn verify_file(path: &Path, document: &dyn Fn(&str) -> Option<Document>) -> Result<Checked> {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let carrier = Carrier::of(name).with_context(|| {
        format!("{}: expected a folder, or an SVG, PNG, PDF, Markdown, HTML or LaTeX file", path.display())
    })?;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut checked = Checked::new(path, 1);
    let Some(found) = Stamp::read(carrier, &bytes) else {
        checked.flaws.push(Flaw::new(name, Fault::Unstamped, ""));
        return Ok(checked);
    };
    let stamp = &found.stamp;
    checked.mend = format!("remeasure report {} --profile {}", stamp.experiment, stamp.profile);
    checked.notes.push(format!(
        "{} of {}, profile {}, config {}, records {}, drawn by {}",
        stamp.shows.replace('/', " "),
        stamp.experiment,
        stamp.profile,
        stamp.config,
        stamp.records,
        stamp.drawn_by
    ));
    if !found.intact {
        checked.flaws.push(Flaw::new(name, Fault::Altered, "its contents do not match its stamp"));
    }
    let present =
        document(&stamp.experiment).and_then(|d| d.resolve(&stamp.profile, &Overrides::default()).ok());
    match present {
        None => checked.notes.push("no present config to compare with".to_owned()),
        Some(present) if present.hash() != stamp.config => {
            let detail = format!("the present config is {}", present.hash());
            checked.flaws.push(Flaw::new(name, Fault::Config, detail));
        }
        Some(present) => checked.flaws.extend(specification(name, stamp, &present)),
    }
    Ok(checked)
}
