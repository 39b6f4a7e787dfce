//! Whole sequences: every policy, the totals of an independent program, determinism.

use remeasure_relaxation::regret::{best_fixed_sums, exponent, marks, sums};
use remeasure_relaxation::{Estimator, Fit, Problem, Sequence, Table, Task};

use crate::{estimator, problem, streams};

const POLICIES: [&str; 8] = [
    "kind = \"fixed\"\nomega = 1.8",
    "kind = \"best-fixed\"",
    "kind = \"oracle-grid\"",
    "kind = \"uniform\"",
    "kind = \"tsallis-inf\"",
    "kind = \"tsallis-inf\"\nnewton = \"published\"",
    "kind = \"tsallis-inf-cb\"\nbins = 5",
    "kind = \"chebcb\"",
];

fn run(policy: &str, sequence: &Sequence, replicate: u32) -> Fit {
    let policy: Box<dyn Estimator> = estimator(policy).unwrap();
    policy.fit(Task { sequence, streams: &streams(replicate) }).unwrap()
}

fn total(fit: &Fit) -> f64 {
    fit.counts.iter().map(|c| f64::from(*c)).sum()
}

fn sor(steps: usize, variance: &str) -> Problem {
    problem(&format!("kind = \"sor\"\nsteps = {steps}\nvariance = \"{variance}\"")).unwrap()
}

#[test]
fn a_trial_is_a_function_of_its_streams() {
    for text in ["kind = \"sor\"\nsteps = 200\nvariance = \"high\"", "kind = \"heat\"\nsteps = 200\nnx = 9"] {
        let draw = |replicate| problem(text).unwrap().draw(&streams(replicate)).unwrap();
        let (first, again, other) = (draw(0), draw(0), draw(1));
        assert_eq!(first.contexts, again.contexts);
        for policy in POLICIES {
            let fit = run(policy, &first, 0);
            assert_eq!(fit.counts.len(), 200, "{policy}");
            assert_eq!(fit.counts, run(policy, &again, 0).counts, "{policy}");
            assert_eq!(fit.omegas, run(policy, &again, 0).omegas, "{policy}");
        }
        assert_ne!(run("kind = \"uniform\"", &first, 0).counts, run("kind = \"uniform\"", &other, 1).counts);
    }
}

#[test]
fn every_choice_costs_what_the_definition_says() {
    let sequence = sor(120, "low").draw(&streams(2)).unwrap();
    let systems = sequence.systems.as_ref().unwrap();
    for policy in POLICIES.iter().chain(&["kind = \"instance-optimal\"", "kind = \"fixed\"\nomega = 1.234"]) {
        let fit = run(policy, &sequence, 2);
        let omegas = fit.omegas.unwrap();
        for (system, (omega, count)) in omegas.iter().zip(&fit.counts).enumerate() {
            let job = remeasure_relaxation::sor::Job { system, omega: *omega };
            assert_eq!(systems.count(&[job], sequence.stopping)[0], *count, "{policy}, system {system}");
        }
    }
}

#[test]
fn hindsight_orders_the_yardsticks() {
    let sequence = sor(300, "high").draw(&streams(3)).unwrap();
    let best = total(&run("kind = \"best-fixed\"", &sequence, 3));
    let oracle = run("kind = \"oracle-grid\"", &sequence, 3);
    for k in 0..20 {
        let fixed = run(&format!("kind = \"fixed\"\nomega = {}", 1.0 + 0.05 * f64::from(k)), &sequence, 3);
        assert!(best <= total(&fixed));
        assert!(oracle.counts.iter().zip(&fixed.counts).all(|(o, f)| o <= f));
    }
    let profile = run("kind = \"best-fixed\"", &sequence, 3).profile;
    let least = profile.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    assert!(profile.len() == 20 && (least * 300.0 - best).abs() < 1e-6);
}

/// Rows of a file in tests/data/relaxation, without its header; see ORIGIN.md there.
fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

