//! Runs that grow, shrink and change: only missing trials run, and nothing stale is kept.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::Trial;

use crate::library::{plan, sound_and_complete};
use crate::program::{
    OUT, RUN, Run, THROUGH, command, config, finish, reference, remeasure, same_files, write_config,
};
use crate::test;
use crate::unruly::LOG;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        test("growth::only_what_is_missing_runs", missing),
        test("growth::a_changed_estimator_is_refused_and_alone_runs_again_with_mix", changed),
        test("growth::a_fit_that_timed_out_runs_again_under_a_higher_limit", raised),
    ]
}

/// Runs the config and compares with a fresh run; also returns the number of fits of each kind.
fn run(folder: &Path, text: &str, more: &str) -> (Run, BTreeMap<String, usize>) {
    std::fs::write(folder.join("unruly.toml"), text).unwrap();
    let log = folder.join("fits");
    std::fs::write(&log, "").unwrap();
    let mut command = command(folder, &format!("{RUN}{more}"));
    command.env(LOG, &log);
    let run = finish(command);
    let log = std::fs::read_to_string(&log).unwrap();
    let mut fits = BTreeMap::new();
    let mut seen: Vec<&str> = log.lines().collect();
    for line in &seen {
        *fits.entry(line.rsplit_once(' ').unwrap().1.to_owned()).or_insert(0) += 1;
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), log.lines().count(), "the same fit was made twice");
    (run, fits)
}

/// Runs `text`, which must take this many trials and fits of each kind, and give the files of a fresh run.
fn grows(folder: &Path, text: &str, trials: usize, fits: &[(&str, usize)]) {
    let (run, made) = run(folder, text, "");
    run.says(THROUGH, &[]);
    let expected: BTreeMap<String, usize> = fits.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect();
    assert_eq!((run.trials(), made), (trials, expected), "{text}");
    same_files(folder, &reference(folder), text);
    sound_and_complete(&folder.join(OUT), &plan(text));
}

fn missing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let small = config(&[], 0, 6);
    grows(folder, &small, 18, &[("good", 18), ("twice", 18)]);
    grows(folder, &small, 0, &[]);
    let more_replicates = config(&[], 0, 10);
    grows(folder, &more_replicates, 12, &[("good", 12), ("twice", 12)]);
    // Put the new cell first: the position of a cell does not matter.
    let one_more_cell = more_replicates.replace("[1, 2, 3]", "[7, 1, 2, 3]");
    grows(folder, &one_more_cell, 10, &[("good", 10), ("twice", 10)]);
    let added =
        "[[estimator]]\nkind = \"good\"\nname = \"half\"\nfactor = 0.5\n[[estimator]]\nkind = \"twice\"";
    let one_more_estimator = one_more_cell.replace("[[estimator]]\nkind = \"twice\"", added);
    grows(folder, &one_more_estimator, 40, &[("good", 40)]);
    grows(folder, &one_more_estimator.replace("name = \"half\"", "name = \"a-half\""), 0, &[]);
    // More of everything at once.
    let all = one_more_estimator.replace("[7, 1", "[7, 8, 1").replace("replicates = 10", "replicates = 11");
    grows(folder, &all, 4 + 11, &[("good", 30), ("twice", 15)]);
    // And back: the smaller runs again, exactly and without a fit.
    grows(folder, &one_more_cell, 0, &[]);
    grows(folder, &small, 0, &[]);
    grows(folder, &config(&[], 0, 1), 0, &[]);
    grows(folder, &all, 0, &[]);
}

fn changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let factor = |factor: &str, replicates: u32| {
        let added = format!("[[estimator]]\nkind = \"nan\"\nfactor = {factor}\n[[table]]");
        config(&[], 0, replicates)
            .replace("[[table]]", &added)
            .replace("kind = \"nan\"", "kind = \"good\"\nname = \"scaled\"")
    };
    grows(folder, &factor("3.0", 5), 15, &[("good", 30), ("twice", 15)]);
    let kept = reference(folder);
    let (refused, fits) = run(folder, &factor("4.0", 5), "");
    let words = "holds 15 trials measured with another config or code:\n  estimator scaled, factor: 3 → 4\n\
         Use --fresh to start over; --mix to resume, keeping";
    refused.says(Some(2), &["error: out/unruly/quick/journal ", words]);
    assert!(fits.is_empty());
    same_files(folder, &kept, "a refused run");
    let (mixed, fits) = run(folder, &factor("4.0", 5), " --mix");
    mixed.says(THROUGH, &[]);
    assert_eq!((mixed.trials(), fits), (15, BTreeMap::from([("good".to_owned(), 15)])));
    same_files(folder, &reference(folder), "mixed");
    // Permission is needed while numbers of the other config are used, but not to go back to it.
    run(folder, &factor("4.0", 5), "").0.says(Some(2), &[words]);
    assert_eq!(run(folder, &factor("4.0", 5), " --mix").0.trials(), 0);
    same_files(folder, &reference(folder), "mixed, again");
    grows(folder, &factor("3.0", 5), 0, &[]);
    // Another seed is another experiment: even with --mix, none of its results are used.
    let (refused, _) = run(folder, &factor("3.0", 5).replace("seed = 11", "seed = 12"), "");
    refused.says(Some(2), &["\n  seed: 11 → 12\n"]);
    let (other, fits) = run(folder, &factor("3.0", 5).replace("seed = 11", "seed = 12"), " --mix");
    other.says(THROUGH, &[]);
    assert_eq!((other.trials(), fits.values().sum::<usize>()), (15, 45));
    same_files(folder, &reference(folder), "another seed");
}

fn raised() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_config(folder, &["naps"], 0, 3);
    let outcomes = || std::fs::read_to_string(folder.join(OUT).join("outcomes.csv")).unwrap();
    let text = config(&["naps"], 0, 3);
    let (first, fits) = run(folder, &text, " --time-limit 400ms");
    first.says(THROUGH, &["naps timed out in 3 of 9 trials"]);
    assert_eq!(fits["naps"], 9);
    assert_eq!(outcomes().matches("timed out,no fit within 400ms").count(), 3);
    for same in [" --time-limit 400ms", " --time-limit 300ms"] {
        let (again, fits) = run(folder, &text, same);
        again.says(THROUGH, &["naps timed out in 3 of 9 trials"]);
        assert_eq!((again.trials(), fits.len()), (0, 0), "{same}");
    }
    let (raised, fits) = run(folder, &text, " --time-limit 1h");
    raised.says(THROUGH, &[]);
    assert_eq!((raised.trials(), fits), (3, BTreeMap::from([("naps".to_owned(), 3)])));
    assert!(!outcomes().contains("timed out"));
    same_files(folder, &reference(folder), "under a high limit");
    // A completed fit stays valid under any limit, and without one.
    for any in [" --time-limit 400ms", ""] {
        assert_eq!(run(folder, &text, any).0.trials(), 0);
        same_files(folder, &reference(folder), any);
    }
    assert_eq!(remeasure(folder, RUN).trials(), 0);
}
