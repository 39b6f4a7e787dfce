//! `verify`: compares tables and figures with their records and configs.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use remeasure_core::format::count;
use remeasure_harness::baseline;
use remeasure_harness::config::Document;
use remeasure_harness::provenance::{MANIFEST, Manifest};
use remeasure_harness::registry::Registry;
use remeasure_harness::storage::RECORDS;
use remeasure_harness::verify::{Checked, redraw, verify_baseline, verify_file, verify_run};

use super::select::{folders as folders_of, own_file};
use super::{Ending, read_file};
use crate::output::say;

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Folders to search, with all folders below them; single figures and tables; or papers or
    /// experiments in the folder of the results [default: this folder]
    #[arg(value_name = "PATH|NAME")]
    paths: Vec<PathBuf>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Compare with this config file instead of the experiment's shipped one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also rebuild everything from the records, where they are stored, and compare
    #[arg(long)]
    redraw: bool,
    /// Output format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// All folders with a manifest or a baseline, from `folder` downwards, sorted by name.
fn folders(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    if folder.join(MANIFEST).is_file() || folder.join(baseline::BASELINE).is_file() {
        into.push(folder.to_owned());
    }
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Links are not followed: they could form a cycle.
        if entry.file_type()?.is_dir() {
            below.push(entry.path());
        }
    }
    below.sort();
    below.iter().try_for_each(|path| folders(path, into))
}

fn line(checked: &Checked) -> String {
    let state = match checked.flaws.len() {
        0 if checked.files == 1 => "current".to_owned(),
        0 => "all current".to_owned(),
        n => count(n, "flaw"),
    };
    let mut text = format!("{}: {}, {state}\n", checked.folder.display(), count(checked.files, "file"));
    for note in &checked.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    for flaw in &checked.flaws {
        let detail = if flaw.detail.is_empty() { String::new() } else { format!(": {}", flaw.detail) };
        text.push_str(&format!("  {}  {}{detail}\n", flaw.fault.word(), flaw.file));
    }
    if !checked.flaws.is_empty() && !checked.mend.is_empty() {
        text.push_str(&format!("  fix: {}\n", checked.mend));
    }
    text
}

/// The present config of an experiment.
pub(super) fn present(
    experiments: &Registry,
    given: Option<&Document>,
    (name, config_file): (&str, &str),
) -> Option<Document> {
    if let Some(document) = given
        && document.experiment().is_ok_and(|its| its == name)
    {
        return Some(document.clone());
    }
    match experiments.document(name) {
        Some(shipped) => shipped.ok(),
        None => own_file(config_file, name),
    }
}

/// Checks one folder.
fn look(experiments: &Registry, given: Option<&Document>, folder: &Path, again: bool) -> Result<Checked> {
    if folder.join(baseline::BASELINE).is_file() {
        let of = |h: baseline::Header| (h.experiment, h.config_file);
        let (name, file) = baseline::Header::read(folder).ok().flatten().map(of).unwrap_or_default();
        return verify_baseline(folder, present(experiments, given, (&name, &file)).as_ref());
    }
    let manifest = Manifest::read(folder)?;
    let name = manifest.config.get("experiment").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let mut checked =
        verify_run(folder, present(experiments, given, (&name, &manifest.config_file)).as_ref())?;
    let recorded = folder.join(RECORDS).is_file();
    if again && !recorded {
        checked.notes.push("its records are not stored here: not redrawn".to_owned());
    }
    if again && recorded && !manifest.files.is_empty() {
        let known: Vec<String> = checked.flaws.iter().map(|f| f.file.clone()).collect();
        let found = redraw(folder, experiments)?;
        checked.flaws.extend(found.into_iter().filter(|f| !known.contains(&f.file)));
    }
    Ok(checked)
}

pub(super) fn verify(experiments: &Registry, args: &VerifyArgs) -> Result<Ending> {
    let given = args.config.as_deref().map(read_file).transpose()?;
    let mut all = Vec::new();
    for path in &folders_of(experiments, &args.paths, &args.out)? {
        if path.is_file() {
            all.push(verify_file(path, &|name| present(experiments, given.as_ref(), (name, "")))?);
            continue;
        }
        let mut below = Vec::new();
        if let Err(error) = folders(path, &mut below) {
            bail!("cannot search {}: {error:#}", path.display());
        }
        if below.is_empty() {
            bail!("no run, baseline or published folder in {} or below", path.display());
        }
        for folder in below {
            all.push(look(experiments, given.as_ref(), &folder, args.redraw)?);
        }
    }
    let mut out = say();
    if args.format == Format::Json {
        let text = remeasure_harness::json::sorted(serde_json::json!({ "folders": all }));
        out.write_all(text.as_bytes())?;
    } else {
        for checked in &all {
            out.write_all(line(checked).as_bytes())?;
        }
        let flaws: usize = all.iter().map(|c| c.flaws.len()).sum();
        let files: usize = all.iter().map(|c| c.files).sum();
        let flaws = if flaws == 0 { "all current".to_owned() } else { count(flaws, "flaw") };
        writeln!(out, "{} in {}: {flaws}", count(files, "file"), count(all.len(), "folder"))?;
    }
    let mut ending = Ending::Done;
    ending.raise(Ending::Alarm, all.iter().any(|c| !c.flaws.is_empty()));
    Ok(ending)
}
