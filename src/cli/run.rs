//! `run`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_core::format::count;
use remeasure_harness::config::Overrides;
use remeasure_harness::interrupt;
use remeasure_harness::isolate::Isolation;
use remeasure_harness::journal::{Journal, Lock, Mode, Recovery, Session};
use remeasure_harness::memory;
use remeasure_harness::memory::Watch;
use remeasure_harness::plan::Plan;
use remeasure_harness::provenance::{Code, Hardware, MANIFEST, Manifest, now};
use remeasure_harness::registry::{Host, Registry};
use remeasure_harness::report;
use remeasure_harness::report::Report;
use remeasure_harness::run::{Execution, Shard, Trouble, execute, write_results};
use sha2::{Digest, Sha256};

use super::folders::shard_folder;
use super::progress::Progress;
use super::{Ending, RunArgs, documents, host};

/// An experiment whose config has passed every check, with its journal open.
pub(super) struct Ready<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) experiment: Host<'a>,
    pub(super) folder: PathBuf,
    pub(super) shard: Shard,
    pub(super) journal: Journal,
    pub(super) _lock: Lock,
}

/// Where a run is kept: a changed config or a filter gets a folder of its own, so that it cannot
/// overwrite the run of the plain profile. More or fewer replicates are the same run.
pub(super) fn folder_name(plan: &Plan<'_>, changed: bool, only: &[String]) -> String {
    let resolved = &plan.resolved;
    let mut name = resolved.profile.clone();
    if changed {
        let mut any_size = resolved.clone();
        any_size.replicates = 0;
        name.push_str(&format!("-{}", &any_size.hash()[..8]));
    }
    if !only.is_empty() {
        let given = only.join("+");
        let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        let cleaned: String = given.chars().map(|c| if plain(c) { c } else { '_' }).collect();
        name.push_str(&format!("-only-{cleaned}"));
        if given.contains(|c: char| !plain(c) && c != '=' && c != ',') {
            // Patterns that look alike once cleaned keep apart.
            let digest = Sha256::digest(given.as_bytes());
            name.push_str(&format!("-{:02x}{:02x}", digest[0], digest[1]));
        }
    }
    name
}

