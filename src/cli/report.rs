//! `report` and `claims`: from stored records, without running anything.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_harness::config::Document;
use remeasure_harness::provenance::Manifest;
use remeasure_harness::registry::Registry;
use remeasure_harness::report::{REPORT_HTML, verdict_lines};
use remeasure_harness::workflow::{self, Planned, Run, restyled, stored};
use toml::Table;

use super::Ending;
use super::output::say;
use super::pages::write_index;
use super::select::{Kept, kept};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Papers or experiments [default: all that have a stored run]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Name of the run's folder: the profile, plus a suffix if the config was changed
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Use the tables, figures and claims of this config file
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Exit with 1 if a claim is contradicted
    #[arg(long)]
    strict: bool,
}

/// The verdict table of a run and the paths of the written files, the report first.
pub(super) fn verdicts(run: &Run<'_>, files: &[PathBuf]) -> String {
    let resolved = &run.planned.plan.resolved;
    let mut text = format!("\n{} ({})\n", resolved.experiment, resolved.profile);
    text.push_str(&verdict_lines(&run.findings));
    if let Some(first) = files.first() {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  report:  {}", first.display());
        let _ = writeln!(text, "  browser: {}", first.with_file_name(REPORT_HTML).display());
        for figure in files.iter().filter(|f| f.extension().is_some_and(|e| e == "png")) {
            let _ = writeln!(text, "  figure:  {}", figure.display());
        }
        let _ = writeln!(text, "  all:     {}", first.parent().unwrap_or(Path::new(".")).display());
    }
    text
}

/// Prints a note if the stored run was made with another config than the present one.
fn note_other_config(document: &Document, manifest: &Manifest, folder: &Path) {
    let plain = folder.file_name().is_some_and(|name| name == manifest.profile.as_str());
    let present = document.resolve_as_stored(&manifest.profile, &manifest.config).map(|r| r.hash()).ok();
    if plain && present.as_ref() != Some(&manifest.config_hash) {
        advise!(
            "note: the run in {} was made with another config ({}); its numbers are shown with the tables, \
             figures and claims of the current config",
            folder.display(),
            manifest.config_hash
        );
    }
}

fn each(experiments: &Registry, args: &ReportArgs, write: bool) -> Result<Ending> {
    let stored_in = (args.out.as_path(), Kept::Run(&args.profile));
    let documents = kept(experiments, &args.experiments, args.config.as_deref(), stored_in)?;
    let named = !args.experiments.is_empty() || args.config.is_some();
    let mut ending = Ending::Done;
    let mut found = 0;
    for document in &documents {
        let name = document.experiment()?;
        let folder = args.out.join(&name).join(&args.profile);
        let manifest = match Manifest::read(&folder) {
            Ok(manifest) => manifest,
            Err(_) if !named => continue,
            Err(error) => bail!("{error:#}; create one with `remeasure run {name}`"),
        };
        let current: Table = toml::from_str(document.text())?;
        let mut resolved = restyled(&manifest.config, &current, &manifest.profile)?;
        resolved.anywhere = document.axes_anywhere();
        note_other_config(document, &manifest, &folder);
        let planned = Planned::stored(experiments, resolved, &manifest.only)?;
        let run = stored(planned, &folder, manifest)?;
        let files = if write { workflow::report(&run)? } else { Vec::new() };
        say().write_all(verdicts(&run, &files).as_bytes())?;
        ending.raise(Ending::Alarm, args.strict && run.contradicted());
        ending.raise(Ending::Troubled, run.troubled());
        found += 1;
    }
    if found == 0 {
        bail!(
            "no stored run of profile `{}` in {}; create one with `remeasure run`",
            args.profile,
            args.out.display()
        );
    }
    Ok(ending)
}

#[derive(Debug, Args)]
pub(super) struct WriteArgs {
    #[command(flatten)]
    of: ReportArgs,
    /// Also write DIR/index.html, an overview of all runs there
    #[arg(long)]
    html: bool,
}

pub(super) fn report(experiments: &Registry, args: &WriteArgs) -> Result<Ending> {
    let ending = each(experiments, &args.of, true)?;
    if args.html
        && let Some(page) = write_index(experiments, &args.of.out)?
    {
        write!(say(), "\n  index:   {}\n", page.display())?;
    }
    Ok(ending)
}

pub(super) fn claims(experiments: &Registry, args: &ReportArgs) -> Result<Ending> {
    each(experiments, args, false)
}
