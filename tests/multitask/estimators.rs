//! Whole fits: compared with an independent program, the theory, and each other.

use remeasure_multitask::allocation::Costs;
use remeasure_multitask::{Budget, Task};

use crate::{errors, estimator, problem, representation_error, streams};

fn hard(budget: u64) -> String {
    model("hard", 2, budget)
}

fn model(kind: &str, k: usize, budget: u64) -> String {
    format!(
        "kind = \"{kind}\"\nd = 30\nk = {k}\ntasks = 50\nsigma = 1.0\ntarget_samples = 2000\nfloor = 10\nbudget = {budget}"
    )
}

const UNIFORM: &str = "kind = \"uniform\"";
const NU2: &str = "kind = \"known\"\nrelevance = \"nu2\"";
const NU1: &str = "kind = \"known\"\nrelevance = \"nu1\"";

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt())
}

/// On the hard instance; see tests/data/multitask/ORIGIN.md.
#[test]
fn known_relevance_gives_the_reference_numbers() {
    let text = include_str!("../data/multitask/known_hard.csv");
    let mut compared = 0;
    for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize() {
        let (budget, plan, reference, uncertainty): (u64, String, f64, f64) = row.unwrap();
        let rule = match plan.as_str() {
            "uniform" => UNIFORM,
            "nu2" => NU2,
            "nu1" => NU1,
            _ => unreachable!("no plan {plan}"),
        };
        let problem = problem(&hard(budget)).unwrap();
        let (ours, error) = mean(&errors(&problem, &*estimator(rule).unwrap(), 60));
        let distance = (ours - reference).abs() / error.hypot(uncertainty);
        // Nine comparisons: together they fail by chance once in 240 times.
        assert!(distance < 3.5, "{plan} at {budget}: {ours} and {reference}, {distance:.1} standard errors");
        compared += 1;
    }
    assert_eq!(compared, 9);
}

#[test]
fn a_large_budget_gives_the_first_order_theory() {
    // (d − k) V σ²/2 with V = k/N for ν¹ on the hard instance, up to floors.
    let problem = problem(&hard(5_000_000)).unwrap();
    let (ours, error) = mean(&errors(&problem, &*estimator(NU1).unwrap(), 60));
    let theory = 0.5 * 28.0 * 2.0 / 5e6;
    assert!((ours - theory).abs() < 4.0 * error, "{ours} ± {error} and {theory}");
    assert!(error < 0.05 * theory);
}

#[test]
fn every_plan_spends_the_budget_and_every_fit_is_stationary() {
    let problem = problem(&model("random", 5, 6000)).unwrap();
    let instance = problem.draw(&streams(0)).unwrap();
    for text in [
        UNIFORM,
        NU1,
        NU2,
        "kind = \"known\"\nrelevance = \"abs-nu2\"\ntasks = 8",
        "kind = \"random-tasks\"\ntasks = 7",
        "kind = \"two-stage\"\nrelevance = \"nu1-lasso\"",
        "kind = \"two-stage\"\nrelevance = \"nu2\"\nexplore = 0.5\ntasks = 5",
        "kind = \"active\"\nrelevance = \"nu1-lasso\"\nstart = 20",
        "kind = \"active\"\nrelevance = \"nu1\"\nstart = 40",
        "kind = \"active\"\nrelevance = \"nu2\"\nstart = 120",
        "kind = \"active\"\nrelevance = \"nu1-lasso\"\nstart = 30\nkeep_exploring = true",
    ] {
        let estimator = estimator(text).unwrap();
        estimator.admit(&problem).unwrap();
        let fit = estimator.fit(Task { instance: &instance, streams: &streams(0) }).unwrap();
        assert_eq!(fit.sizes.iter().sum::<u64>(), 6000, "{text}");
        assert!(fit.sizes.iter().all(|n| *n >= 10), "{text}");
        assert_eq!(fit.shortfall, None, "{text}");
        assert!(fit.representation.stationarity <= 1e-7, "{text}");
        let again = estimator.fit(Task { instance: &instance, streams: &streams(0) }).unwrap();
        assert_eq!(fit.representation.basis, again.representation.basis, "{text}");
        assert_eq!(fit.head, again.head, "{text}");
    }
}

#[test]
fn epochs_double_what_is_at_hand() {
    // 50 · 20 = 1000, +1000, +2000, and the last epoch takes the rest: 4000 < 2 · 4000.
    let problem = problem(&model("random", 5, 8000)).unwrap();
    let instance = problem.draw(&streams(1)).unwrap();
    let fit = |text: &str| {
        estimator(text).unwrap().fit(Task { instance: &instance, streams: &streams(1) }).unwrap().epochs
    };
    assert_eq!(fit("kind = \"active\"\nrelevance = \"nu2\"\nstart = 20"), 4);
    assert_eq!(fit("kind = \"active\"\nrelevance = \"nu2\"\nstart = 160"), 1);
    assert_eq!(fit("kind = \"two-stage\"\nrelevance = \"nu2\""), 2);
}

#[test]
fn exploration_that_goes_on_leaves_no_task_behind() {
    let problem = problem(&model("hard", 5, 32000)).unwrap();
    let instance = problem.draw(&streams(1)).unwrap();
    let least = |text: &str| {
        let fit = estimator(text).unwrap().fit(Task { instance: &instance, streams: &streams(1) }).unwrap();
        fit.sizes.into_iter().min().unwrap()
    };
    let text = "kind = \"active\"\nrelevance = \"nu1-lasso\"\nstart = 40";
    assert_eq!(least(text), 40);
    // √(40 · 32000/50)
    assert!(least(&format!("{text}\nkeep_exploring = true")) >= 160);
}

#[test]
fn what_was_explored_can_be_discarded() {
    let problem = problem(&model("random", 5, 20000)).unwrap();
    let instance = problem.draw(&streams(2)).unwrap();
    let fit = |text: &str| {
        estimator(text).unwrap().fit(Task { instance: &instance, streams: &streams(2) }).unwrap()
    };
    let kept = fit("kind = \"two-stage\"\nrelevance = \"nu1-lasso\"");
    let discarded = fit("kind = \"two-stage\"\nrelevance = \"nu1-lasso\"\ndiscard = true");
    assert_eq!(discarded.sizes.iter().sum::<u64>(), 15000);
    assert!(discarded.sizes.contains(&0) && !kept.sizes.contains(&0));
    assert!(representation_error(&instance, &kept) < 0.1);
}

#[test]
fn topping_up_reaches_the_shares_where_it_can() {
    let budget = Budget { amount: 0.0, floor: 0, least: 0, most_tasks: None, costs: None };
    // The second already has more than its share; the last has observations that it does not need.
    let sizes = budget.top_up(&[1.0, 1.0, 2.0, 0.0], &[100, 400, 100, 100], 450.0).unwrap();
    // The other two share 450 + 200 by 1 : 2.
    assert_eq!(sizes, [117, 0, 333, 0]);
    let all = budget.top_up(&[1.0, 3.0], &[0, 0], 40.0).unwrap();
    assert_eq!(all, [10, 30]);
    let costs = Costs { sample: vec![1.0, 2.0, 1.0, 1.0], access: 5.0 };
    let dear = Budget { costs: Some(costs), ..budget };
    // 2 c + (c − 10) at prices 2 and 1, including existing observations: access is not paid again.
    let sizes = dear.top_up(&[0.0, 1.0, 1.0, 0.0], &[10, 0, 10, 10], 35.0).unwrap();
    assert_eq!(sizes, [0, 15, 5, 0]);
}
