//! One's own config and data: commands find the run by name, and files are taken for what they are.

use std::path::Path;

use crate::program::{Run, folder_with, remeasure};

const STUDY: &str = r#"
experiment = "syn"
title = "My data"
family = "sparse"
seed = 1

[profile.quick]
replicates = 4

[problem]
kind = "csv"
x = "X.csv"
y = "y.csv"

[[estimator]]
kind = "lasso"
lambda = { fraction = 0.1 }

[[estimator]]
kind = "omp"
sparsity = 1

[[table]]
id = "errors"
title = "Error"
metrics = ["test_mse"]

[[claim]]
id = "c"
statement = "OMP is better"
source = "me"
form = "below"
metric = "test_mse"
a = "omp"
b = "lasso"
"#;

/// Features and response of 20 rows, and a fourth column with the given text in every row.
fn write_data(folder: &Path, fourth: Option<&str>, scale: &str) {
    let (mut x, mut y) = (String::from("a,b,c"), String::from("price\n"));
    x.push_str(if fourth.is_some() { ",d\n" } else { "\n" });
    for i in 0..41_i32 {
        let at = |k: i32| f64::from((i * k * 37 + k * k * 11) % 101) / 50.0 - 1.0;
        let last = fourth.map(|text| format!(",{text}")).unwrap_or_default();
        x.push_str(&format!("{},{},{}{last}\n", at(1), at(2), at(3)));
        y.push_str(&format!("{:.4}{scale}\n", 0.4 * at(1) - 0.2 * at(3) + 0.3 * at(7)));
    }
    std::fs::write(folder.join("X.csv"), x).unwrap();
    std::fs::write(folder.join("y.csv"), y).unwrap();
}

fn records(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("results/syn/quick/records.csv")).unwrap()
}

fn fine(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run
}

#[test]
fn commands_find_a_run_of_ones_own_config_by_name_or_without_one() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    fine(remeasure(it, "run --config small.toml"));
    std::fs::remove_dir_all(it.join("results/syn/quick/figures")).unwrap_or_default();
    for command in ["claims", "report", "report --html", "claims syn", "report syn", "status", "status syn"] {
        let run = fine(remeasure(it, command));
        assert!(run.stdout.contains("syn"), "{command}: {}", run.stdout);
    }
    fine(remeasure(it, "baseline accept syn"));
    for command in
        ["check syn", "check", "baseline show syn", "baseline show", "verify", "publish syn --profile quick"]
    {
        fine(remeasure(it, command));
    }
    assert!(it.join("results/syn/published/report.html").is_file());
    let unknown = remeasure(it, "claims sin");
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("there is no run in results/sin/quick"), "{}", unknown.stderr);
    // A changed data file: the mend that is printed works.
    write_data(it, Some("7"), "");
    let verify = remeasure(it, "verify results/syn/quick");
    assert_eq!(verify.code, 1, "{}", verify.stdout);
    let mend = verify
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("fix: remeasure "))
        .unwrap()
        .to_owned();
    assert_eq!(mend, "run --config small.toml --fresh");
    fine(remeasure(it, &mend));
    fine(remeasure(it, "verify results/syn/quick"));
}

#[test]
fn paths_are_relative_to_the_configs_folder() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    fine(remeasure(it, "run --config small.toml"));
    let expected = records(it);
    let elsewhere = tempfile::tempdir().unwrap();
    let config = it.join("small.toml");
    for jobs in ["", "--isolate"] {
        fine(remeasure(elsewhere.path(), &format!("run --config {} {jobs} --fresh", config.display())));
        assert_eq!(records(elsewhere.path()), expected);
    }
    // A run goes on from another folder, and by name.
    let out = it.join("results");
    fine(remeasure(elsewhere.path(), &format!("run --config {} --out {}", config.display(), out.display())));
    fine(remeasure(elsewhere.path(), "baseline accept syn"));
    fine(remeasure(elsewhere.path(), "verify"));
    let lost = remeasure(it, "show --config small.toml --set problem.x=Z.csv");
    assert!(lost.stderr.contains("cannot read Z.csv"), "{}", lost.stderr);
}

#[test]
fn show_lists_what_was_taken() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    let shown = fine(remeasure(it, "show --config small.toml")).stdout;
    assert!(shown.contains("Data: X.csv: 41 rows of 3 features: `a`, `b`, `c`"), "{shown}");
    assert!(shown.contains("Data: y.csv: 41 rows of the response `price`"), "{shown}");
    assert!(!shown.contains("[problem]"), "{shown}");
    let wine = fine(remeasure(it, "show presto-wine")).stdout;
    assert!(wine.contains("classes of `quality`: `3` 10, `4` 53, `5` 681"), "{wine}");
}

