//! `run`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use remeasure_core::advise;
use remeasure_core::format::count;
use remeasure_harness::config::{Overrides, limits};
use remeasure_harness::interrupt;
use remeasure_harness::journal::Mode;
use remeasure_harness::registry::Registry;
use remeasure_harness::run::{Shard, troubles};
use remeasure_harness::workflow::{self, Ended, Options, Run};

use super::output::say;
use super::pages::write_index;
use super::permission::Permission;
use super::progress::Bar;
use super::report::verdicts;
use super::run_table::{RunLine, explain_troubles, run_table};
use super::select::{Kept, kept};
use super::{Changes, Ending, documents};

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Papers or experiments [default: all]
    #[arg(value_name = "NAME")]
    experiments: Vec<String>,
    /// Size of the experiments
    #[arg(long, default_value = "quick")]
    profile: String,
    /// Run this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Run only some cells (`n=100`, `snr_db=1*`) or estimators (`lasso*`); repeatable, comma-separated
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Threads; the numbers do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Folder for the results: DIR/EXP/PROFILE/
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Double the replicates until every claim is decided, with verdicts that are valid for all looks together
    #[arg(long, value_name = "WHEN", value_parser = ["decided"], conflicts_with = "shard")]
    until: Option<String>,
    /// With --until: no look has more replicates [default: the profile's, or 64 times its replicates]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_replicates: Option<u32>,
    /// With --until: start no further look of an experiment after this time, such as 30m
    #[arg(long, value_name = "TIME", value_parser = limits::duration)]
    budget: Option<Duration>,
    /// Exit with 1 if a claim is contradicted
    #[arg(long)]
    strict: bool,
    /// Start over, discarding the stored trials
    #[arg(long)]
    fresh: bool,
    /// Resume despite changes: keep trials from other builds, rerun those whose settings changed
    #[arg(long, conflicts_with = "fresh")]
    mix: bool,
    /// Run trials in worker processes, so that code that hangs, crashes or uses too much memory loses
    /// only its own fit; to stop a fit that hangs, set a time limit
    #[arg(long)]
    isolate: bool,
    /// Time limit for each fit, such as 30s or 1m, instead of the config's
    #[arg(long, value_name = "TIME", value_parser = limits::duration)]
    time_limit: Option<Duration>,
    /// Memory limit for the run, such as 8GB [default with --isolate: the free memory]
    #[arg(long, value_name = "SIZE", value_parser = limits::memory)]
    memory: Option<u64>,
    #[command(flatten)]
    permission: Permission,
    /// Run only the I-th of N shards of the trials; `merge` joins them
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
}

/// Options of a run that stops at Ctrl-C.
pub(super) fn options(out: &Path, jobs: Option<u16>, isolate: bool) -> Options<'_> {
    let options = Options { isolate, stop: &interrupt::requested, ..Options::new(out) };
    Options { jobs: jobs.map_or(options.jobs, usize::from), ..options }
}

/// Writes the report of a complete run; returns the text to print.
pub(super) fn conclude(run: &Run<'_>, strict: bool, ending: &mut Ending) -> Result<String> {
    let files = workflow::report(run)?;
    ending.raise(Ending::Alarm, strict && run.contradicted());
    ending.raise(Ending::Troubled, run.troubled());
    tell_troubles(run);
    Ok(verdicts(run, &files))
}

/// Prints which fits failed, timed out or did not converge.
pub(super) fn tell_troubles(run: &Run<'_>) {
    let plan = &run.planned.plan;
    for trouble in troubles(plan, &run.store) {
        advise!(
            "  {} {} in {} of {} trials, first in {}",
            trouble.estimator,
            trouble.outcome,
            trouble.trials,
            plan.trials(),
            trouble.example
        );
    }
}

pub(super) fn run(experiments: &Registry, args: &RunArgs) -> Result<Ending> {
    interrupt::listen()?;
    let documents = match args.experiments.is_empty() {
        true => documents(experiments, &[], args.config.as_deref())?,
        // A name may also be that of one's own experiment that was run before.
        false => kept(experiments, &args.experiments, None, (&args.out, Kept::Run(&args.profile)))?,
    };
    let overrides = Overrides {
        time_limit: args.time_limit,
        memory: args.memory,
        until_decided: args.until.is_some(),
        max_replicates: args.max_replicates,
        ..args.changes.overrides()
    };
    let (mut planned, mut chosen, mut unfit) = (Vec::new(), Vec::new(), None);
    for document in &documents {
        match workflow::resolve(experiments, document, &args.profile, &overrides, &args.only) {
            Ok(one) => {
                planned.push(one);
                chosen.push(document);
            }
            // If no experiment is named, the filter selects those that it matches.
            Err(error) if error.place.starts_with("--only") && args.experiments.is_empty() => {
                unfit.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let (true, Some(error)) = (planned.is_empty(), unfit) {
        return Err(error.into());
    }
    // All are checked before the first of them may execute anything.
    for one in &planned {
        args.permission.check(&one.plan.resolved)?;
    }
    for one in &mut planned {
        args.permission.grant(&mut one.plan.resolved)?;
    }
    let options = Options {
        shard: args.shard,
        mode: Mode { fresh: args.fresh, mix: args.mix },
        ..options(&args.out, args.jobs, args.isolate)
    };
    let mut ending = Ending::Done;
    let mut text = String::new();
    let mut lines: Vec<RunLine> = Vec::new();
    for (opened, document) in workflow::open(planned, &options)?.into_iter().zip(chosen) {
        let start = Instant::now();
        let mut ended = opened.run(&options, &mut Bar::new(options.jobs))?;
        while let Ended::Complete(run) = &ended
            && let Some(look) = run.next_look()
        {
            let undecided = run.findings.iter().filter(|f| f.verdict.is_undecided()).count();
            let name = &run.planned.plan.resolved.experiment;
            if args.budget.is_some_and(|budget| start.elapsed() >= budget) {
                advise!(
                    "{name}: the budget has ended with {} undecided; the next look has {} replicates",
                    count(undecided, "claim"),
                    look.replicates
                );
                break;
            }
            advise!(
                "{name}: {} undecided: next look at {} replicates",
                count(undecided, "claim"),
                look.replicates
            );
            let overrides = Overrides { look: Some(look), ..overrides.clone() };
            let mut next = workflow::resolve(experiments, document, &args.profile, &overrides, &args.only)?;
            args.permission.grant(&mut next.plan.resolved)?;
            // The folder is locked as long as the run lives.
            drop(ended);
            let options = Options { mode: Mode { fresh: false, ..options.mode }, ..options };
            ended = workflow::run(next, &options, &mut Bar::new(options.jobs))?;
        }
        match ended {
            Ended::Complete(run) => {
                text.push_str(&conclude(&run, args.strict, &mut ending)?);
                lines.push(RunLine::of(&run, start.elapsed()));
            }
            Ended::Shard => {}
            Ended::Interrupted => {
                ending = Ending::Interrupted;
                break;
            }
        }
    }
    if lines.len() > 1 {
        text.push_str(&run_table(&lines));
        if let Some(page) = write_index(experiments, &args.out)? {
            text.push_str(&format!("\nall runs: {}\n", page.display()));
        }
        text.extend(explain_troubles(&lines));
    }
    say().write_all(text.as_bytes())?;
    Ok(ending)
}
