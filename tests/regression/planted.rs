//! Changes that must be detected, and changes that must pass.

use remeasure::harness::baseline::{Pairing, Rules, State, compare};

use crate::program::{SMALL, accepted, has, remeasure, write};
use crate::shrinkage::{sense, snapshot};

#[test]
fn a_penalty_off_by_one_percent_is_caught() {
    let folder = accepted(SMALL);
    let lasso = "kind = \"lasso\"\nlambda = { fraction = 0.1 }";
    write(folder.path(), &SMALL.replace(lasso, &lasso.replace("0.1", "0.101")));
    let run = remeasure(folder.path(), "check --config small.toml");
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    has(
        &run.stdout,
        &[
            "small, profile quick: moved\n",
            "4 identical, 2 moved, of 6 cells × estimators",
            "moved: n=20, lasso, nmse: ",
            "moved: n=40, lasso, nmse: ",
            "changed: estimator lasso, lambda.fraction: 0.1 → 0.101",
            "8 of 8 replicates changed",
        ],
    );
    assert!(!run.stdout.contains(", oracle, ") && !run.stdout.contains(", fista, "), "{}", run.stdout);
    // The stored run belongs to another config: it stays unchanged, and the check is stored next to it.
    let results = folder.path().join("results/small");
    assert!(results.join("quick/manifest.toml").exists() && results.join("quick-check/journal").exists());
    // If the change is accepted, the old reason is kept.
    let run = remeasure(folder.path(), "baseline accept --config small.toml --reason because");
    assert_eq!(run.code, 0, "{}", run.stderr);
    has(&run.stdout, &["4 identical, 2 moved"]);
    assert_eq!(remeasure(folder.path(), "check --config small.toml").code, 0);
    let run = remeasure(folder.path(), "baseline show --config small.toml");
    has(&run.stdout, &[": first\n", ": because [4 identical, 2 moved]\n", "claims: 1 "]);
}

#[test]
fn a_wrong_threshold_in_the_code_is_caught_and_its_direction_told() {
    let before = snapshot(1.0, 7);
    let now = snapshot(1.01, 7);
    let verdict = compare(&before, &now, Pairing::SameData, &[], &sense, Rules::default());
    let moved: Vec<_> = verdict.comparisons.iter().filter(|c| c.state == State::Moved).collect();
    assert!(moved.iter().any(|c| c.metric == "error" && c.better.is_some()), "{:?}", verdict.comparisons);
    // Smaller errors are better.
    let errors = moved.iter().filter(|c| c.metric == "error");
    assert!(errors.clone().all(|c| c.better == Some(c.now < c.before)), "{moved:?}");
    assert!(moved.iter().all(|c| c.estimator == "soft"));
    // The estimator without shrinkage has no threshold.
    assert_eq!(verdict.count(State::Identical), verdict.places.len() / 2);
    // A change ten times smaller is still detected by replicate, but not with two independent samples.
    let now = snapshot(1.001, 7);
    assert!(compare(&before, &now, Pairing::SameData, &[], &sense, Rules::default()).alarms());
    assert!(!compare(&before, &now, Pairing::NewData, &[], &sense, Rules::default()).alarms());
}

#[test]
fn another_number_of_threads_is_identical() {
    let folder = accepted(SMALL);
    let before = std::fs::read(folder.path().join("results/small/baseline/digests.csv")).unwrap();
    // Measured again, not read from the store.
    std::fs::remove_dir_all(folder.path().join("results/small/quick")).unwrap();
    let run = remeasure(folder.path(), "check --config small.toml --jobs 3 --verbose");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    has(
        &run.stdout,
        &["small, profile quick: identical\n", "6 identical, of 6", "every bit should be the same"],
    );
    has(&run.stdout, &["nmse: any bit in the 6 that are identical; ", " % on other data"]);
    has(&run.stderr, &["16 trials in", " on 3 threads"]);
    // Results stored by this code are used. Without --verbose one line is enough.
    let run = remeasure(folder.path(), "check --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let identical = "small, profile quick: identical, 6 pairs of cell and estimator";
    let blind =
        "; on other data, only changes larger than the mean would be caught, in the median cell, of nmse (";
    assert!(run.stdout.starts_with(&format!("{identical}{blind}")), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    // With more replicates, less is overlooked.
    let many = accepted(&SMALL.replace("replicates = 8", "replicates = 60"));
    let run = remeasure(many.path(), "check --config small.toml");
    assert_eq!(run.stdout, format!("{identical}\n"));
    let run = remeasure(folder.path(), "check --config small.toml");
    has(&run.stderr, &["  16 of 16 trials are stored already\n  nothing had to be run\n"]);
    // If accepted again, the numbers have the same bytes.
    assert_eq!(remeasure(folder.path(), "baseline accept --config small.toml").code, 0);
    let after = std::fs::read(folder.path().join("results/small/baseline/digests.csv")).unwrap();
    assert_eq!(before, after);
}

#[test]
fn another_seed_is_compatible_and_a_changed_sweep_is_named() {
    let folder = accepted(SMALL);
    let run = remeasure(folder.path(), "check --config small.toml --seed 6");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    has(&run.stdout, &["compatible", "changed: seed: 5 → 6", "other data: two-sample tests"]);
    // Where little can be detected stands first.
    let blind = "here, only changes larger than the mean would be caught, in the median cell, of nmse (";
    has(&run.stdout, &[&format!("small, profile quick: compatible\n  {blind}")]);
    write(folder.path(), &SMALL.replace("[20, 40]", "[40, 60]"));
    let run = remeasure(folder.path(), "check --config small.toml");
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    has(
        &run.stdout,
        &["3 identical, 3 new, 3 missing", "missing: n=20, oracle", "sweep.problem.n: 20, 40 → 40, 60"],
    );
}

#[test]
fn endings_have_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SMALL);
    for command in ["check --config small.toml", "check"] {
        let run = remeasure(folder.path(), command);
        assert_eq!(run.code, 4, "{}", run.stderr);
        has(&run.stderr, &["error: no baseline in results", "`remeasure baseline accept"]);
        assert!(!folder.path().join("results").exists(), "nothing was run");
    }
    assert_eq!(remeasure(folder.path(), "baseline show --config small.toml").code, 2);
    assert_eq!(remeasure(folder.path(), "check --rate 1.5").code, 2);
    assert_eq!(remeasure(folder.path(), "baseline accept").code, 2);
    let folder = accepted(SMALL);
    write(folder.path(), &SMALL.replace("[profile.quick]", "[profile.other]"));
    let run = remeasure(folder.path(), "check --config small.toml");
    assert_eq!(run.code, 2, "{}", run.stderr);
    has(&run.stderr, &["the baseline of small has profile `quick`"]);
    // Fits that time out where none did before.
    write(folder.path(), &SMALL.replace("kind = \"fista\"", "kind = \"fista\"\ntime_limit = \"1ns\""));
    std::fs::remove_dir_all(folder.path().join("results/small/quick")).unwrap();
    let run = remeasure(folder.path(), "check --config small.toml");
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    has(
        &run.stdout,
        &[
            "newly failing fits: n=20, fista",
            "moved: n=20, fista, (ended ok): 1 → 0 (-100.00 %, worse); Fisher's exact, p < 0.001",
            "missing: n=40, fista: gap, iterations, lambda, nmse, nonzeros",
        ],
    );
}
