//! `submit`: the shards of a run as jobs of Slurm.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::folders::{named_shard, shard_folder, shards_folder};
use super::jobs::{self, Sent};
use super::run::folder_name;
use super::status::done;
use super::{Changes, Ending, documents, host, slurm};
use crate::harness::cluster::{
    self, Array, DEFAULT_MAX_ARRAY_SIZE, LEAST_SECONDS, Submission, arrays, cpus_per_task, ranges,
};
use crate::harness::config::{Overrides, limits};
use crate::harness::experiment::Experiment;
use crate::harness::family::Attempt;
use crate::harness::format::{count, thousands};
use crate::harness::journal::{JOURNAL, Session, holder, sessions, survey};
use crate::harness::plan::Plan;
use crate::harness::report::check_names;
use crate::harness::run::Shard;
use crate::harness::storage::{TIMINGS, write_atomic};
use crate::numerics::stream::Streams;

/// The folder within a run's for scripts, logs and the list of jobs.
const FOLDER: &str = "slurm";

/// How long trials are measured to choose the number of shards.
const MEASURING: Duration = Duration::from_secs(3);

/// Options of sbatch that `submit` gives itself.
const OWN: [&str; 6] = ["--array", "-a", "--dependency", "-d", "--chdir", "-D"];

/// `--shards`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Auto,
    Of(u32),
}

fn shards(text: &str) -> std::result::Result<Count, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(Count::Of(n)),
        _ if text == "auto" => Ok(Count::Auto),
        _ => Err("expected a number from 1, or auto".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct SubmitArgs {
    /// Name of the experiment
    #[arg(value_name = "EXP", required_unless_present = "config")]
    experiment: Option<String>,
    /// Size of the experiment
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Run this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiment")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Run only some cells (`n=100`, `snr_db=1*`) or estimators (`lasso*`); repeatable, comma-separated
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Folder for the results, which all nodes must see: DIR/EXP/PROFILE/
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Number of shards; auto measures some trials here, for a few seconds, and makes tasks of about
    /// two minutes [default: auto; with --missing, what it was]
    #[arg(long, value_name = "N", value_parser = shards)]
    shards: Option<Count>,
    /// Send only shards that are neither complete nor in the queue
    #[arg(long)]
    missing: bool,
    /// Show the scripts; send nothing, write nothing, and need no Slurm
    #[arg(long)]
    print: bool,
    /// Tasks that may run at once [default: as Slurm likes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    at_once: Option<u32>,
    /// This program as the nodes find it [default: its path here]
    #[arg(long, value_name = "PATH")]
    program: Option<String>,
    /// Option of sbatch for the job that merges alone, such as --mem=16G; repeatable
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    merge_option: Vec<String>,
    /// Take shards that other code measured, too
    #[arg(long)]
    mix: bool,
    /// Run trials in worker processes, see `run`
    #[arg(long)]
    isolate: bool,
    /// Time that each fit may take, such as 30s or 1m, instead of the config's limits
    #[arg(long, value_name = "TIME", value_parser = limits::duration)]
    time_limit: Option<Duration>,
    /// Memory that a task's run may use, such as 8GB
    #[arg(long, value_name = "SIZE", value_parser = limits::memory)]
    memory: Option<u64>,
    /// Options of sbatch for all jobs, such as --partition=short --cpus-per-task=4
    #[arg(last = true, value_name = "SBATCH OPTIONS")]
    options: Vec<String>,
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("{} is not UTF-8, which no script can say", path.display()))
}

impl SubmitArgs {
    fn overrides(&self) -> Overrides {
        Overrides { time_limit: self.time_limit, memory: self.memory, ..self.changes.overrides() }
    }

    /// Refuses what would contradict the scripts.
    fn check_options(&self) -> Result<()> {
        for option in self.options.iter().chain(&self.merge_option) {
            let clash = OWN.into_iter().find(|own| match own.strip_prefix("--") {
                Some(_) => option.split('=').next() == Some(own),
                None => option.starts_with(own) && !option.starts_with("--"),
            });
            if let Some(own) = clash {
                let instead =
                    if own.ends_with('a') || own == "--array" { "; --at-once limits its tasks" } else { "" };
                bail!("`{option}`: {own} is what submit itself gives to sbatch{instead}");
            }
        }
        Ok(())
    }

