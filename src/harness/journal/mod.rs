//! The journal: one append-only file per run, one checksummed entry per finished trial.
//!
//! A trial is done once its entry has been written. Everything else in a run's folder is made from the
//! journal in plan order, so no file depends on the order in which trials ended, on interruptions, or on
//! how the trials were divided into shards.
//!
//! The file begins with a line of text; frames follow (a mark, a length, a CRC-32, a payload).
//! A payload is a session (config and code, as TOML) or a trial (its identity, and one row per
//! estimator). Entries name session, cell and estimators by hashes of what they are, not by
//! position, so that cells, replicates and estimators can be added later.

mod entry;
mod frame;
mod ledger;
mod lock;
mod lookup;
mod read;
mod session;
mod union;

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

pub(super) use entry::{Cursor, write_row};
pub use frame::Damage;
pub use ledger::Coverage;
pub use lock::{LOCK, Lock, holder};
pub use lookup::{StoredRow, stored_trial};
pub use read::{Survey, sessions, survey};
pub use session::Session;
pub use union::{Overlap, Union};

use entry::{Key, SESSION};
use ledger::Positions;
use read::Metrics;
use remeasure_core::family::FitRecord;

use super::plan::Plan;

/// File name of a run's journal.
pub const JOURNAL: &str = "journal";

/// The first line of the file: its type, and the version of its format.
const PRELUDE: &[u8] = b"remeasure journal 1\n";

/// Time between two flushes to disk. They protect against a loss of power; a killed process loses nothing anyway.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// How to treat stored trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Discard them and start over.
    pub fresh: bool,
    /// Resume although config or code changed: keep trials of other code, and rerun those whose settings
    /// changed.
    pub mix: bool,
}

/// What was found when a journal was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Trials that need not be run.
    pub done: usize,
    /// Bytes of an incomplete entry at the end, which were dropped.
    pub torn: u64,
    /// Damaged bytes between entries; the trials stored there are run again.
    pub damage: Vec<Damage>,
    /// Entries whose session was lost to damage; their trials are run again.
    pub orphans: usize,
}

/// The journal of a run, open for writing. Open it only while holding the folder's [`Lock`].
pub struct Journal {
    file: File,
    path: PathBuf,
    end: u64,
    flushed: Instant,
    session: Session,
    id: u64,
    /// Whether the file contains the session's text.
    announced: bool,
    identities: Vec<u64>,
    contents: Survey,
    positions: Positions,
    /// What was found at the start.
    pub recovery: Recovery,
}

/// Entries of finished trials, ready to be appended.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    /// Each trial and the length of its entry.
    trials: Vec<(usize, usize)>,
}

impl Batch {
    /// Number of trials in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.trials.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trials.is_empty()
    }

    /// Total bytes of its entries.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// Encodes entries; shared by all workers.
#[derive(Clone, Debug)]
pub struct Encoder {
    session: u64,
    identities: Vec<u64>,
}

impl Encoder {
    /// Adds a trial to a batch: its cell's identity, its replicate, and for each row the position
    /// among the wanted estimators.
    pub fn push(
        &self,
        batch: &mut Batch,
        trial: usize,
        cell: u64,
        replicate: u32,
        rows: &[(usize, FitRecord)],
    ) {
        let key = Key { session: self.session, cell, replicate };
        let rows = rows.iter().map(|(position, row)| (self.identities[*position], row));
        let length = frame::push(&mut batch.bytes, |out| entry::write_trial(out, key, rows));
        batch.trials.push((trial, length));
    }
}

/// The error if a journal holds trials of another config or code.
fn refusal(path: &Path, stored: usize, conflicts: &[String]) -> anyhow::Error {
    let lines: Vec<String> = conflicts.iter().map(|c| format!("\n  {c}")).collect();
    anyhow!(
        "{} holds {} measured with another config or code:{}\nUse --fresh to start over; --mix to resume, keeping \
         trials of other builds and rerunning those whose settings changed; or another --out to keep both",
        path.display(),
        remeasure_core::format::count(stored, "trial"),
        lines.concat()
    )
}

