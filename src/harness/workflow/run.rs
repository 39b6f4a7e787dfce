//! Runs a plan to completion.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_core::advise;
use remeasure_core::family::Outcome;
use remeasure_external::{self as external, Terms};

use super::{Planned, shard_folder};
use crate::claims::{Finding, Verdict, judge, judge_looks};
use crate::config::Look;
use crate::isolate::Isolation;
use crate::journal::{Journal, Lock, Mode, Recovery};
use crate::memory::{self, Watch};
use crate::plan::Plan;
use crate::provenance::{Code, Hardware, MANIFEST, Manifest, now};
use crate::records::Store;
use crate::report;
use crate::run::{Execution, RunEnd, Shard, execute};
use crate::storage::write_files;

/// File in a run's folder to which commands of its config write their standard error.
const COMMANDS_LOG: &str = "commands.log";

/// Where and how trials are run.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// Folder of all results; a run is in `out/EXPERIMENT/NAME`.
    pub out: &'o Path,
    /// Number of threads; the numbers do not depend on it.
    pub jobs: usize,
    /// Run only this shard of the trials, to be merged later.
    pub shard: Option<Shard>,
    /// How to treat stored trials.
    pub mode: Mode,
    /// Whether to run trials in worker processes. These are copies of the current program, which must
    /// handle the argument [`crate::isolate::WORKER`] as `remeasure` does.
    pub isolate: bool,
    /// Returns whether to stop after the trials in progress.
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

/// Receives the progress of a run; `()` ignores it.
pub trait Progress {
    /// The trials of a run begin.
    fn begin(&mut self, _: &Opened<'_>) {}
    /// Called with the number of trials run so far.
    fn advance(&mut self, _trials: usize) {}
    /// The trials have ended; `None` after an error.
    fn end(&mut self, _: Option<&RunEnd>) {}
}

impl Progress for () {}

/// A run whose folder is locked and whose journal is open.
pub struct Opened<'a> {
    /// What it runs.
    pub planned: Planned<'a>,
    /// Its shard of the trials; `None` for all.
    pub shard: Option<Shard>,
    folder: PathBuf,
    journal: Journal,
    lock: Lock,
}

/// Result of a run.
pub enum Ended<'a> {
    /// All trials are done.
    Complete(Box<Run<'a>>),
    /// All trials of a shard are done.
    Shard,
    /// The run was stopped; finished trials are kept.
    Interrupted,
}

/// A complete run: its measurements and findings. Its folder stays locked while the value lives, unless
/// it was read with [`super::stored`].
pub struct Run<'a> {
    /// What was run.
    pub planned: Planned<'a>,
    /// The folder of its files.
    pub folder: PathBuf,
    /// The provenance of its numbers.
    pub manifest: Manifest,
    /// The measurements.
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
        mut store: Store,
        lock: Option<Lock>,
    ) -> Self {
        let events = planned.family().metrics().iter().filter(|m| m.event);
        store.events = events.map(|m| m.name.to_owned()).collect();
        let (resolved, curves) = (&planned.plan.resolved, planned.family().curves());
        let findings = match resolved.looks {
            Some(looks) => judge_looks(&store, &resolved.claims(), curves, looks),
            None => judge(&store, &resolved.claims(), curves),
        };
        Self { planned, folder, manifest, store, findings, _lock: lock }
    }

    /// Writes the CSV files and the manifest of a journal that has all trials.
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

    /// The next look, if the profile plans one and a claim is undecided.
    #[must_use]
    pub fn next_look(&self) -> Option<Look> {
        self.planned.plan.resolved.looks?.after(&self.store, &self.findings)
    }

    /// Whether any claim is contradicted.
    #[must_use]
    pub fn contradicted(&self) -> bool {
        self.findings.iter().any(|f| matches!(f.verdict, Verdict::Contradicted))
    }

    /// Whether any fit failed, timed out or did not converge. Fits that the config skips do not count.
    #[must_use]
    pub fn troubled(&self) -> bool {
        self.store.outcomes.iter().any(|o| !matches!(o.outcome, Outcome::Ok | Outcome::Skipped(_)))
    }

    /// Writes its report into `folder`, which need not be its own.
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

    /// Whether its folder has the report of exactly these numbers and this config.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        !self.manifest.files.is_empty()
    }
}