    /// Arguments of `run` in a task, but for its share and threads.
    fn run_arguments(&self) -> Result<Vec<String>> {
        let mut words: Vec<String> = self.experiment.iter().cloned().collect();
        if let Some(config) = &self.config {
            words.extend(["--config".to_owned(), text(config)?]);
        }
        words.extend(["--profile".to_owned(), self.profile.clone(), "--out".to_owned(), text(&self.out)?]);
        for (option, values) in [("--set", &self.changes.set), ("--only", &self.only)] {
            words.extend(values.iter().flat_map(|v| [option.to_owned(), v.clone()]));
        }
        let numbers = [
            ("--replicates", self.changes.replicates.map(|n| n.to_string())),
            ("--seed", self.changes.seed.map(|n| n.to_string())),
            ("--time-limit", self.time_limit.map(|t| t.as_secs_f64().to_string())),
            ("--memory", self.memory.map(|bytes| format!("{bytes}B"))),
        ];
        words.extend(numbers.into_iter().filter_map(|(o, n)| Some([o.to_owned(), n?])).flatten());
        // Never --fresh: a task that is sent again is to go on.
        words.extend(
            [(self.mix, "--mix"), (self.isolate, "--isolate")].iter().filter(|f| f.0).map(|f| f.1.to_owned()),
        );
        Ok(words)
    }

    fn submission(&self, plan: &Plan<'_>, run: &Path, name: &str, of: u32) -> Result<Submission> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => {
                text(&std::env::current_exe().context("cannot tell this program's path; give --program")?)?
            }
        };
        let directory = std::env::current_dir().context("cannot tell the folder this is")?;
        let mut merge = vec![text(&shards_folder(run))?, "--out".to_owned(), text(&self.out)?];
        merge.extend(self.mix.then(|| "--mix".to_owned()));
        Ok(Submission {
            name: format!("remeasure-{}-{name}", plan.resolved.experiment),
            program,
            directory: text(&directory)?,
            logs: text(&run.join(FOLDER).join("logs"))?,
            run: self.run_arguments()?,
            merge,
            of,
            at_once: self.at_once,
            options: self.options.clone(),
            merge_options: self.merge_option.clone(),
        })
    }
}

/// Seconds of a trial on one thread, by running some of all kinds here; at least one.
fn measure(plan: &Plan<'_>) -> (usize, f64) {
    let start = Instant::now();
    let (cells, replicates) = (plan.cells.len(), plan.resolved.replicates);
    let mut trials = 0;
    while trials < plan.trials() && (trials == 0 || start.elapsed() < MEASURING) {
        // Spread over the sweep, however few there is time for: multiples of the golden section.
        let cell = ((trials as f64 * 0.618_034).fract() * cells as f64) as usize;
        let wanted = plan.wanted.iter().filter(|&&e| plan.skipped(cell, e).is_none());
        let attempts: Vec<Attempt> =
            wanted.map(|&estimator| Attempt { estimator, limit: plan.limit(estimator) }).collect();
        let replicate = (trials / cells) as u32 % replicates;
        let streams = Streams { seed: plan.resolved.seed, cell: plan.cells[cell].id, replicate };
        plan.runner(cell).trial(&streams, &attempts, &mut |_| {});
        trials += 1;
    }
    (trials, start.elapsed().as_secs_f64() / trials as f64)
}