impl Journal {
    /// Opens the journal in `folder`, or creates one. Reads it, drops an incomplete entry at its end, and
    /// determines what is still to be run.
    ///
    /// # Errors
    /// If the file is not a journal, if it has entries of another config or code and `mode` does not allow
    /// them, or if the folder cannot be written.
    pub fn open(folder: &Path, plan: &Plan<'_>, session: Session, mode: Mode) -> Result<Self> {
        let path = folder.join(JOURNAL);
        let cannot = || format!("cannot write {}", path.display());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(mode.fresh);
        let mut file = options.open(&path).with_context(cannot)?;
        let id = session.id()?;
        let positions = Positions::of(plan);
        let mut contents = Survey::read(&mut file, &path, plan, &positions, &session, false)?;
        if let Some((stored, conflicts)) = &contents.conflict
            && contents.coverage.done() < plan.trials()
        {
            if !mode.mix {
                return Err(refusal(&path, *stored, conflicts));
            }
            contents = Survey::read(&mut file, &path, plan, &positions, &session, true)?;
        }
        let end = contents.end.max(PRELUDE.len() as u64);
        if contents.end == 0 {
            file.set_len(0).with_context(cannot)?;
            file.seek(SeekFrom::Start(0)).with_context(cannot)?;
            file.write_all(PRELUDE).with_context(cannot)?;
        }
        file.set_len(end).with_context(cannot)?;
        file.seek(SeekFrom::Start(end)).with_context(cannot)?;
        let recovery = Recovery {
            done: contents.coverage.done(),
            torn: contents.torn,
            damage: contents.damage.clone(),
            orphans: contents.orphans,
        };
        let identities = plan.wanted.iter().map(|&index| plan.resolved.estimator_identity(index)).collect();
        let announced = contents.metrics.contains_key(&id);
        contents.metrics.insert(id, Metrics::Same);
        Ok(Self {
            file,
            path,
            end,
            flushed: Instant::now(),
            session,
            id,
            announced,
            identities,
            contents,
            positions,
            recovery,
        })
    }

    /// The rows that existed when the journal was opened.
    #[must_use]
    pub fn coverage(&self) -> Arc<Coverage> {
        Arc::clone(&self.contents.coverage)
    }

    /// The first session that wrote into it, or the present session.
    #[must_use]
    pub fn first_session(&self) -> &Session {
        self.contents.sessions.first().unwrap_or(&self.session)
    }

    /// The session that opened it.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Other code whose measurements this run uses.
    #[must_use]
    pub fn other_code(&self) -> Vec<super::provenance::Code> {
        let mut found = Vec::new();
        for session in &self.contents.sessions {
            if session.code.binary != self.session.code.binary && !found.contains(&session.code) {
                found.push(session.code.clone());
            }
        }
        found
    }

    /// An encoder of entries for this journal.
    #[must_use]
    pub fn encoder(&self) -> Encoder {
        Encoder { session: self.id, identities: self.identities.clone() }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Err(error) = self.file.write_all(bytes) {
            // Back to the end of the last whole entry, so that the file stays sound.
            let _ = self.file.set_len(self.end);
            let _ = self.file.seek(SeekFrom::Start(self.end));
            return Err(error).with_context(|| format!("cannot write {}", self.path.display()));
        }
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Appends a batch. Its trials are done when this returns.
    ///
    /// # Errors
    /// If the file cannot be written, as on a full disk; the journal then ends with its last whole entry.
    pub fn append(&mut self, batch: &Batch) -> Result<()> {
        if !self.announced {
            let text = self.session.text()?;
            let mut bytes = Vec::new();
            frame::push(&mut bytes, |out| {
                out.push(SESSION);
                out.extend_from_slice(text.as_bytes());
            });
            self.write(&bytes)?;
            self.announced = true;
            self.contents.sessions.push(self.session.clone());
        }
        let mut offset = self.end;
        self.write(&batch.bytes)?;
        for (trial, length) in &batch.trials {
            self.contents.places.add(*trial, offset);
            offset += *length as u64;
        }
        if self.flushed.elapsed() > SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Flushes everything to disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn sync(&mut self) -> Result<()> {
        self.flushed = Instant::now();
        self.file.sync_data().with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// A reader of the rows of finished trials, in any order; fastest in about the order of the plan.
    ///
    /// # Errors
    /// If the file cannot be opened again.
    pub fn rows(&self) -> Result<Rows<'_>> {
        let file = File::open(&self.path).with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(Rows { journal: self, reader: frame::Reader::new(file) })
    }
}

/// Reads rows back from a journal.
pub struct Rows<'j> {
    journal: &'j Journal,
    reader: frame::Reader,
}

impl Rows<'_> {
    /// The rows of `trial`, by position among the wanted estimators; `None` if there is none. The last of
    /// several rows of an estimator counts.
    ///
    /// # Errors
    /// If entries have changed since the journal was opened.
    pub fn of(&mut self, trial: usize) -> Result<Vec<Option<FitRecord>>> {
        let Journal { contents, positions, path, identities, .. } = self.journal;
        let mut rows = vec![None; identities.len()];
        for offset in contents.places.of(trial) {
            let payload =
                self.reader.payload(offset).with_context(|| format!("cannot read {}", path.display()))?;
            read::rows(payload, contents, positions, &mut rows)
                .with_context(|| format!("{}: the entry at offset {offset} is damaged", path.display()))?;
        }
        Ok(rows)
    }
}
