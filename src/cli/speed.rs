//! `speed measure`, `speed accept` and `speed check`.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::Format;
use remeasure_harness::baseline::FOLDER;
use remeasure_harness::config::{Document, Overrides, limits};
use remeasure_harness::interrupt;
use remeasure_harness::plan::Plan;
use remeasure_harness::provenance::{Code, Hardware};
use remeasure_harness::registry::Registry;
use remeasure_harness::speed;
use remeasure_harness::speed::{
    Accepted, Halt, Known, Pair, Place, Rules, SPEED, SpeedCheck, State, Task, TimeRatio,
};
use remeasure_harness::workflow;

use super::check::proportion;
use super::permission::Permission;
use super::{EXIT_CODES, Ending, documents, formats};
use crate::output::say;

#[derive(Debug, Subcommand)]
pub(super) enum SpeedCommand {
    /// Measure and print the ratios of the config's [[speed]] tables
    Measure(SpeedMeasureArgs),
    /// Measure them and write DIR/EXP/baseline/speed.toml, the baseline of later checks
    Accept(SpeedAcceptArgs),
    /// Measure them again and report what has become slower
    #[command(after_help = EXIT_CODES)]
    Check(SpeedCheckArgs),
}

#[derive(Debug, Args)]
pub(super) struct EffortArgs {
    #[command(flatten)]
    permission: Permission,
    /// Use this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    /// Time for each pair in each cell; exceeded if seven rounds take longer
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = limits::duration)]
    budget: Duration,
}

#[derive(Debug, Args)]
pub(super) struct SpeedMeasureArgs {
    /// Papers or experiments [default: all that have [[speed]] tables]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Size of the experiments
    #[arg(long, default_value = "quick")]
    profile: String,
    #[command(flatten)]
    effort: EffortArgs,
}

#[derive(Debug, Args)]
pub(super) struct SpeedAcceptArgs {
    /// Papers or experiments
    #[arg(value_name = "NAME", required_unless_present = "config")]
    experiments: Vec<String>,
    /// Size of the experiments
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Reason for accepting, for the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    #[command(flatten)]
    effort: EffortArgs,
}

/// Parses a factor of at least 1.
fn margin(text: &str) -> std::result::Result<f64, String> {
    match text.parse() {
        Ok(x) if (1.0..=100.0).contains(&x) => Ok(x),
        _ => Err("expected a factor from 1 to 100, such as 1.25".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct SpeedCheckArgs {
    /// Papers or experiments [default: all that have an accepted speed.toml]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Ignore slowdowns by less than this factor [default: 1.25, or 1.6 if the baseline was measured
    /// on another processor]
    #[arg(long, value_name = "FACTOR", value_parser = margin)]
    margin: Option<f64>,
    /// Upper limit of the probability of any false alarm
    #[arg(long, value_name = "SHARE", default_value_t = Rules::default().rate, value_parser = proportion)]
    rate: f64,
    /// Output format
    #[arg(long, value_parser = formats(), default_value = "text")]
    format: Format,
    #[command(flatten)]
    effort: EffortArgs,
}

/// An experiment whose pairs can be measured.
struct Ready<'a> {
    plan: Plan<'a>,
    pairs: Vec<Pair>,
}

fn ready<'a>(experiments: &'a Registry, document: &Document, profile: &str) -> Result<Ready<'a>> {
    let plan = workflow::resolve(experiments, document, profile, &Overrides::default(), &[])?.plan;
    Ok(Ready { pairs: speed::pairs(&plan), plan })
}

/// The experiments with pairs. It is an error if one that is named has none.
fn with_pairs<'a>(
    experiments: &'a Registry,
    names: &[String],
    profile: &str,
    effort: &EffortArgs,
) -> Result<Vec<Ready<'a>>> {
    let named = !names.is_empty() || effort.config.is_some();
    let mut found = Vec::new();
    for document in documents(experiments, names, effort.config.as_deref())? {
        // Experiments without speed tables may not have the profile.
        if !named && !document.has_speed() {
            continue;
        }
        let mut ready = ready(experiments, &document, profile)?;
        effort.permission.grant(&mut ready.plan.resolved)?;
        let name = &ready.plan.resolved.experiment;
        if !ready.pairs.is_empty() {
            found.push(ready);
        } else if document.has_speed() {
            bail!("{name}: no [[speed]] table has a cell in profile `{profile}`; widen its `where`");
        } else {
            bail!("{name}: its config has no [[speed]] table; `remeasure show {name}` shows it");
        }
    }
    if found.is_empty() {
        bail!("no config has a [[speed]] table");
    }
    Ok(found)
}

