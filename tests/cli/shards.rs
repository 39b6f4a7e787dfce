//! Shards of a run: running, status and merging.

use std::collections::BTreeMap;
use std::path::Path;

use crate::determinism::files;
use crate::program::{SMALL, folder_with, remeasure};

/// Runs all shards of `small.toml` below `out`.
fn run_shards(folder: &Path, of: u32, out: &str) {
    for index in 1..=of {
        let run =
            remeasure(folder, &format!("run --config small.toml --jobs 2 --shard {index}/{of} --out {out}"));
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    }
}

/// The files of a run that must be the same however it was made.
fn kept(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = files(folder);
    found.retain(|name, _| name != "journal" && name != "timings.md" && !name.starts_with("shards/"));
    found
}

fn refused(folder: &Path, arguments: &str, parts: &[&str]) {
    let run = remeasure(folder, arguments);
    assert_eq!(run.code, 2, "{arguments}: {}", run.stdout);
    for part in parts {
        assert!(run.stderr.contains(part), "{arguments}: `{part}` is not in:\n{}", run.stderr);
    }
}

#[test]
fn merged_shards_are_one_run() {
    let folder = folder_with(SMALL);
    let one = remeasure(folder.path(), "run --config small.toml --out one");
    assert_eq!(one.code, 0, "{}", one.stderr);
    let expected = kept(&folder.path().join("one/small/quick"));
    assert!(expected.contains_key("records.csv") && expected.contains_key("figures/error.png"));
    for of in [1, 2, 7] {
        run_shards(folder.path(), of, &format!("s{of}"));
        let run = remeasure(folder.path(), &format!("merge s{of} --out m{of}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let verdicts = |text: &str| text.replace("one/", "").replace(&format!("m{of}/"), "");
        assert_eq!(verdicts(&run.stdout), verdicts(&one.stdout));
        let merged = folder.path().join(format!("m{of}/small/quick"));
        assert!(kept(&merged) == expected, "{of} shards");
        // A merged run is like any other: nothing is left to do.
        let journal = std::fs::read(merged.join("journal")).unwrap();
        let again = remeasure(folder.path(), &format!("run --config small.toml --out m{of}"));
        assert!(again.stderr.contains("18 of 18 trials are stored already"), "{}", again.stderr);
        assert!(std::fs::read(merged.join("journal")).unwrap() == journal);
        assert!(kept(&merged) == expected);
    }
}

#[test]
fn the_order_of_the_folders_does_not_matter_and_a_run_is_not_overwritten() {
    let folder = folder_with(SMALL);
    run_shards(folder.path(), 3, "s");
    let shards = "s/small/quick/shards";
    let there = format!("merge {shards}/1-of-3 {shards}/2-of-3 {shards}/3-of-3 {shards} --out a");
    let back = format!("merge {shards}/3-of-3 {shards}/1-of-3 {shards}/2-of-3 --out b");
    assert_eq!(remeasure(folder.path(), &there).code, 0);
    assert_eq!(remeasure(folder.path(), &back).code, 0);
    let journal = |out: &str| std::fs::read(folder.path().join(out).join("small/quick/journal")).unwrap();
    assert!(journal("a") == journal("b"));
    refused(folder.path(), &back, &["b/small/quick already holds a run", "--fresh", "--out"]);
    let fresh = remeasure(folder.path(), &format!("{back} --fresh --strict"));
    assert_eq!(fresh.code, 1, "a claim is contradicted: {}", fresh.stderr);
    assert!(journal("a") == journal("b"));
    // Into the folder that contains the shards.
    assert_eq!(remeasure(folder.path(), "merge s --out s").code, 0);
    assert!(journal("a") == journal("s"));
    assert_eq!(remeasure(folder.path(), "merge s --out s --fresh").code, 0);
}

#[test]
fn gaps_and_overlaps_are_refused_by_name() {
    let folder = folder_with(SMALL);
    run_shards(folder.path(), 7, "s");
    let shards = folder.path().join("s/small/quick/shards");
    std::fs::remove_dir_all(shards.join("3-of-7")).unwrap();
    // The last entry of shard 6 is cut short.
    let cut = std::fs::read(shards.join("6-of-7/journal")).unwrap();
    std::fs::write(shards.join("6-of-7/journal"), &cut[..cut.len() - 5]).unwrap();
    refused(
        folder.path(),
        "merge s --out m",
        &["4 of 18 trials missing: 3 of shard 3/7, 1 of shard 6/7", "first trials: ", "-2, "],
    );
    assert!(!folder.path().join("m").exists(), "nothing is written");

    let run = remeasure(folder.path(), "status s");
    assert_eq!(run.code, 1, "{}", run.stderr);
    for part in [
        "small/quick   14 of 18 trials (77.7 %)   stopped\n",
        "  fits: 70 ok\n",
        "  shards: 5 of 7 complete, missing 3/7, 6/7 (1 of 2)\n",
        "cut short: the last ",
        "  n=20: 1 of 6 trials missing\n",
    ] {
        assert!(run.stdout.contains(part), "`{part}` is not in:\n{}", run.stdout);
    }

    // Shards of two partitions share trials.
    run_shards(folder.path(), 2, "t");
    let two = "merge t/small/quick/shards/1-of-2 t/small/quick/shards/2-of-2";
    refused(
        folder.path(),
        &format!("{two} s/small/quick/shards/1-of-7 --out m"),
        &[
            "overlap",
            "t/small/quick/shards/1-of-2 and s/small/quick/shards/1-of-7 both have 10 rows, the first of trial ",
            "t/small/quick/shards/2-of-2 and s/small/quick/shards/1-of-7 both have 5 rows",
            "-0; their numbers agree",
        ],
    );

    // No fit finishes with such a time limit: the rows differ, and by folder name these come first.
    let run = remeasure(folder.path(), "run --config small.toml --shard 1/2 --time-limit 1ns --out r");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let apart = "merge t/small/quick/shards r/small/quick/shards/1-of-2 --out m";
    refused(folder.path(), apart, &["1-of-2 both have 45 rows, ", "; in 45 the numbers differ"]);
}

#[test]
fn shards_of_other_runs_are_refused_by_what_differs() {
    let folder = folder_with(SMALL);
    let shard = |options: &str, out: &str| {
        let run = remeasure(folder.path(), &format!("run --config small.toml {options} --out {out}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
    };
    shard("--shard 1/2", "a");
    for (options, out, expected) in [
        ("--shard 2/2 --seed 6", "seed", "\n  seed: 5 → 6"),
        ("--shard 2/2 --replicates 7", "replicates", "\n  replicates: 6 → 7"),
        ("--shard 2/2 --set problem.k=4", "k", "\n  problem.k: 3 → 4"),
        ("--shard 2/2 --set sweep.problem.n=[10,20]", "n", "\n  sweep.problem.n: 10, 20, 40 → 10, 20"),
        ("--shard 2/2 --profile large", "large", "\n  profile: quick → large"),
        ("--shard 2/2 --only omp", "omp", "\n  --only: (none) → omp"),
    ] {
        shard(options, out);
        refused(
            folder.path(),
            &format!("merge a {out} --out m"),
            &["not shards of one run: a/small", expected],
        );
    }
    refused(folder.path(), "merge small.toml --out m", &["small.toml"]);
    // Settings that do not affect results may differ: those of the first shard are used.
    let renamed =
        SMALL.replace("title = \"Error\"", "title = \"Another\"").replace("observations n", "rows n");
    std::fs::write(folder.path().join("small.toml"), renamed).unwrap();
    shard("--shard 2/2", "renamed");
    let run = remeasure(folder.path(), "merge renamed a --out titles");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let figure = std::fs::read_to_string(folder.path().join("titles/small/quick/figures/error.svg")).unwrap();
    assert!(figure.contains("observations n") && !figure.contains("rows n"));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    refused(folder.path(), "merge empty --out m", &["no shard in empty"]);
    assert!(!folder.path().join("m").exists());
}

#[test]
fn shards_of_other_code_are_put_together_only_if_asked_to() {
    let folder = folder_with(SMALL);
    // The same program with another digest.
    let other = folder.path().join("other");
    std::fs::copy(env!("CARGO_BIN_EXE_remeasure"), &other).unwrap();
    std::io::Write::write_all(&mut std::fs::File::options().append(true).open(&other).unwrap(), b"x")
        .unwrap();
    let shard = "run --config small.toml --out s --shard";
    assert_eq!(remeasure(folder.path(), &format!("{shard} 1/2")).code, 0);
    let arguments: Vec<String> = format!("{shard} 2/2").split(' ').map(str::to_owned).collect();
    let run = std::process::Command::new(&other).args(arguments).current_dir(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let refusal =
        ["1-of-2 and s/small", "2-of-2 were measured with different code:\n  program file: ", "--mix"];
    refused(folder.path(), "merge s --out m", &refusal);
    let refusal = ["measured with other code than this:\n  program file: "];
    refused(folder.path(), "merge s/small/quick/shards/2-of-2 --out m", &refusal);
    let run = remeasure(folder.path(), "merge s --out m --mix");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let manifest = std::fs::read_to_string(folder.path().join("m/small/quick/manifest.toml")).unwrap();
    assert_eq!(manifest.matches("[[other_code]]").count(), 1, "{manifest}");
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out one").code, 0);
    let made = |out: &str| kept(&folder.path().join(out).join("small/quick"));
    assert!(made("m") == made("one"));
    assert_eq!(remeasure(folder.path(), "status m").code, 0);
    // Replicate 1 belongs to the second shard.
    let outcomes = std::fs::read_to_string(folder.path().join("m/small/quick/outcomes.csv")).unwrap();
    let id = outcomes.lines().find(|l| l.starts_with("10,1,")).unwrap().rsplit(',').next().unwrap();
    let run = remeasure(folder.path(), &format!("replay {id} --out m"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("\n  program file: "), "{}", run.stdout);
    assert!(run.stdout.contains("identical to what is stored"), "{}", run.stdout);
}

#[test]
fn status_tells_complete_from_partial() {
    let folder = folder_with(SMALL);
    refused(folder.path(), "status .", &["no journal in ."]);
    refused(
        folder.path(),
        "status nowhere",
        &["`nowhere` is no path, paper or experiment, and no folder in results"],
    );
    assert_eq!(remeasure(folder.path(), "run --config small.toml").code, 0);
    let before = files(&folder.path().join("results"));
    let run = remeasure(folder.path(), "status");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, "small/quick   18 of 18 trials (100.0 %)   complete\n  fits: 90 ok\n");
    // One entry in the middle is damaged.
    let path = folder.path().join("results/small/quick/journal");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let run = remeasure(folder.path(), "status results/small");
    assert_eq!(run.code, 1, "{}", run.stderr);
    for part in
        ["quick   17 of 18 trials (94.4 %)   stopped\n", "  damaged: ", " bytes at offset ", ": 1 of 6 "]
    {
        assert!(run.stdout.contains(part), "`{part}` is not in:\n{}", run.stdout);
    }
    assert_eq!(remeasure(folder.path(), "run --config small.toml").code, 0);
    assert_eq!(remeasure(folder.path(), "status").code, 0);
    let after = files(&folder.path().join("results"));
    assert!(before.keys().eq(after.keys()), "status leaves no file");
    // If all shards are complete, they only need to be merged.
    run_shards(folder.path(), 2, "s");
    let run = remeasure(folder.path(), "status s results");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("results/small/quick   18 of 18"), "{}", run.stdout);
    assert!(
        run.stdout.contains("shards: 2 of 2 complete\n  merge them with `remeasure merge s/small/quick`"),
        "{}",
        run.stdout
    );
    // A shard that was moved elsewhere is treated as a run of its own.
    std::fs::rename(folder.path().join("s/small/quick/shards/2-of-2"), folder.path().join("away")).unwrap();
    let run = remeasure(folder.path(), "status away");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.starts_with("away   9 of 9 trials of shard 2/2 (100.0 %)   complete\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_folder_in_which_a_run_is_going_on_is_named() {
    let folder = folder_with(SMALL);
    run_shards(folder.path(), 2, "s");
    let shard = folder.path().join("s/small/quick/shards/2-of-2");
    let lock = std::fs::File::create(shard.join("lock")).unwrap();
    std::fs::write(shard.join("lock"), "process 123 on elsewhere\n").unwrap();
    lock.lock().unwrap();
    refused(
        folder.path(),
        "merge s --out m",
        &["process 123 on elsewhere is running in s/small/quick/shards/2-of-2"],
    );
    let run = remeasure(folder.path(), "status s");
    assert!(run.stdout.contains("   running: process 123 on elsewhere\n"), "{}", run.stdout);
}

#[test]
fn a_config_lost_in_one_shard_is_known_from_another() {
    let folder = folder_with(SMALL);
    run_shards(folder.path(), 2, "s");
    let path = folder.path().join("s/small/quick/shards/2-of-2/journal");
    let mut bytes = std::fs::read(&path).unwrap();
    // Within the text of the session, which is the first entry.
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let run = remeasure(folder.path(), "status s");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("18 of 18 trials (100.0 %)"), "{}", run.stdout);
    assert!(
        run.stdout.contains("bytes at offset 20 of s/small/quick/shards/2-of-2/journal"),
        "{}",
        run.stdout
    );
    let run = remeasure(folder.path(), "merge s --out m");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("warning: s/small/quick/shards/2-of-2/journal: "), "{}", run.stderr);
    assert_eq!(remeasure(folder.path(), "status m").code, 0);
    // A folder that is not a journal is named, and the rest is still reported.
    std::fs::create_dir(folder.path().join("m/other")).unwrap();
    std::fs::write(folder.path().join("m/other/journal"), "Dear diary").unwrap();
    let run = remeasure(folder.path(), "status m");
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains("18 of 18"), "{}", run.stdout);
    assert!(run.stderr.contains("m/other/journal is not a journal"), "{}", run.stderr);
}

#[test]
fn show_says_what_is_stored() {
    let folder = folder_with(SMALL);
    let show = |options: &str| {
        let run = remeasure(folder.path(), &format!("show --config small.toml {options}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    assert!(show("").contains("\nStored: nothing yet\n"));
    assert!(!folder.path().join("results").exists());
    assert_eq!(remeasure(folder.path(), "run --config small.toml --replicates 4").code, 0);
    assert!(show("").contains("\nStored: 12 of 18 trials in results/small/quick\n"));
    assert!(show("--out elsewhere").contains("\nStored: nothing yet\n"));
    let part = show("--only n=10,omp");
    assert!(part.contains("1 cell × 6 replicates = 6 trials, 1 estimator each"), "{part}");
    assert!(part.contains("\nStored: nothing yet\n"), "a filter has a folder of its own");
    std::fs::write(folder.path().join("small.toml"), SMALL.replace("k = 3", "k = 2")).unwrap();
    let text = show("");
    assert!(
        text.contains("\nStored: 0 of 18 trials in results/small/quick\n  12 trials there were"),
        "{text}"
    );
    assert!(text.contains("\n    problem.k: 3 → 2\n"), "{text}");
}