/// The policy that such a file names.
fn policy(name: &str) -> &'static str {
    match name {
        "omega-1" => "kind = \"fixed\"\nomega = 1.0",
        "omega-1.6" => "kind = \"fixed\"\nomega = 1.6",
        "omega-1.8" => "kind = \"fixed\"\nomega = 1.8",
        "omega-1.9" => "kind = \"fixed\"\nomega = 1.9",
        "best-fixed" => "kind = \"best-fixed\"",
        "chebcb" => "kind = \"chebcb\"\ninterval = [-0.15, 0.65]",
        "optimal" => "kind = \"instance-optimal\"",
        _ => unreachable!("no policy {name}"),
    }
}

/// Ours and theirs are known to about 1 % each.
#[test]
fn totals_are_those_of_an_independent_program() {
    let rows = rows(include_str!("../data/relaxation/totals.csv"));
    assert_eq!(rows.len(), 12);
    for variance in ["high", "low"] {
        let problem = sor(5000, variance);
        let sequences: Vec<Sequence> = (0..3).map(|r| problem.draw(&streams(r)).unwrap()).collect();
        for row in rows.iter().filter(|row| row[0] == variance) {
            let expected: f64 = row[2].parse().unwrap();
            let totals = (0..3).zip(&sequences).map(|(r, sequence)| total(&run(policy(row[1]), sequence, r)));
            let mean = totals.sum::<f64>() / 3.0;
            assert!((mean / expected - 1.0).abs() < 0.04, "{variance}, {}: {mean} for {expected}", row[1]);
        }
    }
}

/// The means of 200 right-hand sides are known to .5 % or better.
#[test]
fn at_no_offset_counts_are_those_of_an_independent_program() {
    let sequence = sor(200, "none").draw(&streams(0)).unwrap();
    let rows = rows(include_str!("../data/relaxation/curve.csv"));
    assert_eq!(rows.len(), 3);
    for row in rows {
        let expected: f64 = row[1].parse().unwrap();
        let mean = total(&run(policy(row[0]), &sequence, 0)) / 200.0;
        assert!((mean / expected - 1.0).abs() < 0.02, "{}: {mean} for {expected}", row[0]);
    }
}

#[test]
fn a_heat_equation_is_solved_once_for_all_replicates() {
    let problem = problem("kind = \"heat\"\nsteps = 60\nnx = 9").unwrap();
    let (first, second) = (problem.draw(&streams(0)).unwrap(), problem.draw(&streams(1)).unwrap());
    assert!(std::sync::Arc::ptr_eq(&first.table, &second.table));
    let plain = run("kind = \"cg\"", &first, 0);
    assert!(plain.omegas.is_none() && total(&plain) >= total(&run("kind = \"oracle-grid\"", &first, 0)));
}

#[test]
fn sums_and_regret_are_those_of_plain_loops() {
    assert_eq!(marks(5), [5]);
    assert_eq!(marks(30), [10, 13, 18, 24, 30]);
    let table = Table::new(vec![1.0, 1.5], vec![3, 1, 1, 9, 1, 2, 2, 2]);
    assert_eq!(table.totals(), [7, 14]);
    assert_eq!(table.best_fixed(), 0);
    assert_eq!(sums(&[5, 6, 7, 8], &[1, 3, 4]), [5.0, 18.0, 26.0]);
    assert_eq!(best_fixed_sums(&table, &[1, 2, 4]), [1.0, 4.0, 7.0]);
    let marks = marks(5000);
    let power: Vec<f64> = marks.iter().map(|t| 3.0 * (*t as f64).powf(0.6)).collect();
    assert!((exponent(&marks, &power).unwrap() - 0.6).abs() < 1e-12);
    let turned: Vec<f64> = power.iter().map(|r| r - 400.0).collect();
    assert_eq!(exponent(&marks, &turned), None);
    assert_eq!(exponent(&[5], &[1.0]), None);
}