/// Seconds of fitting in a trial of another stored run of the experiment, and that run's folder.
fn stored_seconds(experiment: &Path) -> Option<(String, f64)> {
    let mut runs: Vec<PathBuf> =
        std::fs::read_dir(experiment).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
    runs.sort();
    runs.iter().find_map(|run| {
        let mut reader = csv::Reader::from_path(run.join(TIMINGS)).ok()?;
        let mut trials = BTreeSet::new();
        let mut seconds = 0.0;
        for record in reader.records() {
            let record = record.ok()?;
            let keys = record.len().checked_sub(2)?;
            seconds += record.get(keys + 1)?.parse::<f64>().ok()?;
            trials.insert(record.iter().take(keys).collect::<Vec<_>>().join("\u{1f}"));
        }
        (!trials.is_empty()).then(|| (run.display().to_string(), seconds / trials.len() as f64))
    })
}

/// A time for people.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min", s / 60.0),
    }
}

/// The number of shards for a run that has none yet.
fn choose(args: &SubmitArgs, plan: &Plan<'_>, experiment: &Path) -> Result<u32> {
    let trials = plan.trials();
    let cpus = cpus_per_task(&args.options);
    let lasting = |of: u32, seconds: f64| trials as f64 / f64::from(of) * seconds / f64::from(cpus);
    match args.shards.unwrap_or(Count::Auto) {
        Count::Of(of) => {
            if of as usize > trials {
                bail!("--shards {of}: there are {} only, so at most {trials} shards", count(trials, "trial"));
            }
            if let Some((run, seconds)) = stored_seconds(experiment)
                && of > 1
                && lasting(of, seconds) < LEAST_SECONDS
            {
                eprintln!(
                    "note: fits took {} a trial in {run}; if they do here, a task lasts {}, less than a minute: \
                     --shards {} would do",
                    time(seconds),
                    time(lasting(of, seconds)),
                    cluster::propose(trials, seconds, cpus)
                );
            }
            Ok(of)
        }
        Count::Auto => {
            let (measured, seconds) = measure(plan);
            let of = cluster::propose(trials, seconds, cpus);
            eprintln!(
                "{} took {} each: {}, of about {} each with {}",
                count(measured, "trial"),
                time(seconds),
                count(of as usize, "shard"),
                time(lasting(of, seconds)),
                count(cpus as usize, "thread")
            );
            Ok(of)
        }
    }
}

/// What is there of a run already.
struct There {
    /// Number of shards.
    of: u32,
    /// Shards that are neither complete nor running, by number.
    missing: Vec<u32>,
    running: Vec<(u32, String)>,
}

/// Looks at the shards in `run`; `None` where there are none.
fn look(args: &SubmitArgs, run: &Path, plan: &Plan<'_>, session: &Session) -> Result<Option<There>> {
    let mut found = BTreeSet::new();
    let folder = shards_folder(run);
    let entries = if folder.is_dir() { Some(std::fs::read_dir(&folder)) } else { None };
    for entry in entries
        .transpose()
        .with_context(|| format!("cannot read {}", folder.display()))?
        .into_iter()
        .flatten()
    {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.join(JOURNAL).exists() {
            found.extend(named_shard(&path).map(|s| (s.of, s.index)));
        }
    }
    let mut numbers: Vec<u32> = found.iter().map(|s| s.0).chain(jobs::number(&run.join(FOLDER))?).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let &[of] = numbers.as_slice() else {
        if numbers.is_empty() {
            return Ok(None);
        }
        let of: Vec<String> = numbers.iter().map(|n| format!("1/{n}")).collect();
        bail!(
            "{} has shards of several partitions ({}), which cannot be merged; take those of one away",
            folder.display(),
            of.join(", ")
        );
    };
    if let Some(Count::Of(n)) = args.shards
        && n != of
    {
        bail!(
            "{} is divided into {of} shards, not {n}: leave --shards away, take the folder away or give another --out",
            run.display()
        );
    }
    let mut there = There { of, missing: Vec::new(), running: Vec::new() };
    for index in 1..=of {
        let shard = Shard { index, of };
        let folder = shard_folder(run, shard);
        if let Some(before) = sessions(&folder)?.unwrap_or_default().last() {
            let differing = session.differences(before)?;
            if !differing.is_empty() {
                bail!(
                    "{} is of another config; give the same or another --out:\n  {}",
                    folder.display(),
                    differing.join("\n  ")
                );
            }
            let code = session.code.changes_since(&before.code);
            // The code of another program is known on its nodes only; a task refuses, too.
            if !code.is_empty() && !args.mix && args.program.is_none() {
                bail!(
                    "{} was measured with other code:\n  {}\nWith --mix both are taken; or give another --out",
                    folder.display(),
                    code.join("\n  ")
                );
            }
        }
        if let Some(who) = holder(&folder) {
            there.running.push((index, who));
            continue;
        }
        let have = survey(&folder, plan, session, true)?.map_or(0, |its| done(&its.coverage, shard, plan));
        if have < shard.trials(plan.trials()) {
            there.missing.push(index);
        }
    }
    Ok(Some(there))
}

