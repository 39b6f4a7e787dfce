//! Cases with a known solution, degenerate data, and termination.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure_core::numerics::Design;
use remeasure_core::{Invalid, deadline};
use remeasure_optim::certificate::Certificate;
use remeasure_optim::lasso::{Path, lambda_grid};
use remeasure_optim::{
    ElasticNet, Lasso, LassoProblem, LassoSolver, Penalty, ProximalGradient, Quadratic, Termination,
};

use crate::{draw, largest_difference, naive_gap};

#[test]
fn the_solution_is_exactly_zero_from_lambda_max_on() -> Result<(), Invalid> {
    let (design, y) = draw(20, 30, 0.3, 7);
    let problem = LassoProblem::new(&design, &y)?;
    for factor in [1.0, 1.5, 1e6] {
        let solution = Lasso::new(factor * problem.lambda_max())?.tolerance(1e-12)?.solve(&problem, None)?;
        assert!(solution.converged() && solution.coefficients.iter().all(|&w| w == 0.0), "{factor}");
    }
    let below = Lasso::new(0.999 * problem.lambda_max())?.tolerance(1e-12)?.solve(&problem, None)?;
    assert_eq!(below.coefficients.iter().filter(|w| **w != 0.0).count(), 1);
    Ok(())
}

#[test]
fn one_feature_has_a_closed_form() -> Result<(), Invalid> {
    let x = vec![1.0, -2.0, 0.5];
    let y = vec![0.3, -1.0, 2.0];
    let (square, product) = (5.25_f64, 3.3_f64);
    let design = Design::from_columns(3, 1, x);
    let problem = LassoProblem::new(&design, &y)?;
    assert!((problem.lambda_max() - product / 3.0).abs() < 1e-15);
    for lambda in [0.1, 0.5, 1.0, 2.0] {
        let w = Lasso::new(lambda)?.tolerance(1e-14)?.solve(&problem, None)?.coefficients[0];
        assert!((w - (product - 3.0 * lambda).max(0.0) / square).abs() < 1e-14, "{lambda}: {w}");
    }
    Ok(())
}

#[test]
fn degenerate_data_are_solved() -> Result<(), Invalid> {
    let (design, y) = draw(12, 6, 0.0, 3);
    // Zero, duplicate, opposite and rescaled columns.
    let mut values = vec![0.0; 12];
    for j in [0, 0, 1, 2, 3, 3] {
        values.extend_from_slice(design.column(j));
    }
    values.extend(design.column(1).iter().map(|x| -x));
    values.extend(design.column(2).iter().map(|x| 1e8 * x));
    values.extend(design.column(4).iter().map(|x| 1e-8 * x));
    values.extend(vec![0.0; 12]);
    let odd = Design::from_columns(12, 11, values);
    let problem = LassoProblem::new(&odd, &y)?;
    for fraction in [0.9, 0.1, 1e-3, 1e-9] {
        let solution =
            Lasso::new(fraction * problem.lambda_max())?.tolerance(1e-10)?.solve(&problem, None)?;
        assert!(solution.converged(), "{fraction}: {:?}", solution.termination);
        assert_eq!((solution.coefficients[0], solution.coefficients[10]), (0.0, 0.0));
    }

    let nothing = vec![0.0; 12];
    let problem = LassoProblem::new(&design, &nothing)?;
    assert_eq!(problem.lambda_max(), 0.0);
    let solution = Lasso::new(1.0)?.solve(&problem, None)?;
    assert!(solution.converged() && solution.coefficients.iter().all(|&w| w == 0.0));

    let single = Design::from_columns(1, 4, vec![1.0, -3.0, 2.0, 3.0]);
    let problem = LassoProblem::new(&single, &[2.0])?;
    let solution = Lasso::new(0.6)?.tolerance(1e-13)?.solve(&problem, None)?;
    // Only the two columns of size 3 can be used: |w₂| + |w₄| = (6 − 0.6)/9.
    let size: f64 = solution.coefficients.iter().map(|w| w.abs()).sum();
    assert!((size - 0.6).abs() < 1e-12 && solution.coefficients[0] == 0.0 && solution.coefficients[2] == 0.0);

    let empty = Design::from_columns(3, 0, Vec::new());
    let problem = LassoProblem::new(&empty, &[1.0, 2.0, 3.0])?;
    assert!(Lasso::new(1.0)?.solve(&problem, None)?.converged());
    Ok(())
}

