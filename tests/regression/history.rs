//! The records left by accepted baselines and checks, and their history.

use std::path::Path;
use std::process::Command;

use crate::program::{SMALL, accepted, has, remeasure, write};

/// Claims of the small experiment plus its estimators, each with the one claimed metric.
const LINES: usize = 1 + 3;

fn lines(folder: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join("results/history.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn check(folder: &Path, more: &str) {
    let run = remeasure(folder, &format!("check --config small.toml {more}"));
    assert!(run.code <= 1, "{}{}", run.stdout, run.stderr);
}

#[test]
fn accepts_and_checks_leave_a_line_for_each_claim_and_headline_number() {
    let folder = accepted(SMALL);
    let folder = folder.path();
    check(folder, "");
    check(folder, "--format json --rate 0.01");
    let all = lines(folder);
    assert_eq!(all.len(), 3 * LINES);
    for (i, line) in all.iter().enumerate() {
        let claim = i % LINES == 0;
        assert_eq!(line[1..4], [if i < LINES { "accept" } else { "check" }, "small", "quick"]);
        assert_eq!((line[7] == "claim", line[8] == "oracle-best", line[9].is_empty()), (claim, claim, claim));
        let verdict = match (claim, i < LINES) {
            (true, _) => "reproduced",
            (false, true) => "",
            (false, false) => "identical",
        };
        assert_eq!(line[12], verdict, "{line:?}");
        // The same numbers each time.
        assert_eq!(line[4..12], all[i % LINES][4..12]);
    }
    // The mean over both cells, as in summary.csv.
    let mut summary = csv::Reader::from_path(folder.join("results/small/baseline/summary.csv")).unwrap();
    let oracle = summary.records().map(Result::unwrap).filter(|r| &r[1] == "oracle" && &r[2] == "nmse");
    let (means, errors): (Vec<f64>, Vec<f64>) =
        oracle.map(|r| (r[6].parse::<f64>().unwrap(), r[7].parse::<f64>().unwrap())).unzip();
    let found = all.iter().find(|l| l[9] == "oracle").unwrap();
    let number = |i: usize| found[i].parse::<f64>().unwrap();
    assert!((number(10) / ((means[0] + means[1]) / 2.0) - 1.0).abs() < 1e-8, "{found:?} {means:?}");
    assert!((number(11) / (errors[0].hypot(errors[1]) / 2.0) - 1.0).abs() < 1e-8, "{found:?} {errors:?}");
    // Runs other than the plain profile leave no record, nor does `--no-history`.
    for more in ["--seed 6", "--replicates 4", "--set problem.k=4", "--no-history"] {
        check(folder, more);
    }
    assert_eq!(remeasure(folder, "baseline accept --config small.toml --no-history").code, 0);
    assert_eq!(lines(folder).len(), 3 * LINES);
}

#[test]
fn a_change_is_shown_where_it_came_with_its_code() {
    let folder = accepted(SMALL);
    let folder = folder.path();
    check(folder, "");
    // Another config counts as another draw in the history.
    let lasso = "kind = \"lasso\"\nlambda = { fraction = 0.1 }";
    write(folder, &SMALL.replace(lasso, &lasso.replace("0.1", "0.2")));
    check(folder, "");
    let states: Vec<String> = lines(folder).iter().skip(2 * LINES).map(|l| l[12].clone()).collect();
    assert_eq!(states, ["reproduced", "identical", "moved", "identical"]);
    write(folder, SMALL);
    check(folder, "");
    // And a check by code that gave other numbers for the same data.
    let path = folder.join("results/history.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let last: Vec<&str> = text.lines().skip(1 + 3 * LINES).collect();
    let mut planted = String::new();
    for line in last {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        fields[0] = "2099-01-01T00:00:00Z".to_owned();
        fields[5] = "5eed5eed5e+".to_owned();
        if fields[9] == "fista" {
            fields[10] = (fields[10].parse::<f64>().unwrap() * 1.01).to_string();
        }
        if fields[7] == "claim" {
            fields[12] = "undecided".to_owned();
        }
        planted.push_str(&(fields.join(",") + "\n"));
    }
    // After a merge of branches, the later records are first.
    let header = text.split_inclusive('\n').next().unwrap();
    std::fs::write(&path, format!("{header}{planted}{}", &text[header.len()..])).unwrap();
    let run = remeasure(folder, "history small");
    assert_eq!(run.code, 0, "{}", run.stderr);
    has(
        &run.stdout,
        &[
            "small, profile quick: 5 measurements, ",
            " to 2099-01-01, the last by 5eed5eed5e+; the config changed 2×\n",
        ],
    );
    let own: Vec<&str> = run.stdout.split("    nmse, ").collect();
    assert!(own[1].starts_with("oracle") && own[1].contains("5 measurements, unchanged\n"), "{}", own[1]);
    assert!(own[2].starts_with("lasso") && !own[2].contains("same data"), "{}", own[2]);
    assert!(own[3].starts_with("fista"), "{}", own[3]);
    has(
        own[3],
        &[
            "      at 5 (2099-01-01T00:00:00Z, check, 5eed5eed5e+): ",
            "(+1.00 %, +0.",
            "different numbers from the same data\n",
        ],
    );
    has(
        &run.stdout,
        &["      at 5 (2099-01-01T00:00:00Z, check, 5eed5eed5e+): verdict reproduced → undecided\n"],
    );
    assert_eq!(run.stdout.matches("same data").count(), 1, "{}", run.stdout);
    // Its figures contain the dashed line and the names of the panels.
    let drawn = folder.join("results/small/history");
    let figure = std::fs::read_to_string(drawn.join("metric-nmse.svg")).unwrap();
    has(
        &figure,
        &["oracle", "lasso", "fista", "measurement", "different numbers from the same data", "5eed5eed5e+"],
    );
    assert!(drawn.join("metric-nmse.png").exists() && drawn.join("claims.svg").exists());
}

#[test]
fn what_is_no_history_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, SMALL);
    let run = remeasure(folder, "history");
    assert_eq!(run.code, 2, "{}", run.stdout);
    has(&run.stderr, &["no history in results", "`remeasure check` add to it"]);
    std::fs::create_dir(folder.join("results")).unwrap();
    let path = folder.join("results/history.csv");
    std::fs::write(&path, "day,price\n1,2\n").unwrap();
    let refused = |arguments: &str, words: &[&str]| {
        let run = remeasure(folder, arguments);
        assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
        has(&run.stderr, words);
    };
    let words = ["results/history.csv: the first line `day,price` is not the header", "--no-history"];
    refused("baseline accept --config small.toml", &words);
    assert!(!folder.join("results/small").exists(), "nothing was run");
    refused("history", &words);
    // `--no-history` also works without a history.
    assert_eq!(remeasure(folder, "baseline accept --config small.toml --no-history").code, 0);
    std::fs::remove_dir_all(folder.join("results/small/quick")).unwrap();
    refused("check --config small.toml", &words);
    assert!(!folder.join("results/small/quick").exists(), "nothing was run");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "day,price\n1,2\n");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(remeasure(folder, "check --config small.toml").code, 0);
    refused("history smal", &["no measurement of experiment `smal`; did you mean `small`?"]);
    refused("history small --profile paper", &["at profile `paper` (it has: quick)"]);
}

