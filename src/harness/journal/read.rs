//! Reads a journal and finds what it holds for a plan.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use remeasure_core::family::FitRecord;

use super::entry::{ENDINGS, SESSION, TRIAL, Trial};
use super::frame::{self, Damage, Scan};
use super::ledger::{Coverage, Places, Positions};
use super::session::Session;
use super::{JOURNAL, PRELUDE};
use crate::plan::Plan;

/// How the metrics of a stored session are numbered now.
#[derive(Clone, Debug)]
pub(super) enum Metrics {
    /// As they are.
    Same,
    /// By this table; `None` for a metric that no longer exists.
    Moved(Vec<Option<u16>>),
    /// The session's entries cannot be used.
    Unusable,
}

impl Metrics {
    /// The numbering of `session`'s metrics in `present`, and descriptions of the conflicts.
    pub(super) fn of(
        session: &Session,
        same: bool,
        plan: &Plan<'_>,
        present: &Session,
        mix: bool,
    ) -> (Self, Vec<String>) {
        let comparison = present.compare(&plan.resolved, session);
        let usable = comparison.conflicts.is_empty() || mix && comparison.same_data;
        let metrics = match (same, usable) {
            (true, _) => Self::Same,
            (_, true) => Self::Moved(comparison.metrics),
            (_, false) => Self::Unusable,
        };
        (metrics, comparison.conflicts)
    }

    /// Renumbers the metrics of a stored row, dropping those that no longer exist.
    pub(super) fn renumber(&self, row: &mut FitRecord) {
        let Self::Moved(table) = self else { return };
        row.measured.retain_mut(|m| match table.get(m.metric as usize) {
            Some(Some(now)) => {
                m.metric = *now;
                true
            }
            _ => false,
        });
    }
}

/// The contents of a journal for a plan.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The rows that it has.
    pub coverage: Arc<Coverage>,
    /// Number of fits by outcome, with the words of `outcomes.csv`.
    pub endings: Vec<(&'static str, usize)>,
    /// The sessions that wrote into it.
    pub sessions: Vec<Session>,
    /// Damage found.
    pub damage: Vec<Damage>,
    /// Bytes of an incomplete entry at the end.
    pub torn: u64,
    /// Entries whose session was lost to damage.
    pub orphans: usize,
    /// Why it cannot be resumed: the number of conflicting trials, and what changed.
    pub conflict: Option<(usize, Vec<String>)>,
    /// End of the last sound entry; 0 for an empty file.
    pub(super) end: u64,
    /// By the session's id.
    pub(super) metrics: HashMap<u64, Metrics>,
    pub(super) places: Places,
}

/// An entry of a journal.
pub(super) enum Entry<'a> {
    /// Config and code of entries.
    Session(Box<Session>),
    /// The rows of one trial.
    Trial(Trial<'a>),
}

impl<'a> Entry<'a> {
    /// Reads a payload; `None` if it is malformed.
    pub(super) fn read(payload: &'a [u8]) -> Option<Self> {
        match payload.split_first()? {
            (&SESSION, text) => Session::read(text).map(|session| Self::Session(Box::new(session))),
            (&TRIAL, rest) => Trial::read(rest).map(Self::Trial),
            _ => None,
        }
    }
}

/// Checks the first line; returns where the frames begin.
fn read_prelude(file: &mut File, path: &Path) -> Result<(u64, Option<Damage>)> {
    let mut first = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(PRELUDE.len() as u64).read_to_end(&mut first)?;
    let begin = PRELUDE.len() as u64;
    if first == PRELUDE {
        return Ok((begin, None));
    }
    if PRELUDE.starts_with(&first) {
        // The file is empty, or the process was killed while writing the line.
        return Ok((0, None));
    }
    let mut sound = 0;
    frame::scan(file, begin, &mut |_, _| {
        sound += 1;
        true
    })?;
    if sound == 0 && first.iter().all(|byte| *byte == 0) {
        // The file had grown before a power failure, but none of its contents were written.
        return Ok((0, None));
    }
    if sound == 0 {
        bail!(
            "{} is not a journal of this version of remeasure; move it away, or give another --out",
            path.display()
        );
    }
    Ok((begin, Some(Damage { offset: 0, length: begin })))
}

