//! Looking up one trial in a journal.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use remeasure_core::family::Row;

use super::JOURNAL;
use super::entry::{SESSION, TRIAL, Trial};
use super::frame;
use super::ledger::Positions;
use super::read::{Metrics, open, read_prelude};
use super::session::Session;
use crate::plan::Plan;
use crate::provenance::Code;

/// A stored row and what measured it.
#[derive(Clone, Debug)]
pub struct StoredRow {
    /// The row, its metrics numbered as they are now.
    pub row: Row,
    /// The code that measured it.
    pub code: Code,
}

/// The rows that a folder's journal holds of `trial`, by position among the wanted estimators: of
/// any code, but of the same data as `present`'s.
///
/// # Errors
/// A file that cannot be read or is no journal.
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
    let (begin, _) = read_prelude(&mut file, &path)?;
    frame::scan(&mut file, begin, &mut |_, payload| match payload.split_first() {
        Some((&SESSION, text)) => {
            let Some(session) = Session::read(text) else { return false };
            let Ok(its) = session.id() else { return false };
            let (metrics, _) = Metrics::of(&session, its == id, plan, present, true);
            known.insert(its, (metrics, session.code));
            true
        }
        Some((&TRIAL, rest)) => {
            let Some(entry) = Trial::read(rest) else { return false };
            if positions.trial(&entry) != Some(trial) {
                return true;
            }
            let session = entry.key.session;
            let (Some(rows), Some((metrics, code))) = (entry.rows(), known.get(&session)) else {
                return true;
            };
            if matches!(metrics, Metrics::Unusable) {
                return true;
            }
            for stored in rows {
                for position in positions.of_row(&stored) {
                    let Some(mut row) = stored.row() else { return false };
                    metrics.renumber(&mut row);
                    found[position] = Some(StoredRow { row, code: code.clone() });
                }
            }
            true
        }
        _ => false,
    })
    .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(found)
}