#[test]
fn tiny_penalties_recover_or_fail_by_sparsity_and_converge_either_way() -> Result<(), Invalid> {
    for (k, recovers) in [(4, true), (10, true), (45, false), (60, false)] {
        for seed in 0..4 {
            let (n, p) = (60, 120);
            let (design, _) = draw(n, p, 0.0, seed);
            let truth: Vec<f64> = (0..p).map(|j| if j < k { [1.0, -1.0][j % 2] } else { 0.0 }).collect();
            let mut y = vec![0.0; n];
            design.mul(&truth, &mut y);
            let problem = LassoProblem::new(&design, &y)?;
            let lambdas = lambda_grid(problem.lambda_max(), 1e-5, 20)?;
            let path = Path::new(&lambdas, 1e-9)?.solve(&problem);
            for (lambda, step) in lambdas.iter().zip(&path) {
                assert!(step.converged(), "k {k} seed {seed} λ {lambda}: {:?}", step.certificate);
            }
            let last = path.last().map(|s| s.coefficients.clone()).unwrap_or_default();
            let error = largest_difference(&last, &truth);
            assert_eq!(error < 1e-3, recovers, "k {k} seed {seed}: error {error}");
            // Solving directly for the smallest λ gives the same.
            let direct = Lasso::new(lambdas[19])?.tolerance(1e-9)?.solve(&problem, None)?;
            assert!(
                direct.converged(),
                "k {k} seed {seed}: {:?} {} {:?} {:?}",
                direct.termination,
                direct.iterations,
                direct.history,
                problem.null_objective()
            );
            let (a, b) = (direct.certificate.primal, path[19].certificate.primal);
            assert!((a - b).abs() <= 1e-9 * problem.null_objective());
        }
    }
    Ok(())
}

#[test]
fn an_impossible_tolerance_ends_as_stalled_at_rounding_level() -> Result<(), Invalid> {
    let (design, y) = draw(30, 60, 0.5, 5);
    let problem = LassoProblem::new(&design, &y)?;
    let solution = Lasso::new(0.05 * problem.lambda_max())?.tolerance(0.0)?.solve(&problem, None)?;
    assert_ne!(solution.termination, Termination::MaxIterations);
    assert!(solution.certificate.gap <= 1e-13 * problem.null_objective());
    Ok(())
}

#[test]
fn a_deadline_ends_a_solve_and_leaves_the_solver_sound() -> Result<(), Invalid> {
    let (design, y) = draw(150, 400, 0.9, 5);
    let problem = LassoProblem::new(&design, &y)?;
    let lasso = Lasso::new(1e-3 * problem.lambda_max())?.tolerance(1e-9)?;
    let reference = lasso.solve(&problem, None)?;
    // Although it is stopped repeatedly, the same solver eventually finishes.
    let mut solver = LassoSolver::new(&problem);
    let mut limit = Duration::from_nanos(1);
    let mut stops = 0;
    let solution = loop {
        let (solution, late) = deadline::within(Some(limit), || solver.solve(&lasso));
        let again = Certificate::least_squares(&design, &y, lasso.penalty(), &solution.coefficients);
        assert!((again.gap - solution.certificate.gap).abs() <= 1e-10 * problem.null_objective());
        if solution.converged() {
            break solution;
        }
        assert!(late && solution.termination == Termination::Deadline, "{:?}", solution.termination);
        stops += 1;
        limit = limit.mul_f64(1.5);
    };
    assert!(stops > 5, "{stops}");
    let difference = solution.certificate.primal - reference.certificate.primal;
    assert!(difference.abs() <= 1e-9 * problem.null_objective());

    let path = Path::new(&lambda_grid(problem.lambda_max(), 1e-2, 10)?, 1e-9)?;
    assert!(deadline::within(Some(Duration::ZERO), || path.solve(&problem)).0.is_empty());
    let method = ProximalGradient::fista().tolerance(1e-9)?;
    let mut datafit = Quadratic::new(&design, &y)?;
    let fit = || method.solve(&mut datafit, lasso.penalty(), None, &mut |_| {});
    let short = deadline::within(Some(Duration::ZERO), fit).0?;
    assert_eq!((short.termination, short.iterations), (Termination::Deadline, 0));
    assert_eq!(short.certificate.primal, problem.null_objective());
    Ok(())
}

