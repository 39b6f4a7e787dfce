//! `status`: progress of runs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_core::format::{count, thousands};
use remeasure_harness::journal::{Coverage, JOURNAL, Session, Survey, holder, sessions, survey};
use remeasure_harness::plan::{Plan, cell_label};
use remeasure_harness::registry::Registry;
use remeasure_harness::run::Shard;
use remeasure_harness::workflow::{journals, named_shard, run_of_shard};

use super::{Ending, select};
use crate::output::say;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Folders to search, with all folders below them; or papers or experiments in the folder of the results [default:
    /// this folder]
    #[arg(value_name = "DIR|NAME")]
    folders: Vec<PathBuf>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
}

/// Number of incomplete cells to list for a run.
const CELLS: usize = 10;

/// The journals of one run.
#[derive(Default)]
struct Run {
    /// Name in the output.
    name: String,
    own: Option<PathBuf>,
    shards: Vec<PathBuf>,
}

/// One journal of a run.
struct Part {
    folder: PathBuf,
    shard: Shard,
    done: usize,
    total: usize,
    survey: Survey,
    running: Option<String>,
}

impl Part {
    /// Reads the journal in `folder` and adds its trials to `coverage`; `None` if it is gone.
    fn read(
        folder: &Path,
        shard: Shard,
        plan: &Plan<'_>,
        session: &Session,
        coverage: &mut Option<Coverage>,
    ) -> Result<Option<Self>> {
        let running = holder(folder);
        let Some(mut survey) = survey(folder, plan, session, true)? else { return Ok(None) };
        // Not kept for every shard: it grows with the number of trials.
        let its = std::mem::take(&mut survey.coverage);
        let done = done(&its, shard, plan);
        match coverage {
            Some(all) => all.join(&its),
            none => *none = Some(Arc::unwrap_or_clone(its)),
        }
        let total = shard.trials(plan.trials());
        Ok(Some(Self { folder: folder.to_owned(), shard, done, total, survey, running }))
    }
}

/// How many of a shard's trials are complete.
pub(super) fn done(coverage: &Coverage, shard: Shard, plan: &Plan<'_>) -> usize {
    let trials = (shard.index as usize - 1..plan.trials()).step_by(shard.of as usize);
    trials.filter(|&t| coverage.complete(t)).count()
}

/// The runs below `folder`, by name.
fn runs(folder: &Path) -> Result<BTreeMap<PathBuf, Run>> {
    let mut found: BTreeMap<PathBuf, Run> = BTreeMap::new();
    for journal in journals(folder)? {
        let run = run_of_shard(&journal).unwrap_or(&journal).to_path_buf();
        let below = run.strip_prefix(folder).ok().filter(|p| !p.as_os_str().is_empty());
        let name = below.unwrap_or(&run).display().to_string();
        let entry = found.entry(run.clone()).or_default();
        entry.name = name;
        if run == journal {
            entry.own = Some(journal);
        } else {
            entry.shards.push(journal);
        }
    }
    Ok(found)
}

/// The shard that the journal in `folder` holds.
fn share(folder: &Path, session: Option<&Session>) -> Shard {
    let said = session.and_then(|s| s.shard.parse().ok());
    let in_run = run_of_shard(folder).and_then(|_| named_shard(folder));
    said.or(in_run).unwrap_or(Shard::WHOLE)
}

/// `shards: 5 of 7 complete, missing 3/7, 6/7 (420 of 2,000)`.
fn tell_shards(parts: &[Part]) -> Vec<String> {
    let mut by_number: BTreeMap<u32, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        by_number.entry(part.shard.of).or_default().push(part);
    }
    let tell = |(of, parts): (u32, Vec<&Part>)| {
        let mut complete = 0;
        let mut missing = Vec::new();
        for index in 1..=of {
            let shard = Shard { index, of };
            let Some(part) = parts.iter().find(|p| p.shard == shard) else {
                missing.push(shard.to_string());
                continue;
            };
            if part.done == part.total {
                complete += 1;
                continue;
            }
            let running = part.running.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
            missing.push(format!("{shard} ({} of {}{running})", thousands(part.done), thousands(part.total)));
        }
        let rest =
            if missing.is_empty() { String::new() } else { format!(", missing {}", missing.join(", ")) };
        format!("shards: {complete} of {of} complete{rest}")
    };
    by_number.into_iter().map(tell).collect()
}

/// Lists damage and unusable entries in a journal.
fn tell_flaws(part: &Part, out: &mut dyn Write) -> Result<()> {
    let path = part.folder.join(JOURNAL);
    for damage in &part.survey.damage {
        let (offset, length) = (damage.offset, thousands(damage.length as usize));
        writeln!(out, "  damaged: {length} bytes at offset {offset} of {}", path.display())?;
    }
    // While a process writes, the last entry may be incomplete.
    if part.survey.torn > 0 && part.running.is_none() {
        let end = thousands(part.survey.torn as usize);
        writeln!(out, "  cut short: the last {end} bytes of {}", path.display())?;
    }
    if part.survey.orphans > 0 {
        let lost = thousands(part.survey.orphans);
        writeln!(out, "  cannot be matched to a config: {lost} of the entries of {}", path.display())?;
    }
    Ok(())
}

