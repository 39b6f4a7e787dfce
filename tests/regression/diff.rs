//! Comparison of two stored runs.

use std::path::Path;

use serde_json::Value;

use crate::program::{Run, SMALL, accepted, has, remeasure, write};

/// A figure along the sweep and one along paths.
const FIGURES: &str = r#"
[[figure]]
id = "errors"
title = "Errors"
kind = "line"
metric = "nmse"
x = "n"

[[figure]]
id = "paths"
title = "Paths"
kind = "line"
metric = "gap"
x = "coordinate"
facet = "n"
estimators = ["fista"]
"#;

/// Runs the program, which must succeed.
fn run(folder: &Path, arguments: &str) {
    let run = remeasure(folder, &format!("run --config small.toml --jobs 1 {arguments}"));
    assert_eq!(run.code, 0, "{}", run.stderr);
}

/// The folder of a config with two figures, run once; its runs are in `results/small`.
fn measured() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &format!("{SMALL}{FIGURES}"));
    run(folder.path(), "");
    folder
}

/// The names of the runs other than `quick`.
fn others(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("results/small")).unwrap();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).filter(|n| n != "quick").collect();
    names.sort();
    names
}

fn diff(folder: &Path, arguments: &str, code: i32) -> Run {
    let run = remeasure(folder, &format!("diff {arguments}"));
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    run
}

fn json(folder: &Path, arguments: &str, code: i32) -> Value {
    serde_json::from_str(&diff(folder, &format!("{arguments} --format json"), code).stdout).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn edit(file: &Path, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(file).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "{}", file.display());
    std::fs::write(file, changed).unwrap();
}

#[test]
fn a_copy_is_identical_and_its_figures_are_the_same_bytes_each_time() {
    let folder = measured();
    let folder = folder.path();
    copy(&folder.join("results/small/quick"), &folder.join("elsewhere"));
    let found = diff(folder, "small/quick elsewhere --figures first", 0);
    has(
        &found.stdout,
        &[
            "small, profile quick: identical\n",
            "A: small/quick: run, profile quick, 2 cells × 8 replicates, 3 estimators, config ",
            "B: elsewhere: run, ",
            "cause: none: nothing that can change a number differs, and no number does\n",
            "6 identical, of 6 cells × estimators",
        ],
    );
    diff(folder, "small/quick elsewhere --figures second", 0);
    for name in ["compare-nmse", "compare-support_f1", "errors", "paths"] {
        for ending in ["svg", "png"] {
            let file = format!("{name}.{ending}");
            let bytes = std::fs::read(folder.join("first").join(&file)).unwrap();
            assert!(bytes.len() > 2000, "{file}: {} bytes", bytes.len());
            assert_eq!(bytes, std::fs::read(folder.join("second").join(&file)).unwrap(), "{file}");
        }
    }
    // Both sides of each facet, with their names.
    let paths = std::fs::read_to_string(folder.join("first/paths.svg")).unwrap();
    for title in ["A: n = 20", "B: n = 20", "A: n = 40", "B: n = 40"] {
        assert!(paths.contains(title), "{title}");
    }
    assert!(!paths.contains("no data"));
    let value = json(folder, "small/quick elsewhere", 0);
    assert_eq!(
        (&value["cause"]["word"], value["causes"].as_array().unwrap().len()),
        (&Value::from("none"), 0)
    );
}

#[test]
fn another_seed_explains_what_is_within_noise() {
    let folder = measured();
    let folder = folder.path();
    run(folder, "--seed 6");
    let other = &others(folder)[0];
    let found = diff(folder, &format!("small/quick small/{other}"), 0);
    has(
        &found.stdout,
        &[
            "small, profile quick: compatible\n",
            "cause: seed: only the seed differs: new data; the differences are within noise\n",
            "changed: seed: 5 → 6 [seed]",
            "other data: two-sample tests",
        ],
    );
    assert_eq!(json(folder, &format!("small/quick small/{other}"), 0)["cause"]["word"], "seed");
}

#[test]
fn a_setting_of_one_estimator_explains_that_estimator_only() {
    let folder = measured();
    let folder = folder.path();
    run(folder, "--set estimator.lasso.lambda.fraction=0.2");
    let other = format!("small/quick small/{}", others(folder)[0]);
    let found = diff(folder, &other, 1);
    has(
        &found.stdout,
        &[
            "small, profile quick: moved\n",
            "cause: config: only the config can explain the differences (1 of 3 estimators)\n",
            "4 identical, 2 moved, of 6 cells × estimators",
            "moved: n=20, lasso, nmse: ",
            "changed: estimator lasso, lambda.fraction: 0.1 → 0.2 [config]",
            "estimator lasso, moved: config: lambda.fraction: 0.1 → 0.2\n",
            "the same data: paired tests",
        ],
    );
    assert!(!found.stdout.contains("estimator fista,"), "{}", found.stdout);
    let value = json(folder, &other, 1);
    assert_eq!(value["causes"][0]["class"], "config");
    assert_eq!(value["causes"][0]["estimator"], "lasso");
    assert_eq!(value["estimators"].as_array().unwrap().len(), 1);
    for format in ["markdown", "github"] {
        let text = diff(folder, &format!("{other} --format {format}"), 1).stdout;
        has(&text, &["lambda.fraction: 0.1 → 0.2", "moved"]);
    }
    // An effect of the code on an estimator with unchanged settings is not attributed to the config.
    let records = folder.join("results/small").join(&others(folder)[0]).join("records.csv");
    edit(&records, |text| {
        let changed = |l: &str| if l.contains(",fista,,nmse,") { shifted(l) } else { l.to_owned() };
        text.lines().map(changed).collect::<Vec<_>>().join("\n") + "\n"
    });
    let value = json(folder, &other, 1);
    assert_eq!(value["cause"]["word"], "several");
    let fista = value["estimators"].as_array().unwrap().iter().find(|e| e["estimator"] == "fista").unwrap();
    assert_eq!(fista["classes"], serde_json::json!(["nothing"]));
}

