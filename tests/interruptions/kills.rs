//! Runs that are killed at random moments, repeatedly, and finish as if nothing had happened.

use std::time::Duration;

use libtest_mimic::Trial;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;

use crate::library::{plan, sound, sound_and_complete};
use crate::program::{
    Going, OUT, RUN, THROUGH, command, config, files, journal_length, reference, remeasure, same_files,
    wait_until, write_config,
};
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("kills::fifty_kills_while_trials_run_leave_no_trace", during_trials),
        test("kills::kills_while_files_are_written_leave_no_trace", during_writing),
        test("kills::half_written_files_are_cleared_away_wherever_they_are", leftovers),
        test("kills::what_was_finished_before_a_long_fit_is_stored", before_a_long_fit),
        test("kills::workers_end_with_their_run", orphans),
    ]
}

fn during_trials() {
    const SEED: u64 = 3;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 4000, 250);
    let expected = reference(folder);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let (mut hits, mut starts, mut grown) = (0, 0, 0);
    let mut pauses = Vec::new();
    while hits < 50 {
        starts += 1;
        assert!(starts < 500, "{hits} kills of {starts} hit; seed {SEED}");
        let isolate = if rng.gen_ratio(1, 5) { " --isolate" } else { "" };
        let jobs = rng.gen_range(1..=3);
        let before = journal_length(folder);
        let mut run = Going::start(command(
            folder,
            &format!("run --config unruly.toml --out out --jobs {jobs}{isolate}"),
        ));
        // Half of the kills are at any time, half after trials have been stored, so that there is progress.
        let pause = if rng.r#gen() {
            Duration::from_micros(rng.gen_range(0..150_000))
        } else {
            wait_until("trials are stored", || journal_length(folder) > before || run.ended());
            Duration::from_micros(rng.gen_range(0..40_000))
        };
        std::thread::sleep(pause);
        pauses.push(pause.as_micros());
        hits += usize::from(run.kill());
        grown += usize::from(journal_length(folder) > before);
    }
    let context = format!("seed {SEED}; slept {pauses:?} µs");
    let last = remeasure(folder, RUN);
    last.says(THROUGH, &[]);
    same_files(folder, &expected, &context);
    sound_and_complete(&folder.join(OUT), &plan(&config(&[], 4000, 250)));
    assert!(grown >= 10, "{grown} of {starts} runs stored anything; {context}");
}

fn during_writing() {
    const SEED: u64 = 4;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 0, 700);
    let expected = reference(folder);
    remeasure(folder, RUN).says(THROUGH, &[]);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let (mut hits, mut starts) = (0, 0);
    let mut pauses = Vec::new();
    while hits < 20 {
        starts += 1;
        assert!(starts < 500, "{hits} kills of {starts} hit; seed {SEED}");
        let run = Going::start(command(folder, RUN));
        let mut pause = rng.gen_range(0..60_000);
        if rng.r#gen() {
            // In the middle of writing: the lock is taken before it and released after it.
            let out = folder.join(OUT);
            wait_until("files are being written", || temporary(&out));
            pause /= 4;
        }
        std::thread::sleep(Duration::from_micros(pause));
        pauses.push(pause);
        hits += usize::from(run.kill());
        for (name, bytes) in files(&folder.join(OUT)) {
            let whole = name.contains(".writing-") || name == "lock" || expected[&name] == bytes;
            assert!(whole, "{name} is half-written; seed {SEED}; slept {pauses:?} µs");
        }
    }
    let last = remeasure(folder, RUN);
    last.says(THROUGH, &["2100 of 2100 trials are stored already"]);
    assert_eq!(last.trials(), 0);
    same_files(folder, &expected, &format!("seed {SEED}; slept {pauses:?} µs"));
    sound_and_complete(&folder.join(OUT), &plan(&config(&[], 0, 700)));
}

/// A kill between writing and renaming a file is rare; this test creates what it would leave behind.
fn leftovers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &[], 0, 2);
    let expected = reference(folder);
    remeasure(folder, RUN).says(THROUGH, &[]);
    for name in [".writing-a", "figures/.writing-b", "tables/.writing-c"] {
        std::fs::write(folder.join(OUT).join(name), "half a fi").unwrap();
    }
    remeasure(folder, RUN).says(THROUGH, &[]);
    same_files(folder, &expected, "");
}

/// Whether a file is being written in `folder` or right below it.
fn temporary(folder: &std::path::Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|e| {
        e.file_name().to_string_lossy().starts_with(".writing-") || e.path().is_dir() && temporary(&e.path())
    })
}

/// A fit that hangs for hours must not keep finished trials out of the journal.
fn before_a_long_fit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["waits"], 0, 2);
    let gate = folder.join("gate");
    // The first trial of each of three cells comes first; in each cell the trial of replicate 1 waits.
    let mut start = command(folder, "run --config unruly.toml --out out --jobs 1");
    start.env(crate::unruly::GATE, &gate);
    let run = Going::start(start);
    let plan = plan(&config(&["waits"], 0, 2));
    std::thread::sleep(Duration::from_millis(500));
    wait_until("the first trials are stored", || journal_length(folder) > 1000);
    assert!(run.kill());
    assert_eq!(sound(&folder.join(OUT), &plan).done, 3);
    std::fs::write(&gate, "").unwrap();
    let rest = remeasure(folder, RUN);
    rest.says(THROUGH, &["3 of 6 trials are stored already"]);
    same_files(folder, &reference(folder), "");
}

/// The processes whose parent is `parent`.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let ids = all.filter_map(|e| e.file_name().to_string_lossy().parse().ok());
    ids.filter(|id| state(*id).is_some_and(|(_, its)| its == parent)).collect()
}

/// State and parent of a process.
fn state(id: u32) -> Option<(String, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before it may contain anything.
    let mut rest = text.rsplit_once(')')?.1.split_whitespace();
    Some((rest.next()?.to_owned(), rest.next()?.parse().ok()?))
}

/// Whether a process has ended or is a zombie.
pub(crate) fn gone(id: u32) -> bool {
    state(id).is_none_or(|(state, _)| state == "Z" || state == "X")
}

/// Workers with fits that never end must end with their run, even if it is killed.
fn orphans() {
    for (signals, code) in [
        (&[Signal::KILL][..], None),
        (&[Signal::INT, Signal::INT], Some(130)),
        (&[Signal::TERM; 2], Some(130)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write_config(folder, &["hangs"], 0, 20);
        let mut run = Going::start(command(folder, &format!("{RUN} --isolate")));
        let id = run.id();
        wait_until("there are two workers", || children(id).len() == 2);
        wait_until("trials are stored", || journal_length(folder) > 0);
        // Both have reached a fit that hangs.
        std::thread::sleep(Duration::from_millis(300));
        let workers = children(id);
        for signal in signals {
            run.signal(*signal);
            std::thread::sleep(Duration::from_millis(200));
        }
        assert_eq!(run.wait().code, code);
        for worker in workers {
            wait_until("the worker is gone", || gone(worker));
        }
        sound(&folder.join(OUT), &plan(&config(&["hangs"], 0, 20)));
    }
}
