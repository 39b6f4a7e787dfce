//! The user's own data, and input that cannot be used.

use std::fmt::Write as _;
use std::path::Path;

use remeasure_core::family::{AnyFamily, Outcome};
use remeasure_selection::SELECTION;

use crate::{estimator, problem, trials, value};

const OPTCS: &str = "kind = \"optcs\"\npruning = \"homogeneous\"";

/// A folder with both files.
fn files(calibration: &str, test: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.csv"), calibration).unwrap();
    std::fs::write(folder.path().join("t.csv"), test).unwrap();
    folder
}

fn config(folder: &Path, rest: &str) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        "kind = \"csv\"\ncalibration = {:?}\ntest = {:?}\nlabel = \"y\"\n{rest}",
        path("c.csv"),
        path("t.csv")
    )
}

/// 40 rows whose score `good` tells the labels, and `bad` does not.
fn calibration() -> String {
    let mut text = "good,bad,y\n".to_owned();
    for i in 0..40 {
        let y = f64::from(i % 4) - 2.5;
        writeln!(text, "{},{},{y}", y + 0.01 * f64::from(i), (i * 17) % 40).unwrap();
    }
    text
}

const TEST: &str = "bad,name,good\n3,a,5\n1,b,-5\n2,c,4\n9,d,-4\n";

#[test]
fn the_selected_rows_of_own_scores_are_recorded() {
    let folder = files(&calibration(), TEST);
    let rows = trials(
        &config(folder.path(), "levels = [0.2, 0.5]\nscores = [\"good\"]"),
        &[OPTCS, "kind = \"split\""],
        1,
    );
    let row = &rows[0][0];
    assert_eq!(row.outcome, Outcome::Ok);
    let chosen: Vec<f64> = (1..=4).map(|j| value(row, "chosen", Some(f64::from(j) + 0.5))).collect();
    assert_eq!(chosen, [1.0, 0.0, 1.0, 0.0]);
    assert_eq!(value(row, "selected", Some(0.5)), 2.0);
    let measured = |name: &str| {
        let index = SELECTION.metrics().iter().position(|m| m.name == name).unwrap();
        row.measured.iter().any(|m| usize::from(m.metric) == index)
    };
    assert!(!measured("fdp") && !measured("power") && !measured("gap"));
    let inputs = problem(&config(folder.path(), "levels = [0.2]")).ok().unwrap().inputs().to_vec();
    assert!(inputs[0].holds.contains("40 rows of 2 scores, 10 of interest"), "{}", inputs[0].holds);
}

#[test]
fn labels_of_the_test_file_count_false_discoveries() {
    let folder = files(&calibration(), "good,y\n5,1\n-5,-1\n4,-1\n-4,1\n");
    let rows = trials(
        &config(folder.path(), "levels = [0.5]\nscores = [\"good\"]"),
        &[OPTCS, "kind = \"best-model\""],
        1,
    );
    assert_eq!(value(&rows[0][0], "fdp", Some(0.5)), 0.5);
    assert_eq!(value(&rows[0][0], "power", Some(0.5)), 0.5);
    assert_eq!(value(&rows[0][0], "nulls", None), 0.5);
}

/// The message about a problem.
fn refused(text: &str) -> String {
    problem(text).err().map_or_else(String::new, |e| e.to_string())
}

#[test]
fn files_that_cannot_be_used_are_refused_with_one_message() {
    let whole = calibration();
    let of = |calibration: &str, test: &str, rest: &str| {
        let folder = files(calibration, test);
        refused(&config(folder.path(), rest))
    };
    let levels = "levels = [0.2]";
    assert_eq!(of(&whole, TEST, levels), "");
    let few: String = whole.lines().take(4).map(|l| format!("{l}\n")).collect();
    let message = of(&few, TEST, levels);
    assert!(
        message.starts_with("levels: with 3 calibration rows the least p-value is 1/4, above the level 0.2"),
        "{message}"
    );
    assert!(message.contains("at least 4 calibration rows"), "{message}");
    let message = of(&whole.replace("39,", "x,").replacen("0.5,", "oops,", 1), TEST, levels);
    assert!(message.contains("expected a finite number"), "{message}");
    let lines: Vec<String> = whole
        .lines()
        .enumerate()
        .map(|(i, l)| {
            if i == 7 {
                l.replacen(',', ",,", 1)
                    .replacen(",,", ",", 1)
                    .rsplit_once(',')
                    .map(|(a, _)| format!("{a},"))
                    .unwrap()
            } else {
                l.to_owned()
            }
        })
        .collect();
    let message = of(&lines.join("\n"), TEST, levels);
    assert!(message.contains("row 7") && message.contains("column `y`"), "{message}");
    let message = of(&whole, TEST, "levels = [0.2]\nthreshold = 9");
    assert!(message.starts_with("label: no label is above 9"), "{message}");
    let message = of(&whole, TEST, "levels = [0.2]\nthreshold = -9");
    assert!(message.starts_with("label: all labels are above -9"), "{message}");
    let flat: String = whole
        .lines()
        .map(|l| {
            if l.starts_with("good") {
                "same,y\n".to_owned()
            } else {
                format!("1,{}\n", l.rsplit(',').next().unwrap())
            }
        })
        .collect();
    let message = of(&flat, "same\n1\n1\n", levels);
    assert!(message.starts_with("scores: all scores in column `same` are 1: it ranks no row"), "{message}");
    let message = of(&whole, "other\n1\n", levels);
    assert!(message.starts_with("scores: the files have no column of scores in common"), "{message}");
    let message = of(&whole, TEST, "levels = [0.2]\nscores = [\"good\", \"y\"]");
    assert!(message.starts_with("scores: `y` is the column of labels"), "{message}");
    let message = of(&whole, TEST, "levels = [0.2]\nscores = [\"goood\"]");
    assert!(message.contains("no column `goood`"), "{message}");
}