/// Announces what is measured, and warns if the machine is busy.
fn announce(pairs: usize, effort: &EffortArgs) -> Result<()> {
    advise!(
        "measuring {} × cells on one thread, about {} each; run nothing else meanwhile",
        count(pairs, "pair"),
        humantime::format_duration(effort.budget)
    );
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = load.split(' ').next().and_then(|x| x.parse().ok()).unwrap_or(0.0);
    if load > 0.5 {
        advise!("warning: the load is {load}: something else is running, which makes the ratios noisier");
    }
    interrupt::listen()
}

/// All ratios of an experiment; `None` if interrupted.
fn measure_all(ready: &Ready<'_>, effort: &EffortArgs) -> Option<Vec<(Place, Result<TimeRatio, String>)>> {
    let mut found = Vec::with_capacity(ready.pairs.len());
    for pair in &ready.pairs {
        let measured = match pair.measure(&ready.plan, None, effort.budget, &interrupt::requested) {
            Ok(measured) => Ok(measured),
            Err(Halt::Failed(message)) => Err(message),
            Err(Halt::Interrupted) => return None,
        };
        found.push((pair.place.clone(), measured));
    }
    Some(found)
}

fn measure(experiments: &Registry, args: &SpeedMeasureArgs) -> Result<Ending> {
    let all = with_pairs(experiments, &args.experiments, &args.profile, &args.effort)?;
    announce(all.iter().map(|r| r.pairs.len()).sum(), &args.effort)?;
    let mut ending = Ending::Done;
    for ready in &all {
        let Some(measured) = measure_all(ready, &args.effort) else { return Ok(Ending::Interrupted) };
        ending.raise(Ending::Troubled, measured.iter().any(|(_, m)| m.is_err()));
        let resolved = &ready.plan.resolved;
        let text = speed::ratios(&resolved.experiment, &resolved.profile, &measured);
        say().write_all(text.as_bytes())?;
    }
    Ok(ending)
}

/// How the ratios changed, as counts by state; empty for a first baseline.
fn change(before: Option<&Accepted>, now: &[(Place, TimeRatio)], profile: &str) -> String {
    let Some(before) = before else { return String::new() };
    if before.profile != profile {
        return format!("profile {} before", before.profile);
    }
    let places: Vec<Place> = now.iter().map(|(place, _)| place.clone()).collect();
    let tasks = tasks(before, &places, before.margin(&Hardware::here()));
    let of = |i: usize| {
        let found = now.iter().find(|(place, _)| *place == tasks[i].place);
        found.map(|(_, measured)| measured.clone()).ok_or(Halt::Interrupted)
    };
    let lines = speed::check(&tasks, &Rules::default(), &mut |i| of(i)).unwrap_or_default();
    let counted = State::ALL.into_iter().map(|s| (s, lines.iter().filter(|l| l.state == s).count()));
    let counted = counted.filter(|(_, n)| *n > 0).map(|(s, n)| format!("{n} {}", s.word()));
    counted.collect::<Vec<_>>().join(", ")
}

fn accept(experiments: &Registry, args: &SpeedAcceptArgs) -> Result<Ending> {
    let all = with_pairs(experiments, &args.experiments, &args.profile, &args.effort)?;
    let folder = |ready: &Ready<'_>| args.out.join(&ready.plan.resolved.experiment).join(FOLDER);
    // Fails here, before anything is measured, if a log cannot be read.
    let before = all.iter().map(|r| Accepted::read(&folder(r))).collect::<Result<Vec<_>>>()?;
    announce(all.iter().map(|r| r.pairs.len()).sum(), &args.effort)?;
    let mut ending = Ending::Done;
    for (ready, before) in all.iter().zip(before) {
        let Some(measured) = measure_all(ready, &args.effort) else { return Ok(Ending::Interrupted) };
        let resolved = &ready.plan.resolved;
        let mut sound = Vec::with_capacity(measured.len());
        for (place, found) in measured {
            match found {
                Ok(measured) => sound.push((place, measured)),
                Err(message) => {
                    advise!(
                        "error: {}, {}, {} against {}: {message}",
                        resolved.experiment,
                        place.cell,
                        place.estimator,
                        place.against
                    );
                    ending = Ending::Troubled;
                }
            }
        }
        if sound.len() < ready.pairs.len() {
            advise!("error: {}: nothing was accepted", resolved.experiment);
            continue;
        }
        let change = change(before.as_ref(), &sound, &resolved.profile);
        let told = if change.is_empty() { "the first baseline".to_owned() } else { change.clone() };
        let known = sound.iter().map(|(place, measured)| Known::of(place, measured)).collect();
        let reason = args.reason.as_deref().unwrap_or_default();
        let folder = folder(ready);
        Accepted::new(&ready.plan, known, reason, change, before).write(&folder)?;
        writeln!(
            say(),
            "{}, profile {}: accepted {}: {told}\n  {}",
            resolved.experiment,
            resolved.profile,
            count(sound.len(), "ratio"),
            folder.join(SPEED).display()
        )?;
    }
    Ok(ending)
}

