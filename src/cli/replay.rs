//! `replay`: runs one trial again and compares it with the stored one.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_core::family::{Attempt, FitRecord, Metric, TrialEvent};
use remeasure_core::hint;
use remeasure_core::stream::Streams;
use remeasure_harness::compare::{describe, differences};
use remeasure_harness::interrupt;
use remeasure_harness::journal::{Session, StoredRow, sessions, stored_trial};
use remeasure_harness::plan::{Plan, cell_label};
use remeasure_harness::provenance::Code;
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow::{journals, run_of_shard};

use super::permission::Permission;
use super::{Ending, host};
use crate::output::say;

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Id of the trial, such as 1f3a9c02-17: column `trial` of records.csv and outcomes.csv
    #[arg(value_name = "ID")]
    id: String,
    /// Name of the run's folder, if several runs have the trial
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Run only this estimator; repeatable
    #[arg(long, value_name = "NAME")]
    estimator: Vec<String>,
    #[command(flatten)]
    permission: Permission,
}

/// A trial of a stored run.
struct Found {
    folder: PathBuf,
    session: Session,
    cell: usize,
    replicate: u32,
    /// Indexed by position among the estimators that the run wanted.
    rows: Vec<Option<StoredRow>>,
}

/// Format of an id, for messages.
const WHAT_AN_ID_IS: &str = "an id such as 1f3a9c02-17 has eight hex digits for the cell, then the replicate; see the \
    column `trial` of records.csv and outcomes.csv, or the last lines of `run`";

/// The cell's name and the replicate.
fn parse(id: &str) -> Result<(&str, u32)> {
    let parts = id.split_once('-').and_then(|(name, replicate)| Some((name, replicate.parse().ok()?)));
    match parts {
        Some((name, replicate))
            if name.len() == 8 && name.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)) =>
        {
            Ok((name, replicate))
        }
        _ => bail!("`{id}` is not the id of a trial: {WHAT_AN_ID_IS}"),
    }
}

/// Folder of the run that the journal in `folder` belongs to.
fn run_folder(folder: &Path) -> &Path {
    run_of_shard(folder).unwrap_or(folder)
}

/// The trial in the journal of `folder`, according to the latest session that planned it.
fn look(folder: &Path, experiments: &Registry, name: &str, replicate: u32) -> Result<Option<Found>> {
    for session in sessions(folder)?.unwrap_or_default().into_iter().rev() {
        // A config that this version cannot read cannot be run either.
        let Ok(resolved) = session.resolved() else { continue };
        let Ok(experiment) = host(experiments, &resolved) else { continue };
        let Ok(plan) = Plan::stored(resolved, &session.only) else { continue };
        let Some(cell) = plan.trial_names().iter().position(|n| n == name) else { continue };
        if replicate >= plan.resolved.replicates {
            continue;
        }
        let present = session.now(experiment.family.metrics());
        let trial = cell * plan.resolved.replicates as usize + replicate as usize;
        let rows = stored_trial(folder, &plan, &present, trial)?;
        return Ok(Some(Found { folder: folder.to_owned(), session, cell, replicate, rows }));
    }
    Ok(None)
}

/// The run that stores the trial, else one that plans it; runs before shards.
fn find(experiments: &Registry, args: &ReplayArgs) -> Result<Found> {
    let (name, replicate) = parse(&args.id)?;
    let mut folders = journals(&args.out)?;
    folders.sort_by_key(|f| run_of_shard(f).is_some());
    if let Some(profile) = &args.profile {
        let named = |f: &PathBuf| run_folder(f).file_name().is_some_and(|n| n == profile.as_str());
        folders.retain(named);
    }
    let mut found = Vec::new();
    for folder in &folders {
        found.extend(look(folder, experiments, name, replicate)?);
    }
    let stored = |f: &Found| f.rows.iter().any(Option::is_some);
    let mut holding: Vec<&Path> = found.iter().filter(|f| stored(f)).map(|f| run_folder(&f.folder)).collect();
    holding.sort();
    holding.dedup();
    if holding.len() > 1 {
        let names: Vec<String> = holding.iter().map(|f| f.display().to_string()).collect();
        advise!("note: {} have this trial; choose one with --profile", names.join(", "));
    }
    let best = found.iter().position(stored).unwrap_or(0);
    if found.is_empty() {
        let of = args.profile.as_ref().map(|p| format!(" called {p}")).unwrap_or_default();
        bail!("no run{of} in {} has the trial {}; {WHAT_AN_ID_IS}", args.out.display(), args.id);
    }
    Ok(found.swap_remove(best))
}

/// Writes the name of the estimator whose fit begins.
fn begin(name: &str, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "\n{name}")?;
    Ok(out.flush()?)
}

