//! The order in which trials are run: the longest first.
//!
//! Which trials are long is known only from running them. So the first trial of every cell runs first, and the rest cell
//! by cell, those with the longest first trial before the others. Short trials at the end let all workers finish at about
//! the same time. Results do not depend on this order.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Maximum number of trials to assign at once, so that assigning tiny trials costs little.
const CHUNK: usize = 64;

/// Hands out the trials of a plan to its workers.
pub(crate) struct Schedule {
    replicates: usize,
    jobs: usize,
    next: AtomicUsize,
    /// Nanoseconds of the first trial of each cell; `u64::MAX` until it is finished.
    first: Vec<AtomicU64>,
    /// Cells, the longest first.
    order: OnceLock<Vec<u32>>,
}

impl Schedule {
    /// For `cells` cells with `replicates` trials each, and `jobs` workers.
    pub(crate) fn new(cells: usize, replicates: usize, jobs: usize) -> Self {
        let first = (0..cells).map(|_| AtomicU64::new(u64::MAX)).collect();
        Self { replicates, jobs, next: AtomicUsize::new(0), first, order: OnceLock::new() }
    }

    /// The next places in the order; fewer towards the end. `None` when there are no more.
    pub(crate) fn take(&self) -> Option<Range<usize>> {
        let trials = self.first.len() * self.replicates;
        let size = |at: usize| ((trials - at) / (self.jobs * 16)).clamp(1, CHUNK);
        let update = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| (at < trials).then(|| at + size(at)));
        update.ok().map(|at| at..at + size(at))
    }

    /// Cell and replicate of the trial at a place.
    pub(crate) fn trial(&self, place: usize) -> (usize, usize) {
        if self.is_first(place) {
            return (place, 0);
        }
        let cells = self.first.len();
        let (rank, replicate) =
            ((place - cells) / (self.replicates - 1), (place - cells) % (self.replicates - 1));
        (self.order.get_or_init(|| self.longest_first())[rank] as usize, replicate + 1)
    }

    /// Whether the trial at a place is the first of its cell.
    pub(crate) fn is_first(&self, place: usize) -> bool {
        place < self.first.len()
    }

    /// Notes how long the first trial of a cell took.
    pub(crate) fn took(&self, cell: usize, time: Duration) {
        self.first[cell].store(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A first trial that is still running is taken for the longest.
    fn longest_first(&self) -> Vec<u32> {
        let times: Vec<u64> = self.first.iter().map(|time| time.load(Ordering::Relaxed)).collect();
        let mut order: Vec<u32> = (0..).take(times.len()).collect();
        order.sort_by_key(|&cell| Reverse(times[cell as usize]));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(schedule: &Schedule) -> Vec<usize> {
        std::iter::from_fn(|| schedule.take()).flatten().collect()
    }

    #[test]
    fn every_trial_is_handed_out_once() {
        for (cells, replicates) in [(1, 1), (7, 1), (1, 9), (5, 300), (300, 5)] {
            let schedule = Schedule::new(cells, replicates, 2);
            let mut trials: Vec<(usize, usize)> =
                places(&schedule).iter().map(|&p| schedule.trial(p)).collect();
            trials.sort_unstable();
            let all: Vec<(usize, usize)> =
                (0..cells).flat_map(|c| (0..replicates).map(move |r| (c, r))).collect();
            assert_eq!(trials, all);
        }
    }

    #[test]
    fn cells_with_long_trials_come_first() {
        let schedule = Schedule::new(4, 3, 2);
        // Cell 1 has not finished.
        for (cell, seconds) in [(0, 2), (2, 5), (3, 1)] {
            schedule.took(cell, Duration::from_secs(seconds));
        }
        let cells: Vec<usize> = places(&schedule).iter().map(|&p| schedule.trial(p).0).collect();
        assert_eq!(cells, [0, 1, 2, 3, 1, 1, 2, 2, 0, 0, 3, 3]);
    }
}
