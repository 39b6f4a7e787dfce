//! `report` and `claims`: from stored records, running nothing.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use remeasure_harness::config::{Document, Overrides};
use remeasure_harness::plan::Plan;
use remeasure_harness::provenance::Manifest;
use remeasure_harness::registry::Registry;
use remeasure_harness::report;
use remeasure_harness::report::Report;
use toml::Table;

use super::pages::write_index;
use super::{Ending, ReportArgs, documents, host};

/// The config of a stored run, with tables, figures and claims as they are defined in another.
pub(super) fn merged(config: &Table, current: &Table) -> Result<Document> {
    let mut table = config.clone();
    for key in ["title", "about", "paper", "table", "style", "figure", "claim"] {
        match current.get(key) {
            Some(value) => table.insert(key.to_owned(), value.clone()),
            None => table.remove(key),
        };
    }
    Ok(Document::parse(
        "the stored run's config with the present tables, figures and claims",
        &table.to_string(),
    )?)
}

/// Says so when the stored run was not made with the present config.
fn note_other_config(document: &Document, manifest: &Manifest, folder: &Path) {
    let plain = folder.file_name().is_some_and(|name| name == manifest.profile.as_str());
    let present = document.resolve(&manifest.profile, &Overrides::default()).map(|r| r.hash()).ok();
    if plain && present.as_ref() != Some(&manifest.config_hash) {
        eprintln!(
            "note: the run in {} was made with another config ({}); these are its numbers, with the tables, \
             figures and claims of the present config",
            folder.display(),
            manifest.config_hash
        );
    }
}

fn each(experiments: &Registry, args: &ReportArgs, write: bool) -> Result<Ending> {
    let documents = documents(experiments, &args.experiments, args.config.as_deref())?;
    let named = !args.experiments.is_empty() || args.config.is_some();
    let mut ending = Ending::default();
    let mut found = 0;
    for document in &documents {
        let name = document.experiment()?;
        let folder = args.out.join(&name).join(&args.profile);
        let manifest = match Manifest::read(&folder) {
            Ok(manifest) => manifest,
            Err(_) if !named => continue,
            Err(error) => bail!("{error:#}; `remeasure run {name}` makes one"),
        };
        let current: Table = toml::from_str(document.text())?;
        let resolved =
            merged(&manifest.config, &current)?.resolve(&manifest.profile, &Overrides::default())?;
        let experiment = host(experiments, &resolved)?;
        note_other_config(document, &manifest, &folder);
        let plan = Plan::stored(resolved, &manifest.only)?;
        report::check_names(&plan.resolved, experiment)?;
        let made: Report = if write {
            report::rebuild(&folder, &folder, &plan, experiment, &manifest)?
        } else {
            report::judge_stored(&folder, &plan, experiment)?
        };
        made.print_unless_closed()?;
        ending.contradicted |= args.strict && made.contradicted();
        ending.troubled |= made.troubled;
        found += 1;
    }
    if found == 0 {
        bail!(
            "no stored run of profile `{}` in {}; `remeasure run` makes one",
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
    /// Write DIR/index.html as well, a page over all runs there
    #[arg(long)]
    html: bool,
}

pub(super) fn report(experiments: &Registry, args: &WriteArgs) -> Result<Ending> {
    let ending = each(experiments, &args.of, true)?;
    if args.html
        && let Some(page) = write_index(experiments, &args.of.out)?
    {
        say(&format!("\n  index:   {}\n", page.display()))?;
    }
    Ok(ending)
}

/// Prints; a reader that has gone is no error.
fn say(text: &str) -> Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

pub(super) fn claims(experiments: &Registry, args: &ReportArgs) -> Result<Ending> {
    each(experiments, args, false)
}