#[test]
fn a_constant_column_and_the_scale_of_the_response_move_no_number() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    let run = |fourth: Option<&str>, scale: &str| {
        write_data(it, fourth, scale);
        fine(remeasure(it, "run --config small.toml --fresh"));
        let of = |line: &str| {
            line.contains("test_mse").then(|| line.rsplit(',').nth(1).unwrap().parse::<f64>().unwrap())
        };
        records(it).lines().filter_map(of).collect::<Vec<f64>>()
    };
    let expected = run(None, "");
    assert_eq!(expected.len(), 8);
    for constant in ["14", "14.62", "0.1", "1000000.1", "3.3e-5"] {
        assert_eq!(run(Some(constant), ""), expected, "{constant}");
    }
    for scale in ["e300", "e-300", "e150", "e-150"] {
        for (a, b) in run(None, scale).iter().zip(&expected) {
            assert!((a - b).abs() <= 1e-12 * b, "{scale}: {a} {b}");
        }
    }
}

#[test]
fn a_metric_that_the_problem_never_records_is_refused_before_the_run() {
    let folder = folder_with(&STUDY.replace("\"test_mse\"]", "\"prediction_error\"]"));
    let it = folder.path();
    write_data(it, None, "");
    let run = remeasure(it, "run --config small.toml");
    assert_eq!(run.code, 2, "{}", run.stderr);
    for part in [
        "small.toml:26:12: `table[0].metrics[0]`",
        "a problem with kind = \"csv\" never records `prediction_error`; it may record `test_mse`",
    ] {
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
    assert!(!it.join("results/syn").exists());
    // So it is in a claim and in a figure, and a misspelt one is not confused with it.
    let claim = "[[claim]]\nid = \"d\"\nstatement = \"s\"\nsource = \"t\"\nform = \"within\"\nestimator = \"omp\"\nupper = 1\n";
    let figure = "[[figure]]\nid = \"f\"\ntitle = \"F\"\nkind = \"box\"\nx = \"estimator\"\n";
    for table in [claim, figure] {
        for (metric, part) in [
            ("prediction_error", "never records `prediction_error`; it may record `test_mse`"),
            ("prediction_errors", "unknown metric `prediction_errors`"),
        ] {
            std::fs::write(it.join("small.toml"), format!("{STUDY}\n{table}metric = \"{metric}\"\n"))
                .unwrap();
            let run = remeasure(it, "run --config small.toml");
            assert!(run.code == 2 && run.stderr.contains(part), "{metric}: {}", run.stderr);
        }
    }
    let run = remeasure(it, "show presto-dense --set problem.kind=wine");
    assert_ne!(run.code, 0);
    // Every metric in the baselines may be recorded.
    for experiment in fine(remeasure(it, "list --names")).stdout.lines() {
        fine(remeasure(it, &format!("show {experiment} --profile paper")));
    }
}

#[test]
fn a_mean_squared_error_is_no_rate_though_all_its_values_are_zero() {
    let folder = folder_with(&STUDY.replace("quick]\nreplicates = 4", "quick]\nreplicates = 3"));
    let it = folder.path();
    // The response is a feature: the error of OMP is 0.
    let rows: Vec<String> = (0..40).map(|i| format!("{},{}", i % 7, (i * i) % 11)).collect();
    std::fs::write(it.join("X.csv"), format!("a,b\n{}\n", rows.join("\n"))).unwrap();
    let y: Vec<&str> = rows.iter().map(|row| row.split(',').next().unwrap()).collect();
    std::fs::write(it.join("y.csv"), format!("y\n{}\n", y.join("\n"))).unwrap();
    fine(remeasure(it, "run --config small.toml --only omp"));
    let table = std::fs::read_to_string(it.join("results/syn/quick-only-omp/tables/errors.md")).unwrap();
    assert!(!table.contains("Rate") && !table.contains("exact 95 %"), "{table}");
    // A response of zeros is refused.
    std::fs::write(it.join("y.csv"), format!("y\n{}", "0\n".repeat(40))).unwrap();
    let run = remeasure(it, "run --config small.toml");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("the response `y` is constant (0)"), "{}", run.stderr);
}