/// Lists missing trials by cell, at most [`CELLS`] cells.
fn tell_cells(coverage: &Coverage, shard: Shard, plan: &Plan<'_>, out: &mut dyn Write) -> Result<()> {
    let replicates = plan.resolved.replicates as usize;
    let lacking = |cell: &usize| {
        let trials = cell * replicates..(cell + 1) * replicates;
        trials.filter(|&t| shard.has(t) && !coverage.complete(t)).count()
    };
    let cells: Vec<(usize, usize)> =
        (0..plan.cells.len()).map(|c| (c, lacking(&c))).filter(|(_, n)| *n > 0).collect();
    for (cell, missing) in cells.iter().take(CELLS) {
        let label = cell_label(&plan.resolved.axes, &plan.cells[*cell]);
        writeln!(out, "  {label}: {} of {} missing", thousands(*missing), count(replicates, "trial"))?;
    }
    if cells.len() > CELLS {
        writeln!(out, "  and {} more", thousands(cells.len() - CELLS))?;
    }
    Ok(())
}

/// Prints the status of one run; returns whether it is complete.
fn tell(run: &Run, path: &Path, out: &mut dyn Write) -> Result<bool> {
    let name = &run.name;
    let mut folders: Vec<(&PathBuf, Vec<Session>)> = Vec::new();
    for folder in run.own.iter().chain(&run.shards) {
        folders.push((folder, sessions(folder)?.unwrap_or_default()));
    }
    let Some(session) = folders.iter().find_map(|(_, its)| its.last()) else {
        let state = folders.iter().find_map(|(f, _)| holder(f));
        let state = state.map_or_else(|| "stopped".to_owned(), |who| format!("running: {who}"));
        writeln!(out, "{name}   no trial yet   {state}")?;
        return Ok(false);
    };
    let plan = Plan::stored(session.resolved()?, &session.only)?;
    let mut parts = Vec::new();
    let (mut of_run, mut of_shards) = (None, None);
    for (folder, its) in &folders {
        let coverage = if run.own.as_ref() == Some(folder) { &mut of_run } else { &mut of_shards };
        parts.extend(Part::read(folder, share(folder, its.last()), &plan, session, coverage)?);
    }
    let own = of_run.is_some();
    let Some(coverage) = of_run.or(of_shards) else { return Ok(false) };
    let (main, shards) = parts.split_at(usize::from(own));
    let told = if own { main } else { shards };
    let mut endings: BTreeMap<usize, (&str, usize)> = BTreeMap::new();
    for part in told {
        for (at, (word, number)) in part.survey.endings.iter().enumerate() {
            endings.entry(at).or_insert((*word, 0)).1 += number;
        }
    }
    // A folder may hold a single shard; then completeness refers to that shard.
    let whole = if own { main[0].shard } else { Shard::WHOLE };
    let total = whole.trials(plan.trials());
    let done = done(&coverage, whole, &plan);
    let complete = done == total;
    let running = parts.iter().find_map(|p| p.running.clone());
    let state = match (complete, running) {
        (_, Some(who)) => format!("running: {who}"),
        (true, None) => "complete".to_owned(),
        (false, None) => "stopped".to_owned(),
    };
    let share = if whole == Shard::WHOLE { String::new() } else { format!(" of shard {whole}") };
    // Rounded down, so that 100 % means all.
    let percent = (done as f64 / total.max(1) as f64 * 1000.0).floor() / 10.0;
    let (have, all) = (thousands(done), thousands(total));
    writeln!(out, "{name}   {have} of {all} trials{share} ({percent:.1} %)   {state}")?;
    let counted: Vec<String> = endings
        .values()
        .filter(|(_, n)| *n > 0)
        .map(|(word, n)| format!("{} {word}", thousands(*n)))
        .collect();
    if !counted.is_empty() {
        writeln!(out, "  fits: {}", counted.join(", "))?;
    }
    if !(own && complete) {
        for line in tell_shards(shards) {
            writeln!(out, "  {line}")?;
        }
    }
    if !own && complete {
        writeln!(out, "  merge them with `remeasure merge {}`", path.display())?;
    }
    for part in &parts {
        tell_flaws(part, out)?;
    }
    if !complete {
        let conflicts = told.iter().filter_map(|p| Some((p, p.survey.conflict.as_ref()?)));
        for (part, (trials, changes)) in conflicts {
            let stale = count(*trials, "trial");
            writeln!(out, "  not counted: {stale} of another config in {}:", part.folder.display())?;
            for change in changes {
                writeln!(out, "    {change}")?;
            }
        }
        tell_cells(&coverage, whole, &plan, out)?;
    }
    Ok(complete)
}

pub(super) fn status(registry: &Registry, args: &StatusArgs) -> Result<Ending> {
    let folders = select::folders(registry, &args.folders, &args.out)?;
    let mut out = say();
    let mut found: BTreeMap<PathBuf, Run> = BTreeMap::new();
    for folder in &folders {
        found.extend(runs(folder)?);
    }
    if folders.len() > 1 || !args.folders.is_empty() && folders != args.folders {
        // The names may be ambiguous, or the folder is not obvious from the arguments.
        found.iter_mut().for_each(|(path, run)| run.name = path.display().to_string());
    }
    if found.is_empty() {
        let looked: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        bail!("no journal in {} or below; create one with `remeasure run`", looked.join(", "));
    }
    let mut ending = Ending::Done;
    let mut unread = 0;
    for (path, run) in &found {
        match tell(run, path, &mut out) {
            Ok(complete) => ending.raise(Ending::Alarm, !complete),
            Err(error) => {
                unread += 1;
                advise!("error: {}: {error:#}", run.name);
            }
        }
    }
    if unread > 0 {
        bail!("{} could not be read", count(unread, "run"));
    }
    Ok(ending)
}
