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

const PLANS: &str = r#"
experiment = "plans"
title = "Plans of one's own"
family = "ordinal"
seed = 4
[profile.quick]
replicates = 3
[problem]
kind = "csv"
data = "plans.csv"
label = "share"
group = "plan"
test_fraction = 0.2
[[estimator]]
kind = "multinomial-l1"
screen = 10.0
lambda = { cv = { folds = 3, points = 8, score = "log", by = "groups" } }
[[estimator]]
kind = "majority"
[[table]]
id = "scores"
title = "Scores"
metrics = ["accuracy", "log_score", "kept", "gap"]
[[figure]]
id = "vif"
title = "Variance inflation factors"
kind = "line"
metric = "vif"
x = "coordinate"
"#;

/// 40 plans in three years; `b` is `a` and some noise, `yes` tells one class apart.
fn plans() -> String {
    let mut text = String::from("plan,a,b,yes,share\n");
    for i in 0..120_u32 {
        let (plan, wave) = (i / 3, f64::from((i / 3 * 7919) % 101) / 50.0 - 1.0);
        let share = ["low", "middle", "high"][(plan % 3) as usize];
        let (a, b) = (wave + 0.01 * f64::from(i % 3), wave + 0.02 * f64::from((i * 31) % 17));
        writeln!(text, "P{plan},{a},{b},{},{share}", u32::from(plan % 3 == 1)).unwrap();
    }
    text
}

#[test]
fn classes_without_an_order_are_fitted_with_a_screen_and_splits_by_group() {
    let folder = folder_with(PLANS);
    std::fs::write(folder.path().join("plans.csv"), plans()).unwrap();
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let base = folder.path().join("out/plans/quick");
    let summary = std::fs::read_to_string(base.join("summary.csv")).unwrap();
    assert!(summary.lines().filter(|l| l.contains(",vif,")).count() >= 3, "{summary}");
    let records = std::fs::read_to_string(base.join("records.csv")).unwrap();
    let values = |estimator: &str, metric: &str| -> Vec<f64> {
        let mark = format!(",{estimator},,{metric},");
        let of = records.lines().filter_map(|l| l.split_once(&mark));
        of.map(|(_, rest)| rest.split(',').next().unwrap().parse().unwrap()).collect()
    };
    // One of the two columns that are nearly the same is dropped.
    assert_eq!(values("multinomial-l1", "kept"), [2.0; 3]);
    let mean = |v: Vec<f64>| v.iter().sum::<f64>() / v.len() as f64;
    assert!(mean(values("multinomial-l1", "accuracy")) > mean(values("majority", "accuracy")));
    assert!(values("multinomial-l1", "rare_brier").is_empty(), "no class is rare");
}

#[test]
fn an_estimator_that_needs_an_order_is_refused_by_key() {
    let folder = folder_with(&PLANS.replace("kind = \"majority\"", "kind = \"proportional-odds\""));
    std::fs::write(folder.path().join("plans.csv"), plans()).unwrap();
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert!(run.code == 2 && run.stderr.contains("`order`"), "{}", run.stderr);
    let folder = folder_with(&PLANS.replace("screen = 10.0", "screen = 1.0"));
    std::fs::write(folder.path().join("plans.csv"), plans()).unwrap();
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert!(
        run.code == 2 && run.stderr.contains("screen`: expected a variance inflation factor above 1"),
        "{}",
        run.stderr
    );
}