#[test]
fn integer_labels_are_compared_as_integers() {
    let labels = ["9007199254740992", "9007199254740993", "9007199254740994"];
    let config = format!(
        "experiment = \"ord\"\ntitle = \"Ord\"\nfamily = \"ordinal\"\nseed = 1\n[profile.quick]\nreplicates = 2\n\
         [problem]\nkind = \"csv\"\ndata = \"d.csv\"\nlabel = \"grade\"\norder = [{}]\n[[estimator]]\n\
         kind = \"proportional-odds\"\n",
        labels.join(", ")
    );
    let folder = folder_with(&config);
    let rows: Vec<String> =
        (0..60).map(|i| format!("{},{}", (i * 37) % 23, labels[(i % 4 + i % 3) % 3])).collect();
    std::fs::write(folder.path().join("d.csv"), format!("a,grade\n{}\n", rows.join("\n"))).unwrap();
    let shown = fine(remeasure(folder.path(), "show --config small.toml")).stdout;
    let counts = labels.map(|label| rows.iter().filter(|row| row.ends_with(label)).count());
    for (label, n) in labels.iter().zip(counts) {
        assert!(n > 0 && shown.contains(&format!("`{label}` {n}")), "{shown}");
    }
}

#[test]
fn axes_keep_their_order_when_a_config_is_stored() {
    // TOML writes the table of the first axis behind the list of the second.
    let sweep = "[sweep]\nproblem.n = { values = [20, 30], label = \"rows\" }\nproblem.snr_db = [5, 10]\n\n[[estimator]]";
    let problem = "[problem]\np = 8\nk = 2\nsignal = \"signs\"\n\n";
    let (head, rest) = STUDY.split_once("[problem]").unwrap();
    let (_, rest) = rest.split_once("[[estimator]]").unwrap();
    let config = format!("{head}{problem}{sweep}{rest}").replace("test_mse", "nmse");
    let folder = folder_with(&config);
    let it = folder.path();
    fine(remeasure(it, "run --config small.toml"));
    let tables = || std::fs::read(it.join("results/syn/quick/tables/errors.csv")).unwrap();
    let expected = tables();
    for command in ["claims", "report syn", "report --html", "report --config small.toml"] {
        fine(remeasure(it, command));
        assert!(tables() == expected, "{command}");
    }
    std::fs::rename(it.join("small.toml"), it.join("moved.toml")).unwrap();
    fine(remeasure(it, "report syn"));
    assert!(tables() == expected);
}

#[test]
fn an_experiment_that_ran_before_runs_again_by_name() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    let unknown = remeasure(it, "run syn");
    assert!(
        unknown.code == 2 && unknown.stderr.contains("there is no run in results/syn/quick"),
        "{}",
        unknown.stderr
    );
    fine(remeasure(it, "run --config small.toml"));
    // The present contents of the file.
    let changed = STUDY.replace("replicates = 4", "replicates = 6\n\n[profile.large]\nreplicates = 8");
    std::fs::write(it.join("small.toml"), changed).unwrap();
    let run = fine(remeasure(it, "run syn"));
    assert!(run.stderr.contains("syn, profile quick: 1 cell × 6 replicates"), "{}", run.stderr);
    assert_eq!(fine(remeasure(it, "run syn syn")).stderr.matches("syn, profile").count(), 1);
    let run = fine(remeasure(it, "run syn --profile large"));
    assert!(run.stderr.contains("syn, profile large: 1 cell × 8 replicates"), "{}", run.stderr);
    // Without the file, the config that the run stored.
    std::fs::remove_file(it.join("small.toml")).unwrap();
    let run = fine(remeasure(it, "run syn --fresh"));
    assert!(run.stderr.contains("syn, profile quick: 1 cell × 6 replicates"), "{}", run.stderr);
    // Nothing else runs by its being there.
    let run = remeasure(it, "run syn syn --out elsewhere");
    assert!(run.code == 2 && run.stderr.contains("elsewhere/syn/quick"), "{}", run.stderr);
}

#[test]
fn names_are_looked_up_in_the_folder_of_the_results_and_close_ones_are_named() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    fine(remeasure(it, "run --config small.toml --out other"));
    for command in ["verify", "status"] {
        for arguments in ["other", "syn --out other", "--out other"] {
            let run = fine(remeasure(it, &format!("{command} {arguments}")));
            assert!(run.stdout.contains("quick"), "{command} {arguments}: {}", run.stdout);
        }
        for (arguments, part) in [
            (
                "sin --out other",
                "`sin` is no path, paper or experiment, and no folder in other; did you mean `syn`",
            ),
            ("presto-win", "did you mean `presto-wine`, `presto"),
            (
                "presto-wine --out other",
                "other has no runs of `presto-wine`; create one with `remeasure run presto-wine`",
            ),
            ("qqqq", "`remeasure list` shows the shipped ones"),
        ] {
            let run = remeasure(it, &format!("{command} {arguments}"));
            assert!(run.code == 2 && run.stderr.contains(part), "{command} {arguments}: {}", run.stderr);
            assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        }
    }
}

