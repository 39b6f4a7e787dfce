//! What must hold of the Lasso on any data: certificates, invariances, and
//! agreement with an independent method.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure::numerics::{Design, Invalid};
use remeasure::optim::certificate::{Certificate, kkt_residual};
use remeasure::optim::lasso::{Path, lambda_grid};
use remeasure::optim::{
    ElasticNet, Lasso, LassoProblem, LassoSolver, Penalty, ProximalGradient, Quadratic, Termination,
};

/// A correlated design with a sparse truth and noise, from a seed.
fn draw(n: usize, p: usize, correlation: f64, seed: u64) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || (0..12).map(|_| rng.r#gen::<f64>()).sum::<f64>() - 6.0;
    let mut values = Vec::with_capacity(n * p);
    for j in 0..p {
        for i in 0..n {
            let fresh: f64 = normal();
            let before: f64 = if j > 0 { values[(j - 1) * n + i] } else { 0.0 };
            values.push(correlation * before + (1.0 - correlation * correlation).sqrt() * fresh);
        }
    }
    let design = Design::from_columns(n, p, values);
    let mut y: Vec<f64> = (0..n).map(|_| 0.3 * normal()).collect();
    for j in (0..p).step_by(4) {
        let weight = normal();
        y.iter_mut().zip(design.column(j)).for_each(|(y, x)| *y += weight * x);
    }
    (design, y)
}

/// Objective and gap by plain loops: dual point `r·min(1, nλ₁/‖X̃ᵀr̃‖∞)`,
/// nothing shared with the library.
fn naive_gap(design: &Design, y: &[f64], l1: f64, ridge: f64, w: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let mut r = y.to_vec();
    for (j, w) in w.iter().enumerate() {
        for (r, x) in r.iter_mut().zip(design.column(j)) {
            *r -= w * x;
        }
    }
    let square = r.iter().map(|r| r * r).sum::<f64>() + n * ridge * w.iter().map(|w| w * w).sum::<f64>();
    let primal = square / (2.0 * n) + l1 * w.iter().map(|w| w.abs()).sum::<f64>();
    let largest = (0..w.len())
        .map(|j| {
            let product: f64 = design.column(j).iter().zip(&r).map(|(x, r)| x * r).sum();
            (product - n * ridge * w[j]).abs()
        })
        .fold(0.0, f64::max);
    let scale = if largest > n * l1 { n * l1 / largest } else { 1.0 };
    let fit: f64 = y.iter().zip(&r).map(|(y, r)| y * r).sum();
    let dual = (scale * fit - 0.5 * scale * scale * square) / n;
    (primal, primal - dual)
}

