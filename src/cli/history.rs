//! `history`: shows how numbers changed, from accepted baselines and checks.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use remeasure_core::advise;
use remeasure_core::hint;
use remeasure_harness::baseline;
use remeasure_harness::baseline::{Header, Judgement, Snapshot, claimed};
use remeasure_harness::history;
use remeasure_harness::history::{FOLDER, HISTORY, History, Line, Occasion, WrittenBy};
use remeasure_harness::plan::Plan;
use remeasure_harness::provenance::Code;
use remeasure_harness::registry::Registry;

use super::{Ending, read_file, select};
use crate::output::out;

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Papers or experiments [default: all that have a history]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Show the experiment of this config file
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    /// Size of the experiments [default: that of the baseline, else that of the last measurement]
    #[arg(long)]
    profile: Option<String>,
    /// Folder of the results: DIR/history.csv, figures in DIR/EXP/history/
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
}

/// Fails before anything runs if the history cannot be read or extended.
pub(super) fn ready(out: &Path) -> Result<()> {
    let path = out.join(HISTORY);
    history::read(&path)?;
    history::writable(&path)
}

/// Adds a measurement to the history.
pub(super) fn add(
    out: &Path,
    event: WrittenBy,
    plan: &Plan<'_>,
    snapshot: &Snapshot,
    verdict: Option<&Judgement>,
) -> Result<()> {
    let occasion = Occasion::new(event, plan, &Code::of_this_binary());
    let lines = history::lines(&occasion, snapshot, &claimed(&plan.resolved), verdict);
    history::append(&out.join(HISTORY), &lines)
}

/// The profile to show.
fn profile(args: &HistoryArgs, lines: &[Line], experiment: &str) -> Result<String> {
    let own = || lines.iter().filter(|l| l.occasion.experiment == experiment);
    let has = |profile: &str| own().any(|l| l.occasion.profile == profile);
    if let Some(profile) = &args.profile {
        if !has(profile) {
            let all: BTreeSet<&str> = own().map(|l| l.occasion.profile.as_str()).collect();
            let all: Vec<&str> = all.into_iter().collect();
            let path = args.out.join(HISTORY);
            bail!(
                "{} has no measurement of {experiment} at profile `{profile}` (it has: {})",
                path.display(),
                all.join(", ")
            );
        }
        return Ok(profile.clone());
    }
    let accepted = Header::read(&args.out.join(experiment).join(baseline::FOLDER))?;
    let accepted = accepted.map(|h| h.profile).filter(|p| has(p));
    let newest =
        own().max_by(|a, b| a.occasion.date.cmp(&b.occasion.date)).map(|l| l.occasion.profile.clone());
    Ok(accepted.or(newest).unwrap_or_default())
}

pub(super) fn history(registry: &Registry, args: &HistoryArgs) -> Result<Ending> {
    let path = args.out.join(HISTORY);
    let lines = history::read(&path)?;
    if lines.is_empty() {
        bail!(
            "no history in {}; `remeasure baseline accept` and `remeasure check` add to it",
            path.display()
        );
    }
    let mut known: Vec<&str> = Vec::new();
    for line in &lines {
        if !known.contains(&line.occasion.experiment.as_str()) {
            known.push(&line.occasion.experiment);
        }
    }
    let mut names = select::past(registry, &args.experiments, &known);
    if let Some(file) = &args.config {
        names.push(read_file(file)?.experiment()?);
    }
    let all = || known.iter().map(|n| (*n).to_owned()).collect();
    let mut names: Vec<String> = if names.is_empty() { all() } else { names };
    let mut seen = BTreeSet::new();
    names.retain(|n| seen.insert(n.clone()));
    let mut chosen = Vec::new();
    for name in &names {
        if !known.contains(&name.as_str()) {
            let near = hint::nearest(name, known.iter().copied());
            let near = near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
            bail!(
                "{} has no measurement of experiment `{name}`{near} (it has: {}); `remeasure check {name}` adds one",
                path.display(),
                known.join(", ")
            );
        }
        chosen.push(History::of(&lines, name, &profile(args, &lines, name)?));
    }
    for of in chosen {
        out().write_all(history::text(&of).as_bytes())?;
        let folder = args.out.join(&of.experiment).join(FOLDER);
        for file in history::draw(&of, &folder)? {
            advise!("  drawn: {}", file.display());
        }
    }
    Ok(Ending::Done)
}
