//! Runs the harness in the tests' own process, where thousands of runs take seconds.

use std::path::Path;

use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::journal::{Journal, Mode, Recovery, Session};
use remeasure::harness::plan::Plan;
use remeasure::harness::run::{Execution, RunEnd, Shard, execute};
use remeasure::harness::storage::write_files;

use crate::unruly::{METRICS, UNRULY};

/// The plan of a config.
pub(crate) fn plan(config: &str) -> Plan<'static> {
    let document = Document::parse("unruly.toml", config).unwrap();
    let resolved = document.resolve("quick", &Overrides::default()).unwrap();
    Plan::new(resolved, &UNRULY, &[]).unwrap()
}

/// The session that the program would use for a plan.
pub(crate) fn session(plan: &Plan<'_>) -> Session {
    Session::of(plan, METRICS, &[], "quick").unwrap()
}

/// Opens the journal in `folder` as the program does.
pub(crate) fn open(folder: &Path, plan: &Plan<'_>) -> anyhow::Result<Journal> {
    Journal::open(folder, plan, session(plan), Mode::default())
}

/// Continues the run in `folder` until `stop` returns true, and writes its CSV files.
pub(crate) fn go_on(
    folder: &Path,
    plan: &Plan<'_>,
    jobs: usize,
    stop: &(dyn Fn() -> bool + Sync),
) -> anyhow::Result<(Recovery, RunEnd)> {
    let mut journal = open(folder, plan)?;
    let execution = Execution { jobs, shard: Shard::WHOLE, stop, isolation: None };
    let end = execute(plan, &mut journal, &execution, &mut |_| ())?;
    write_files(folder, plan, METRICS, &journal)?;
    Ok((journal.recovery, end))
}

/// The CSV files of a run, apart from that with times.
pub(crate) fn results(folder: &Path) -> [Vec<u8>; 3] {
    ["records.csv", "outcomes.csv", "timings.csv"].map(|name| std::fs::read(folder.join(name)).unwrap())
}

/// A finished run: its journal and its CSV files.
pub(crate) fn finished(plan: &Plan<'_>) -> (Vec<u8>, [Vec<u8>; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let (_, end) = go_on(folder.path(), plan, 1, &|| false).unwrap();
    assert_eq!((end.trials, end.interrupted), (plan.trials(), false));
    (std::fs::read(folder.path().join("journal")).unwrap(), results(folder.path()))
}

/// Where the frames of a sound journal begin, and where the last one ends.
pub(crate) fn frames(journal: &[u8]) -> Vec<usize> {
    let mut bounds = vec![journal.iter().position(|b| *b == b'\n').unwrap() + 1];
    while let Some(head) = journal.get(bounds[bounds.len() - 1]..).filter(|rest| rest.len() >= 12) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        bounds.push(bounds[bounds.len() - 1] + 12 + length);
    }
    assert_eq!(bounds.last(), Some(&journal.len()));
    bounds
}

/// Fails unless the journal in a run's folder is valid throughout and contains all of `plan`.
pub(crate) fn sound_and_complete(folder: &Path, plan: &Plan<'_>) {
    let recovery = sound(folder, plan);
    assert_eq!(recovery.done, plan.trials());
}

/// Fails unless the journal in a run's folder is valid throughout; returns what it contains.
pub(crate) fn sound(folder: &Path, plan: &Plan<'_>) -> Recovery {
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join("journal"), copy.path().join("journal")).unwrap();
    let recovery = open(copy.path(), plan).unwrap().recovery;
    assert_eq!((recovery.torn, recovery.orphans), (0, 0));
    assert_eq!(recovery.damage, []);
    recovery
}
