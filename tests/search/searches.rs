//! Searches and models on cases with a known answer.

use remeasure_core::family::Outcome;

use crate::{trials, value};

const BRANIN: &str = "kind = \"function\"\nfunction = \"branin\"\ntrials = 20\n";
const ALL: [&str; 7] = [
    "kind = \"random\"",
    "kind = \"grid\"",
    "kind = \"starts\"",
    "kind = \"cma-es\"",
    "kind = \"gp-ei\"",
    "kind = \"forest-ei\"",
    "kind = \"tpe\"",
];

#[test]
fn all_searches_begin_with_the_same_points_and_spend_their_trials() {
    let rows = trials(BRANIN, &ALL, 2).unwrap();
    for (kind, rows) in ALL.iter().zip(&rows) {
        for (replicate, row) in rows.iter().enumerate() {
            assert_eq!(row.outcome, Outcome::Ok, "{kind}");
            let at = |trial: usize| value(row, "regret", Some(trial as f64));
            assert_eq!(at(5), value(&rows[replicate], "regret", Some(5.0)));
            let spent = if kind.contains("starts") { 5.0 } else { 25.0 };
            assert_eq!(value(row, "trials", None), spent);
            assert!((2..=25).all(|t| at(t) <= at(t - 1)) && at(25) >= 0.0);
            assert_eq!(value(row, "regret", None), at(25));
        }
    }
    let first = |k: usize, r: usize| value(&rows[k][r], "best", Some(5.0));
    for k in 1..ALL.len() {
        assert_eq!((first(0, 0), first(0, 1)), (first(k, 0), first(k, 1)));
    }
    assert_ne!(first(0, 0), first(0, 1));
}

#[test]
fn a_search_is_the_same_again_and_no_other_method_changes_it() {
    let both = trials(BRANIN, &["kind = \"gp-ei\"", "kind = \"tpe\""], 1).unwrap();
    let alone = trials(BRANIN, &["kind = \"tpe\""], 1).unwrap();
    assert_eq!(value(&both[1][0], "regret", None), value(&alone[0][0], "regret", None));
}

/// On a smooth function of two coordinates, the process comes within a hundredth of what chance reaches.
#[test]
fn expected_improvement_finds_the_minimum_of_branin() {
    let rows = trials(
        BRANIN,
        &["kind = \"gp-ei\"", "kind = \"random\"", "kind = \"gp-ei\"\nincumbent = \"raw\""],
        8,
    )
    .unwrap();
    let mean = |k: usize| rows[k].iter().map(|r| value(r, "log_regret", None)).sum::<f64>() / 8.0;
    assert!(mean(0) < mean(1) - 1.0, "{} {}", mean(0), mean(1));
    assert_ne!(mean(0), mean(2));
}

#[test]
fn the_grid_of_two_coordinates_has_its_cells() {
    let problem = "kind = \"function\"\nfunction = \"ackley\"\ndimension = 2\ntrials = 25";
    let rows = trials(problem, &["kind = \"grid\""], 1).unwrap();
    // 5 × 5 cells: the middle one has the minimum in its centre.
    assert!(value(&rows[0][0], "regret", None) < 1e-9);
}

#[test]
fn values_that_span_decades_may_be_compressed() {
    let problem = "kind = \"function\"\nfunction = \"rosenbrock\"\ntrials = 15";
    let rows = trials(problem, &["kind = \"gp-ei\"\nlog = true", "kind = \"gp-ei\""], 1).unwrap();
    assert_ne!(value(&rows[0][0], "regret", None), value(&rows[1][0], "regret", None));
}

const SAMPLE: &str =
    "kind = \"sample\"\nfunction = \"branin\"\nobserved = 30\ncandidates = 100\nmean = 0.9\nsd = 0.05";

#[test]
fn a_process_predicts_better_than_a_constant_and_its_intervals_hold() {
    let models =
        ["kind = \"gp\"", "kind = \"forest\"", "kind = \"constant\"", "kind = \"gp\"\ncentre = false"];
    let rows = trials(SAMPLE, &models, 4).unwrap();
    let mean = |k: usize, metric: &str| rows[k].iter().map(|r| value(r, metric, None)).sum::<f64>() / 4.0;
    assert!(mean(0, "nrmse") < 0.5 * mean(2, "nrmse"), "{} {}", mean(0, "nrmse"), mean(2, "nrmse"));
    assert!(mean(1, "nrmse") < mean(2, "nrmse"));
    assert!((0.4..=1.0).contains(&mean(0, "coverage")), "{}", mean(0, "coverage"));
    assert!(mean(0, "r2") > 0.5 && mean(2, "r2") <= 0.0, "{} {}", mean(0, "r2"), mean(2, "r2"));
    for row in rows.iter().flatten() {
        assert_eq!(row.outcome, Outcome::Ok);
        assert!((0.0..=1.0).contains(&value(row, "choice_regret", None)));
        let error = (value(row, "coverage", None) - 0.68).abs();
        assert!((value(row, "coverage_error", None) - error).abs() < 1e-15);
    }
    assert_ne!(mean(0, "nrmse"), mean(3, "nrmse"));
    // The fitted noise widens the intervals and leaves the means.
    let noisy = trials(SAMPLE, &["kind = \"gp\"\nnoise = true"], 4).unwrap();
    for (noisy, plain) in noisy[0].iter().zip(&rows[0]) {
        assert_eq!(value(noisy, "nrmse", None), value(plain, "nrmse", None));
        assert!(value(noisy, "sharpness", None) > value(plain, "sharpness", None));
    }
}

/// Leaves of three rows cannot split five, so that the published rule makes a constant.
#[test]
fn the_published_rule_of_leaves_makes_a_constant_of_five_rows() {
    let problem = SAMPLE.replace("observed = 30", "observed = 5");
    let models = ["kind = \"forest\"\nleaf = \"published\"", "kind = \"forest\"\nleaf = \"corrected\""];
    let rows = trials(&problem, &models, 6).unwrap();
    let spread = |k: usize| rows[k].iter().map(|r| value(r, "r2", None)).fold(f64::NEG_INFINITY, f64::max);
    assert!(spread(0) <= 1e-12 && spread(1) > 0.0, "{} {}", spread(0), spread(1));
}
