//! The ordinal family through the program: user data, and the shipped experiments.

use std::fmt::Write;

use crate::program::{folder_with, remeasure};

const CONFIG: &str = r#"
experiment = "grades"
title = "Grades of one's own"
family = "ordinal"
seed = 3
[profile.quick]
replicates = 3
[problem]
kind = "csv"
data = "grades.csv"
label = "grade"
order = ["low", "mid", "high"]
test_fraction = 0.2
[[estimator]]
kind = "presto"
lambda = { cv = { folds = 3, points = 5 } }
[[estimator]]
kind = "proportional-odds"
[[estimator]]
kind = "logistic"
[[table]]
id = "scores"
title = "Scores"
metrics = ["brier", "rare_brier", "kkt"]
"#;

/// 200 rows with a grade that increases with `x`, with some exceptions.
fn data() -> String {
    let mut text = String::from("x,grade,noise\n");
    for i in 0..200_u32 {
        let (x, noise) = (f64::from(i % 50) / 25.0 - 1.0, f64::from((i * 7919) % 101) / 50.0 - 1.0);
        let grade = match x + 0.9 * noise {
            v if v > 0.9 => "high",
            v if v > 0.0 => "mid",
            _ => "low",
        };
        writeln!(text, "{x},{grade},{}", (i * 31) % 17).unwrap();
    }
    text
}

#[test]
fn ordered_labels_of_ones_own_are_read_fitted_and_scored() {
    let folder = folder_with(CONFIG);
    std::fs::write(folder.path().join("grades.csv"), data()).unwrap();
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let base = folder.path().join("out/grades/quick");
    let records = std::fs::read_to_string(base.join("records.csv")).unwrap();
    let values = |estimator: &str, metric: &str| -> Vec<f64> {
        let mark = format!(",{estimator},,{metric},");
        let of = records.lines().filter_map(|l| l.split_once(&mark));
        of.map(|(_, rest)| rest.split(',').next().unwrap().parse().unwrap()).collect()
    };
    assert!(values("presto", "kkt").iter().all(|k| *k <= 1e-8));
    for estimator in ["presto", "proportional-odds", "logistic"] {
        let (brier, rate) = (values(estimator, "rare_brier"), values(estimator, "event_rate"));
        assert_eq!((brier.len(), rate.len()), (3, 3));
        // Better than always predicting the event rate.
        let (brier, rate) = (brier.iter().sum::<f64>() / 3.0, rate.iter().sum::<f64>() / 3.0);
        assert!(brier < rate * (1.0 - rate), "{estimator}: {brier}, {rate}");
    }
    assert!(values("logistic", "brier").is_empty(), "it knows the rare class only");
    let manifest = std::fs::read_to_string(base.join("manifest.toml")).unwrap();
    assert!(manifest.contains("grades.csv"), "the data are named with their digest");
}

#[test]
fn a_label_that_the_order_lacks_is_named_with_its_line() {
    let folder = folder_with(CONFIG);
    std::fs::write(folder.path().join("grades.csv"), data().replacen("mid", "middling", 1)).unwrap();
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("middling") && run.stderr.contains("grades.csv"), "{}", run.stderr);
}
