//! What the commands print and write.

use crate::program::{SMALL, folder_with, remeasure};

#[test]
fn every_shipped_config_is_sound_under_each_of_its_profiles() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sparse-recovery", "phase-transition"] {
        for profile in ["quick", "paper"] {
            let run = remeasure(folder.path(), &format!("show {name} --profile {profile}"));
            assert_eq!(run.code, 0, "{name} {profile}: {}", run.stderr);
            assert!(run.stdout.contains("Claims:"), "{}", run.stdout);
        }
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "show writes nothing");
}

#[test]
fn a_printed_config_runs_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let shown = remeasure(folder.path(), "show phase-transition --toml");
    std::fs::write(folder.path().join("mine.toml"), &shown.stdout).unwrap();
    let only = "run --config mine.toml --replicates 1 --only p=50,k_over_p=0.1,n_over_p=0.9 --out out";
    let run = remeasure(folder.path(), only);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn verdicts_are_printed_stored_and_make_the_exit_code() {
    let folder = folder_with(SMALL);
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("reproduced    The oracle beats the Lasso"), "{}", run.stdout);
    assert!(run.stdout.contains("contradicted  The Lasso beats the oracle"), "{}", run.stdout);
    let csv = std::fs::read_to_string(folder.path().join("out/small/quick/claims.csv")).unwrap();
    assert!(csv.lines().any(|l| l.starts_with("lasso-best,") && l.contains(",contradicted,")), "{csv}");
    let strict = remeasure(folder.path(), "claims --config small.toml --out out --strict");
    assert_eq!(strict.code, 1);
    assert_eq!(remeasure(folder.path(), "claims --config small.toml --out out").code, 0);
}

#[test]
fn a_report_is_rebuilt_from_records_byte_for_byte() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let base = folder.path().join("out/small/quick");
    let made = [
        "report.md",
        "timings.md",
        "summary.csv",
        "claims.csv",
        "tables/errors.md",
        "tables/errors.tex",
        "tables/errors.csv",
        "figures/error.svg",
        "figures/error.png",
    ];
    let before = made.map(|name| std::fs::read(base.join(name)).unwrap());
    for name in made {
        std::fs::remove_file(base.join(name)).unwrap();
    }
    let run = remeasure(folder.path(), "report --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (name, bytes) in made.iter().zip(before) {
        assert!(std::fs::read(base.join(name)).unwrap() == bytes, "{name}");
    }
}

#[test]
fn what_never_repeats_stands_beside_the_report() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out --only n=10 --jobs 2").code, 0);
    let base = folder.path().join("out/small/quick-only-n_10");
    let [report, timings] =
        ["report.md", "timings.md"].map(|f| std::fs::read_to_string(base.join(f)).unwrap());
    let again = "`remeasure run --config FILE --profile quick --only n=10`, where FILE holds";
    assert!(report.contains(again) && report.contains("`timings.md`"), "{report}");
    assert!(!report.contains("How the fits ended"), "{report}");
    for part in ["never repeat exactly", "median (ms)", "2 threads of ", "--out out --only n=10 --jobs 2`"] {
        assert!(timings.contains(part), "{part} in {timings}");
        assert!(!report.contains(part), "{part} in {report}");
    }
}

#[test]
fn a_report_takes_new_figures_and_claims_without_running() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let changed = SMALL.replace("title = \"Errors\"", "title = \"Errors, renamed\"");
    std::fs::write(folder.path().join("small.toml"), changed).unwrap();
    assert_eq!(remeasure(folder.path(), "report --config small.toml --out out").code, 0);
    let table = std::fs::read_to_string(folder.path().join("out/small/quick/tables/errors.md")).unwrap();
    assert!(table.contains("Errors, renamed"));
}

#[test]
fn a_changed_config_cannot_overwrite_the_plain_run() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let records = folder.path().join("out/small/quick/records.csv");
    let before = std::fs::read(&records).unwrap();
    let run =
        remeasure(folder.path(), "run --config small.toml --out out --set problem.snr_db=3 --replicates 2");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(std::fs::read(&records).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path().join("out/small")).unwrap().count(), 2);
}

#[test]
fn a_config_edited_in_place_is_not_mixed_with_the_run_that_was_there() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let read = || std::fs::read(folder.path().join("out/small/quick/records.csv")).unwrap();
    let before = read();
    let edited =
        SMALL.replace("seed = 5", "seed = 6").replace("fraction = 0.1 }\n\n", "fraction = 0.2 }\n\n");
    std::fs::write(folder.path().join("small.toml"), edited).unwrap();
    // A report of the old run states that the run is old.
    let report = remeasure(folder.path(), "report --config small.toml --out out");
    assert!(report.stderr.contains("was made with another config"), "{}", report.stderr);
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 2, "{}", run.stderr);
    for words in [
        "18 trials measured with another config",
        "\n  seed: 5 → 6\n",
        "\n  estimator lasso, lambda.fraction: 0.1 → 0.2\n",
        "--fresh",
        "--mix",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!(read(), before, "nothing lost");
    let run = remeasure(folder.path(), "run --config small.toml --out out --fresh");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_ne!(read(), before);
    // With the same config again, there is nothing to refuse and nothing to run.
    let again = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("18 of 18 trials are stored already"), "{}", again.stderr);
}

