//! The group Lasso: against skglm, on known cases, and on random data.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use remeasure_core::numerics::Design;
use remeasure_core::{Invalid, deadline};
use remeasure_optim::group::{GroupProblem, GroupSolver, Groups};
use remeasure_optim::lasso::lambda_grid;
use remeasure_optim::{Lasso, LassoProblem, Termination};

use crate::draw;
use crate::reference::rows;

/// The largest violation of the optimality conditions, in units of λ, by plain loops.
fn violation(design: &Design, y: &[f64], groups: &Groups, lambda: f64, w: &[f64]) -> f64 {
    let n = y.len() as f64;
    let mut r = y.to_vec();
    for (j, w) in w.iter().enumerate() {
        r.iter_mut().zip(design.column(j)).for_each(|(r, x)| *r -= w * x);
    }
    let product = |j: usize| design.column(j).iter().zip(&r).map(|(x, r)| x * r).sum::<f64>() / n;
    let mut worst = 0.0_f64;
    for group in groups.members() {
        let weight = lambda * (group.len() as f64).sqrt();
        let norm = group.iter().map(|&j| w[j] * w[j]).sum::<f64>().sqrt();
        let squares = group.iter().map(|&j| match norm > 0.0 {
            true => (product(j) - weight * w[j] / norm).powi(2),
            false => product(j).powi(2),
        });
        let size = squares.sum::<f64>().sqrt();
        worst = worst.max(if norm > 0.0 { size } else { (size - weight).max(0.0) } / lambda);
    }
    worst
}

fn listed(name: &str, p: usize) -> Result<Groups, Invalid> {
    match name {
        "tall" => Groups::new(vec![vec![0, 1, 2], vec![3, 4], vec![5], vec![6, 7]], p),
        "wide" => Groups::blocks(5, p),
        _ => Groups::new(vec![vec![0, 6], vec![1, 2, 3], vec![4, 5, 7, 8], vec![9], vec![10, 11]], p),
    }
}

#[test]
fn solutions_are_those_of_skglm() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    for name in ["tall", "wide", "correlated"] {
        let data = rows(&folder.join(format!("lasso/{name}.csv")))?;
        let (n, p) = (data.len(), data[0].len() - 1);
        let values = (0..p).flat_map(|j| data.iter().map(move |row| row[j])).collect();
        let design = Design::from_columns(n, p, values);
        let y: Vec<f64> = data.iter().map(|row| row[p]).collect();
        let problem = GroupProblem::new(&design, &y, listed(name, p)?)?;
        let null = problem.data().null_objective();
        let references = rows(&folder.join(format!("penalties/{name}.group.csv")))?;
        assert_eq!(references.len(), 3);
        for (reference, fraction) in references.iter().zip([0.5, 0.1, 0.02]) {
            let (lambda, objective, expected) = (reference[0], reference[1], &reference[2..]);
            assert!((lambda / (fraction * problem.lambda_max()) - 1.0).abs() < 1e-12);
            let solution = GroupSolver::new(&problem).solve(lambda, 1e-13, 100_000)?;
            assert!(solution.converged(), "{name} {fraction}: {:?}", solution.termination);
            assert!((solution.certificate.primal - objective).abs() <= 1e-11 * null, "{name} {fraction}");
            for (ours, theirs) in solution.coefficients.iter().zip(expected) {
                assert!((ours - theirs).abs() < 1e-5, "{name} {fraction}: {ours} {theirs}");
            }
        }
    }
    Ok(())
}

#[test]
fn orthogonal_features_have_a_closed_form() -> Result<(), Invalid> {
    let n = 6;
    let values = (0..n * n).map(|i| if i % (n + 1) == 0 { (n as f64).sqrt() } else { 0.0 }).collect();
    let design = Design::from_columns(n, n, values);
    let y = [3.0, -4.0, 0.1, 0.2, -2.0, 1.0].map(|v| v * 6.0_f64.sqrt());
    let groups = Groups::new(vec![vec![0, 1], vec![2, 3], vec![4], vec![5]], n)?;
    let problem = GroupProblem::new(&design, &y, groups)?;
    // Xᵀy/n = (3, −4, 0.1, 0.2, −2, 1); a group shrinks by λ√|g| in length.
    assert!((problem.lambda_max() - 5.0 / 2.0_f64.sqrt()).abs() < 1e-14);
    let solution = GroupSolver::new(&problem).solve(1.5, 1e-14, 1000)?;
    let shrink = 1.0 - 1.5 * 2.0_f64.sqrt() / 5.0;
    let expected = [3.0 * shrink, -4.0 * shrink, 0.0, 0.0, -0.5, 0.0];
    for (ours, expected) in solution.coefficients.iter().zip(expected) {
        assert!((ours - expected).abs() < 1e-12, "{:?}", solution.coefficients);
    }
    let zero = GroupSolver::new(&problem).solve(problem.lambda_max(), 1e-14, 1000)?;
    assert!(zero.converged() && zero.coefficients.iter().all(|w| *w == 0.0));
    Ok(())
}