/// The ratios to check: the baseline's in their order, then new ones.
fn tasks(before: &Accepted, places: &[Place], margin: f64) -> Vec<Task> {
    let old = before.ratio.iter().map(|known| {
        let place = known.place();
        Task { wanted: places.contains(&place), place, before: Some(known.clone()), margin }
    });
    let new = places.iter().filter(|p| !before.ratio.iter().any(|known| known.place() == **p));
    old.chain(new.map(|p| Task { place: p.clone(), before: None, wanted: true, margin })).collect()
}

/// Descriptions of the differences from the baseline.
fn causes(before: &Accepted, plan: &Plan<'_>, here: &Hardware, margin: f64) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(elsewhere) = before.elsewhere(here) {
        found.push(format!("{elsewhere}; changes up to ×{margin} are ignored"));
    }
    let hash = plan.resolved.hash();
    if hash != before.config_hash {
        found.push(format!("changed: the config: {} → {hash}", before.config_hash));
    }
    let of_code = Code::of_this_binary().changes_since(&before.code);
    found.extend(
        of_code.into_iter().filter(|c| !c.starts_with("program file")).map(|c| format!("changed: {c}")),
    );
    found
}

fn check(experiments: &Registry, args: &SpeedCheckArgs) -> Result<Ending> {
    let named = !args.experiments.is_empty() || args.effort.config.is_some();
    let here = Hardware::here();
    let (mut all, mut without) = (Vec::new(), Vec::new());
    for document in documents(experiments, &args.experiments, args.effort.config.as_deref())? {
        let name = document.experiment()?;
        let folder = args.out.join(&name).join(FOLDER);
        let Some(before) = Accepted::read(&folder)? else {
            without.push((name, folder.join(SPEED)));
            continue;
        };
        let ready = ready(experiments, &document, &before.profile)
            .with_context(|| format!("the speed baseline of {name} has profile `{}`", before.profile))?;
        let places: Vec<Place> = ready.pairs.iter().map(|p| p.place.clone()).collect();
        let tasks = tasks(&before, &places, args.margin.unwrap_or_else(|| before.margin(&here)));
        all.push((ready, before, tasks));
    }
    if named && !without.is_empty() || all.is_empty() {
        for (name, path) in without.iter().filter(|_| named) {
            advise!("error: no {}; create one with `remeasure speed accept {name}`", path.display());
        }
        if !named {
            advise!("error: no {SPEED} in {}; create one with `remeasure speed accept`", args.out.display());
        }
        return Ok(Ending::NoBaseline);
    }
    announce(all.iter().map(|(r, ..)| r.pairs.len()).sum(), &args.effort)?;
    // All experiments together, so that the rate holds for the whole check.
    let owners: Vec<usize> = all.iter().enumerate().flat_map(|(i, (_, _, t))| vec![i; t.len()]).collect();
    let tasks: Vec<Task> = all.iter().flat_map(|(_, _, t)| t.clone()).collect();
    let rules = Rules { rate: args.rate, ..Rules::default() };
    let lines = speed::check(&tasks, &rules, &mut |i| {
        let (ready, task) = (&all[owners[i]].0, &tasks[i]);
        let Some(pair) = ready.pairs.iter().find(|p| p.place == task.place) else {
            return Err(Halt::Failed("not in the config".to_owned()));
        };
        let replicates = task.before.as_ref().map(|b| b.replicates);
        pair.measure(&ready.plan, replicates, args.effort.budget, &interrupt::requested)
    });
    let Some(lines) = lines else { return Ok(Ending::Interrupted) };
    let tests = lines.iter().filter(|l| l.now.is_some() && l.before.is_some()).count();
    let mut ending = Ending::Done;
    ending.raise(Ending::Alarm, lines.iter().any(|l| l.state.alarms()));
    let mut told = Vec::with_capacity(all.len());
    for (i, (ready, before, own)) in all.iter().enumerate() {
        let Some(accepted) = before.latest().cloned() else { continue };
        let margin = own.first().map_or(1.0, |t| t.margin);
        let own = owners.iter().zip(&lines).filter(|(owner, _)| **owner == i);
        told.push(SpeedCheck {
            experiment: before.experiment.clone(),
            profile: before.profile.clone(),
            accepted,
            before: before.code.clone(),
            now: Code::of_this_binary(),
            causes: causes(before, &ready.plan, &here, margin),
            lines: own.map(|(_, line)| line.clone()).collect(),
            tests,
            rules,
        });
    }
    let text = match args.format {
        Format::Json => speed::json(&told),
        format => told.iter().map(|t| t.render(format)).collect(),
    };
    say().write_all(text.as_bytes())?;
    Ok(ending)
}

pub(super) fn speed(experiments: &Registry, command: &SpeedCommand) -> Result<Ending> {
    match command {
        SpeedCommand::Measure(args) => measure(experiments, args),
        SpeedCommand::Accept(args) => accept(experiments, args),
        SpeedCommand::Check(args) => check(experiments, args),
    }
}
