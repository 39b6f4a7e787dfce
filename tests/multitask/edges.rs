//! Invalid problems and estimators: errors that name a key, or a message.

use remeasure_multitask::Task;

use crate::{estimator, problem, streams};

const GOOD: &str =
    "kind = \"random\"\nd = 8\nk = 3\ntasks = 6\nsigma = 1.0\ntarget_samples = 50\nbudget = 600\nfloor = 10";

/// The valid problem with the line of `key` replaced.
fn with(key: &str, line: &str) -> String {
    let rest: Vec<&str> = GOOD.lines().filter(|l| !l.starts_with(&format!("{key} "))).collect();
    format!("{}\n{line}", rest.join("\n"))
}

#[test]
fn an_impossible_problem_is_refused_by_key() {
    problem(GOOD).unwrap();
    for (key, line, expected) in [
        ("tasks", "tasks = 2", "tasks: 2 tasks cannot span k = 3 dimensions"),
        ("k", "k = 9", "k: expected a rank between 1 and d = 8, found 9"),
        ("k", "k = 0", "k: expected a rank between 1 and d = 8, found 0"),
        ("d", "d = 0", "d: expected a dimension of at least 1"),
        (
            "budget",
            "budget = 59",
            "budget: 59 observations are fewer than the floor of 10 for each of 6 tasks",
        ),
        ("budget", "budget = 100.5", "budget: expected a whole number"),
        ("budget", "budget = -1", "budget: expected a number above 0"),
        ("sigma", "sigma = -1.0", "sigma: expected a standard deviation of at least 0"),
        ("sigma", "sigma = nan", "sigma: expected a standard deviation of at least 0"),
        ("target_samples", "target_samples = 2", "target_samples: expected at least k = 3 samples"),
        ("x", "cost_spread = 0.5", "cost_spread: expected a number of at least 1"),
        ("x", "access_cost = -3.0", "access_cost: expected a number of at least 0"),
        ("x", "groups = 3", "groups: only kind = \"near-duplicates\" has this key"),
        ("kind", "kind = \"near-duplicates\"", "groups: near duplicates need the number"),
        ("kind", "kind = \"near-duplicates\"\ngroups = 2", "groups: 2 distinct heads do not span k = 3"),
        ("kind", "kind = \"simple\"", "kind: unknown variant `simple`"),
        ("d", "d = 20000", "tasks: the statistics, tasks · d²"),
    ] {
        let message = problem(&with(key, line)).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{line}: {message}");
    }
}

#[test]
fn an_estimator_that_cannot_run_is_refused_by_key() {
    let good = problem(GOOD).unwrap();
    let costly = problem(&format!("{GOOD}\ncost_spread = 3.0")).unwrap();
    for (text, expected) in [
        (
            "kind = \"active\"\nrelevance = \"nu2\"\nstart = 101",
            "start: a first epoch of 606 observations exceeds",
        ),
        ("kind = \"active\"\nrelevance = \"nu2\"\nstart = 3", "start: expected more observations"),
        ("kind = \"random-tasks\"\ntasks = 7", "tasks: expected at most the problem's 6 tasks"),
        ("kind = \"random-tasks\"\ntasks = 2", "tasks: a representation of rank k = 3 cannot be learned"),
        ("kind = \"known\"\nrelevance = \"nu1-cost-aware\"", "relevance: \"nu1-cost-aware\" needs a problem"),
    ] {
        let message = estimator(text).unwrap().admit(&good).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    let active = estimator("kind = \"active\"\nrelevance = \"nu2\"\nstart = 20").unwrap();
    assert!(
        active.admit(&costly).unwrap_err().to_string().starts_with("kind: \"active\" counts observations")
    );
    for (text, expected) in [
        ("kind = \"known\"\nrelevance = \"nu1-lasso\"", "relevance: the Lasso is for estimated heads"),
        ("kind = \"known\"\nrelevance = \"nu3\"", "relevance: unknown variant `nu3`"),
        ("kind = \"known\"\nrelevance = \"nu1\"\ntasks = 0", "tasks: expected at least 1"),
        ("kind = \"uniform\"\ntolerance = 0.0", "tolerance: expected a number above 0"),
        ("kind = \"uniform\"\nridge = -1.0", "ridge: expected a number of at least 0"),
        ("kind = \"uniform\"\nmax_iterations = 0", "max_iterations: expected at least 1"),
        ("kind = \"two-stage\"\nrelevance = \"nu1\"\nexplore = 1.0", "explore: expected a share"),
        (
            "kind = \"two-stage\"\nrelevance = \"nu1\"\nlambda = -1.0",
            "lambda: expected a number of at least 0",
        ),
        ("kind = \"active\"\nrelevance = \"nu1\"\nstart = 0", "start: expected at least 1"),
    ] {
        let message = estimator(text).err().expect("an error").to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

#[test]
fn a_budget_that_teaches_nothing_is_a_message() {
    // Two observations per task: no task is informative about a representation of rank 3.
    let problem = problem(&with("floor", "").replace("budget = 600", "budget = 12")).unwrap();
    let instance = problem.draw(&streams(0)).unwrap();
    let uniform = estimator("kind = \"uniform\"").unwrap();
    let error = uniform.fit(Task { instance: &instance, streams: &streams(0) }).unwrap_err().to_string();
    assert!(error.contains("needs 3 tasks with more than 3 observations each, found 0"), "{error}");
}

#[test]
fn costs_below_access_and_floors_are_a_message() {
    let problem = problem(&format!("{GOOD}\naccess_cost = 200.0")).unwrap();
    let instance = problem.draw(&streams(0)).unwrap();
    let uniform = estimator("kind = \"uniform\"").unwrap();
    let error = uniform.fit(Task { instance: &instance, streams: &streams(0) }).unwrap_err().to_string();
    assert!(error.contains("budget: 600 does not pay for access (1200)"), "{error}");
}

#[test]
fn a_few_iterations_are_not_passed_off_as_converged() {
    let problem = problem(GOOD).unwrap();
    let instance = problem.draw(&streams(1)).unwrap();
    let short = estimator("kind = \"uniform\"\nmax_iterations = 1\ntolerance = 1e-12").unwrap();
    let fit = short.fit(Task { instance: &instance, streams: &streams(1) }).unwrap();
    assert!(fit.shortfall.is_some_and(|s| s.contains("after 1 iterations")));
}

#[test]
fn heads_of_too_low_a_rank_leave_a_finite_fit() {
    // Six copies of three nearly equal heads: the third direction is barely visible.
    let text = with("kind", "kind = \"near-duplicates\"\ngroups = 2\nspread = 1e-9");
    let problem = problem(&text).unwrap();
    let instance = problem.draw(&streams(2)).unwrap();
    for text in ["kind = \"uniform\"", "kind = \"known\"\nrelevance = \"nu2\""] {
        let fit = estimator(text).unwrap().fit(Task { instance: &instance, streams: &streams(2) });
        let fit = fit.unwrap();
        assert!(fit.head.iter().chain(fit.representation.basis.as_slice()).all(|v| v.is_finite()), "{text}");
    }
}
