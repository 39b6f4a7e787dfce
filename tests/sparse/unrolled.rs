//! A fixed number of thresholding iterations.

use remeasure_sparse::{Certificate, Ensemble, Estimator, Recovery, metrics};

use crate::{estimator, problem, streams, table};

const PROBLEM: &str = "kind = 'ensemble'\np = 60\nn = 30\nk_over_p = 0.1\nsnr_db = 20\ncolumns = 'unit-power'\n\
                       signal = 'bernoulli-gaussian'\nsignals = 30\npenalty = 0.1";

fn ensemble() -> Ensemble {
    problem(PROBLEM).draw(&streams(2)).unwrap().ensemble().unwrap()
}

fn recover(kind: &str, parameters: &str, ensemble: &Ensemble) -> Recovery {
    estimator(kind, parameters).recover(ensemble, &streams(2)).unwrap()
}

fn l1(ensemble: &Ensemble, recovery: &Recovery) -> f64 {
    metrics::objectives(ensemble, &recovery.coefficients, 0.1).l1
}

fn l0(ensemble: &Ensemble, recovery: &Recovery) -> f64 {
    metrics::objectives(ensemble, &recovery.coefficients, 0.1).l0
}

#[test]
fn ista_and_fista_end_where_the_lasso_does() {
    let ensemble = ensemble();
    let lasso = recover("lasso", "lambda = { problem = 1.0 }\ntolerance = 1e-14", &ensemble);
    for steps in ["constant", "momentum"] {
        let text = format!("iterations = 200000\ntolerance = 1e-11\nsteps = '{steps}'");
        let unrolled = recover("unrolled-ista", &text, &ensemble);
        assert_eq!(unrolled.shortfall, None);
        let apart = lasso.coefficients.iter().zip(&unrolled.coefficients).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f64::max) < 1e-6, "{steps}");
    }
}

#[test]
fn each_iteration_is_the_formula() {
    // Two ISTA steps from zero by hand, with L computed here.
    let ensemble = ensemble();
    let (design, p) = (&ensemble.design, 60);
    let lipschitz = design.spectral_norm().powi(2);
    let recovery = recover("unrolled-ista", "iterations = 2\ntrace = true", &ensemble);
    assert_eq!(recovery.layers.iter().map(|l| l.index).collect::<Vec<_>>(), [1, 2]);
    for s in 0..ensemble.len() {
        let mut x = vec![0.0; p];
        for layer in &recovery.layers {
            let mut residual = vec![0.0; 30];
            design.mul(&x, &mut residual);
            residual.iter_mut().zip(ensemble.response(s)).for_each(|(r, y)| *r = y - *r);
            let mut gradient = vec![0.0; p];
            design.tmul(&residual, &mut gradient);
            for (x, g) in x.iter_mut().zip(&gradient) {
                let u = *x + g / lipschitz;
                *x = u.signum() * (u.abs() - 0.1 / lipschitz).max(0.0);
            }
            let ours = &layer.coefficients[s * p..(s + 1) * p];
            assert!(ours.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-13));
        }
    }
}

#[test]
fn hard_thresholding_ends_in_a_fixed_point_and_longer_steps_in_a_better_one() {
    let ensemble = ensemble();
    let short = recover("unrolled-iht", "iterations = 100000\ntolerance = 1e-12", &ensemble);
    let long = recover("unrolled-iht", "iterations = 100000\ntolerance = 1e-12\nstep = 1.9", &ensemble);
    for recovery in [&short, &long] {
        assert_eq!(recovery.shortfall, None);
        assert!(matches!(recovery.certificate, Some(Certificate::FixedPoint(c)) if c <= 1e-12));
    }
    // At a fixed point the gradient vanishes on the support, and no entry there is below √(2λ/L).
    let (design, lipschitz) = (&ensemble.design, ensemble.design.spectral_norm().powi(2));
    for s in 0..ensemble.len() {
        let x = &short.coefficients[s * 60..(s + 1) * 60];
        let (mut residual, mut gradient) = (vec![0.0; 30], vec![0.0; 60]);
        design.mul(x, &mut residual);
        residual.iter_mut().zip(ensemble.response(s)).for_each(|(r, y)| *r = y - *r);
        design.tmul(&residual, &mut gradient);
        for (x, g) in x.iter().zip(&gradient).filter(|(x, _)| **x != 0.0) {
            assert!(g.abs() < 1e-9 && x.abs() >= (0.2 / lipschitz).sqrt());
        }
    }
    assert!(l0(&ensemble, &long) < l0(&ensemble, &short));
}