#[test]
fn groups_that_do_not_part_the_columns_are_refused() {
    for (members, message) in [
        (vec![vec![0, 1], vec![1, 2, 3]], "column 2 is in groups 1 and 2: groups must not overlap"),
        (vec![vec![0, 1], vec![3]], "column 3 is in no group: add it to one, or as a group of its own"),
        (vec![vec![0, 1, 2, 3, 4]], "group 1 has column 5, but there are 4"),
        (vec![vec![0, 1, 2, 3], vec![]], "group 2 has no columns: remove it"),
        (vec![vec![0, 0, 1, 2, 3]], "column 1 is twice in group 1: remove one"),
    ] {
        assert_eq!(Groups::new(members, 4).unwrap_err(), Invalid::new("groups", message));
    }
    for size in [0, 3] {
        let error = Groups::blocks(size, 4).unwrap_err();
        assert_eq!(error.key, "groups.size");
    }
    let design = Design::from_columns(2, 4, vec![1.0; 8]);
    let other = Groups::blocks(1, 5).unwrap();
    assert_eq!(GroupProblem::new(&design, &[1.0, 2.0], other).unwrap_err().key, "groups");
}

#[test]
fn a_deadline_ends_a_solve_and_leaves_the_solver_sound() -> Result<(), Invalid> {
    let (design, y) = draw(100, 300, 0.8, 4);
    let problem = GroupProblem::new(&design, &y, Groups::blocks(3, 300)?)?;
    let lambda = 0.01 * problem.lambda_max();
    let mut solver = GroupSolver::new(&problem);
    let (first, _) = deadline::within(Some(Duration::ZERO), || solver.solve(lambda, 1e-9, 100_000));
    assert_eq!(first?.termination, Termination::Deadline);
    let solution = solver.solve(lambda, 1e-9, 100_000)?;
    assert!(solution.converged());
    let short = GroupSolver::new(&problem).solve(lambda, 1e-12, 2)?;
    assert_eq!(short.termination, Termination::MaxIterations);
    Ok(())
}

#[test]
fn more_coefficients_than_rows_on_the_way_are_no_obstacle() -> Result<(), Invalid> {
    // A case in which steps without damping stalled.
    let (design, y) = draw(6, 29, 0.4, 14_727_002_097_616_989_646);
    let problem = GroupProblem::new(&design, &y, Groups::blocks(1, 29)?)?;
    let solution = GroupSolver::new(&problem).solve(0.281_575 * problem.lambda_max(), 1e-11, 100_000)?;
    assert!(solution.converged(), "{:?}", solution.termination);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_path_satisfies_the_optimality_conditions(
        n in 2_usize..40, groups in 1_usize..20, size in 1_usize..6, correlation in 0.0..0.95,
        ratio in 0.01..0.9, seed: u64,
    ) {
        let p = groups * size;
        let (design, y) = draw(n, p, correlation, seed);
        let groups = Groups::blocks(size, p)?;
        let problem = GroupProblem::new(&design, &y, groups.clone())?;
        let null = problem.data().null_objective();
        let mut solver = GroupSolver::new(&problem);
        for lambda in lambda_grid(problem.lambda_max(), ratio, 4)? {
            let solution = solver.solve(lambda, 1e-10, 100_000)?;
            prop_assert_eq!(solution.termination, Termination::Converged);
            let again = problem.certificate(lambda, &solution.coefficients);
            prop_assert!((again.primal - solution.certificate.primal).abs() <= 1e-12 * null);
            // Groups that were excluded have no part in the gap of the solver.
            prop_assert!(again.gap <= 1e-9 * null, "{}", again.gap / null);
            let off = violation(&design, &y, &groups, lambda, &solution.coefficients);
            prop_assert!(off * lambda <= 1e-3 * problem.lambda_max(), "{off}");
        }
    }

    #[test]
    fn groups_of_one_are_the_lasso(n in 2_usize..30, p in 1_usize..30, fraction in 0.02..0.9, seed: u64) {
        let (design, y) = draw(n, p, 0.4, seed);
        let problem = GroupProblem::new(&design, &y, Groups::blocks(1, p)?)?;
        let plain = LassoProblem::new(&design, &y)?;
        let lambda = fraction * plain.lambda_max();
        prop_assert!((problem.lambda_max() / plain.lambda_max() - 1.0).abs() < 1e-12);
        let ours = GroupSolver::new(&problem).solve(lambda, 1e-11, 100_000)?;
        let lasso = Lasso::new(lambda)?.tolerance(1e-11)?.solve(&plain, None)?;
        prop_assert!(ours.converged());
        let apart = (ours.certificate.primal - lasso.certificate.primal).abs();
        prop_assert!(apart <= 2e-11 * plain.null_objective());
    }
}
