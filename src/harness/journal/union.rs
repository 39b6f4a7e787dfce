//! Reads the journals of shards as one, and writes them as one.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_core::family::FitRecord;

use super::entry::{SESSION, Stored};
use super::frame::{self, Reader};
use super::ledger::{Coverage, Places, Positions};
use super::read::{Entry, Metrics, entries, open};
use super::session::Session;
use super::{JOURNAL, PRELUDE, Recovery};
use crate::compare;
use crate::files::AtomicFile;
use crate::plan::Plan;

/// Rows of the same trial and estimator in two journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The two folders.
    pub folders: [PathBuf; 2],
    /// The first trial.
    pub trial: usize,
    /// Number of rows in both.
    pub rows: usize,
    /// Number of rows whose numbers differ.
    pub differing: usize,
}

struct Part {
    folder: PathBuf,
    /// Offset of its bytes if all journals were concatenated.
    base: u64,
}

/// Several journals for one plan. Only the position of each trial is kept in memory.
pub struct Union {
    sources: Vec<Part>,
    sessions: Vec<Session>,
    metrics: HashMap<u64, Metrics>,
    places: Places,
    coverage: Coverage,
    /// Rows that occur in two journals.
    pub overlaps: Vec<Overlap>,
    /// Damage, by folder.
    pub recoveries: Vec<(PathBuf, Recovery)>,
    /// Entries that conflict with the present config or code: a folder, their number, and the differences.
    pub conflict: Option<(PathBuf, usize, Vec<String>)>,
}

/// The contribution of one journal.
struct Addition<'u> {
    union: &'u mut Union,
    positions: &'u Positions,
    index: usize,
    own: Coverage,
    readers: HashMap<usize, Reader>,
}

impl Union {
    /// Reads the journals of `folders`, each with its sessions, in this order.
    ///
    /// # Errors
    /// If files cannot be read or are not journals.
    pub fn read(
        folders: &[(PathBuf, Vec<Session>)],
        plan: &Plan<'_>,
        present: &Session,
        mix: bool,
    ) -> Result<Self> {
        let id = present.id()?;
        let positions = Positions::of(plan);
        let mut union = Self {
            sources: Vec::new(),
            sessions: Vec::new(),
            metrics: HashMap::new(),
            places: Places::new(plan.trials()),
            coverage: Coverage::new(plan.trials(), plan.wanted.len()),
            overlaps: Vec::new(),
            recoveries: Vec::new(),
            conflict: None,
        };
        // Known before any entry is read: a session's text may be damaged in one journal only.
        let mut known: HashMap<u64, (Session, Vec<String>)> = HashMap::new();
        for session in folders.iter().flat_map(|(_, sessions)| sessions) {
            let its = session.id()?;
            let (metrics, conflicts) = Metrics::of(session, its == id, plan, present, mix);
            union.metrics.insert(its, metrics);
            let (first, _) = known.entry(its).or_insert_with(|| (session.of_no_shard(), conflicts));
            if session.started < first.started {
                first.started.clone_from(&session.started);
            }
        }
        let mut base = 0;
        for (index, (folder, _)) in folders.iter().enumerate() {
            union.sources.push(Part { folder: folder.clone(), base });
            let Some(mut file) = open(folder)? else { continue };
            let mut addition = Addition {
                own: Coverage::new(plan.trials(), plan.wanted.len()),
                union: &mut union,
                positions: &positions,
                index,
                readers: HashMap::new(),
            };
            let mut stale: HashMap<u64, usize> = HashMap::new();
            let recovery = addition.read(&mut file, &folder.join(JOURNAL), &mut stale)?;
            let own = addition.own;
            union.coverage.join(&own);
            union.recoveries.push((folder.clone(), recovery));
            if let (None, Some((its, entries))) =
                (&union.conflict, stale.into_iter().max_by_key(|s| (s.1, s.0)))
            {
                union.conflict = Some((folder.clone(), entries, known[&its].1.clone()));
            }
            base += file.metadata()?.len();
        }
        let usable = |its: &u64| !matches!(union.metrics.get(its), Some(Metrics::Unusable));
        let mut sessions: Vec<(u64, Session)> = known
            .into_iter()
            .filter(|(its, _)| usable(its))
            .map(|(its, (session, _))| (its, session))
            .collect();
        sessions.sort_by(|a, b| (&a.1.started, a.0).cmp(&(&b.1.started, b.0)));
        union.sessions = sessions.into_iter().map(|(_, session)| session).collect();
        Ok(union)
    }

    /// Whether any journal has the row of the wanted estimator at `position`.
    #[must_use]
    pub fn has(&self, trial: usize, position: usize) -> bool {
        self.coverage.has(trial, position)
    }

    /// The journal of a place, and the offset in it.
    fn locate(&self, place: u64) -> (usize, u64) {
        let index = self.sources.partition_point(|s| s.base <= place) - 1;
        (index, place - self.sources[index].base)
    }

