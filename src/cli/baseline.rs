//! `baseline accept` and `baseline show`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use remeasure_core::advise;
use remeasure_core::family::Sense;
use remeasure_core::format::{count, thousands};
use remeasure_harness::baseline;
use remeasure_harness::baseline::{FOLDER, Header, Pairing, Rules, Snapshot, State, claimed, headline};
use remeasure_harness::config::Overrides;
use remeasure_harness::history::WrittenBy;
use remeasure_harness::interrupt;
use remeasure_harness::plan::Plan;
use remeasure_harness::provenance::Code;
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow;

use super::check::MeasureArgs;
use super::select::{Kept, kept};
use super::{Ending, documents, history};
use crate::output::say;

#[derive(Debug, Subcommand)]
pub(super) enum BaselineCommand {
    /// Write DIR/EXP/baseline/ from the current code's run, running it first if it is not stored
    Accept(AcceptArgs),
    /// Show baselines: code, size, verdicts and the log of reasons
    Show(BaselineShowArgs),
}

#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    /// Papers or experiments
    #[arg(value_name = "NAME", required_unless_present = "config")]
    experiments: Vec<String>,
    /// Size of the experiments
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Reason for accepting, for the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    measure: MeasureArgs,
}

#[derive(Debug, Args)]
pub(super) struct BaselineShowArgs {
    /// Papers or experiments [default: all that have a baseline]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Show the baseline of this config file's experiment
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
}

/// How the numbers changed, as counts by state; empty for a first baseline.
fn change(before: Option<&(Header, Snapshot)>, plan: &Plan<'_>, snapshot: &Snapshot) -> String {
    let Some((header, before)) = before else { return String::new() };
    if header.profile != plan.resolved.profile {
        return format!("profile {} before", header.profile);
    }
    let pairing = pairing(header, plan);
    let verdict = baseline::compare(before, snapshot, pairing, &[], &|_| Sense::Neither, Rules::default());
    let counted = State::ALL.into_iter().filter(|s| verdict.count(*s) > 0);
    let counted: Vec<String> =
        counted.map(|s| format!("{} {}", thousands(verdict.count(s)), s.word())).collect();
    counted.join(", ")
}

/// Whether a run's replicates use the same data as the baseline's.
pub(super) fn pairing(header: &Header, plan: &Plan<'_>) -> Pairing {
    let same = header.resolved().is_ok_and(|old| old.data_identity() == plan.resolved.data_identity());
    if same && header.inputs == plan.inputs() { Pairing::SameData } else { Pairing::NewData }
}

/// Size of the baseline's files in bytes.
fn size(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        total += entry?.metadata()?.len();
    }
    Ok(total)
}

fn accept(experiments: &Registry, args: &AcceptArgs) -> Result<Ending> {
    let stored_in = (args.measure.out.as_path(), Kept::Run(&args.profile));
    let documents = if args.experiments.is_empty() {
        documents(experiments, &[], args.measure.config.as_deref())?
    } else {
        kept(experiments, &args.experiments, args.measure.config.as_deref(), stored_in)?
    };
    let mut ready = Vec::new();
    for document in &documents {
        let planned = workflow::resolve(experiments, document, &args.profile, &Overrides::default(), &[])?;
        let folder = args.measure.out.join(&planned.plan.resolved.experiment).join(FOLDER);
        // Fails here, before anything runs, if a log cannot be read.
        let header = Header::read(&folder)?;
        ready.push((planned, folder, header));
    }
    if !args.measure.no_history {
        history::ready(&args.measure.out)?;
    }
    interrupt::listen()?;
    for (planned, folder, header) in ready {
        let Some((run, snapshot)) = args.measure.measure(planned)? else { return Ok(Ending::Interrupted) };
        let plan = &run.planned.plan;
        // Damaged numbers are replaced; only the log must be kept.
        let before = baseline::read(&folder).unwrap_or_else(|error| {
            advise!("warning: cannot compare with the previous baseline: {error:#}");
            None
        });
        let change = change(before.as_ref(), plan, &snapshot);
        let reason = args.reason.as_deref().unwrap_or_default();
        let told = if change.is_empty() { "the first baseline".to_owned() } else { change.clone() };
        let accepted = Header::accept(plan, &Code::of_this_binary(), reason, change, header)?;
        let choices = [headline(&plan.resolved), claimed(&plan.resolved)];
        baseline::write(&folder, &accepted, &snapshot, &choices)?;
        if !args.measure.no_history {
            history::add(&args.measure.out, WrittenBy::Accept, plan, &snapshot, None)?;
        }
        writeln!(
            say(),
            "{}, profile {}: accepted {}: {told}\n  {}, {} kB",
            accepted.experiment,
            accepted.profile,
            count(snapshot.fits.len(), "pair") + " of cell and estimator",
            folder.display(),
            size(&folder)?.div_ceil(1000)
        )?;
    }
    Ok(Ending::Done)
}

fn show(experiments: &Registry, args: &BaselineShowArgs) -> Result<Ending> {
    let documents =
        kept(experiments, &args.experiments, args.config.as_deref(), (&args.out, Kept::Baseline))?;
    let named = !args.experiments.is_empty() || args.config.is_some();
    let mut found = 0;
    for document in &documents {
        let name = document.experiment()?;
        match baseline::read(&args.out.join(&name).join(FOLDER))? {
            Some((header, snapshot)) => {
                say().write_all(baseline::show(&header, &snapshot).as_bytes())?;
                found += 1;
            }
            None if named => bail!(none(&name, &args.out)),
            None => {}
        }
    }
    if found == 0 {
        bail!("no baseline in {}; create one with `remeasure baseline accept`", args.out.display());
    }
    Ok(Ending::Done)
}

/// The message that there is no baseline.
pub(super) fn none(name: &str, out: &Path) -> String {
    let folder = out.join(name).join(FOLDER);
    format!("no baseline in {}; create one with `remeasure baseline accept {name}`", folder.display())
}

pub(super) fn baseline(experiments: &Registry, command: &BaselineCommand) -> Result<Ending> {
    match command {
        BaselineCommand::Accept(args) => accept(experiments, args),
        BaselineCommand::Show(args) => show(experiments, args),
    }
}