#[test]
fn chebyshev_steps_get_further_than_as_many_constant_ones() {
    let ensemble = ensemble();
    let plain = recover("unrolled-ista", "iterations = 20", &ensemble);
    let chebyshev = recover("unrolled-ista", "iterations = 20\nsteps = 'chebyshev'", &ensemble);
    assert!(l1(&ensemble, &chebyshev) < l1(&ensemble, &plain));
    assert!(chebyshev.against_ista && !plain.against_ista);
    let reached = ensemble.ista_iterations(0.1, l1(&ensemble, &chebyshev)).unwrap();
    assert!(reached > 20, "{reached}");
    assert_eq!(ensemble.ista_iterations(0.1, l1(&ensemble, &plain)), Some(20));
}

#[test]
fn polishing_the_lasso_lowers_the_l0_objective() {
    let ensemble = ensemble();
    let lasso = recover("lasso", "lambda = { problem = 1.0 }", &ensemble);
    let text = "iterations = 1000\nwarm_start = { problem = 1.0 }";
    let polished = recover("unrolled-iht", text, &ensemble);
    assert!(l0(&ensemble, &polished) < l0(&ensemble, &lasso));
    let cold = recover("unrolled-iht", "iterations = 1000", &ensemble);
    assert!(l0(&ensemble, &polished) < l0(&ensemble, &cold));
}

#[test]
fn degenerate_problems_have_an_answer() {
    for text in [
        PROBLEM.replace("k_over_p = 0.1", "k = 1"),
        PROBLEM.replace("n = 30", "n = 90"),
        PROBLEM.replace("penalty = 0.1", "penalty = 0.0"),
        PROBLEM.replace("signals = 30", "signals = 1"),
        PROBLEM.replace("n = 30", "n = 1").replace("p = 60", "p = 1").replace("k_over_p = 0.1", "k = 1"),
    ] {
        let ensemble = problem(&text).draw(&streams(0)).unwrap().ensemble().unwrap();
        for (kind, parameters) in [
            ("unrolled-ista", "iterations = 1\ntrace = true"),
            ("unrolled-ista", "iterations = 25\nsteps = 'chebyshev'"),
            ("unrolled-ista", "iterations = 25\nsteps = 'momentum'"),
            ("unrolled-iht", "iterations = 25"),
        ] {
            let recovery = recover(kind, parameters, &ensemble);
            assert!(recovery.coefficients.iter().all(|v| v.is_finite()), "{text} {kind} {parameters}");
        }
    }
}

#[test]
fn what_cannot_be_run_is_named_with_its_mend() {
    let refused = |kind: &str, text: &str| {
        let entry = remeasure_sparse::estimators::ENTRIES.iter().find(|e| e.name == kind).unwrap();
        (entry.read)(table(text)).err().unwrap()
    };
    for (kind, text, key) in [
        ("unrolled-ista", "iterations = 0", "iterations"),
        ("unrolled-ista", "iterations = 5\nstep = 2.0", "step"),
        ("unrolled-ista", "iterations = 5\npenalty = -0.1", "penalty"),
        ("unrolled-ista", "iterations = 5\ntolerance = 0.0", "tolerance"),
        ("unrolled-ista", "iterations = 5\ncondition = 10.0", "condition"),
        ("unrolled-ista", "iterations = 5\nsteps = 'chebyshev'\ncondition = 0.5", "condition"),
        ("unrolled-ista", "iterations = 5\nsteps = 'chebyshev'\nstep = 1.5", "step"),
        ("unrolled-ista", "iterations = 5\nsteps = 'chebyshev'\ntolerance = 0.1", "tolerance"),
        ("unrolled-iht", "iterations = 5\nsteps = 'momentum'", "steps"),
        ("unrolled-iht", "iterations = 5\nwarm_start = { problem = 0.0 }", "warm_start.problem"),
    ] {
        assert_eq!(refused(kind, text).key, key, "{text}");
    }
    let without = problem(&PROBLEM.replace("penalty = 0.1", ""));
    let parsed: Box<dyn Estimator> = estimator("unrolled-ista", "iterations = 5");
    assert_eq!(parsed.admit(&without).unwrap_err().key, "penalty");
    assert!(parsed.admit(&problem(PROBLEM)).is_ok());
    let warm = estimator("unrolled-iht", "iterations = 5\npenalty = 0.1\nwarm_start = { problem = 1.0 }");
    assert_eq!(warm.admit(&without).unwrap_err().key, "warm_start.problem");
}