    fn reader(&self, index: usize) -> Result<Reader> {
        let path = self.sources[index].folder.join(JOURNAL);
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Reader::new(file))
    }

    /// Writes all entries in plan order as one journal to `path`, atomically.
    ///
    /// # Errors
    /// If the file cannot be written, or journals have changed since they were read.
    pub fn write(&self, path: &Path) -> Result<()> {
        let cannot = || format!("cannot write {}", path.display());
        let mut file = AtomicFile::create(path)?;
        file.write_all(PRELUDE).with_context(cannot)?;
        let mut bytes = Vec::new();
        for session in &self.sessions {
            let text = session.text()?;
            frame::push(&mut bytes, |out| {
                out.push(SESSION);
                out.extend_from_slice(text.as_bytes());
            });
        }
        let mut readers: Vec<Option<Reader>> = self.sources.iter().map(|_| None).collect();
        for trial in 0..self.places.trials() {
            for place in self.places.of(trial) {
                let (index, offset) = self.locate(place);
                let reader = match &mut readers[index] {
                    Some(reader) => reader,
                    none => none.insert(self.reader(index)?),
                };
                let payload = reader.payload(offset).with_context(|| {
                    format!("cannot read {}", self.sources[index].folder.join(JOURNAL).display())
                })?;
                frame::push(&mut bytes, |out| out.extend_from_slice(payload));
            }
            if bytes.len() > 1 << 16 {
                file.write_all(&bytes).with_context(cannot)?;
                bytes.clear();
            }
        }
        file.write_all(&bytes).with_context(cannot)?;
        file.finish()
    }
}

impl Addition<'_> {
    fn read(&mut self, file: &mut File, path: &Path, stale: &mut HashMap<u64, usize>) -> Result<Recovery> {
        let (mut orphans, mut failed) = (0, Ok(()));
        let scan = entries(file, path, &mut |offset, entry| {
            let Entry::Trial(entry) = entry else { return };
            let session = entry.key.session;
            match (self.union.metrics.get(&session), self.positions.trial(&entry)) {
                (None, _) => orphans += 1,
                (Some(Metrics::Unusable), Some(_)) => *stale.entry(session).or_default() += 1,
                (Some(_), Some(trial)) => {
                    if let Err(error) = self.add(session, trial, offset, &entry.rows) {
                        failed = Err(error);
                    }
                }
                (Some(_), None) => {}
            }
        })?;
        failed?;
        let torn = if scan.end == 0 { 0 } else { scan.torn };
        Ok(Recovery { torn, damage: scan.damage, orphans, ..Recovery::default() })
    }

    fn add(&mut self, session: u64, trial: usize, offset: u64, rows: &[Stored<'_>]) -> Result<()> {
        let mut wanted = false;
        for row in rows {
            for position in self.positions.of_row(row) {
                wanted = true;
                if self.union.coverage.has(trial, position) && !self.own.has(trial, position) {
                    self.overlap(session, trial, position, row)?;
                }
                self.own.set(trial, position);
            }
        }
        if wanted {
            let base = self.union.sources[self.index].base;
            self.union.places.add(trial, base + offset);
        }
        Ok(())
    }

    fn row(&self, session: u64, stored: &Stored<'_>) -> Option<FitRecord> {
        let mut row = stored.row()?;
        self.union.metrics.get(&session)?.renumber(&mut row);
        Some(row)
    }

    /// Records a row that an earlier journal also has.
    fn overlap(&mut self, session: u64, trial: usize, position: usize, row: &Stored<'_>) -> Result<()> {
        let mut earlier = None;
        for place in self.union.places.of(trial) {
            let (index, offset) = self.union.locate(place);
            if index == self.index {
                break;
            }
            if !self.readers.contains_key(&index) {
                self.readers.insert(index, self.union.reader(index)?);
            }
            let Some(reader) = self.readers.get_mut(&index) else { continue };
            let payload = reader.payload(offset)?.to_vec();
            let Some(Entry::Trial(entry)) = Entry::read(&payload) else { continue };
            let its = entry.key.session;
            for stored in entry.rows {
                if self.positions.of_row(&stored).any(|p| p == position) {
                    earlier = self.row(its, &stored).map(|row| (index, row));
                }
            }
        }
        let (Some((index, before)), Some(now)) = (earlier, self.row(session, row)) else {
            bail!(io::Error::new(io::ErrorKind::InvalidData, "the journals have changed while being read"));
        };
        let folders = [index, self.index].map(|i| self.union.sources[i].folder.clone());
        let differs = usize::from(!compare::identical(&before, &now));
        match self.union.overlaps.iter_mut().find(|o| o.folders == folders) {
            Some(overlap) => {
                overlap.trial = overlap.trial.min(trial);
                overlap.rows += 1;
                overlap.differing += differs;
            }
            None => self.union.overlaps.push(Overlap { folders, trial, rows: 1, differing: differs }),
        }
        Ok(())
    }
}
