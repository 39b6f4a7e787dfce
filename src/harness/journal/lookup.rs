//! Looks up one trial in a journal.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use remeasure_core::family::FitRecord;

use super::JOURNAL;
use super::ledger::Positions;
use super::read::{Entry, Metrics, entries, open};
use super::session::Session;
use crate::plan::Plan;
use crate::provenance::Code;

/// A stored row and the code that measured it.
#[derive(Clone, Debug)]
pub struct StoredRow {
    /// The row, its metrics numbered as they are now.
    pub row: FitRecord,
    /// The code that measured it.
    pub code: Code,
}

/// The stored rows of `trial` in a folder's journal, by position among the wanted estimators: measured by
/// any code, but on the same data as `present`'s.
///
/// # Errors
/// If the file cannot be read or is not a journal.
pub fn stored_trial(
    folder: &Path,
    plan: &Plan<'_>,
    present: &Session,
    trial: usize,
) -> Result<Vec<Option<StoredRow>>> {
    let mut found = vec![None; plan.wanted.len()];
    let Some(mut file) = open(folder)? else { return Ok(found) };
    let path = folder.join(JOURNAL);
    let positions = Positions::of(plan);
    let id = present.id()?;
    let mut known = HashMap::from([(id, (Metrics::Same, present.code.clone()))]);
    entries(&mut file, &path, &mut |_, entry| match entry {
        Entry::Session(session) => {
            let Ok(its) = session.id() else { return };
            let (metrics, _) = Metrics::of(&session, its == id, plan, present, true);
            known.insert(its, (metrics, session.code));
        }
        Entry::Trial(entry) if positions.trial(&entry) == Some(trial) => {
            let Some((metrics, code)) = known.get(&entry.key.session) else { return };
            if matches!(metrics, Metrics::Unusable) {
                return;
            }
            for stored in entry.rows {
                let Some(mut row) = stored.row() else { return };
                metrics.renumber(&mut row);
                for position in positions.of_row(&stored) {
                    found[position] = Some(StoredRow { row: row.clone(), code: code.clone() });
                }
            }
        }
        Entry::Trial(_) => {}
    })?;
    Ok(found)
}
