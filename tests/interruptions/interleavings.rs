//! Any order of stops, restarts, losses and changes of size leads to the same bytes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::Trial;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::library::{finished, go_on, open, plan, results, sound_and_complete};
use crate::program::config;
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![test("interleavings::any_history_ends_in_the_same_bytes", any_history)]
}

/// An event in a run.
#[derive(Clone, Debug)]
enum Step {
    /// It continues with this many threads until this many trials have begun.
    Run { jobs: usize, trials: usize },
    /// Its journal loses this many bytes at the end.
    Cut(usize),
    /// One bit of its journal flips, at this position.
    Flip(f64, u8),
    /// From now on it needs this many replicates.
    Replicates(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1..=4_usize, 0..40_usize).prop_map(|(jobs, trials)| Step::Run { jobs, trials }),
        2 => (0..900_usize).prop_map(Step::Cut),
        1 => (0.0..1.0, 0..8_u8).prop_map(|(at, bit)| Step::Flip(at, bit)),
        2 => (1..=20_u32).prop_map(Step::Replicates),
    ]
}

fn any_history() {
    let expected = RefCell::new(HashMap::new());
    let reference = |replicates: u32| {
        let make = || finished(&plan(&config(&["panics"], 0, replicates))).1;
        expected.borrow_mut().entry(replicates).or_insert_with(make).clone()
    };
    let runs = Config { cases: 60, failure_persistence: None, ..Config::default() };
    // The same cases each time; a failure is shown in its shortest form.
    let mut runner = TestRunner::new_with_rng(
        runs,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let history = prop::collection::vec(step(), 1..14);
    let result = runner.run(&history, |steps| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let path = folder.join("journal");
        let mut replicates = 12;
        let mut flipped = false;
        for step in steps {
            let bytes = std::fs::read(&path).unwrap_or_default();
            match step {
                Step::Run { jobs, trials } => {
                    let begun = AtomicUsize::new(0);
                    let stop = || begun.fetch_add(1, Ordering::Relaxed) >= trials;
                    let plan = plan(&config(&["panics"], 0, replicates));
                    let (recovery, end) = go_on(folder, &plan, jobs, &stop).unwrap();
                    let stored = open(folder, &plan).unwrap().recovery.done;
                    prop_assert_eq!(
                        stored,
                        recovery.done + end.trials,
                        "trials counted are not those stored"
                    );
                    prop_assert!(end.trials <= trials);
                    prop_assert_eq!(end.interrupted, stored < plan.trials());
                    if !end.interrupted {
                        prop_assert!(results(folder) == reference(replicates), "other bytes");
                    }
                }
                Step::Cut(length) => {
                    std::fs::write(&path, &bytes[..bytes.len().saturating_sub(length)]).unwrap();
                }
                // With a flip in its first line, a journal without entries would not count as a journal at all.
                Step::Flip(at, bit) if bytes.len() > 3000 => {
                    let mut bytes = bytes;
                    let at = (at * bytes.len() as f64) as usize;
                    bytes[at] ^= 1 << bit;
                    std::fs::write(&path, &bytes).unwrap();
                    flipped = true;
                }
                Step::Flip(..) => {}
                Step::Replicates(number) => replicates = number,
            }
        }
        let plan = plan(&config(&["panics"], 0, replicates));
        go_on(folder, &plan, 2, &|| false).unwrap();
        prop_assert!(results(folder) == reference(replicates), "other bytes in the end");
        if !flipped {
            sound_and_complete(folder, &plan);
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