/// What a submission sends.
struct Order {
    of: u32,
    shards: Vec<u32>,
    /// Jobs already in the queue for which merging is to wait as well.
    wait_for: Vec<u64>,
    /// The job that merges, of an earlier submission.
    earlier_merge: Vec<u64>,
}

/// Decides what to send; `None` where there is nothing left to do.
fn order(args: &SubmitArgs, run: &Path, plan: &Plan<'_>, session: &Session) -> Result<Option<Order>> {
    let here = run.display();
    if sessions(run)?.is_some_and(|its| !its.is_empty()) {
        let whole = survey(run, plan, session, args.mix)?
            .is_some_and(|s| done(&s.coverage, Shard::WHOLE, plan) == plan.trials());
        if whole {
            eprintln!("{here} is complete: nothing to send");
            return Ok(None);
        }
        bail!("{here} holds a run of its own, which `run` goes on with; give another --out to send shards");
    }
    let Some(there) = look(args, run, plan, session)? else {
        if args.missing {
            bail!("{here} has no shards yet: submit without --missing first");
        }
        let of = choose(args, plan, run.parent().unwrap_or(run))?;
        return Ok(Some(Order {
            of,
            shards: (1..=of).collect(),
            wait_for: Vec::new(),
            earlier_merge: Vec::new(),
        }));
    };
    if !args.missing {
        bail!(
            "{here} has been submitted or begun already, in {}; --missing sends what is not complete",
            count(there.of as usize, "shard")
        );
    }
    let sent = jobs::read(&run.join(FOLDER))?;
    let ids: Vec<u64> = sent.iter().map(|s| s.job).collect();
    let queue = if ids.is_empty() { Vec::new() } else { slurm::in_queue(&ids)? };
    let (mut shards, mut wait_for, mut earlier_merge) = (there.missing, BTreeSet::new(), Vec::new());
    for task in queue {
        let Some(job) = sent.iter().find(|s| s.job == task.job) else { continue };
        match (job.offset, task.task) {
            (Some(offset), Some(number)) => {
                shards.retain(|s| *s != offset + number);
                wait_for.insert(task.job);
            }
            (None, _) => earlier_merge.push(task.job),
            _ => {}
        }
    }
    for (index, who) in &there.running {
        eprintln!("shard {index}/{} is running: {who}", there.of);
    }
    Ok(Some(Order { of: there.of, shards, wait_for: wait_for.into_iter().collect(), earlier_merge }))
}

/// `3 to 4 trials`.
fn trials_each(plan: &Plan<'_>, of: u32) -> String {
    let (most, least) =
        (Shard { index: 1, of }.trials(plan.trials()), Shard { index: of, of }.trials(plan.trials()));
    if most == least {
        count(most, "trial")
    } else {
        format!("{} to {} trials", thousands(least), thousands(most))
    }
}

