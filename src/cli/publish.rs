//! `publish`: copies the files of a finished run that are worth committing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use remeasure_core::format::count;
use remeasure_harness::config::{Document, Resolved};
use remeasure_harness::provenance::Manifest;
use remeasure_harness::registry::Registry;
use remeasure_harness::report;
use remeasure_harness::report::{REPORT, REPORT_HTML, SUMMARY, file_digest};
use remeasure_harness::storage::write_atomic;
use remeasure_harness::verify::{PUBLISHED, verify_run};

use super::Ending;
use super::pages::write_all;
use super::select::{Kept, kept};
use crate::output::say;

#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// Papers or experiments; if none is named, only the overview pages are rebuilt
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Publish a run of this config file
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    /// Size of the experiments
    #[arg(long, default_value = "paper")]
    profile: String,
    /// Folder of the runs [default: the same as --out]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Folder for the results: DIR/EXP/published/
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
}

/// Whether a file of a run is worth committing: each figure once, and no times.
fn worth(file: &str, resolved: &Resolved) -> bool {
    match file.strip_prefix("figures/") {
        Some(name) => {
            resolved.figures.iter().any(|f| report::picture(f) == name || format!("{}.pdf", f.id) == name)
        }
        None => {
            file.starts_with("tables/") || [REPORT, REPORT_HTML].contains(&file) || file.ends_with(".csv")
        }
    }
}

/// The manifest without what has a meaning only on the machine of the run.
fn cleaned(manifest: &Manifest, files: BTreeMap<String, String>, experiment: &str) -> Manifest {
    let command = format!("remeasure run {experiment} --profile {}", manifest.profile);
    // Where the config was is of this machine alone.
    Manifest { command, config_file: String::new(), files, ..manifest.clone() }
}

/// Name and gzipped contents of a file. The same contents give the same bytes: the header has no time or name.
fn compressed(folder: &Path, file: &str) -> Result<(String, Vec<u8>)> {
    let bytes = std::fs::read(folder.join(file)).with_context(|| format!("cannot read {file}"))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok((format!("{file}.gz"), encoder.finish()?))
}

/// Copies a run's files into `OUT/EXP/published/`, replacing its earlier contents.
fn publish_one(registry: &Registry, args: &PublishArgs, document: &Document) -> Result<()> {
    let name = document.experiment()?;
    let folder = args.from.as_ref().unwrap_or(&args.out).join(&name).join(&args.profile);
    let manifest = match Manifest::read(&folder) {
        Ok(manifest) => manifest,
        Err(error) => match document.profiles() {
            profiles if profiles.contains(&args.profile.as_str()) => {
                bail!("{error:#}; create one with `remeasure run {name} --profile {}`", args.profile)
            }
            profiles => {
                bail!(
                    "{error:#}; {name} has no profile `{}`: choose --profile {}",
                    args.profile,
                    profiles.join(" or ")
                )
            }
        },
    };
    let checked = verify_run(&folder, Some(document))?;
    if let Some(flaw) = checked.flaws.first() {
        bail!(
            "{}: {} is {}{}; `remeasure verify` lists all flaws, `{}` fixes them",
            folder.display(),
            flaw.file,
            flaw.fault.word(),
            if flaw.detail.is_empty() { String::new() } else { format!(" ({})", flaw.detail) },
            checked.mend
        );
    }
    if !manifest.only.is_empty() {
        bail!(
            "{}: a run with --only is not the whole experiment; run it again without --only",
            folder.display()
        );
    }
    let resolved = document.resolve_as_stored(&args.profile, &manifest.config)?;
    if resolved.hash() != manifest.config_hash {
        bail!(
            "{}: the number of replicates is not the profile's; run it again without --replicates",
            folder.display()
        );
    }
    let parent = args.out.join(&name);
    std::fs::create_dir_all(&parent)
        .with_context(|| format!("cannot create the folder {}", parent.display()))?;
    let made = tempfile::Builder::new().prefix(".publishing-").tempdir_in(&parent)?;
    let mut files = BTreeMap::new();
    for (file, digest) in manifest.files.iter().filter(|(file, _)| worth(file, &resolved)) {
        let to = made.path().join(file);
        if let Some(below) = to.parent() {
            std::fs::create_dir_all(below)?;
        }
        if file == SUMMARY {
            let (name, bytes) = compressed(&folder, file)?;
            write_atomic(&made.path().join(&name), &bytes)?;
            files.insert(name.clone(), file_digest(&name, &bytes));
            continue;
        }
        if file == REPORT_HTML {
            let page = std::fs::read(folder.join(file)).with_context(|| format!("cannot read {file}"))?;
            let has = |name: &str| manifest.files.contains_key(name) && worth(name, &resolved);
            if let Some(bytes) = report::linked(&page, &has) {
                write_atomic(&to, &bytes)?;
                files.insert(file.clone(), file_digest(file, &bytes));
                continue;
            }
        }
        std::fs::copy(folder.join(file), &to).with_context(|| format!("cannot copy {file}"))?;
        files.insert(file.clone(), digest.clone());
    }
    let number = files.len();
    let published = cleaned(&manifest, files, &registry.call(&name));
    published.write(made.path())?;
    report::write_crate(made.path(), &published)?;
    let to = parent.join(PUBLISHED);
    if to.exists() {
        std::fs::remove_dir_all(&to).with_context(|| format!("cannot replace {}", to.display()))?;
    }
    let made = made.keep();
    std::fs::rename(&made, &to).with_context(|| format!("cannot create {}", to.display()))?;
    // A temporary folder is private; the published folder must be readable.
    std::fs::set_permissions(&to, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let text = format!("{name}, profile {}: {} in {}\n", args.profile, count(number, "file"), to.display());
    Ok(say().write_all(text.as_bytes())?)
}

pub(super) fn publish(experiments: &Registry, args: &PublishArgs) -> Result<Ending> {
    if !args.experiments.is_empty() || args.config.is_some() {
        let from = args.from.as_deref().unwrap_or(&args.out);
        let stored_in = (from, Kept::Run(&args.profile));
        let documents = kept(experiments, &args.experiments, args.config.as_deref(), stored_in)?;
        documents.iter().try_for_each(|document| publish_one(experiments, args, document))?;
    }
    for page in write_all(experiments, &args.out)? {
        writeln!(say(), "page: {}", page.display())?;
    }
    Ok(Ending::Done)
}
