//! Shards of a run as Slurm jobs: the text of the scripts. This module does not call Slurm or start
//! anything.

mod answers;
mod script;
mod size;

pub use answers::{QUEUE_FORMAT, Queued, job_id, max_array_size, queued};
pub use script::{Submission, Unprintable, ranges};
pub use size::{LEAST_SECONDS, cpus_per_task, propose};

/// Slurm's default `MaxArraySize`.
pub const DEFAULT_MAX_ARRAY_SIZE: u32 = 1001;

/// One job array, which runs some shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Number to add to a task's number to get its shard.
    pub offset: u32,
    /// Numbers of the tasks, from 1, ascending.
    pub tasks: Vec<u32>,
}

impl Array {
    /// The shards it runs, ascending.
    pub fn shards(&self) -> impl Iterator<Item = u32> {
        self.tasks.iter().map(|task| self.offset + task)
    }
}

/// Divides `shards` (ascending, from 1) into as few arrays as `max_array_size` (at least 2) allows: a task's
/// number must be less than that.
#[must_use]
pub fn arrays(shards: &[u32], max_array_size: u32) -> Vec<Array> {
    let most = max_array_size.max(2) - 1;
    let mut found: Vec<Array> = Vec::new();
    for shard in shards {
        let offset = (shard - 1) / most * most;
        match found.last_mut() {
            Some(array) if array.offset == offset => array.tasks.push(shard - offset),
            _ => found.push(Array { offset, tasks: vec![shard - offset] }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_task_has_a_number_that_slurm_refuses_and_no_shard_is_lost() {
        for max in [2, 3, 5, 8, 9, 10, 1001] {
            for shards in [vec![1], (1..=8).collect(), vec![3, 7, 8], vec![2, 999, 1000, 1001, 2500]] {
                let arrays = arrays(&shards, max);
                assert!(arrays.iter().flat_map(|a| &a.tasks).all(|&t| (1..max).contains(&t)), "{arrays:?}");
                assert_eq!(arrays.iter().flat_map(Array::shards).collect::<Vec<_>>(), shards);
                let mut offsets: Vec<u32> = arrays.iter().map(|a| a.offset).collect();
                offsets.dedup();
                assert_eq!(offsets.len(), arrays.len(), "no two where one would do");
            }
        }
        assert_eq!(arrays(&(1..=1000).collect::<Vec<_>>(), DEFAULT_MAX_ARRAY_SIZE).len(), 1);
        assert_eq!(
            arrays(&[4, 5], 5),
            [Array { offset: 0, tasks: vec![4] }, Array { offset: 4, tasks: vec![1] }]
        );
    }
}