/// Writes the scripts and submits them.
fn send(
    run: &Path,
    order: &Order,
    scripts: &[(Array, String)],
    merge: &str,
    out: &mut dyn Write,
) -> Result<()> {
    let folder = run.join(FOLDER);
    let logs = folder.join("logs");
    // Slurm does not make it, and a task without it ends at once.
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot make the folder {}", logs.display()))?;
    let mut after = order.wait_for.clone();
    for (number, (array, script)) in scripts.iter().enumerate() {
        let path = folder.join(format!("shards-{}.sh", number + 1));
        write_atomic(&path, script.as_bytes())?;
        let sent = slurm::sbatch(&path, &[]);
        let job = sent.with_context(|| {
            let more = if number > 0 { "; some shards were sent, and --missing sends the rest" } else { "" };
            format!("not all was sent{more}")
        })?;
        // At once: what is in the queue must be known even if the next fails.
        jobs::add(&folder, Sent { job, offset: Some(array.offset), of: order.of })?;
        after.push(job);
        let shards: Vec<u32> = array.shards().collect();
        writeln!(
            out,
            "job {job}: {} {} of {}",
            if shards.len() == 1 { "shard" } else { "shards" },
            ranges(&shards),
            order.of
        )?;
    }
    let path = folder.join("merge.sh");
    write_atomic(&path, merge.as_bytes())?;
    let job = slurm::sbatch(&path, &after)
        .context("the shards were sent, but not the job that merges; `remeasure merge` does it by hand")?;
    jobs::add(&folder, Sent { job, offset: None, of: order.of })?;
    // It would find shards missing, or merge before this one does.
    order.earlier_merge.iter().try_for_each(|&job| slurm::cancel_waiting(job))?;
    writeln!(out, "job {job}: merges and reports when they have ended")?;
    writeln!(out, "logs: {}\n`remeasure status {}` tells how far they are", logs.display(), run.display())?;
    Ok(())
}

pub(super) fn submit(experiments: &[Experiment], args: &SubmitArgs) -> Result<Ending> {
    args.check_options()?;
    let names: Vec<String> = args.experiment.iter().cloned().collect();
    let overrides = args.overrides();
    // One experiment or one file: there is one document.
    let document = documents(experiments, &names, args.config.as_deref())?.swap_remove(0);
    let resolved = document.resolve(&args.profile, &overrides)?;
    let experiment = host(experiments, &resolved)?;
    let plan = Plan::new(resolved, experiment.family, &args.only)?;
    check_names(&plan.resolved, experiment)?;
    let name = folder_name(&plan, overrides.change_settings(), &args.only);
    let run = args.out.join(&plan.resolved.experiment).join(&name);
    let session = Session::of(&plan, experiment.family.metrics(), &args.only, &name)?;
    let largest = slurm::largest_array(!args.print)?;
    let Some(order) = order(args, &run, &plan, &session)? else { return Ok(Ending::default()) };
    let submission = args.submission(&plan, &run, &name, order.of)?;
    let max_array_size = largest.unwrap_or_else(|| {
        eprintln!(
            "note: no answer from Slurm; its default for MaxArraySize is assumed, {DEFAULT_MAX_ARRAY_SIZE}"
        );
        DEFAULT_MAX_ARRAY_SIZE
    });
    let mut scripts = Vec::new();
    for array in arrays(&order.shards, max_array_size) {
        let script = submission.shards(&array)?;
        scripts.push((array, script));
    }
    let merge = submission.merge()?;
    let mut out = std::io::stdout().lock();
    if args.print {
        for (number, (_, script)) in scripts.iter().enumerate() {
            writeln!(
                out,
                "### {}\n{script}",
                run.join(FOLDER).join(format!("shards-{}.sh", number + 1)).display()
            )?;
        }
        writeln!(
            out,
            "### {}, sent with --dependency=afterany:JOB[:JOB…]\n{merge}",
            run.join(FOLDER).join("merge.sh").display()
        )?;
        return Ok(Ending::default());
    }
    writeln!(
        out,
        "{}, profile {}: {} trials in {} of {}",
        plan.resolved.experiment,
        plan.resolved.profile,
        thousands(plan.trials()),
        count(order.of as usize, "shard"),
        trials_each(&plan, order.of)
    )?;
    send(&run, &order, &scripts, &merge, &mut out)?;
    Ok(Ending::default())
}
