//! From a plan to a run that is complete.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_core::family::Outcome;

use super::{Planned, shard_folder};
use crate::claims::{Finding, Verdict, judge};
use crate::isolate::Isolation;
use crate::journal::{Journal, Lock, Mode, Recovery};
use crate::memory::{self, Watch};
use crate::plan::Plan;
use crate::provenance::{Code, Hardware, MANIFEST, Manifest, now};
use crate::records::Store;
use crate::report;
use crate::run::{Execution, RunEnd, Shard, execute};
use crate::storage::write_files;

/// Where and how trials are run.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// Folder of all results; a run is in `out/EXPERIMENT/NAME`.
    pub out: &'o Path,
    /// Threads; the numbers do not depend on it.
    pub jobs: usize,
    /// Only this share of the trials, to be merged later.
    pub shard: Option<Shard>,
    /// How to treat what is stored.
    pub mode: Mode,
    /// Whether to run trials in worker processes: copies of this program, which must serve
    /// [`crate::isolate::WORKER`] as the program `remeasure` does.
    pub isolate: bool,
    /// Whether to stop when the trials in flight are done.
    pub stop: &'o (dyn Fn() -> bool + Sync),
}

impl<'o> Options<'o> {
    /// All trials in this process on all cores, results in `out`.
    #[must_use]
    pub fn new(out: &'o Path) -> Self {
        let jobs = std::thread::available_parallelism().map_or(1, Into::into);
        Self { out, jobs, shard: None, mode: Mode::default(), isolate: false, stop: &|| false }
    }
}

/// Follows a run. `()` does not.
pub trait Progress {
    /// The trials of a run begin.
    fn begin(&mut self, _: &Opened<'_>) {}
    /// So many trials have been run since it began.
    fn advance(&mut self, _trials: usize) {}
    /// The trials have ended; `None` for an error.
    fn end(&mut self, _: Option<&RunEnd>) {}
}

impl Progress for () {}

/// A run whose folder is locked and whose journal is open.
pub struct Opened<'a> {
    /// What it runs.
    pub planned: Planned<'a>,
    /// Its share of the trials.
    pub shard: Option<Shard>,
    folder: PathBuf,
    journal: Journal,
    lock: Lock,
}

/// What came of a run.
pub enum Ended<'a> {
    /// All trials are done.
    Complete(Box<Run<'a>>),
    /// All trials of a shard are done.
    Shard,
    /// It was stopped; what was finished is kept.
    Interrupted,
}

/// A run that is complete: what was measured and what follows for the claims. Its folder stays locked
/// while the value lives, unless it was read with [`super::stored`].
pub struct Run<'a> {
    /// What was run.
    pub planned: Planned<'a>,
    /// Where its files are.
    pub folder: PathBuf,
    /// Where its numbers came from.
    pub manifest: Manifest,
    /// What was measured.
    pub store: Store,
    /// One finding per claim.
    pub findings: Vec<Finding>,
    pub(super) _lock: Option<Lock>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        planned: Planned<'a>,
        folder: PathBuf,
        manifest: Manifest,
        store: Store,
        lock: Option<Lock>,
    ) -> Self {
        let findings = judge(&store, &planned.plan.resolved.claims(), planned.family().curves());
        Self { planned, folder, manifest, store, findings, _lock: lock }
    }

    /// Writes what follows from a journal that has all trials.
    pub(super) fn conclude(
        planned: Planned<'a>,
        folder: PathBuf,
        journal: &Journal,
        manifest: Manifest,
        lock: Lock,
    ) -> Result<Self> {
        let store = write_files(&folder, &planned.plan, planned.family().metrics(), journal)?;
        manifest.write(&folder)?;
        Ok(Self::new(planned, folder, manifest, store, Some(lock)))
    }

    /// Whether any claim is contradicted.
    #[must_use]
    pub fn contradicted(&self) -> bool {
        self.findings.iter().any(|f| matches!(f.verdict, Verdict::Contradicted))
    }

    /// Whether any fit did not end well; one that the config leaves out has not begun.
    #[must_use]
    pub fn troubled(&self) -> bool {
        self.store.outcomes.iter().any(|o| !matches!(o.outcome, Outcome::Ok | Outcome::Skipped(_)))
    }

    /// Writes its report into a folder, which may be another than its own.
    pub(crate) fn report_into(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let run = report::Finished {
            plan: &self.planned.plan,
            experiment: self.planned.experiment,
            folder: &self.folder,
            manifest: &self.manifest,
            store: &self.store,
            findings: &self.findings,
        };
        report::write(&run, folder)
    }

    /// Whether its folder has the report of just these numbers and this config.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        !self.manifest.files.is_empty()
    }
}

