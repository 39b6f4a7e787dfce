//! Reading a journal through: what it holds for a plan.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use remeasure_core::family::Row;

use super::entry::{ENDINGS, SESSION, TRIAL, Trial};
use super::frame::{self, Damage};
use super::ledger::{Coverage, Places, Positions};
use super::session::Session;
use super::{JOURNAL, PRELUDE};
use crate::plan::Plan;

/// How the metrics of a stored session are numbered now.
#[derive(Clone, Debug)]
pub(super) enum Metrics {
    /// As they are.
    Same,
    /// By this table; `None` for one that is gone.
    Moved(Vec<Option<u16>>),
    /// Not at all: the session's entries cannot be used.
    Unusable,
}

impl Metrics {
    /// How the metrics of `session` are numbered in `present`, and what conflicts there are.
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

    /// Numbers the metrics of a stored row as they are numbered now.
    pub(super) fn renumber(&self, row: &mut Row) {
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

/// What a journal holds for a plan.
pub(super) struct Contents {
    /// End of the last sound entry; 0 for an empty file.
    pub(super) end: u64,
    pub(super) torn: u64,
    pub(super) damage: Vec<Damage>,
    /// Entries whose session is not known.
    pub(super) orphans: usize,
    pub(super) sessions: Vec<Session>,
    /// By the session's id.
    pub(super) metrics: HashMap<u64, Metrics>,
    pub(super) coverage: Arc<Coverage>,
    pub(super) endings: [usize; ENDINGS.len()],
    pub(super) places: Places,
    /// Trials that conflict with the present config or code, and how.
    pub(super) conflict: Option<(usize, Vec<String>)>,
}

/// Checks the first line; returns where the frames begin.
pub(super) fn read_prelude(file: &mut File, path: &Path) -> Result<(u64, Option<Damage>)> {
    let mut first = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(PRELUDE.len() as u64).read_to_end(&mut first)?;
    let begin = PRELUDE.len() as u64;
    if first == PRELUDE {
        return Ok((begin, None));
    }
    if PRELUDE.starts_with(&first) {
        // Nothing yet, or killed while the line was written.
        return Ok((0, None));
    }
    let mut sound = 0;
    frame::scan(file, begin, &mut |_, _| {
        sound += 1;
        true
    })?;
    if sound == 0 {
        bail!(
            "{} is no journal of this version of remeasure; move it away, or give another --out",
            path.display()
        );
    }
    Ok((begin, Some(Damage { offset: 0, length: begin })))
}

impl Contents {
    /// Reads a journal through. Entries of sessions that conflict with `present` are used only
    /// if `mix` says so and their data are the same.
    pub(super) fn read(
        file: &mut File,
        path: &Path,
        plan: &Plan<'_>,
        positions: &Positions,
        present: &Session,
        mix: bool,
    ) -> Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        let (begin, damaged) = read_prelude(file, path)?;
        let mut contents = Self {
            end: begin,
            torn: 0,
            damage: damaged.into_iter().collect(),
            orphans: 0,
            sessions: Vec::new(),
            metrics: HashMap::new(),
            coverage: Arc::default(),
            endings: [0; ENDINGS.len()],
            places: Places::new(plan.trials()),
            conflict: None,
        };
        if begin == 0 {
            contents.coverage = Arc::new(positions.coverage(plan));
            contents.torn = file.metadata().with_context(cannot)?.len();
            return Ok(contents);
        }
        let mut coverage = positions.coverage(plan);
        let id = present.id()?;
        let mut conflicts: HashMap<u64, Vec<String>> = HashMap::new();
        let mut conflicting = 0;
        let mut stale = Vec::new();
        let scan = frame::scan(file, begin, &mut |offset, payload| match payload.split_first() {
            Some((&SESSION, text)) => {
                let Some(session) = Session::read(text) else { return false };
                let Ok(its) = session.id() else { return false };
                let (metrics, its_conflicts) = Metrics::of(&session, its == id, plan, present, mix);
                contents.metrics.insert(its, metrics);
                conflicts.insert(its, its_conflicts);
                contents.sessions.push(session);
                true
            }
            Some((&TRIAL, rest)) => {
                let Some(entry) = Trial::read(rest) else { return false };
                let (key, trial) = (entry.key, positions.trial(&entry));
                let Some(rows) = entry.rows() else { return false };
                match contents.metrics.get(&key.session) {
                    None if key.session != id => contents.orphans += 1,
                    Some(Metrics::Unusable) => {
                        conflicting += usize::from(trial.is_some());
                        if stale.is_empty() {
                            stale.clone_from(&conflicts[&key.session]);
                        }
                    }
                    _ => {
                        if let Some(trial) = trial
                            && positions.note(&mut coverage, &mut contents.endings, trial, &rows)
                        {
                            contents.places.add(trial, offset);
                        }
                    }
                }
                true
            }
            _ => false,
        })
        .with_context(cannot)?;
        contents.coverage = Arc::new(coverage);
        contents.end = scan.end;
        contents.torn = scan.torn;
        contents.damage.extend(scan.damage);
        contents.conflict = (conflicting > 0).then_some((conflicting, stale));
        Ok(contents)
    }
}

/// Puts the rows of a payload where the plan wants them; `None` if the payload makes no sense.
pub(super) fn rows(
    payload: &[u8],
    contents: &Contents,
    positions: &Positions,
    into: &mut [Option<Row>],
) -> Option<()> {
    let (_, rest) = payload.split_first()?;
    let entry = Trial::read(rest)?;
    let session = entry.key.session;
    for stored in entry.rows()? {
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

/// What a journal holds, without touching it.
#[derive(Clone, Debug)]
pub struct Survey {
    /// What is done for the plan.
    pub coverage: Arc<Coverage>,
    /// How many fits ended how, by the words of `outcomes.csv`.
    pub endings: Vec<(&'static str, usize)>,
    /// The sessions that wrote into it.
    pub sessions: Vec<Session>,
    /// Damage found.
    pub damage: Vec<Damage>,
    /// Bytes of an unfinished entry at the end.
    pub torn: u64,
    /// Entries whose session was lost to damage.
    pub orphans: usize,
    /// What keeps it from being continued: trials stored, and what changed.
    pub conflict: Option<(usize, Vec<String>)>,
}

/// Opens a folder's journal for reading; `None` where there is none.
pub(super) fn open(folder: &Path) -> Result<Option<File>> {
    let path = folder.join(JOURNAL);
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Reads a folder's journal for `plan` as `session` would find it, with `--mix` or without; `None`
/// where there is none.
///
/// # Errors
/// A file that cannot be read or is no journal.
pub fn survey(folder: &Path, plan: &Plan<'_>, session: &Session, mix: bool) -> Result<Option<Survey>> {
    let Some(mut file) = open(folder)? else { return Ok(None) };
    let positions = Positions::of(plan);
    let contents = Contents::read(&mut file, &folder.join(JOURNAL), plan, &positions, session, mix)?;
    Ok(Some(Survey {
        coverage: contents.coverage,
        endings: ENDINGS.into_iter().zip(contents.endings).collect(),
        sessions: contents.sessions,
        damage: contents.damage,
        torn: contents.torn,
        orphans: contents.orphans,
        conflict: contents.conflict,
    }))
}

/// The sessions that wrote into a folder's journal; `None` where there is no journal.
///
/// # Errors
/// A file that cannot be read or is no journal.
pub fn sessions(folder: &Path) -> Result<Option<Vec<Session>>> {
    let Some(mut file) = open(folder)? else { return Ok(None) };
    let (begin, _) = read_prelude(&mut file, &folder.join(JOURNAL))?;
    let mut found = Vec::new();
    frame::scan(&mut file, begin, &mut |_, payload| {
        if let Some((&SESSION, text)) = payload.split_first() {
            found.extend(Session::read(text));
        }
        true
    })
    .with_context(|| format!("cannot read {}", folder.join(JOURNAL).display()))?;
    Ok(Some(found))
}