fn fista(design: &Design, y: &[f64], penalty: &ElasticNet) -> Result<Vec<f64>, Invalid> {
    let mut datafit = Quadratic::new(design, y)?;
    let method = ProximalGradient::fista().tolerance(1e-10)?.max_iterations(200_000);
    let solution = method.solve(&mut datafit, penalty, None, &mut |_| {})?;
    assert!(solution.converged(), "FISTA: {:?} at {:?}", solution.termination, solution.certificate);
    Ok(solution.coefficients)
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (a, b)| m.max((a - b).abs()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_solve_reaches_its_gap_and_satisfies_the_optimality_conditions(
        n in 1_usize..40, p in 1_usize..60, correlation in 0.0..0.95, fraction in 0.005..0.9,
        mixing in prop_oneof![Just(1.0), 0.2..1.0], seed: u64,
    ) {
        let (design, y) = draw(n, p, correlation, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let penalty = ElasticNet::new(fraction * problem.lambda_max_mixed(mixing), mixing)?;
        let solution = Lasso::with_penalty(penalty).tolerance(1e-12)?.solve(&problem, None)?;
        prop_assert_eq!(solution.termination, Termination::Converged);
        let w = &solution.coefficients;
        let (primal, gap) = naive_gap(&design, &y, penalty.l1_weight(), penalty.ridge_weight(), w);
        let scale = problem.null_objective();
        prop_assert!(gap <= 2e-12 * scale, "relative gap {}", gap / scale);
        prop_assert!((primal - solution.certificate.primal).abs() <= 1e-12 * scale);
        let residual = kkt_residual(&design, &y, &penalty, w);
        prop_assert!(residual <= 1e-4 * problem.lambda_max(), "KKT residual {residual}");
    }

    #[test]
    fn the_gap_of_any_point_bounds_its_suboptimality(
        n in 1_usize..30, p in 1_usize..30, fraction in 0.01..1.2, size in 0.0..3.0, seed: u64,
    ) {
        let (design, y) = draw(n, p, 0.3, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let penalty = ElasticNet::l1(fraction * problem.lambda_max())?;
        let optimum = Lasso::with_penalty(penalty).tolerance(1e-12)?.solve(&problem, None)?.certificate;
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 1);
        let w: Vec<f64> = (0..p).map(|_| size * (rng.r#gen::<f64>() - 0.5)).collect();
        let certificate = Certificate::least_squares(&design, &y, &penalty, &w);
        let (primal, gap) = naive_gap(&design, &y, penalty.l1_weight(), 0.0, &w);
        let scale = problem.null_objective() + primal;
        prop_assert!((primal - certificate.primal).abs() <= 1e-12 * scale);
        prop_assert!(certificate.gap >= 0.0);
        prop_assert!(certificate.gap <= gap + 1e-12 * scale, "the best multiple is no worse than the usual one");
        prop_assert!(certificate.dual <= optimum.primal + 1e-12 * scale, "a dual value above the optimum");
        prop_assert!(certificate.gap >= primal - optimum.primal - 1e-12 * scale);
    }

    #[test]
    fn coordinate_descent_and_fista_agree(
        n in 8_usize..30, p in 1_usize..40, fraction in 0.05..0.9,
        mixing in prop_oneof![Just(1.0), 0.3..1.0], seed: u64,
    ) {
        let (design, y) = draw(n, p, 0.2, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let penalty = ElasticNet::new(fraction * problem.lambda_max_mixed(mixing), mixing)?;
        let ours = Lasso::with_penalty(penalty).tolerance(1e-12)?.solve(&problem, None)?.coefficients;
        let theirs = fista(&design, &y, &penalty)?;
        let value = |w: &[f64]| naive_gap(&design, &y, penalty.l1_weight(), penalty.ridge_weight(), w).0;
        let scale = problem.null_objective();
        prop_assert!(value(&ours) <= value(&theirs) + 1e-12 * scale);
        prop_assert!(value(&theirs) <= value(&ours) + 2e-10 * scale);
    }

    #[test]
    fn the_start_does_not_matter(n in 2_usize..30, p in 1_usize..40, fraction in 0.01..1.1, seed: u64) {
        let (design, y) = draw(n, p, 0.5, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let lasso = Lasso::new(fraction * problem.lambda_max())?.tolerance(1e-10)?;
        let cold = lasso.solve(&problem, None)?;
        let start: Vec<f64> = (0..p).map(|j| (j as f64).sin()).collect();
        let warm = lasso.solve(&problem, Some(&start))?;
        prop_assert!(warm.converged(), "{:?} {:?}", warm.termination, warm.history);
        let difference = (warm.certificate.primal - cold.certificate.primal).abs();
        prop_assert!(difference <= 1e-10 * problem.null_objective());
    }

    #[test]
    fn a_path_is_its_separate_problems(n in 2_usize..30, p in 1_usize..50, mixing in 0.5..1.0, seed: u64) {
        let (design, y) = draw(n, p, 0.6, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let lambdas = lambda_grid(problem.lambda_max_mixed(mixing), 0.01, 12)?;
        let path = Path::elastic_net(&lambdas, mixing, 1e-10)?.solve(&problem);
        for (&lambda, step) in lambdas.iter().zip(&path) {
            let penalty = ElasticNet::new(lambda, mixing)?;
            let alone = Lasso::with_penalty(penalty).tolerance(1e-10)?.solve(&problem, None)?;
            prop_assert!(step.converged());
            let again = Certificate::least_squares(&design, &y, &penalty, &step.coefficients);
            prop_assert!(again.gap <= 1.1e-10 * problem.null_objective());
            let difference = (step.certificate.primal - alone.certificate.primal).abs();
            prop_assert!(difference <= 1e-10 * problem.null_objective());
        }
        // The objective's minimum cannot rise as the penalty falls.
        prop_assert!(path.windows(2).all(|s| s[1].certificate.dual <= s[0].certificate.primal));
    }

    #[test]
    fn scaling_the_response_scales_the_solution(
        n in 20_usize..40, p in 1_usize..10, exponent in -60_i32..60, seed: u64,
    ) {
        let (design, y) = draw(n, p, 0.2, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let lambda = 0.1 * problem.lambda_max();
        let base = Lasso::new(lambda)?.tolerance(1e-13)?.solve(&problem, None)?.coefficients;
        let factor = 10f64.powi(exponent);
        let scaled: Vec<f64> = y.iter().map(|y| factor * y).collect();
        let problem = LassoProblem::new(&design, &scaled)?;
        let solution = Lasso::new(factor * lambda)?.tolerance(1e-13)?.solve(&problem, None)?;
        let back: Vec<f64> = solution.coefficients.iter().map(|w| w / factor).collect();
        prop_assert!(largest_difference(&base, &back) <= 1e-6);
    }

    #[test]
    fn the_elastic_net_is_a_lasso_on_augmented_data(n in 3_usize..20, p in 1_usize..25, mixing in 0.2..0.95, seed: u64) {
        let (design, y) = draw(n, p, 0.4, seed);
        let problem = LassoProblem::new(&design, &y)?;
        let penalty = ElasticNet::new(0.1 * problem.lambda_max_mixed(mixing), mixing)?;
        let net = Lasso::with_penalty(penalty).tolerance(1e-13)?.solve(&problem, None)?;
        let ridge = (n as f64 * penalty.ridge_weight()).sqrt();
        let mut values = Vec::new();
        for j in 0..p {
            values.extend_from_slice(design.column(j));
            values.extend((0..p).map(|i| if i == j { ridge } else { 0.0 }));
        }
        let augmented = Design::from_columns(n + p, p, values);
        let mut response = y.clone();
        response.resize(n + p, 0.0);
        let problem = LassoProblem::new(&augmented, &response)?;
        let lambda = penalty.l1_weight() * n as f64 / (n + p) as f64;
        let lasso = Lasso::new(lambda)?.tolerance(1e-13)?.solve(&problem, None)?;
        prop_assert!(largest_difference(&net.coefficients, &lasso.coefficients) <= 1e-4);
        let objective = lasso.certificate.primal * (n + p) as f64 / n as f64;
        prop_assert!((objective - net.certificate.primal).abs() <= 1e-11 * net.certificate.primal);
    }
}

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
    // Only the two columns of size 3 can serve: |w₂| + |w₄| = (6 − 0.6)/9.
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
            // Straight to the smallest λ gives the same.
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
    // Already there: nothing moves.
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
    // Far beyond 2/L the iteration diverges: the step is really used.
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
fn products_and_norms_of_a_design_are_those_of_its_definition() {
    for (n, p) in [(1, 1), (3, 9), (40, 7), (600, 5)] {
        let (design, y) = draw(n, p, 0.5, 1);
        let w: Vec<f64> = (0..p).map(|j| if j % 3 == 1 { 0.0 } else { 1.0 + j as f64 }).collect();
        let (mut product, mut image) = (vec![0.0; p], vec![0.0; n]);
        design.tmul(&y, &mut product);
        design.mul(&w, &mut image);
        let norms = design.column_squared_norms();
        for j in 0..p {
            let column = design.column(j);
            let expected: f64 = column.iter().zip(&y).map(|(x, y)| x * y).sum();
            assert!((product[j] - expected).abs() <= 1e-10);
            assert!((norms[j] - column.iter().map(|x| x * x).sum::<f64>()).abs() <= 1e-10);
        }
        for (i, value) in image.iter().enumerate() {
            let expected: f64 = (0..p).map(|j| w[j] * design.column(j)[i]).sum();
            assert!((value - expected).abs() <= 1e-10);
        }
        let some: Vec<usize> = (0..p).rev().collect();
        let mut chosen = vec![0.0; p];
        design.tmul_of(&some, &y, &mut chosen);
        chosen.reverse();
        assert_eq!(chosen, product, "the same bits in whatever block");
    }
}

#[test]
fn the_spectral_norm_is_that_of_known_matrices() {
    let diagonal = |d: &[f64], rows: usize| {
        let mut values = vec![0.0; rows * d.len()];
        d.iter().enumerate().for_each(|(j, v)| values[j * rows + j] = *v);
        Design::from_columns(rows, d.len(), values)
    };
    for (d, rows) in [(vec![3.0, -7.0, 2.0], 5), (vec![1.0; 6], 6), (vec![0.0; 4], 4), (vec![-2.0], 9)] {
        let expected = d.iter().fold(0.0_f64, |m, v: &f64| m.max(v.abs()));
        assert!((diagonal(&d, rows).spectral_norm() - expected).abs() <= 1e-6 * expected);
    }
    // Against plain power iteration run to exhaustion.
    for (n, p) in [(30, 50), (50, 30), (200, 200)] {
        let (design, _) = draw(n, p, 0.3, 4);
        let mut v = vec![1.0; p];
        let (mut image, mut sigma) = (vec![0.0; n], 0.0);
        for _ in 0..20_000 {
            let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            v.iter_mut().for_each(|x| *x /= norm);
            design.mul(&v, &mut image);
            sigma = image.iter().map(|x| x * x).sum::<f64>().sqrt();
            design.tmul(&image, &mut v);
        }
        let found = design.spectral_norm();
        assert!((found - sigma).abs() <= 2e-6 * sigma, "{found} against {sigma}");
    }
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
