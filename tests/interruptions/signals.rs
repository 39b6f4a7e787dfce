//! Ctrl-C and similar signals: once to stop after the running trials, twice to stop at once.

use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rustix::process::Signal;

use crate::library::{plan, sound};
use crate::program::{
    Going, OUT, RUN, THROUGH, command, config, files, journal_length, reference, remeasure, same_files,
    wait_until, write_config,
};
use crate::test;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("signals::once_the_trials_in_flight_end_and_the_message_is_true", once),
        test("signals::twice_the_run_stops_at_once", twice),
        test("signals::an_interrupted_run_that_grows_leaves_the_smaller_one_whole", growing),
    ]
}

/// Number of finished trials and of all trials, as reported by an interrupted run.
fn stopped(stderr: &str) -> (usize, usize) {
    let line =
        stderr.lines().find_map(|l| l.trim().strip_prefix("stopped: ")).unwrap_or_else(|| panic!("{stderr}"));
    let (numbers, rest) = line.split_once(" trials are done and kept; ").unwrap_or_else(|| panic!("{line}"));
    assert_eq!(rest, "run the same command to resume");
    let (done, all) = numbers.split_once(" of ").unwrap();
    (done.parse().unwrap(), all.parse().unwrap())
}

fn once() {
    for (signal, more) in
        [(Signal::INT, ""), (Signal::TERM, ""), (Signal::INT, " --isolate"), (Signal::TERM, " --isolate")]
    {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write_config(folder, &[], 5000, 300);
        let expected = reference(folder);
        let plan = plan(&config(&[], 5000, 300));
        let mut run = Going::start(command(folder, &format!("{RUN}{more}")));
        let id = run.id();
        wait_until("trials are stored", || journal_length(folder) > 3000);
        let workers = crate::kills::children(id);
        assert_eq!(workers.len(), if more.is_empty() { 0 } else { 2 });
        run.signal(signal);
        let run = run.wait();
        run.says(Some(130), &["stopping after the trials in progress; press Ctrl-C again to stop at once"]);
        assert!(workers.into_iter().all(crate::kills::gone));
        let (done, all) = stopped(&run.stderr);
        assert_eq!(all, 900);
        assert!(0 < done && done < all, "{done}");
        assert_eq!(run.trials(), done);
        assert_eq!(sound(&folder.join(OUT), &plan).done, done, "the message and the journal differ");
        // Partial results are kept, but nothing that looks like the result of a whole run.
        let left = std::fs::read_dir(folder.join(OUT)).unwrap();
        let mut left: Vec<_> = left.map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["journal", "outcomes.csv", "records.csv", "timings.csv"]);
        let outcomes = std::fs::read_to_string(folder.join(OUT).join("outcomes.csv")).unwrap();
        assert_eq!(outcomes.lines().count(), 1 + 2 * done);
        let rest = remeasure(folder, &RUN.replace("--jobs 2", "--jobs 16"));
        rest.says(THROUGH, &[&format!("  {done} of 900 trials are stored already")]);
        assert_eq!(rest.trials(), all - done);
        same_files(folder, &expected, more);
    }
}

fn twice() {
    for (signal, more) in [(Signal::INT, ""), (Signal::TERM, ""), (Signal::INT, " --isolate")] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let gate = folder.join("gate");
        write_config(folder, &["waits"], 0, 2);
        let mut start = command(folder, &format!("run --config unruly.toml --out out --jobs 1{more}"));
        start.env(crate::unruly::GATE, &gate);
        let mut run = Going::start(start);
        // The first trial of each of three cells; then one that waits.
        wait_until("the first trials are stored", || journal_length(folder) > 1000);
        run.signal(signal);
        std::thread::sleep(Duration::from_millis(300));
        assert!(!run.ended(), "the trial in flight was not waited for");
        let second = Instant::now();
        run.signal(signal);
        let run = run.wait();
        assert!(second.elapsed() < Duration::from_secs(1), "{:?}", second.elapsed());
        run.says(Some(130), &["Ctrl-C again to stop at once"]);
        let plan = plan(&config(&["waits"], 0, 2));
        assert_eq!(sound(&folder.join(OUT), &plan).done, 3, "only the trial in flight is lost");
        remeasure(folder, RUN).says(THROUGH, &["  3 of 6 trials are stored already"]);
        same_files(folder, &reference(folder), more);
    }
}

/// Verdicts are never stored next to the numbers of another run, not even those of an unfinished version of
/// the same run.
fn growing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["waits"], 0, 1);
    remeasure(folder, RUN).says(THROUGH, &[]);
    let small = files(&folder.join(OUT));
    let manifest = std::fs::read(folder.join(OUT).join("manifest.toml")).unwrap();
    write_config(folder, &["waits"], 0, 9);
    let gate = folder.join("gate");
    let mut start = command(folder, RUN);
    start.env(crate::unruly::GATE, &gate);
    let before = journal_length(folder);
    let mut run = Going::start(start);
    wait_until("a session is announced", || journal_length(folder) > before);
    run.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(100));
    std::fs::write(&gate, "").unwrap();
    let run = run.wait();
    run.says(Some(130), &[]);
    let (done, all) = stopped(&run.stderr);
    assert!(3 < done && done < all && all == 27, "{done} of {all}");
    same_files(folder, &small, "the smaller run");
    assert!(std::fs::read(folder.join(OUT).join("manifest.toml")).unwrap() == manifest);
    remeasure(folder, RUN).says(THROUGH, &[]);
    same_files(folder, &reference(folder), "the larger run");
}