#[test]
fn leftovers_of_a_killed_run_are_cleared_away() {
    let folder = folder_with(SMALL);
    let base = folder.path().join("out/small/quick");
    std::fs::create_dir_all(&base).unwrap();
    std::fs::write(base.join(".writing-abc"), "half a reco").unwrap();
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let hidden = |e: std::fs::DirEntry| e.file_name().to_string_lossy().starts_with('.');
    assert!(!std::fs::read_dir(&base).unwrap().any(|e| hidden(e.unwrap())));
}

#[test]
fn a_filter_without_names_picks_the_experiments_it_fits() {
    let folder = tempfile::tempdir().unwrap();
    let run = remeasure(folder.path(), "run --only l1,p=50,k_over_p=0.1,n_over_p=0.5 --replicates 1");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("phase-transition") && !run.stdout.contains("sparse-recovery"),
        "{}",
        run.stdout
    );
}

#[test]
fn one_rule_replaces_another_in_a_profile() {
    let config = SMALL.replace(
        "[profile.large.problem]",
        "[profile.large.estimator.fista]\nlambda = { universal = 1.0 }\n[profile.large.problem]",
    );
    let folder = folder_with(&config);
    let run = remeasure(folder.path(), "show --config small.toml --profile large");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("lambda = { universal = 1.0 }, trace_every = 5"), "{}", run.stdout);
}

#[test]
fn where_confines_an_estimator_to_the_cells_it_suits() {
    let many_folds = SMALL.replace("folds = 4", "folds = 15");
    let folder = folder_with(&many_folds);
    let refused = remeasure(folder.path(), "show --config small.toml");
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("(in the cell n=10)"), "{}", refused.stderr);
    let folder =
        folder_with(&many_folds.replace("name = \"cv\"", "name = \"cv\"\nwhere = [\"n=20\", \"n=4*\"]"));
    let shown = remeasure(folder.path(), "show --config small.toml");
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("only where n=20, n=4*\n"), "{}", shown.stdout);
}

#[test]
fn a_skipped_estimator_is_shown_as_such_and_is_not_missing() {
    let config = SMALL.replace("name = \"cv\"", "name = \"cv\"\nwhere = [\"n=40\", \"n=20\"]");
    let folder = folder_with(&config);
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let base = folder.path().join("out/small/quick");
    let read = |file: &str| std::fs::read_to_string(base.join(file)).unwrap();
    // Whatever was attempted, the report is about these rows.
    let skipped = |line: &str| -> String {
        let fields: Vec<&str> = line.split(',').collect();
        if !line.starts_with("10,") || fields[2] != "cv" || fields[3] == "skipped" {
            return format!("{line}\n");
        }
        let reason = [&fields[..3], &["skipped", "\"only where n=40, n=20\""], &fields[5..]].concat();
        reason.join(",") + "\n"
    };
    let outcomes: String = read("outcomes.csv").lines().map(skipped).collect();
    assert_eq!(outcomes.matches(",cv,skipped,\"only where n=40, n=20\"").count(), 6, "{outcomes}");
    let tried = |line: &&str| !(line.starts_with("10,") && line.contains(",cv,"));
    let records: Vec<String> = read("records.csv").lines().filter(tried).map(|l| format!("{l}\n")).collect();
    std::fs::write(base.join("outcomes.csv"), outcomes).unwrap();
    std::fs::write(base.join("records.csv"), records.concat()).unwrap();
    assert_eq!(remeasure(folder.path(), "report --config small.toml --out out").code, 0);
    let summary = read("summary.csv");
    let row = summary.lines().find(|l| l.starts_with("10,cv,nmse,,")).unwrap();
    assert!(row.starts_with("10,cv,nmse,,0,0,,") && row.ends_with(",0,,,0,0,0,0,6"), "{row}");
    assert!(read("tables/errors.md").contains("| cv | skipped | "), "{}", read("tables/errors.md"));
    assert!(read("report.md").contains("| cv | 12 | 0 | 0 | 0 | 6 | only where n=40, n=20 |"));
    assert!(!read("figures/error.svg").contains("missing"));
}

