//! The numbers of a config as the present code gives them: stored ones where they are, else measured now.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use remeasure_harness::baseline::Snapshot;
use remeasure_harness::config::Overrides;
use remeasure_harness::journal::{Journal, Lock, Mode, Session, survey};
use remeasure_harness::plan::Plan;
use remeasure_harness::registry::Host;
use remeasure_harness::run::Shard;
use remeasure_harness::storage;

use super::run::{Ready, folder_name, run_one};
use super::{Changes, Ending, RunArgs};

impl RunArgs {
    /// Everything as the config has it, with results in `out`.
    fn plain(out: PathBuf) -> Self {
        Self {
            experiments: Vec::new(),
            profile: String::new(),
            config: None,
            changes: Changes { set: Vec::new(), replicates: None, seed: None },
            only: Vec::new(),
            jobs: None,
            out,
            strict: false,
            fresh: false,
            mix: false,
            isolate: false,
            time_limit: None,
            memory: None,
            shard: None,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct MeasureArgs {
    /// Use this config file instead of a shipped one
    #[arg(long, value_name = "FILE", conflicts_with = "experiments")]
    pub(super) config: Option<PathBuf>,
    /// Folder of the results: DIR/EXP/baseline/ beside DIR/EXP/PROFILE/
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) out: PathBuf,
    /// Threads; the numbers do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Run trials in worker processes, see `run`
    #[arg(long)]
    pub(super) isolate: bool,
    /// Add nothing to DIR/history.csv
    #[arg(long)]
    pub(super) no_history: bool,
}

/// Ends the name of the folder that a check makes beside a run of another code or config, which it
/// leaves as it is.
const BESIDE: &str = "-check";

/// A run of the present code that is complete.
pub(super) struct Current<'a> {
    pub(super) plan: Plan<'a>,
    pub(super) snapshot: Snapshot,
    pub(super) folder: PathBuf,
}

/// Whether the run in `folder` can be used or gone on with: nothing in the way, or nothing left to do.
fn sound(folder: &Path, plan: &Plan<'_>, session: &Session) -> Result<bool> {
    let found = survey(folder, plan, session, false)?;
    Ok(found.is_none_or(|s| s.conflict.is_none() || s.coverage.done() == plan.trials()))
}

/// The run of `plan`; `None` when it was interrupted.
pub(super) fn current<'a>(
    plan: Plan<'a>,
    experiment: Host<'a>,
    overrides: &Overrides,
    args: &MeasureArgs,
) -> Result<Option<Current<'a>>> {
    let jobs =
        args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, Into::into), usize::from);
    let mut name = folder_name(&plan, overrides.change_settings(), &[]);
    let runs = args.out.join(&plan.resolved.experiment);
    let session = |name: &str| Session::of(&plan, experiment.family.metrics(), &[], name);
    let mut mode = Mode::default();
    if !sound(&runs.join(&name), &plan, &session(&name)?)? {
        name.push_str(BESIDE);
        mode.fresh = !sound(&runs.join(&name), &plan, &session(&name)?)?;
    }
    let folder = runs.join(&name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let lock = Lock::take(&folder)?;
    let mut session = session(&name)?;
    session.jobs = jobs;
    let journal = Journal::open(&folder, &plan, session, mode)?;
    let mut ready = Ready { plan, experiment, folder, shard: Shard::WHOLE, journal, _lock: lock };
    // What is wrong with the fits is for the caller to judge.
    let mut ending = Ending::default();
    let args = RunArgs { isolate: args.isolate, jobs: args.jobs, ..RunArgs::plain(args.out.clone()) };
    let Some(made) = run_one(&mut ready, &args, jobs, &mut ending)? else { return Ok(None) };
    let store = storage::load(&ready.folder, &ready.plan)?;
    let snapshot = Snapshot::of(&store, &made.findings);
    Ok(Some(Current { plan: ready.plan, snapshot, folder: ready.folder }))
}