#[test]
fn running_out_of_iterations_is_said() -> Result<(), Invalid> {
    let (design, y) = draw(40, 80, 0.9, 5);
    let problem = LassoProblem::new(&design, &y)?;
    let lasso = Lasso::new(0.01 * problem.lambda_max())?.tolerance(1e-12)?;
    let short = lasso.max_iterations(2).solve(&problem, None)?;
    assert_eq!((short.termination, short.iterations), (Termination::MaxIterations, 2));
    let again = Certificate::least_squares(&design, &y, lasso.penalty(), &short.coefficients);
    assert!((again.gap - short.certificate.gap).abs() <= 1e-10 * problem.null_objective());
    let method = ProximalGradient::ista().max_iterations(3).tolerance(1e-12)?;
    let short = method.solve(&mut Quadratic::new(&design, &y)?, lasso.penalty(), None, &mut |_| {})?;
    assert_eq!((short.termination, short.iterations), (Termination::MaxIterations, 3));
    Ok(())
}

#[test]
fn history_ends_with_the_certificate_and_the_same_bits_come_twice() -> Result<(), Invalid> {
    let (design, y) = draw(50, 200, 0.4, 11);
    let problem = LassoProblem::new(&design, &y)?;
    let lasso = Lasso::new(0.02 * problem.lambda_max())?;
    let first = lasso.solve(&problem, None)?;
    assert_eq!(first.history.last().map(|c| c.certificate), Some(first.certificate));
    assert_eq!(lasso.solve(&problem, None)?, first);
    let mut solver = LassoSolver::new(&problem);
    assert_eq!(solver.solve(&lasso), first);
    assert_eq!(solver.coefficients(), first.coefficients);
    // Already at the solution: nothing changes.
    assert_eq!(solver.solve(&lasso).iterations, 0);
    Ok(())
}

#[test]
fn ista_never_increases_the_objective_and_observers_see_every_iterate() -> Result<(), Invalid> {
    let (design, y) = draw(20, 30, 0.3, 2);
    let problem = LassoProblem::new(&design, &y)?;
    let penalty = ElasticNet::l1(0.1 * problem.lambda_max())?;
    let mut seen = Vec::new();
    let solution = ProximalGradient::ista().tolerance(1e-9)?.max_iterations(100_000).solve(
        &mut Quadratic::new(&design, &y)?,
        &penalty,
        None,
        &mut |iterate| {
            assert_eq!(iterate.iteration, seen.len());
            seen.push(naive_gap(&design, &y, penalty.l1_weight(), 0.0, iterate.coefficients).0);
        },
    )?;
    assert!(solution.converged());
    assert_eq!(seen.len(), solution.iterations + 1);
    assert!(seen.windows(2).all(|v| v[1] <= v[0] * (1.0 + 1e-12)));
    // Far beyond 2/L the iteration diverges, which shows that the step is used.
    let lipschitz = design.spectral_norm().powi(2) / 20.0;
    let wild = ProximalGradient::ista().step(5.0 / lipschitz)?.max_iterations(100).solve(
        &mut Quadratic::new(&design, &y)?,
        &penalty,
        None,
        &mut |_| {},
    )?;
    assert!(wild.certificate.primal > problem.null_objective());
    Ok(())
}

#[test]
fn fista_keeps_its_rate_and_outruns_ista() -> Result<(), Invalid> {
    let (design, y) = draw(60, 40, 0.97, 8);
    let problem = LassoProblem::new(&design, &y)?;
    let penalty = ElasticNet::l1(1e-3 * problem.lambda_max())?;
    let optimum = Lasso::with_penalty(penalty).tolerance(1e-13)?.solve(&problem, None)?;
    let distance: f64 = optimum.coefficients.iter().map(|w| w * w).sum();
    let lipschitz = 1.0001 * design.spectral_norm().powi(2) / 60.0;
    let mut datafit = Quadratic::new(&design, &y)?;
    let limit = 100_000;
    let fast = ProximalGradient::fista().step(1.0 / lipschitz)?.max_iterations(limit);
    let fast = fast.solve(&mut datafit, &penalty, None, &mut |iterate| {
        let k = iterate.iteration as f64;
        let excess = naive_gap(&design, &y, penalty.l1_weight(), 0.0, iterate.coefficients).0
            - optimum.certificate.primal;
        // Beck and Teboulle 2009, theorem 4.4.
        assert!(k == 0.0 || excess <= 2.0 * lipschitz * distance / ((k + 1.0) * (k + 1.0)));
    })?;
    let slow = ProximalGradient::ista().max_iterations(limit);
    let slow = slow.solve(&mut datafit, &penalty, None, &mut |_| {})?;
    assert!(fast.converged());
    assert!(3 * fast.iterations < slow.iterations, "{} and {}", fast.iterations, slow.iterations);
    Ok(())
}