/// A line of `records.csv`, which ends with the value and the trial, with the value replaced by 2.
fn shifted(line: &str) -> String {
    let mut fields: Vec<&str> = line.split(',').collect();
    let value = fields.len() - 2;
    fields[value] = "2.0";
    fields.join(",")
}

#[test]
fn a_change_of_the_code_is_told_from_a_defect_of_determinism() {
    let folder = measured();
    let folder = folder.path();
    let other = folder.join("results/small/other");
    copy(&folder.join("results/small/quick"), &other);
    edit(&other.join("records.csv"), |text| {
        let changed = |l: &str| if l.contains(",lasso,,nmse,") { shifted(l) } else { l.to_owned() };
        text.lines().map(changed).collect::<Vec<_>>().join("\n") + "\n"
    });
    let found = diff(folder, "small/quick small/other", 1);
    has(
        &found.stdout,
        &[
            "cause: nothing: the same program gave different numbers for the same config",
            "estimator lasso, moved: its numbers differ although nothing that can change them does",
        ],
    );
    // The same numbers from another commit and another program.
    edit(&other.join("manifest.toml"), |text| {
        let changed = |l: &str| match l.split_once(" = ") {
            Some(("commit", _)) => "commit = \"0123456789abcdef\"".to_owned(),
            Some(("binary", _)) => "binary = \"0123456789abcdef\"".to_owned(),
            _ => l.to_owned(),
        };
        text.lines().map(changed).collect::<Vec<_>>().join("\n") + "\n"
    });
    let found = diff(folder, "small/quick small/other", 1);
    has(
        &found.stdout,
        &["cause: code: only the code can explain the differences (1 of 3 estimators)", "→ 0123456789"],
    );
    assert_eq!(json(folder, "small/quick small/other", 1)["causes"][0]["class"], "code");
}

#[test]
fn a_run_stands_beside_a_baseline() {
    let folder = accepted(&format!("{SMALL}{FIGURES}"));
    let folder = folder.path();
    let found = diff(folder, "small/baseline results/small/quick --figures drawn", 0);
    has(
        &found.stdout,
        &["A: small/baseline: baseline, profile quick, ", "6 identical, of 6", "cause: none: "],
    );
    has(&found.stderr, &["no figure paths: a baseline does not keep the paths of replicates"]);
    assert!(folder.join("drawn/errors.png").exists() && folder.join("drawn/compare-nmse.svg").exists());
    assert!(!folder.join("drawn/paths.png").exists());
    run(folder, "--set estimator.fista.lambda.fraction=0.3");
    let name = others(folder).into_iter().find(|n| n != "baseline").unwrap();
    let found = diff(folder, &format!("small/baseline small/{name}"), 1);
    has(
        &found.stdout,
        &["estimator fista, moved: config: lambda.fraction: 0.1 → 0.3\n", "4 identical, 2 moved"],
    );
}

#[test]
fn fewer_replicates_and_cells_are_compared_on_what_both_have() {
    let folder = measured();
    let folder = folder.path();
    let big = format!(
        "{}\n[profile.big]\nreplicates = 11\nsweep.problem.n = [40, 60]\n{FIGURES}",
        SMALL.trim_end()
    );
    write(folder, &big);
    run(folder, "--profile big");
    let found = diff(folder, "small/quick small/big", 0);
    has(
        &found.stdout,
        &[
            "small, profiles quick and big: identical\n",
            "note: compared on the 1 cell that both have; A has 2, B has 2\n",
            "note: compared on the first 8 replicates of each cell",
            "3 identical, of 3",
            "changed: replicates: 8 → 11 [selection]",
        ],
    );
    run(folder, "--only lasso");
    has(
        &diff(folder, "small/quick small/quick-only-lasso", 0).stdout,
        &[
            "2 identical, of 2",
            "changed: --only: all → lasso [selection]",
            "on the 1 estimator that both have",
        ],
    );
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = measured();
    let folder = folder.path();
    let message = |arguments: &str| diff(folder, arguments, 2).stderr;
    has(
        &message("small/quick small/slow"),
        &[
            "error: `small/slow` is neither a run nor a baseline: looked for manifest.toml or baseline.toml in small/slow \
           and results/small/slow; results/small has quick",
        ],
    );
    has(&message("nothing small/quick"), &["results has small/quick"]);
    write(folder, &SMALL.replace("experiment = \"small\"", "experiment = \"tiny\""));
    run(folder, "");
    has(&message("small/quick tiny/quick"), &["only runs of the same experiment can be compared"]);
    let other = folder.join("results/small/other");
    copy(&folder.join("results/small/quick"), &other);
    edit(&other.join("outcomes.csv"), |text| text.lines().take(9).collect::<Vec<_>>().join("\n") + "\n");
    has(
        &message("small/quick small/other"),
        &["results/small/other is not complete: 8 of 48 fits are recorded"],
    );
    std::fs::remove_file(other.join("records.csv")).unwrap();
    has(&message("small/quick small/other"), &["cannot read results/small/other/records.csv"]);
    std::fs::remove_file(other.join("manifest.toml")).unwrap();
    has(&message("small/quick small/other"), &["is not complete: `remeasure status results/small/other`"]);
}
