//! Bad input: one clear message, exit code 2, and no files left behind.

use std::fmt::Write;
use std::path::Path;

use crate::program::{SMALL, folder_with, remeasure, remeasure_with};

/// The message of a run that must fail and leave no results.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let run = remeasure_with(folder, arguments);
    assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
    assert!(!folder.join("results").exists(), "{arguments:?} left results");
    assert_eq!(run.stdout, "", "{arguments:?}");
    run.stderr.replace(&folder.display().to_string(), "FOLDER")
}

#[test]
fn a_mistake_in_a_config_is_named_with_its_place_and_mend() {
    let cases: &[(&str, &str, &str)] = &[
        ("not TOML", "p = 30", "p = = 30"),
        ("unknown top-level key", "seed = 5", "sead = 5"),
        ("unknown key of the problem", "snr_db = 20", "snr_bd = 20"),
        ("wrong type", "p = 30", "p = \"thirty\""),
        ("negative size", "p = 30", "p = -30"),
        ("negative replicates", "replicates = 6", "replicates = -6"),
        ("no replicates", "replicates = 6", "replicates = 0"),
        ("k exceeds p", "k = 3", "k = 31"),
        ("not a number", "snr_db = 20", "snr_db = nan"),
        ("two ways of the same", "snr_db = 20", "snr_db = 20\nsigma = 1.0"),
        ("unknown word", "signal = \"signs\"", "signal = \"sings\""),
        ("empty sweep", "values = [10, 20, 40]", "values = []"),
        ("sweep value of the wrong type", "values = [10, 20, 40]", "values = [10, \"many\"]"),
        ("sweep value too small for the oracle", "values = [10, 20, 40]", "values = [10, 2]"),
        ("sweep over an unknown key", "problem.n = {", "problem.m = {"),
        ("same value twice", "values = [10, 20, 40]", "values = [10, 10.0]"),
        ("unknown estimator", "kind = \"fista\"", "kind = \"fitsa\""),
        ("unknown estimator key", "trace_every = 5", "trace = 5"),
        ("same name twice", "name = \"cv\"", "name = \"lasso\""),
        ("estimator value out of range", "lambda = { fraction = 0.1 }", "lambda = { fraction = 1.1 }"),
        ("unknown rule for lambda", "lambda = { fraction = 0.1 }", "lambda = { faction = 0.1 }"),
        ("folds that cannot be made", "folds = 4", "folds = 11"),
        ("missing key", "title = \"A small study\"", ""),
        ("unknown metric in a figure", "metric = \"support_f1\"", "metric = \"support_f2\""),
        ("unknown axis in a figure", "x = \"n\"\ny_scale", "x = \"m\"\ny_scale"),
        ("unknown kind of figure", "kind = \"box\"", "kind = \"boxes\""),
        ("unknown column in a table", "columns = \"n\"", "columns = \"nn\""),
        ("unknown estimator in a claim", "b = \"lasso\"", "b = \"lassso\""),
        ("same claim twice", "id = \"lasso-best\"", "id = \"oracle-best\""),
        ("unknown form of claim", "form = \"below\"", "form = \"bellow\""),
        (
            "override of an unknown estimator",
            "[profile.large.problem]",
            "[profile.large.estimator.lars]\n[profile.large.problem]",
        ),
        (
            "a name that is no file name",
            "[profile.large]",
            "[profile.\"../x\"]\nreplicates = 1\n[profile.large]",
        ),
        ("an estimator's name with a dot", "name = \"cv\"", "name = \"cv.1\""),
        ("an axis named like a column", "values = [10, 20, 40],", "values = [10, 20, 40], name = \"value\","),
        ("a swept kind", "problem.n = {", "estimator.omp.kind = [\"omp\"]\nproblem.n = {"),
        ("a design too large to draw", "values = [10, 20, 40]", "values = [10, 1000000000]"),
        (
            "two rules for one lambda",
            "lambda = { fraction = 0.1 }",
            "lambda = { fraction = 0.1, universal = 1.0 }",
        ),
        ("no time", "trace_every = 5", "time_limit = \"0s\""),
        ("negative time", "trace_every = 5", "time_limit = -5"),
        ("time in no unit known", "trace_every = 5", "time_limit = \"5 parsecs\""),
        ("time of the wrong type", "trace_every = 5", "time_limit = true"),
        ("a swept time", "problem.n = {", "estimator.omp.time_limit = [1, 2]\nproblem.n = {"),
        ("no time for all", "[sweep]", "[limits]\ntime = 0\n[sweep]"),
        ("too little memory", "[sweep]", "[limits]\nmemory = \"1 MB\"\n[sweep]"),
        ("memory without a unit", "[sweep]", "[limits]\nmemory = 8\n[sweep]"),
        ("memory in no unit known", "[sweep]", "[limits]\nmemory = \"8 GiG\"\n[sweep]"),
        ("unknown limit", "[sweep]", "[limits]\nmemroy = \"8 GB\"\n[sweep]"),
        (
            "override with a bad limit",
            "[profile.large.problem]",
            "[profile.large.limits]\ntime = \"-1s\"\n[profile.large.problem]",
        ),
        ("a place that the sweep lacks", "kind = \"omp\"", "kind = \"omp\"\nwhere = \"m=20\""),
        ("a place that no cell has", "kind = \"omp\"", "kind = \"omp\"\nwhere = [\"n=20\", \"n=8*\"]"),
        ("a place without a value", "kind = \"omp\"", "kind = \"omp\"\nwhere = \"n\""),
        ("a place that is no text", "kind = \"omp\"", "kind = \"omp\"\nwhere = { n = 20 }"),
        ("unknown family", "family = \"sparse\"", "family = \"sprase\""),
    ];
    let mut seen = String::new();
    for (what, from, to) in cases {
        assert!(SMALL.contains(from), "{from}");
        let folder = folder_with(&SMALL.replacen(from, to, 1));
        let profile = if what.starts_with("override") { "large" } else { "quick" };
        let arguments = ["run", "--config", "small.toml", "--profile", profile];
        let _ = writeln!(seen, "# {what}\n{}", refused(folder.path(), &arguments));
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn a_mistake_on_the_command_line_is_named_with_its_mend() {
    let cases: &[&[&str]] = &[
        &["run", "sparse-recover"],
        &["show", "phase"],
        &["run", "--config", "small.toml", "--profile", "qiuck"],
        &["run", "--config", "small.toml", "--set", "problem.q=5"],
        &["run", "--config", "small.toml", "--set", "problem.p"],
        &["run", "--config", "small.toml", "--set", "problem.p=many"],
        &["run", "--config", "small.toml", "--set", "problem.n=5"],
        &["run", "--config", "small.toml", "--set", "estimator.lars.lambda=5"],
        &["run", "--config", "small.toml", "--set", "sweep.problem.n=[]"],
        &["run", "--config", "small.toml", "--set", "profile.quick.replicates=5"],
        &["run", "--config", "small.toml", "--set", "problem.p=3\nseed = 7"],
        &["run", "--config", "small.toml", "--set", "seed=99999999999999999999"],
        &["run", "--config", "small.toml", "--set", "estimator.lasso.lambda.universal=0.1"],
        &["run", "--only", "lars"],
        &["run", "--config", "small.toml", "--only", "lars"],
        &["run", "--config", "small.toml", "--only", "n=7"],
        &["run", "--config", "small.toml", "--only", "n_obs=10"],
        &["run", "--config", "absent.toml"],
        &["report", "sparse-recovery"],
        &["claims"],
    ];
    let mut seen = String::new();
    for arguments in cases {
        let folder = folder_with(SMALL);
        let _ = writeln!(seen, "# {}\n{}", arguments.join(" "), refused(folder.path(), arguments));
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn impossible_numbers_are_refused_by_the_command_line_itself() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in ["run --jobs 0", "run --replicates 0", "run --seed -1", "run --no-such-option", "rum"] {
        assert_eq!(remeasure(folder.path(), arguments).code, 2, "{arguments}");
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}

pub(crate) fn csv_config(folder: &Path, x: &str, y: &str) {
    let problem = "[problem]\nkind = \"csv\"\nx = \"x.csv\"\ny = \"y.csv\"\n";
    let config = format!(
        "experiment = \"mine\"\ntitle = \"Mine\"\nfamily = \"sparse\"\nseed = 1\n[profile.quick]\nreplicates = 3\n\
         {problem}[[estimator]]\nkind = \"lasso\"\nlambda = {{ fraction = 0.1 }}\n"
    );
    std::fs::write(folder.join("small.toml"), config).unwrap();
    std::fs::write(folder.join("x.csv"), x).unwrap();
    std::fs::write(folder.join("y.csv"), y).unwrap();
}

#[test]
fn bad_data_is_named_by_row_and_column() {
    let good_x = "a,b\n1,2\n3,4\n5,7\n6,1\n2,2\n";
    let good_y = "y\n1\n2\n3\n4\n5\n";
    let cases = [
        ("a NaN", "a,b\n1,2\n3,NaN\n5,7\n6,1\n2,2\n", good_y),
        ("a word", "a,b\n1,2\n3,4\nfive,7\n6,1\n2,2\n", good_y),
        ("an empty cell", good_x, "y\n1\n\"\"\n3\n4\n5\n"),
        ("a short row", "a,b\n1,2\n3\n5,7\n6,1\n2,2\n", good_y),
        ("different lengths", good_x, "y\n1\n2\n3\n"),
        ("two columns of y", good_x, "y,z\n1,1\n2,2\n3,3\n4,4\n5,5\n"),
        ("no rows", "a,b\n", good_y),
    ];
    let mut seen = String::new();
    for (what, x, y) in cases {
        let folder = tempfile::tempdir().unwrap();
        csv_config(folder.path(), x, y);
        let _ = writeln!(seen, "# {what}\n{}", refused(folder.path(), &["run", "--config", "small.toml"]));
    }
    let folder = tempfile::tempdir().unwrap();
    csv_config(folder.path(), good_x, good_y);
    std::fs::remove_file(folder.path().join("y.csv")).unwrap();
    let _ =
        writeln!(seen, "# a missing file\n{}", refused(folder.path(), &["run", "--config", "small.toml"]));
    insta::assert_snapshot!(seen);
}

#[test]
fn good_data_of_ones_own_runs() {
    let folder = tempfile::tempdir().unwrap();
    csv_config(folder.path(), "a,b\n1,2\n3,4\n5,7\n6,1\n2,2\n", "y\n1\n2\n3\n4\n5\n");
    let run = remeasure(folder.path(), "run --config small.toml");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = std::fs::read_to_string(folder.path().join("results/mine/quick/records.csv")).unwrap();
    assert_eq!(text.lines().filter(|l| l.contains(",test_mse,")).count(), 3);
}

#[test]
fn an_output_folder_that_cannot_be_made_is_refused_before_anything_runs() {
    let folder = folder_with(SMALL);
    std::fs::write(folder.path().join("taken"), "a file").unwrap();
    let message = refused(folder.path(), &["run", "--config", "small.toml", "--out", "taken"]);
    assert!(message.contains("cannot create the folder taken/small/quick"), "{message}");
    assert_eq!(std::fs::read_to_string(folder.path().join("taken")).unwrap(), "a file");
}

#[test]
fn fits_that_stop_early_are_rows_and_named() {
    let config = SMALL.replace("trace_every = 5", "max_iterations = 1");
    let folder = folder_with(&config);
    let run = remeasure(folder.path(), "run --config small.toml");
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("fista not converged in 18 of 18 trials"), "{}", run.stderr);
    let base = folder.path().join("results/small/quick");
    let outcomes = std::fs::read_to_string(base.join("outcomes.csv")).unwrap();
    assert_eq!(outcomes.lines().filter(|l| l.contains(",fista,not converged,")).count(), 18);
    let report = std::fs::read_to_string(base.join("report.md")).unwrap();
    assert!(report.contains("| fista | 0 | 18 | 0 | 0 | 0 | n=10, replicate 0: "), "{report}");
    assert!(report.contains("| oracle | 18 | 0 | 0 | 0 | 0 |  |"), "{report}");
}