/// Writes an estimator's result and its differences from the stored one; returns whether they agree.
fn tell(
    row: &FitRecord,
    stored: Option<&StoredRow>,
    metrics: &[Metric],
    out: &mut dyn Write,
) -> Result<bool> {
    writeln!(out, "  outcome: {}", describe(&row.outcome))?;
    let seconds = |row: &FitRecord| row.seconds.map_or_else(|| "none".to_owned(), |s| format!("{s:.3e}"));
    let before = stored.map(|s| format!(", stored {}", seconds(&s.row))).unwrap_or_default();
    writeln!(out, "  fit seconds: {}{before}", seconds(row))?;
    for measured in row.measured.iter().filter(|m| m.coordinate.is_none()) {
        let metric = metrics.get(measured.metric as usize).map_or("?", |m| m.name);
        writeln!(out, "  {metric} = {:?}", measured.value)?;
    }
    let path = row.measured.iter().filter(|m| m.coordinate.is_some()).count();
    if path > 0 {
        writeln!(out, "  and {path} numbers along the path")?;
    }
    let Some(stored) = stored else {
        writeln!(out, "  not stored")?;
        return Ok(true);
    };
    let found = differences(&stored.row, row, metrics);
    if found.is_empty() {
        writeln!(out, "  identical to what is stored")?;
    } else {
        writeln!(out, "  differs from what is stored:")?;
    }
    for difference in &found {
        writeln!(out, "    {difference}")?;
    }
    Ok(found.is_empty())
}

/// Writes which trial this is and which code measured it.
fn tell_trial(args: &ReplayArgs, found: &Found, plan: &Plan<'_>, out: &mut dyn Write) -> Result<()> {
    let resolved = &plan.resolved;
    writeln!(out, "{}, profile {}: {}", resolved.experiment, resolved.profile, resolved.title)?;
    writeln!(out, "Folder: {}", found.folder.display())?;
    writeln!(
        out,
        "Trial {}: {}, replicate {}, seed {}",
        args.id,
        cell_label(&resolved.axes, &plan.cells[found.cell]),
        found.replicate,
        resolved.seed
    )?;
    let code = Code::of_this_binary();
    writeln!(out, "Code now: {}", code.short())?;
    let mut told: Vec<&Code> = Vec::new();
    for stored in found.rows.iter().flatten() {
        if !told.contains(&&stored.code) {
            told.push(&stored.code);
        }
    }
    for then in told {
        let changes = code.changes_since(then);
        let same = if changes.is_empty() { ", the same program" } else { "" };
        writeln!(out, "Code then: {}{same}", then.short())?;
        for change in changes {
            writeln!(out, "  {change}")?;
        }
    }
    for file in plan.resolved.changed_files() {
        writeln!(out, "{file}: its contents have changed since then")?;
    }
    let inputs = plan.inputs();
    for (name, digest) in &found.session.inputs {
        if inputs.get(name) != Some(digest) {
            writeln!(out, "{name}: its contents have changed since then")?;
        }
    }
    Ok(())
}

pub(super) fn replay(experiments: &Registry, args: &ReplayArgs) -> Result<Ending> {
    let found = find(experiments, args)?;
    let mut resolved = found.session.resolved()?;
    args.permission.grant(&mut resolved)?;
    interrupt::end_programs()?;
    let experiment = host(experiments, &resolved)?;
    let plan = Plan::new(resolved, experiment.family, &found.session.only)
        .with_context(|| format!("the config stored in {}", found.folder.display()))?;
    let names = plan.estimator_names();
    for name in &args.estimator {
        if !names.contains(name) {
            bail!("{}", hint::unknown("estimator", name, names.iter().map(String::as_str)));
        }
    }
    let mut out = say();
    tell_trial(args, &found, &plan, &mut out)?;
    let (mut positions, mut attempts) = (Vec::new(), Vec::new());
    for (position, &estimator) in plan.wanted.iter().enumerate() {
        if !args.estimator.is_empty() && !args.estimator.contains(&names[position]) {
            continue;
        }
        if let Some(reason) = plan.skipped(found.cell, estimator) {
            writeln!(out, "\n{}\n  skipped: {reason}", names[position])?;
            continue;
        }
        positions.push(position);
        attempts.push(Attempt { estimator, limit: plan.limit(estimator) });
    }
    let streams =
        Streams { seed: plan.resolved.seed, cell: plan.cells[found.cell].id, replicate: found.replicate };
    let metrics = experiment.family.metrics();
    let mut ending = Ending::Done;
    let (mut told, mut begun) = (Ok(()), None);
    // Written at once: a fit may take long, or never end.
    plan.runner(found.cell).trial(&streams, &attempts, &mut |event| {
        let (TrialEvent::Started(i) | TrialEvent::Finished(i, _)) = event;
        if told.is_err() {
            return;
        }
        let name = &names[positions[i]];
        told = match event {
            TrialEvent::Started(i) => begin(name, &mut out).map(|()| begun = Some(i)),
            TrialEvent::Finished(_, row) => {
                // If the data cannot be drawn, no fit begins.
                let heading = if begun == Some(i) { Ok(()) } else { begin(name, &mut out) };
                let stored = found.rows[positions[i]].as_ref();
                let agrees = heading.and_then(|()| tell(&row, stored, metrics, &mut out));
                agrees.map(|agrees| ending.raise(Ending::Alarm, !agrees))
            }
        };
    });
    told?;
    Ok(ending)
}
