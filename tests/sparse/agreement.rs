//! Estimators for the same problem must agree.

use remeasure_sparse::Certificate;
use remeasure_sparse::metrics::lasso_objective;

use crate::{estimator, fit, problem, streams};

#[test]
fn four_lasso_solvers_reach_the_same_objective() {
    for (shape, lambda) in [
        ("n = 30\np = 60", "{ fraction = 0.2 }"),
        ("n = 80\np = 40", "{ fraction = 0.05 }"),
        ("n = 50\np = 50\ncolumns = \"unit-norm\"", "{ universal = 1.0 }"),
        ("n = 40\np = 80\ndesign = \"toeplitz\"\ncorrelation = 0.8", "{ cv = { folds = 4, points = 8 } }"),
    ] {
        let instance =
            problem(&format!("{shape}\nk = 5\nsnr_db = 10")).draw(&streams(1)).unwrap().instance().unwrap();
        let parameters = format!("lambda = {lambda}\ntolerance = 1e-8");
        let fits: Vec<_> = ["lasso", "linfa-lasso", "ista", "fista"]
            .iter()
            .map(|kind| fit(estimator(kind, &parameters).as_ref(), &instance, &streams(1)))
            .collect();
        let lambda = fits[0].lambda.unwrap();
        assert!(lambda > 0.0);
        let null = lasso_objective(
            &instance.design,
            &instance.response,
            &vec![0.0; instance.design.columns()],
            lambda,
        );
        let objective = |x: &[f64]| lasso_objective(&instance.design, &instance.response, x, lambda) / null;
        for f in &fits {
            assert_eq!(f.shortfall, None);
            assert_eq!(f.lambda, Some(lambda), "the rule gives one λ to all");
            let Certificate::RelativeGap(gap) = f.certificate else { panic!("a duality gap") };
            assert!(gap <= 1e-8);
            // Each is within its own gap of the optimum, so within the sum of both gaps of each other.
            assert!((objective(&f.coefficients) - objective(&fits[0].coefficients)).abs() <= 2e-8);
        }
    }
}

#[test]
fn a_response_without_signal_gives_zero() {
    let mut instance =
        problem("n = 10\np = 20\nk = 2\nsigma = 0.0").draw(&streams(0)).unwrap().instance().unwrap();
    instance.response.fill(0.0);
    for kind in ["lasso", "linfa-lasso", "ista", "fista"] {
        let f = fit(estimator(kind, "lambda = { fraction = 0.1 }").as_ref(), &instance, &streams(0));
        assert!(f.coefficients.iter().all(|v| *v == 0.0), "{kind}");
    }
}

#[test]
fn noiseless_recovery_above_the_transition_is_exact() {
    // δ(0.1) ≈ 0.33: at n/p = 0.6, recovery is practically certain.
    let parameters = "lambda = { fraction = 1e-5 }\ntolerance = 1e-12\npath = 20";
    for replicate in 0..10 {
        let instance = problem("n = 60\np = 100\nk = 10\nsigma = 0.0\nsignal = \"signs\"")
            .draw(&streams(replicate))
            .unwrap()
            .instance()
            .unwrap();
        let f = fit(estimator("lasso", parameters).as_ref(), &instance, &streams(replicate));
        let truth = instance.truth.unwrap();
        let nmse = remeasure_sparse::metrics::nmse(&f.coefficients, &truth.coefficients);
        assert!(nmse < 1e-8, "{nmse}");
    }
}

#[test]
fn a_trajectory_starts_at_zero_and_has_the_steps_asked_for() {
    let instance =
        problem("n = 30\np = 60\nk = 5\nsnr_db = 10").draw(&streams(0)).unwrap().instance().unwrap();
    let f = fit(
        estimator("fista", "lambda = { fraction = 0.1 }\ntrace_every = 4").as_ref(),
        &instance,
        &streams(0),
    );
    assert!(f.trajectory.len() > 3);
    assert!(f.trajectory[0].coefficients.iter().all(|v| *v == 0.0));
    for (i, snapshot) in f.trajectory.iter().enumerate() {
        assert_eq!(snapshot.iteration, 4 * i);
    }
}
