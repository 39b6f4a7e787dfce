//! How the fits ended, with one row per estimator.

use remeasure_core::family::Outcome;

use crate::markdown::{self, escape};
use crate::plan::cell_label;
use crate::records::Store;
use crate::summary::Tally;

/// The outcomes of one estimator over all cells.
#[derive(Clone, Debug, Default)]
struct Endings {
    tally: Tally,
    /// Message of the first fit whose outcome is not `ok`, with its cell and replicate.
    trouble: Option<String>,
    /// Why the config skips it in some cells.
    skipped: Option<String>,
}

/// How the fits of one estimator ended.
#[derive(Clone, Debug)]
pub(super) struct EndingRow {
    pub(super) estimator: String,
    pub(super) tally: Tally,
    /// The first message with its cell and replicate, or why it was skipped.
    pub(super) message: String,
}

/// A row for each estimator; `None` if every fit was ok.
pub(super) fn rows(store: &Store) -> Option<Vec<EndingRow>> {
    let mut all = vec![Endings::default(); store.estimators.len()];
    for row in &store.outcomes {
        let endings = &mut all[usize::from(row.estimator)];
        endings.tally.count(&row.outcome);
        let message = || row.outcome.message().into_owned();
        match &row.outcome {
            Outcome::Ok => {}
            Outcome::Skipped(_) => {
                endings.skipped.get_or_insert_with(message);
            }
            _ => {
                endings.trouble.get_or_insert_with(|| {
                    let cell = cell_label(&store.axes, &store.cells[row.cell as usize]);
                    format!("{cell}, replicate {}: {}", row.replicate, message())
                });
            }
        }
    }
    if all.iter().all(|e| e.trouble.is_none() && e.skipped.is_none()) {
        return None;
    }
    let row = |(name, endings): (&String, Endings)| EndingRow {
        estimator: name.clone(),
        tally: endings.tally,
        message: endings.trouble.or(endings.skipped).unwrap_or_default(),
    };
    Some(store.estimators.iter().zip(all).map(row).collect())
}

/// The columns of the table.
pub(super) const HEAD: [&str; 7] =
    ["estimator", "ok", "not converged", "failed", "timed out", "skipped", "first message"];

/// The table; `None` if every fit was ok.
pub(super) fn table(store: &Store) -> Option<String> {
    let line = |row: EndingRow| {
        let mut line = vec![escape(&row.estimator)];
        line.extend(row.tally.counts().map(|n| n.to_string()));
        line.push(escape(&row.message));
        line
    };
    Some(markdown::table(&HEAD, rows(store)?.into_iter().map(line)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::OutcomeRow;
    use crate::report::testing::{integers, store};

    #[test]
    fn every_ending_has_its_column_and_the_first_trouble_its_place() {
        let mut store = store(&[("n", integers(&[10, 20]))], &["a", "b"], &["error"], 2);
        let mut endings = |rows: &[(u32, u32, u16, Outcome)]| {
            let row = |(cell, replicate, estimator, outcome): &(u32, u32, u16, Outcome)| OutcomeRow {
                cell: *cell,
                replicate: *replicate,
                estimator: *estimator,
                outcome: outcome.clone(),
            };
            store.outcomes = rows.iter().map(row).collect();
            table(&store)
        };
        assert_eq!(endings(&[(0, 0, 0, Outcome::Ok), (0, 0, 1, Outcome::Ok)]), None);
        let skipped = || Outcome::Skipped("only where n=20".into());
        let rows = [
            (0, 0, 0, Outcome::Ok),
            (0, 0, 1, skipped()),
            (0, 1, 0, Outcome::TimedOut(std::time::Duration::from_secs(2))),
            (0, 1, 1, skipped()),
            (1, 0, 0, Outcome::Failed("a|b".into())),
            (1, 0, 1, Outcome::Ok),
        ];
        let text = endings(&rows).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "| a | 1 | 0 | 1 | 1 | 0 | n=10, replicate 1: no fit within 2s |");
        assert_eq!(lines[3], "| b | 1 | 0 | 0 | 0 | 2 | only where n=20 |");
        assert_eq!(lines.len(), 4);
        assert!(endings(&rows[4..5]).unwrap().contains(r"replicate 0: a\|b |"));
    }
}