/// Locks the folders of some runs and opens their journals: all or none.
///
/// # Errors
/// A folder that cannot be made or in which another process runs; a journal of another config or
/// code, unless the mode allows it.
pub fn open<'a>(planned: Vec<Planned<'a>>, options: &Options<'_>) -> Result<Vec<Opened<'a>>> {
    let mut locked = Vec::with_capacity(planned.len());
    for planned in planned {
        let run = planned.folder(options.out);
        let folder = options.shard.map_or_else(|| run.clone(), |shard| shard_folder(&run, shard));
        let lock = lock(&folder)?;
        locked.push((planned, folder, lock));
    }
    // Only when all folders are ours, as a fresh start forgets what is stored.
    let open = |(planned, folder, lock): (Planned<'a>, PathBuf, Lock)| {
        let mut session = planned.session()?;
        session.shard = options.shard.map(|s| s.to_string()).unwrap_or_default();
        session.jobs = options.jobs;
        let journal = Journal::open(&folder, &planned.plan, session, options.mode)?;
        Ok(Opened { planned, shard: options.shard, folder, journal, lock })
    };
    locked.into_iter().map(open).collect()
}

/// Makes a folder and locks it.
pub(super) fn lock(folder: &Path) -> Result<Lock> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    Lock::take(folder)
}

/// Runs the trials that are not stored yet, and writes the CSV files and the manifest.
///
/// # Errors
/// As for [`open`] and [`Opened::run`].
pub fn run<'a>(
    planned: Planned<'a>,
    options: &Options<'_>,
    progress: &mut dyn Progress,
) -> Result<Ended<'a>> {
    open(vec![planned], options)?.swap_remove(0).run(options, progress)
}

impl<'a> Opened<'a> {
    /// What the journal held when it was opened.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.journal.recovery
    }

    /// Number of trials, done or not.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.shard.unwrap_or(Shard::WHOLE).trials(self.planned.plan.trials())
    }

    /// How many of them were done when the journal was opened.
    #[must_use]
    pub fn done(&self) -> usize {
        self.journal.recovery.done.min(self.trials())
    }

    /// Runs the trials that the journal lacks. When all are there, writes the CSV files and the
    /// manifest and judges the claims; of a shard nothing is written but its journal.
    ///
    /// # Errors
    /// Threads or processes that cannot be started, and files that cannot be written: what was
    /// finished is kept.
    pub fn run(mut self, options: &Options<'_>, progress: &mut dyn Progress) -> Result<Ended<'a>> {
        progress.begin(&self);
        let plan = &self.planned.plan;
        let isolation = options.isolate.then(|| isolation(plan, options.jobs));
        let _watch = match (&isolation, plan.resolved.memory) {
            (None, Some(ceiling)) => Some(watch_memory(ceiling)?),
            _ => None,
        };
        let execution = Execution {
            jobs: options.jobs,
            shard: self.shard.unwrap_or(Shard::WHOLE),
            stop: options.stop,
            isolation: isolation.as_ref(),
        };
        let end = execute(plan, &mut self.journal, &execution, &mut |done| progress.advance(done));
        progress.end(end.as_ref().ok());
        let end = end.with_context(|| {
            format!(
                "{}: what was finished is kept; when the cause is gone, the same command goes on",
                self.folder.display()
            )
        })?;
        if end.trials > 0 {
            self.journal.sync()?;
        }
        let Self { planned, shard, folder, journal, lock } = self;
        match (end.interrupted, shard) {
            (true, None) => {
                // An earlier, smaller run in the folder stays whole until the larger one is.
                if !folder.join(MANIFEST).exists() {
                    write_files(&folder, &planned.plan, planned.family().metrics(), &journal)?;
                }
                Ok(Ended::Interrupted)
            }
            (true, Some(_)) => Ok(Ended::Interrupted),
            (false, Some(_)) => Ok(Ended::Shard),
            (false, None) => {
                let manifest = manifest(&folder, &planned, &journal, options.jobs, end.trials > 0)?;
                Ok(Ended::Complete(Box::new(Run::conclude(planned, folder, &journal, manifest, lock)?)))
            }
        }
    }
}

/// The manifest of a run that is complete. A run in which nothing was left to do keeps the one it has.
pub(super) fn manifest(
    folder: &Path,
    planned: &Planned<'_>,
    journal: &Journal,
    jobs: usize,
    anything_run: bool,
) -> Result<Manifest> {
    let resolved = &planned.plan.resolved;
    let new = Manifest {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        jobs,
        only: planned.only.clone(),
        started: journal.first_session().started.clone(),
        finished: now(),
        trials: planned.plan.trials(),
        config_hash: journal.session().config_hash.clone(),
        profile: resolved.profile.clone(),
        code: Code::of_this_binary(),
        records: String::new(),
        other_code: journal.other_code(),
        hardware: Hardware::here(),
        inputs: journal.session().inputs.clone(),
        files: BTreeMap::new(),
        config: toml::from_str(&resolved.to_toml())?,
    };
    if let (false, Ok(old)) = (anything_run, Manifest::read(folder))
        && (&old.config_hash, &old.only, &old.code) == (&new.config_hash, &new.only, &new.code)
    {
        // What was drawn with other figures and claims does not show these.
        let files = if old.config == new.config { old.files } else { BTreeMap::new() };
        return Ok(Manifest { config: new.config, files, ..old });
    }
    Ok(new)
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