#[test]
fn two_programs_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["one", "two"] {
        let config = SMALL.replace("\"small\"", &format!("\"{name}\""));
        std::fs::write(folder.join(format!("{name}.toml")), config).unwrap();
        let run = remeasure(folder, &format!("baseline accept --config {name}.toml --jobs 1"));
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    for _ in 0..5 {
        let start = |name: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_remeasure"));
            command.args(["check", "--jobs", "1", "--config", &format!("{name}.toml")]).current_dir(folder);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            command.spawn().unwrap()
        };
        let both = ["one", "two"].map(start);
        for mut program in both {
            assert!(program.wait().unwrap().success());
        }
    }
    let all = lines(folder);
    assert_eq!(all.len(), 2 * 6 * LINES);
    assert!(all.chunks(LINES).all(|c| c.iter().all(|l| l[2] == c[0][2])), "{all:?}");
}

#[test]
fn other_input_files_are_other_data() {
    let problem = "p = 30\nk = 3\nsignal = \"signs\"\nsnr_db = 20\n\n[sweep]\nproblem.n = [20, 40]\n";
    let (head, tail) = SMALL.split_once(problem).unwrap();
    let config = format!("{head}kind = \"csv\"\nx = \"x.csv\"\ny = \"y.csv\"\n{tail}");
    let oracle = "[[estimator]]\nkind = \"oracle\"\n\n";
    let (table, _) = config.split_once("[[table]]").unwrap();
    let claim = "[[claim]]\nid = \"c\"\nstatement = \"s\"\nsource = \"t\"\nform = \"within\"\nmetric = \"test_mse\"\n\
        estimator = \"lasso\"\nupper = 1\n";
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, &format!("{}{claim}", table.replace(oracle, "")));
    let data = |shift: i32| {
        let rows: String = (0..30).map(|i| format!("{},{}\n", i % 7, i * i % 11)).collect();
        std::fs::write(folder.join("x.csv"), format!("a,b\n{rows}")).unwrap();
        let rows: String = (0..30).map(|i| format!("{}\n", i % 7 + (i + shift) % 5)).collect();
        std::fs::write(folder.join("y.csv"), format!("y\n{rows}")).unwrap();
    };
    data(0);
    assert_eq!(remeasure(folder, "baseline accept --config small.toml").code, 0);
    data(1);
    check(folder, "");
    let run = remeasure(folder, "history small");
    assert_eq!(run.code, 0, "{}", run.stderr);
    has(&run.stdout, &["small, profile quick: 2 measurements, ", "; the input files changed 1×\n", " → "]);
    assert!(
        !run.stdout.contains("same data") && !run.stdout.contains("the config changed"),
        "{}",
        run.stdout
    );
    // The same files again are the same data.
    check(folder, "");
    let all = lines(folder);
    let config = |i: usize| all[i][4].clone();
    let last = all.len() - 1;
    assert_eq!(config(last), config(last - all.len() / 3));
    assert_ne!(config(last), config(0));
    assert_eq!(config(last).split('-').next(), config(0).split('-').next());
}