#[test]
fn published_verdicts_are_shown_where_no_run_is_stored() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    fine(remeasure(it, "run --config small.toml"));
    let stored = fine(remeasure(it, "claims syn")).stdout;
    fine(remeasure(it, "publish syn --profile quick"));
    std::fs::remove_dir_all(it.join("results/syn/quick")).unwrap();
    for name in ["index.html", "README.md"] {
        std::fs::remove_file(it.join("results").join(name)).unwrap();
    }
    let line = stored.lines().find(|line| line.contains("OMP is better")).unwrap();
    for arguments in ["syn", "", "--config small.toml", "syn --profile published"] {
        let run = fine(remeasure(it, &format!("claims {arguments}")));
        for part in [
            "syn (published, profile quick)",
            line,
            "the published verdicts, in results/syn/published; to measure them again: `remeasure run syn --profile quick`",
        ] {
            assert!(run.stdout.contains(part), "{arguments}: {}", run.stdout);
        }
    }
    // As it says, even where the config is known from there alone.
    std::fs::rename(it.join("small.toml"), it.join("moved.toml")).unwrap();
    fine(remeasure(it, "run syn --profile quick"));
    std::fs::remove_dir_all(it.join("results/syn/quick")).unwrap();
    // There is nothing to rebuild but the overview.
    let report = remeasure(it, "report syn");
    assert!(
        report.code == 2 && report.stderr.contains("create one with `remeasure run syn`"),
        "{}",
        report.stderr
    );
    let page = fine(remeasure(it, "report --html"));
    assert!(page.stdout.contains("index:   results/index.html"), "{}", page.stdout);
    let index = std::fs::read_to_string(it.join("results/index.html")).unwrap();
    assert!(index.contains("syn/published/report.html"), "{index}");
    fine(remeasure(it, "verify"));
    let verify = fine(remeasure(it, "verify syn --redraw"));
    assert!(
        verify.stdout.contains("note: its records are not stored here: not redrawn"),
        "{}",
        verify.stdout
    );
}

#[test]
fn columns_without_names_are_given_as_numbers() {
    let ordinal = "experiment = \"ord\"\ntitle = \"O\"\nfamily = \"ordinal\"\nseed = 1\n[profile.quick]\nreplicates = 1\n\
        [problem]\nkind = \"csv\"\ndata = \"d.csv\"\nheader = false\nlabel = 3\norder = [0, 1]\nfeatures = [1, \"2\"]\n\
        test_fraction = 0.2\n[[estimator]]\nkind = \"proportional-odds\"\n";
    let folder = folder_with(ordinal);
    let it = folder.path();
    let rows: String = (0..40).map(|i| format!("{},{},{}\n", i % 7, i * i % 11, i % 2)).collect();
    std::fs::write(it.join("d.csv"), rows).unwrap();
    let shown = fine(remeasure(it, "show --config small.toml")).stdout;
    assert!(
        shown.contains("Data: d.csv: 40 rows of 2 features: `1`, `2`; classes of `3`: `0` 20, `1` 20"),
        "{shown}"
    );
    std::fs::write(it.join("small.toml"), ordinal.replace("label = 3", "label = 6")).unwrap();
    let run = remeasure(it, "show --config small.toml");
    assert!(
        run.code == 2 && run.stderr.contains("no column `6`; the columns are `1`, `2`, `3`"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_missing_is_said_and_what_is_proposed_works() {
    let folder = folder_with(STUDY);
    let it = folder.path();
    write_data(it, None, "");
    fine(remeasure(it, "run --config small.toml"));
    let refused = remeasure(it, "publish syn");
    assert!(
        refused.stderr.contains("syn has no profile `paper`: choose --profile quick"),
        "{}",
        refused.stderr
    );
    std::fs::remove_file(it.join("X.csv")).unwrap();
    let verified = remeasure(it, "verify");
    assert!(verified.stdout.contains("X.csv is not where it was: not compared"), "{}", verified.stdout);
}