/// Reads all entries, each with its offset; malformed ones count as damage. The end is 0 if nothing has
/// been written yet.
pub(super) fn entries(file: &mut File, path: &Path, each: &mut dyn FnMut(u64, Entry<'_>)) -> Result<Scan> {
    let cannot = || format!("cannot read {}", path.display());
    let (begin, damaged) = read_prelude(file, path)?;
    if begin == 0 {
        return Ok(Scan { torn: file.metadata().with_context(cannot)?.len(), ..Scan::default() });
    }
    let mut scan = frame::scan(file, begin, &mut |offset, payload| {
        Entry::read(payload).map(|entry| each(offset, entry)).is_some()
    })
    .with_context(cannot)?;
    scan.damage.splice(0..0, damaged);
    Ok(scan)
}

impl Survey {
    /// Reads a journal. Entries of sessions that conflict with `present` are used only with `mix`, and only
    /// if their data are the same.
    pub(super) fn read(
        file: &mut File,
        path: &Path,
        plan: &Plan<'_>,
        positions: &Positions,
        present: &Session,
        mix: bool,
    ) -> Result<Self> {
        let (mut metrics, mut sessions): (HashMap<u64, Metrics>, Vec<Session>) = Default::default();
        let (mut places, mut endings, mut orphans) = (Places::new(plan.trials()), [0; ENDINGS.len()], 0);
        let mut coverage = positions.coverage(plan);
        let id = present.id()?;
        let mut conflicts: HashMap<u64, Vec<String>> = HashMap::new();
        let mut conflicting = 0;
        let mut stale = Vec::new();
        let scan = entries(file, path, &mut |offset, entry| match entry {
            Entry::Session(session) => {
                let Ok(its) = session.id() else { return };
                let (numbering, its_conflicts) = Metrics::of(&session, its == id, plan, present, mix);
                metrics.insert(its, numbering);
                conflicts.insert(its, its_conflicts);
                sessions.push(*session);
            }
            Entry::Trial(entry) => {
                let (session, trial) = (entry.key.session, positions.trial(&entry));
                match metrics.get(&session) {
                    None if session != id => orphans += 1,
                    Some(Metrics::Unusable) => {
                        conflicting += usize::from(trial.is_some());
                        if stale.is_empty() {
                            stale.clone_from(&conflicts[&session]);
                        }
                    }
                    _ => {
                        if let Some(trial) = trial
                            && positions.note(&mut coverage, &mut endings, trial, &entry.rows)
                        {
                            places.add(trial, offset);
                        }
                    }
                }
            }
        })?;
        Ok(Self {
            coverage: Arc::new(coverage),
            endings: ENDINGS.into_iter().zip(endings).collect(),
            sessions,
            damage: scan.damage,
            torn: scan.torn,
            orphans,
            conflict: (conflicting > 0).then_some((conflicting, stale)),
            end: scan.end,
            metrics,
            places,
        })
    }
}

/// Puts the rows of a payload at their positions in the plan; `None` if the payload is malformed.
pub(super) fn rows(
    payload: &[u8],
    contents: &Survey,
    positions: &Positions,
    into: &mut [Option<FitRecord>],
) -> Option<()> {
    let Entry::Trial(entry) = Entry::read(payload)? else { return None };
    let session = entry.key.session;
    for stored in entry.rows {
        for position in positions.of_row(&stored) {
            let mut row = stored.row()?;
            if let Some(metrics) = contents.metrics.get(&session) {
                metrics.renumber(&mut row);
            }
            into[position] = Some(row);
        }
    }
    Some(())
}

/// Opens a folder's journal for reading; `None` if there is none.
pub(super) fn open(folder: &Path) -> Result<Option<File>> {
    let path = folder.join(JOURNAL);
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Reads a folder's journal for `plan` as `session` would, with `--mix` or without; `None` if there is no
/// journal.
///
/// # Errors
/// If the file cannot be read or is not a journal.
pub fn survey(folder: &Path, plan: &Plan<'_>, session: &Session, mix: bool) -> Result<Option<Survey>> {
    let Some(mut file) = open(folder)? else { return Ok(None) };
    let positions = Positions::of(plan);
    Survey::read(&mut file, &folder.join(JOURNAL), plan, &positions, session, mix).map(Some)
}

/// The sessions that wrote into a folder's journal; `None` if there is no journal.
///
/// # Errors
/// If the file cannot be read or is not a journal.
pub fn sessions(folder: &Path) -> Result<Option<Vec<Session>>> {
    let Some(mut file) = open(folder)? else { return Ok(None) };
    let mut found = Vec::new();
    entries(&mut file, &folder.join(JOURNAL), &mut |_, entry| {
        if let Entry::Session(session) = entry {
            found.push(*session);
        }
    })?;
    Ok(Some(found))
}