/// Every config is checked before any folder is made, and every journal is opened before
/// anything runs.
fn prepare<'a>(experiments: &'a Registry, args: &RunArgs, jobs: usize) -> Result<Vec<Ready<'a>>> {
    let documents = documents(experiments, &args.experiments, args.config.as_deref())?;
    let (mut plans, mut unfit) = (Vec::new(), Vec::new());
    let overrides =
        Overrides { time_limit: args.time_limit, memory: args.memory, ..args.changes.overrides() };
    for document in &documents {
        let resolved = document.resolve(&args.profile, &overrides)?;
        let experiment = host(experiments, &resolved)?;
        let plan = match Plan::new(resolved, experiment.family, &args.only) {
            Ok(plan) => plan,
            // Without names, a filter picks the experiments that it fits.
            Err(error) if error.place.starts_with("--only") && args.experiments.is_empty() => {
                unfit.push(error);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        report::check_names(&plan.resolved, experiment)?;
        plans.push((plan, experiment));
    }
    if let (true, Some(error)) = (plans.is_empty(), unfit.into_iter().next()) {
        return Err(error.into());
    }
    let mode = Mode { fresh: args.fresh, mix: args.mix };
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let mut locked = Vec::with_capacity(plans.len());
    for (plan, experiment) in plans {
        let name = folder_name(&plan, overrides.change_settings(), &args.only);
        let run = args.out.join(&plan.resolved.experiment).join(&name);
        let folder = if args.shard.is_some() { shard_folder(&run, shard) } else { run };
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let lock = Lock::take(&folder)?;
        locked.push((plan, experiment, name, folder, lock));
    }
    // Only when all folders are ours, as `--fresh` forgets what is stored.
    let mut ready = Vec::with_capacity(locked.len());
    for (plan, experiment, name, folder, lock) in locked {
        let mut session = Session::of(&plan, experiment.family.metrics(), &args.only, &name)?;
        session.shard = args.shard.map(|s| s.to_string()).unwrap_or_default();
        session.jobs = jobs;
        let journal = Journal::open(&folder, &plan, session, mode)?;
        ready.push(Ready { plan, experiment, folder, shard, journal, _lock: lock });
    }
    Ok(ready)
}

/// Says what a journal that was opened held.
fn tell_recovery(recovery: &Recovery, trials: usize) {
    if recovery.torn > 0 {
        eprintln!("  the journal's last entry was cut short: {} bytes dropped", recovery.torn);
    }
    for damage in &recovery.damage {
        eprintln!(
            "  warning: the journal is damaged: {} bytes at offset {}; the trials that stood there run again",
            damage.length, damage.offset
        );
    }
    if recovery.orphans > 0 {
        eprintln!(
            "  warning: {} of the journal cannot be traced to a config; their trials run again",
            if recovery.orphans == 1 {
                "1 entry".to_owned()
            } else {
                format!("{} entries", recovery.orphans)
            }
        );
    }
    if recovery.done > 0 {
        eprintln!("  {} of {} are stored already", recovery.done, count(trials, "trial"));
    }
}

/// The manifest of a run that is complete. A run in which nothing was left to do keeps the one it has.
pub(super) fn manifest(
    folder: &Path,
    plan: &Plan<'_>,
    journal: &Journal,
    only: &[String],
    jobs: usize,
    anything_run: bool,
) -> Result<Manifest> {
    let new = Manifest {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        jobs,
        only: only.to_vec(),
        started: journal.first_session().started.clone(),
        finished: now(),
        trials: plan.trials(),
        config_hash: journal.session().config_hash.clone(),
        profile: plan.resolved.profile.clone(),
        code: Code::of_this_binary(),
        records: String::new(),
        other_code: journal.other_code(),
        hardware: Hardware::here(),
        inputs: journal.session().inputs.clone(),
        files: BTreeMap::new(),
        config: toml::from_str(&plan.resolved.to_toml())?,
    };
    if let (false, Ok(old)) = (anything_run, Manifest::read(folder))
        && (&old.config_hash, &old.only, &old.code) == (&new.config_hash, &new.only, &new.code)
    {
        return Ok(Manifest { config: new.config, ..old });
    }
    Ok(new)
}

fn tell_troubles(troubles: &[Trouble], trials: usize) {
    for trouble in troubles {
        eprintln!(
            "  {} {} in {} of {trials} trials, first in {}",
            trouble.estimator, trouble.outcome, trouble.trials, trouble.example
        );
    }
}

/// Ends the process when it uses more than `ceiling` bytes: no thread can be ended by itself.
fn watch_memory(ceiling: u64) -> Result<Watch> {
    Watch::start(ceiling, move |used| {
        eprintln!(
            "\nerror: the run uses {}, more than its ceiling of {}; what was finished is kept. Go on with fewer \
             --jobs, with a higher `memory` in [limits] (or --memory), or with --isolate, which ends only the fit",
            memory::text(used),
            memory::text(ceiling)
        );
        std::process::exit(2);
    })
    .context("cannot watch the memory")
}

/// Worker processes that share the run's memory evenly: what is free, where no ceiling is given.
fn isolation(plan: &Plan<'_>, jobs: usize) -> Isolation {
    let ceiling = plan.resolved.memory.or_else(|| memory::available().map(|free| free / 10 * 9));
    Isolation {
        config: plan.resolved.to_toml(),
        profile: plan.resolved.profile.clone(),
        memory: ceiling.map(|bytes| bytes / jobs as u64),
    }
}

/// Runs one experiment; `None` when no report can be made of it yet.
pub(super) fn run_one(
    ready: &mut Ready<'_>,
    args: &RunArgs,
    jobs: usize,
    ending: &mut Ending,
) -> Result<Option<Report>> {
    let Ready { plan, experiment, folder, shard, journal, .. } = ready;
    let resolved = &plan.resolved;
    let share = if args.shard.is_some() { format!(", shard {shard}") } else { String::new() };
    eprintln!(
        "{}, profile {}: {} × {}, {}{share}",
        resolved.experiment,
        resolved.profile,
        count(plan.cells.len(), "cell"),
        count(resolved.replicates as usize, "replicate"),
        count(plan.wanted.len(), "estimator"),
    );
    let total = shard.trials(plan.trials());
    tell_recovery(&journal.recovery, total);
    let before = journal.recovery.done.min(total);
    let mut progress = Progress::start(&resolved.experiment, total, before);
    let isolation = args.isolate.then(|| isolation(plan, jobs));
    let _watch = match (&isolation, resolved.memory) {
        (None, Some(ceiling)) => Some(watch_memory(ceiling)?),
        _ => None,
    };
    let execution =
        Execution { jobs, shard: *shard, stop: &interrupt::requested, isolation: isolation.as_ref() };
    let end = execute(plan, journal, &execution, &mut |done| progress.update(done));
    let took = progress.finish();
    let end = end.with_context(|| {
        format!(
            "{}: what was finished is kept; when the cause is gone, the same command goes on",
            folder.display()
        )
    })?;
    if end.trials > 0 {
        journal.sync()?;
    }
    eprintln!("  {} in {:.1} s on {}", count(end.trials, "trial"), took.as_secs_f64(), count(jobs, "thread"));
    if end.interrupted {
        ending.interrupted = true;
        eprintln!(
            "  stopped: {} of {} are done and kept; the same command goes on",
            before + end.trials,
            count(total, "trial")
        );
    }
    if args.shard.is_some() {
        return Ok(None);
    }
    if end.interrupted {
        // An earlier, smaller run in the folder stays whole until the larger one is.
        if !folder.join(MANIFEST).exists() {
            write_results(plan, experiment.family.metrics(), journal, folder)?;
        }
        return Ok(None);
    }
    let kept = manifest(folder, plan, journal, &args.only, jobs, end.trials > 0)?;
    conclude(folder, plan, *experiment, journal, &kept, args.strict, ending).map(Some)
}

/// Writes everything that follows from the journal of a run that is complete.
pub(super) fn conclude(
    folder: &Path,
    plan: &Plan<'_>,
    experiment: Host<'_>,
    journal: &Journal,
    manifest: &Manifest,
    strict: bool,
    ending: &mut Ending,
) -> Result<Report> {
    let troubles = write_results(plan, experiment.family.metrics(), journal, folder)?;
    manifest.write(folder)?;
    let made = report::rebuild(folder, folder, plan, experiment, manifest)?;
    ending.contradicted |= strict && made.contradicted();
    ending.troubled |= made.troubled;
    tell_troubles(&troubles, plan.trials());
    Ok(made)
}

pub(super) fn run(experiments: &Registry, args: &RunArgs) -> Result<Ending> {
    let mut ending = Ending::default();
    let jobs =
        args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from);
    interrupt::listen()?;
    let mut ready = prepare(experiments, args, jobs)?;
    let mut reports = Vec::new();
    for ready in &mut ready {
        reports.extend(run_one(ready, args, jobs, &mut ending)?);
        if ending.interrupted {
            break;
        }
    }
    for made in &reports {
        made.print_unless_closed()?;
    }
    Ok(ending)
}