/// Locks the folders of all runs and opens their journals: all or none.
///
/// # Errors
/// If a folder cannot be created or another process runs in it, or if a journal is of another config or
/// code and the mode does not allow it.
pub fn open<'a>(planned: Vec<Planned<'a>>, options: &Options<'_>) -> Result<Vec<Opened<'a>>> {
    let mut locked = Vec::with_capacity(planned.len());
    for planned in planned {
        let run = planned.folder(options.out);
        let folder = options.shard.map_or_else(|| run.clone(), |shard| shard_folder(&run, shard));
        let lock = lock(&folder)?;
        locked.push((planned, folder, lock));
    }
    // Only once all folders are locked: a fresh start discards stored trials.
    let open = |(planned, folder, lock): (Planned<'a>, PathBuf, Lock)| {
        let mut session = planned.session()?;
        session.shard = options.shard.map(|s| s.to_string()).unwrap_or_default();
        session.jobs = options.jobs;
        let journal = Journal::open(&folder, &planned.plan, session, options.mode)?;
        Ok(Opened { planned, shard: options.shard, folder, journal, lock })
    };
    locked.into_iter().map(open).collect()
}

/// Creates a folder and locks it.
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
    /// What was found when the journal was opened.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.journal.recovery
    }

    /// Number of its trials, done or not.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.shard.unwrap_or(Shard::WHOLE).trials(self.planned.plan.trials())
    }

    /// Number of trials that were done when the journal was opened.
    #[must_use]
    pub fn done(&self) -> usize {
        self.journal.recovery.done.min(self.trials())
    }

    /// Runs the trials that the journal lacks. When all are done, writes the CSV files and the manifest
    /// and judges the claims; for a shard, writes only its journal.
    ///
    /// # Errors
    /// If threads or processes cannot be started or files cannot be written; finished trials are kept.
    pub fn run(mut self, options: &Options<'_>, progress: &mut dyn Progress) -> Result<Ended<'a>> {
        progress.begin(&self);
        let plan = &self.planned.plan;
        let log = self.folder.join(COMMANDS_LOG);
        let isolation = options.isolate.then(|| isolation(plan, options.jobs, &log));
        if external::is_allowed() {
            if options.mode.fresh {
                // There may be none.
                let _ = std::fs::remove_file(&log);
            }
            let memory = plan.resolved.memory.map(|bytes| bytes / options.jobs as u64);
            external::allow(Terms { log: Some(log), memory });
        }
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
                "{}: finished trials are kept; when the cause is fixed, run the same command to resume",
                self.folder.display()
            )
        })?;
        if end.trials > 0 {
            self.journal.sync()?;
        }
        let Self { planned, shard, folder, journal, lock } = self;
        match (end.interrupted, shard) {
            (true, None) => {
                // The files of an earlier, smaller run in the folder are kept until the larger run is complete.
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

/// The manifest of a complete run. If nothing was left to run, the old manifest is kept.
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
        config_file: resolved.file.display().to_string(),
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
        // Files drawn with other figures and claims are out of date.
        let files = if old.config == new.config { old.files } else { BTreeMap::new() };
        return Ok(Manifest { config: new.config, files, ..old });
    }
    Ok(new)
}

/// Ends the process when it uses more than `ceiling` bytes, as a single thread cannot be killed.
fn watch_memory(ceiling: u64) -> Result<Watch> {
    Watch::start(ceiling, move |used| {
        advise!(
            "\nerror: the run uses {}, more than its limit of {}; finished trials are kept. Resume with fewer \
             --jobs, a higher `memory` in [limits] (or --memory), or --isolate, which ends only the fit",
            memory::text(used),
            memory::text(ceiling)
        );
        std::process::exit(2);
    })
    .context("cannot watch the memory")
}

/// Settings of worker processes, which share the run's memory limit evenly; by default 90 % of the free memory.
fn isolation(plan: &Plan<'_>, jobs: usize, log: &Path) -> Isolation {
    let ceiling = plan.resolved.memory.or_else(|| memory::available().map(|free| free / 10 * 9));
    Isolation {
        config: plan.resolved.to_toml(),
        file: plan.resolved.file.clone(),
        profile: plan.resolved.profile.clone(),
        memory: ceiling.map(|bytes| bytes / jobs as u64),
        commands: external::is_allowed().then(|| log.to_owned()),
    }
}