#[test]
fn a_reader_that_closes_the_pipe_does_not_change_the_exit_code() {
    use std::process::{Command, Stdio};
    let config = SMALL.replace("trace_every = 5", "max_iterations = 1");
    let folder = folder_with(&config);
    let mut child = Command::new(env!("CARGO_BIN_EXE_remeasure"))
        .args(["run", "--config", "small.toml"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn the_files_of_a_csv_problem_are_in_the_manifest_and_not_needed_for_a_report() {
    let folder = tempfile::tempdir().unwrap();
    crate::bad_input::csv_config(folder.path(), "a,b\n1,2\n3,4\n5,7\n6,1\n2,2\n", "y\n1\n2\n3\n4\n5\n");
    assert_eq!(remeasure(folder.path(), "run --config small.toml").code, 0);
    let manifest = std::fs::read_to_string(folder.path().join("results/mine/quick/manifest.toml")).unwrap();
    // SHA-256 of the y file.
    assert!(manifest.contains("\"y.csv\" = \"f34bd004"), "{manifest}");
    std::fs::remove_file(folder.path().join("x.csv")).unwrap();
    let report = remeasure(folder.path(), "report --config small.toml");
    assert_eq!(report.code, 0, "{}", report.stderr);
}

#[test]
fn a_profile_changes_what_it_says() {
    let folder = folder_with(SMALL);
    let run = remeasure(folder.path(), "show --config small.toml --profile large");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("3 cells × 12 replicates = 36 trials"), "{}", run.stdout);
    assert!(!run.stdout.contains("p = 40"), "{}", run.stdout);
    let run = remeasure(folder.path(), "show --config small.toml --profile large --replicates 11 --toml");
    assert!(run.stdout.contains("p = 40"), "{}", run.stdout);
}

#[test]
fn records_are_long_form_with_the_cell_keys() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out out").code, 0);
    let text = std::fs::read_to_string(folder.path().join("out/small/quick/records.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("n,replicate,estimator,coordinate,metric,value,trial"));
    assert!(lines.next().unwrap().starts_with("10,0,oracle,,nmse,"));
    assert!(text.lines().any(|l| l.contains(",fista,5,gap,")));
    let manifest = std::fs::read_to_string(folder.path().join("out/small/quick/manifest.toml")).unwrap();
    for key in
        ["command", "config_hash", "commit", "dirty", "rustc", "processor", "started", "finished", "seed = 5"]
    {
        assert!(manifest.contains(key), "{key}");
    }
}

/// Two axes, one over an estimator's key, text values, and the figures that need them.
const GRID: &str = r#"
experiment = "grid"
title = "Two axes"
family = "sparse"
seed = 5
[profile.quick]
replicates = 4
[problem]
p = 20
n = 15
k = 2
snr_db = 20
[sweep]
problem.signal = ["signs", "gaussian"]
estimator.lasso.lambda.fraction = [0.05, 0.1, 0.5]
[[estimator]]
kind = "lasso"
lambda = { fraction = 0.1 }
[[estimator]]
kind = "omp"
[[figure]]
id = "map"
title = "Map"
kind = "heat-map"
metric = "nmse"
x = "fraction"
y = "signal"
facet = "estimator"
[[figure]]
id = "scatter"
title = "Scatter"
kind = "scatter"
metric = "nmse"
x = "prediction_error"
facet = "signal"
x_scale = "log"
y_scale = "log"
[[figure]]
id = "box"
title = "Box"
kind = "box"
metric = "nmse"
x = "estimator"
facet = "signal"
where = { fraction = 0.1 }
[[figure]]
id = "names"
title = "Names along the axis"
kind = "line"
metric = "nmse"
x = "signal"
where = { fraction = [0.1] }
[[table]]
id = "all"
title = "All"
metrics = ["nmse", "nonzeros"]
statistic = "median"
"#;

#[test]
fn every_kind_of_figure_and_axis_is_drawn() {
    let folder = folder_with(GRID);
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let base = folder.path().join("out/grid/quick");
    for (id, texts) in [
        ("map", &["lasso", "omp", "signs"][..]),
        ("scatter", &["signal = signs", "prediction_error"]),
        ("box", &["signal = gaussian", "omp"]),
        ("names", &["signs", "gaussian"]),
    ] {
        let svg = std::fs::read_to_string(base.join(format!("figures/{id}.svg"))).unwrap();
        for text in texts {
            assert!(svg.contains(text), "{id}: {text}");
        }
        assert!(!svg.contains("no data"), "{id}");
    }
    let table = std::fs::read_to_string(base.join("tables/all.md")).unwrap();
    assert_eq!(table.lines().filter(|l| l.contains("| lasso |")).count(), 6);
    // The estimator that the axis does not touch sees the same data in its cells' own draws.
    let records = std::fs::read_to_string(base.join("records.csv")).unwrap();
    assert!(records.starts_with("signal,fraction,replicate,"));
}
