//! Properties of the Lasso on any data: certificates, invariances, and agreement with an independent method.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure_core::numerics::Design;
use remeasure_optim::certificate::{Certificate, kkt_residual};
use remeasure_optim::lasso::{Path, lambda_grid};
use remeasure_optim::{ElasticNet, Lasso, LassoProblem, Termination};

use crate::{draw, fista, largest_difference, naive_gap};

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
        // The minimum of the objective cannot increase as the penalty decreases.
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