#[test]
fn unusable_input_is_refused_by_name() -> Result<(), Invalid> {
    let key = |result: Result<(), Invalid>| result.map_err(|e| e.key);
    let design = Design::from_columns(2, 2, vec![1.0, 2.0, 3.0, 4.0]);
    let named = |name: &str| Err(name.to_owned());
    assert_eq!(key(Lasso::new(0.0).map(drop)), named("lambda"));
    assert_eq!(key(Lasso::new(f64::NAN).map(drop)), named("lambda"));
    assert_eq!(key(Lasso::new(1.0)?.tolerance(f64::NAN).map(drop)), named("tolerance"));
    assert_eq!(key(LassoProblem::new(&design, &[1.0]).map(drop)), named("response"));
    assert_eq!(key(LassoProblem::new(&design, &[1.0, f64::NAN]).map(drop)), named("response"));
    let broken = Design::from_columns(2, 2, vec![1.0, 2.0, f64::INFINITY, 4.0]);
    assert_eq!(key(LassoProblem::new(&broken, &[1.0, 2.0]).map(drop)), named("design"));
    let response = [1.0, 2.0];
    let problem = LassoProblem::new(&design, &response)?;
    assert_eq!(key(Lasso::new(1.0)?.solve(&problem, Some(&[0.0])).map(drop)), named("warm"));
    assert_eq!(key(Lasso::new(1.0)?.solve(&problem, Some(&[0.0, f64::NAN])).map(drop)), named("warm"));
    assert_eq!(key(ProximalGradient::ista().step(0.0).map(drop)), named("step"));
    assert_eq!(key(lambda_grid(1.0, 0.1, 0).map(drop)), named("count"));
    assert_eq!(
        lambda_grid(2.0, 0.01, 3)?.iter().map(|l| (l * 1e6).round()).collect::<Vec<_>>(),
        [2e6, 2e5, 2e4]
    );
    assert!(ElasticNet::l1(0.5)?.value(&[1.0, -2.0]) == 1.5);
    Ok(())
}

/// Columns of norm √n: independent ones, and between them ones that differ by `delta` from a common one; a response
/// that is white in the span of four of them.
fn two_scales(n: usize, d: usize, delta: f64, seed: u64) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || (0..12).map(|_| rng.r#gen::<f64>()).sum::<f64>() - 6.0;
    let common: Vec<f64> = (0..n).map(|_| normal()).collect();
    let mut values = Vec::with_capacity(n * d);
    for j in 0..d {
        let column: Vec<f64> =
            (0..n).map(|i| if j % 2 == 0 { normal() } else { common[i] + delta * normal() }).collect();
        let norm = (column.iter().map(|x| x * x).sum::<f64>() / n as f64).sqrt();
        values.extend(column.iter().map(|x| x / norm));
    }
    let design = Design::from_columns(n, d, values);
    let mut y: Vec<f64> = (0..n).map(|_| 0.5 * normal()).collect();
    let mut add = |j: usize, w: f64| y.iter_mut().zip(design.column(j)).for_each(|(y, x)| *y += w * x);
    let weight = 0.5 / delta;
    add(1, weight);
    add(d / 2 + 1, -weight);
    add(4, 0.5);
    add(d - 2, -0.5);
    (design, y)
}

#[test]
fn a_path_on_near_duplicates_is_certified_down_to_interpolation() -> Result<(), Invalid> {
    for (delta, seed) in [(0.1, 1), (0.01, 2), (0.01, 3), (0.001, 4), (0.001, 5), (0.001, 6)] {
        let (design, y) = two_scales(120, 160, delta, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let levels = lambda_grid(problem.lambda_max(), 1e-4, 80)?;
        for (lambda, solution) in levels.iter().zip(Path::new(&levels, 1e-8)?.solve(&problem)) {
            let gap = solution.certificate.gap / problem.null_objective();
            assert!(solution.converged(), "δ = {delta}, seed {seed}, λ = {lambda:.3e}: gap {gap:.1e}");
        }
    }
    Ok(())
}
