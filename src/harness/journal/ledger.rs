//! Tracks which estimators of which trials have rows, and where these are in the file.

use std::collections::HashMap;
use std::time::Duration;

use super::entry::{ENDINGS, Stored, Trial};
use crate::plan::Plan;

/// One bit for each trial and wanted estimator.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    words: usize,
    bits: Vec<u64>,
}

impl Coverage {
    pub(super) fn new(trials: usize, wanted: usize) -> Self {
        let words = wanted.div_ceil(64).max(1);
        let mut bits = vec![0; words * trials];
        // Bits without an estimator count as done.
        let spare = words * 64 - wanted;
        if spare > 0 {
            let last = u64::MAX.checked_shl((64 - spare) as u32).unwrap_or(0);
            bits.iter_mut().skip(words - 1).step_by(words).for_each(|w| *w = last);
        }
        Self { words, bits }
    }

    pub(super) fn set(&mut self, trial: usize, position: usize) {
        self.bits[trial * self.words + position / 64] |= 1 << (position % 64);
    }

    /// Whether the wanted estimator at `position` has its row.
    #[must_use]
    pub fn has(&self, trial: usize, position: usize) -> bool {
        self.bits[trial * self.words + position / 64] >> (position % 64) & 1 == 1
    }

    /// Whether all wanted estimators have theirs.
    #[must_use]
    pub fn complete(&self, trial: usize) -> bool {
        self.bits[trial * self.words..(trial + 1) * self.words].iter().all(|w| *w == u64::MAX)
    }

    /// Adds the rows of `other`, which must be of the same plan.
    pub fn join(&mut self, other: &Self) {
        for (mine, its) in self.bits.iter_mut().zip(&other.bits) {
            *mine |= its;
        }
    }

    /// Number of complete trials.
    #[must_use]
    pub fn done(&self) -> usize {
        self.bits.chunks_exact(self.words).filter(|w| w.iter().all(|w| *w == u64::MAX)).count()
    }
}

/// Where the entries of each trial begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// The first entry; `u64::MAX` for none.
    first: Vec<u64>,
    /// Later entries, of estimators that were added later: rare.
    later: HashMap<usize, Vec<u64>>,
}

impl Places {
    pub(super) fn new(trials: usize) -> Self {
        Self { first: vec![u64::MAX; trials], later: HashMap::new() }
    }

    pub(super) fn add(&mut self, trial: usize, offset: u64) {
        if self.first[trial] == u64::MAX {
            self.first[trial] = offset;
        } else {
            self.later.entry(trial).or_default().push(offset);
        }
    }

    /// Number of trials.
    pub(super) fn trials(&self) -> usize {
        self.first.len()
    }

    /// The trial's entries, oldest first.
    pub(super) fn of(&self, trial: usize) -> impl Iterator<Item = u64> {
        let first = self.first[trial];
        let later = self.later.get(&trial).into_iter().flatten().copied();
        (first != u64::MAX).then_some(first).into_iter().chain(later)
    }
}

/// Maps identities to positions in the plan.
pub(super) struct Positions {
    cells: HashMap<u64, usize>,
    /// Positions among the wanted estimators, with their present time limits.
    estimators: HashMap<u64, Vec<(usize, Option<Duration>)>>,
    replicates: usize,
    trials: usize,
    wanted: usize,
}

impl Positions {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let mut estimators: HashMap<u64, Vec<(usize, Option<Duration>)>> = HashMap::new();
        for (position, &index) in plan.wanted.iter().enumerate() {
            let identity = plan.resolved.estimator_identity(index);
            estimators.entry(identity).or_default().push((position, plan.limit(index)));
        }
        Self {
            cells: plan.cells.iter().enumerate().map(|(i, c)| (c.id, i)).collect(),
            estimators,
            replicates: plan.resolved.replicates as usize,
            trials: plan.trials(),
            wanted: plan.wanted.len(),
        }
    }

    /// The trial of an entry; `None` if it is not in the plan.
    pub(super) fn trial(&self, entry: &Trial<'_>) -> Option<usize> {
        let replicate = entry.key.replicate as usize;
        let cell = *self.cells.get(&entry.key.cell)?;
        (replicate < self.replicates).then_some(cell * self.replicates + replicate)
    }

    /// The wanted estimators to which a row belongs. A row that timed out under a shorter limit than the
    /// present one does not count, so that the fit is tried again.
    pub(super) fn of_row(&self, row: &Stored<'_>) -> impl Iterator<Item = usize> {
        let limit = row.limit();
        let stands = move |now: Option<Duration>| limit.is_none_or(|then| now.is_some_and(|n| n <= then));
        let all = self.estimators.get(&row.estimator).into_iter().flatten();
        all.filter(move |(_, now)| stands(*now)).map(|(position, _)| *position)
    }

    /// Initial coverage: only fits that the config skips, or that no claim needs any more, are done.
    pub(super) fn coverage(&self, plan: &Plan<'_>) -> Coverage {
        let mut coverage = Coverage::new(self.trials, self.wanted);
        for trial in 0..self.trials {
            for (position, &index) in plan.wanted.iter().enumerate() {
                let (cell, replicate) = (trial / self.replicates, (trial % self.replicates) as u32);
                if plan.skipped(cell, index).is_some() || !plan.is_due(cell, replicate, position) {
                    coverage.set(trial, position);
                }
            }
        }
        coverage
    }

    /// Records the rows of an entry and counts their endings; returns whether the plan wants any of them.
    pub(super) fn note(
        &self,
        coverage: &mut Coverage,
        endings: &mut [usize; ENDINGS.len()],
        trial: usize,
        rows: &[Stored<'_>],
    ) -> bool {
        let mut wanted = false;
        for row in rows {
            for position in self.of_row(row) {
                coverage.set(trial, position);
                wanted = true;
                if let Some(ending) = row.ending() {
                    endings[ending] += 1;
                }
            }
        }
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_complete_with_its_last_estimator() {
        for wanted in [1, 63, 64, 65, 130] {
            let mut coverage = Coverage::new(3, wanted);
            assert_eq!(coverage.done(), 0);
            for position in 0..wanted {
                assert!(!coverage.complete(1) && !coverage.has(1, position));
                coverage.set(1, position);
                assert!(coverage.has(1, position));
            }
            assert!(coverage.complete(1) && !coverage.complete(0) && !coverage.complete(2));
            assert_eq!(coverage.done(), 1);
        }
    }

    #[test]
    fn entries_keep_their_order() {
        let mut places = Places::new(2);
        for offset in [20, 90, 400] {
            places.add(1, offset);
        }
        assert_eq!(places.of(0).count(), 0);
        assert_eq!(places.of(1).collect::<Vec<_>>(), [20, 90, 400]);
    }
}