#[test]
fn keys_out_of_range_are_refused() {
    let liang = |rest: &str| refused(&format!("kind = \"liang\"\nsetting = 1\n{rest}"));
    for (text, message) in [
        ("levels = []", "levels: expected at least one level"),
        ("levels = [0.2, 1.5]", "levels: expected levels between 0 and 1, found 1.5"),
        ("levels = [0.3, 0.2]", "levels: expected levels in ascending order"),
        (
            "n = 4\nlevels = [0.1]",
            "levels: with 4 calibration rows the least p-value is 1/5, above the level 0.1",
        ),
        ("n = 3", "n: expected at least 4, found 3"),
        ("sigma = 0", "sigma: expected a number above 0, found 0"),
        ("models = \"ols\"", "models: unknown variant"),
    ] {
        assert!(liang(text).starts_with(message), "{text}: {}", liang(text));
    }
    assert!(refused("kind = \"jin\"\nsetting = 5").starts_with("setting: expected 1, 2, 3 or 4, found 5"));
    assert!(refused("kind = \"full\"\nsetting = 1\nlearner = { gamma = 0 }").starts_with("learner.gamma"));
    assert!(refused("kind = \"nul\"").starts_with("kind: expected \"liang\""));
    let wrong = |text: &str| estimator(text).err().map_or_else(String::new, |e| e.to_string());
    assert!(wrong("kind = \"optcs\"\npruning = \"homogeneous\"\nbeta = 1.1").starts_with("beta: expected"));
    assert!(wrong("kind = \"sample-split\"\nshare = 1.0").starts_with("share: expected"));
    assert!(wrong("kind = \"fixed-model\"\nmodel = 0").starts_with("model: expected a position from 1"));
}

#[test]
fn an_estimator_is_refused_where_it_cannot_run() {
    let full = problem("kind = \"full\"\nsetting = 1").ok().unwrap();
    let null = problem("kind = \"null\"\nmodels = 2").ok().unwrap();
    let admit = |text: &str, problem| {
        estimator(text).unwrap().admit(problem).err().map_or_else(String::new, |e| e.to_string())
    };
    assert!(admit(OPTCS, &full).contains("sets no calibration rows aside"));
    assert!(admit("kind = \"full\"\npruning = \"deterministic\"", &null).contains("not split"));
    assert!(admit("kind = \"training-split\"\ncalibration = \"half\"", &null).contains("use \"split\""));
    assert!(admit("kind = \"fixed-model\"\nmodel = 3", &null).contains("at most 2"));
    assert_eq!(admit("kind = \"select-all\"", &full), "");
}

#[test]
fn small_samples_and_single_rows_are_no_failure() {
    let all = [
        OPTCS,
        "kind = \"split\"",
        "kind = \"naive\"",
        "kind = \"best-model\"",
        "kind = \"training-split\"\ncalibration = \"all\"",
        "kind = \"training-split\"\ncalibration = \"half\"",
    ];
    for models in ["published", "unpenalised", "corrected", "ols-subsets"] {
        let text = format!(
            "kind = \"liang\"\nsetting = 4\nmodels = \"{models}\"\nn_train = 8\nn = 4\nm = 1\nlevels = [0.5]"
        );
        for rows in trials(&text, &all, 3) {
            assert!(rows.iter().all(|r| r.outcome == Outcome::Ok), "{models}: {:?}", rows[0].outcome);
        }
    }
    for rows in trials("kind = \"jin\"\nsetting = 3\nn_train = 8\nn = 4\nm = 2\nlevels = [0.5]", &all, 1) {
        assert_eq!(rows[0].outcome, Outcome::Ok);
    }
}
