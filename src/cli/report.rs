//! `report` and `claims`: from stored records, without running anything.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_harness::claims::ClaimRow;
use remeasure_harness::config::Document;
use remeasure_harness::provenance::Manifest;
use remeasure_harness::registry::Registry;
use remeasure_harness::report::{CLAIMS, REPORT_HTML, row_lines, verdict_lines};
use remeasure_harness::verify::PUBLISHED;
use remeasure_harness::workflow::{self, Planned, Run, restyled, stored};
use toml::Table;

use super::Ending;
use super::output::say;
use super::pages::{has_pages, write_index};
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

/// The published verdicts of an experiment, with how to measure them again; `None` if none are published.
fn published(out: &Path, name: &str) -> Option<(String, Vec<ClaimRow>)> {
    let folder = out.join(name).join(PUBLISHED);
    let manifest = Manifest::read(&folder).ok()?;
    let rows = ClaimRow::read(&folder.join(CLAIMS)).ok()?;
    let text = format!(
        "\n{name} (published, profile {})\n{}  the published verdicts, in {}; to measure them again: `{}`\n",
        manifest.profile,
        row_lines(&rows),
        folder.display(),
        manifest.command
    );
    Some((text, rows))
}

/// What a command did with stored runs.
struct Done {
    ending: Ending,
    /// Number of experiments with a stored run, or with published verdicts that were shown.
    found: usize,
}

fn each(experiments: &Registry, args: &ReportArgs, write: bool) -> Result<Done> {
    let stored_in = (args.out.as_path(), Kept::Shown(&args.profile));
    let documents = kept(experiments, &args.experiments, args.config.as_deref(), stored_in)?;
    let named = !args.experiments.is_empty() || args.config.is_some();
    let mut done = Done { ending: Ending::Done, found: 0 };
    for document in &documents {
        let name = document.experiment()?;
        let folder = args.out.join(&name).join(&args.profile);
        // A published folder has no records.
        let manifest = match args.profile == PUBLISHED {
            true => Err(anyhow!("{} is published without its records", folder.display())),
            false => Manifest::read(&folder),
        };
        let manifest = match manifest {
            Ok(manifest) => manifest,
            Err(error) => {
                match published(&args.out, &name) {
                    Some((text, rows)) if !write => {
                        say().write_all(text.as_bytes())?;
                        let contradicted = rows.iter().any(ClaimRow::is_contradicted);
                        done.ending.raise(Ending::Alarm, args.strict && contradicted);
                        done.found += 1;
                    }
                    _ if named => {
                        let profile = match args.profile.as_str() {
                            other if other != "quick" && document.profiles().contains(&other) => {
                                format!(" --profile {other}")
                            }
                            _ => String::new(),
                        };
                        bail!("{error:#}; create one with `remeasure run {name}{profile}`")
                    }
                    _ => {}
                }
                continue;
            }
        };
        let current: Table = toml::from_str(document.text())?;
        let mut resolved = restyled(&manifest.config, &current, &manifest.profile)?;
        resolved.anywhere = document.axes_anywhere();
        note_other_config(document, &manifest, &folder);
        let planned = Planned::stored(experiments, resolved, &manifest.only)?;
        let run = stored(planned, &folder, manifest)?;
        let files = if write { workflow::report(&run)? } else { Vec::new() };
        say().write_all(verdicts(&run, &files).as_bytes())?;
        done.ending.raise(Ending::Alarm, args.strict && run.contradicted());
        done.ending.raise(Ending::Troubled, run.troubled());
        done.found += 1;
    }
    Ok(done)
}

impl Done {
    /// Its ending, if there was anything.
    fn ended(self, args: &ReportArgs) -> Result<Ending> {
        if self.found == 0 {
            bail!(
                "no stored run of profile `{}` in {}; create one with `remeasure run`",
                args.profile,
                args.out.display()
            );
        }
        Ok(self.ending)
    }
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
    let mut done = each(experiments, &args.of, true)?;
    // The page also shows what is published.
    if args.html && (done.found > 0 || has_pages(&args.of.out)) {
        done.found += 1;
        if let Some(page) = write_index(experiments, &args.of.out)? {
            write!(say(), "\n  index:   {}\n", page.display())?;
        }
    }
    done.ended(&args.of)
}

pub(super) fn claims(experiments: &Registry, args: &ReportArgs) -> Result<Ending> {
    each(experiments, args, false)?.ended(args)
}
