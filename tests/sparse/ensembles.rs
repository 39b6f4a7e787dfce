//! Problems with many signals observed through one design.

use remeasure_sparse::{Ensemble, Problem, metrics};

use crate::{estimator, problem, streams, table};

const PROBLEM: &str = "kind = 'ensemble'\np = 60\nn = 30\nk_over_p = 0.1\nsnr_db = 20\ncolumns = 'unit-power'\n\
                       signal = 'bernoulli-gaussian'\nsignals = 400\npenalty = 0.1";

fn draw(text: &str, replicate: u32) -> Ensemble {
    problem(text).draw(&streams(replicate)).unwrap().ensemble().unwrap()
}

fn with_mismatch(name: &str) -> String {
    format!(
        "{PROBLEM}\nmismatch = '{name}'\n[mismatches.denser]\nk = 12\n[mismatches.noisier]\nsnr_db = 5\n\
         [mismatches.other-matrix]\ndesign_change = 1.0\n[mismatches.perturbed]\ndesign_change = 0.3"
    )
}

fn density(ensemble: &Ensemble) -> f64 {
    ensemble.signals.iter().filter(|v| **v != 0.0).count() as f64 / ensemble.signals.len() as f64
}

/// Noise over signal power, averaged over the ensemble, in decibels.
fn snr_db(ensemble: &Ensemble) -> f64 {
    let n = ensemble.design.rows();
    let (mut signal, mut noise) = (0.0, 0.0);
    for s in 0..ensemble.len() {
        let mut clean = vec![0.0; n];
        ensemble.design.mul(ensemble.signal(s), &mut clean);
        signal += clean.iter().map(|v| v * v).sum::<f64>();
        noise += clean.iter().zip(ensemble.response(s)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    }
    10.0 * (signal / noise).log10()
}

#[test]
fn an_ensemble_has_the_density_noise_and_column_power_asked_for() {
    let ensemble = draw(PROBLEM, 0);
    assert_eq!((ensemble.len(), ensemble.design.rows(), ensemble.design.columns()), (400, 30, 60));
    // 24,000 draws at 0.1: standard error 0.002.
    assert!((density(&ensemble) - 0.1).abs() < 0.008, "{}", density(&ensemble));
    // 12,000 squared normals: standard error 0.06 dB.
    assert!((snr_db(&ensemble) - 20.0).abs() < 0.3, "{}", snr_db(&ensemble));
    let power = ensemble.design.as_slice().iter().map(|v| v * v).sum::<f64>() / 60.0;
    assert!((power - 1.0).abs() < 0.15, "{power}");
}

#[test]
fn a_mismatch_changes_the_test_and_leaves_the_training() {
    let matched = draw(&with_mismatch("none"), 0);
    assert_eq!(matched.training().design, &matched.design);
    assert_eq!(matched.signals, draw(PROBLEM, 0).signals);

    let denser = draw(&with_mismatch("denser"), 0);
    assert!((density(&denser) - 0.2).abs() < 0.01, "{}", density(&denser));
    assert_eq!(denser.design, matched.design);

    let noisier = draw(&with_mismatch("noisier"), 0);
    assert!((snr_db(&noisier) - 5.0).abs() < 0.4, "{}", snr_db(&noisier));

    let correlation = |ensemble: &Ensemble| {
        let (a, b) = (&ensemble.design, ensemble.training().design);
        let product: f64 = a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| a * b).sum();
        let power = |d: &[f64]| d.iter().map(|v| v * v).sum::<f64>();
        product / (power(a.as_slice()) * power(b.as_slice())).sqrt()
    };
    // 1,800 pairs of entries: standard error 0.024.
    let (fresh, near) = (draw(&with_mismatch("other-matrix"), 0), draw(&with_mismatch("perturbed"), 0));
    assert!(correlation(&fresh).abs() < 0.09, "{}", correlation(&fresh));
    assert!((correlation(&near) - (1.0f64 - 0.09).sqrt()).abs() < 0.02, "{}", correlation(&near));
    for ensemble in [&fresh, &near] {
        assert_eq!(ensemble.training().design, &matched.design);
        assert_eq!(ensemble.matched().design, &ensemble.design);
    }
}

#[test]
fn training_draws_come_from_the_training_law() {
    let ensemble = draw(&with_mismatch("denser"), 0);
    let count = |population: remeasure_sparse::problem::Population<'_>| {
        let (mut signals, mut responses) = (vec![0.0; 300 * 60], vec![0.0; 300 * 30]);
        let [mut a, mut b] = ["a", "b"].map(|role| streams(0).stream(role));
        population.fill([&mut a, &mut b], &mut signals, &mut responses, |_| {});
        signals.iter().filter(|v| **v != 0.0).count() as f64 / signals.len() as f64
    };
    assert!((count(ensemble.training()) - 0.1).abs() < 0.01);
    assert!((count(ensemble.matched()) - 0.2).abs() < 0.013);
}

#[test]
fn estimators_of_one_response_take_the_signals_one_by_one() {
    let ensemble = draw(&PROBLEM.replace("400", "20"), 1);
    for (kind, parameters) in [
        ("lasso", "lambda = { problem = 1.0 }\ntolerance = 1e-12"),
        ("fista", "lambda = { problem = 1.0 }\ntolerance = 1e-12"),
        ("oracle", ""),
    ] {
        let recovery = estimator(kind, parameters).recover(&ensemble, &streams(1)).unwrap();
        assert_eq!(recovery.shortfall, None);
        assert_eq!(recovery.coefficients.len(), 20 * 60);
        assert!(metrics::ensemble_nmse(&ensemble, &recovery.coefficients).unwrap() < 0.3, "{kind}");
    }
    // The penalty of the problem is that of ½‖y − Ax‖² + λ‖x‖₁: no other point has a lower objective.
    let lasso = estimator("lasso", "lambda = { problem = 1.0 }\ntolerance = 1e-12");
    let best = lasso.recover(&ensemble, &streams(1)).unwrap().coefficients;
    let at = |x: &[f64]| metrics::objectives(&ensemble, x, 0.1).l1;
    for scale in [0.99, 1.01] {
        let moved: Vec<f64> = best.iter().map(|v| v * scale).collect();
        assert!(at(&moved) > at(&best));
    }
    let signs: Vec<f64> =
        best.iter().map(|v| v - 1e-3 * v.signum() * f64::from(u8::from(*v != 0.0))).collect();
    assert!(at(&signs) > at(&best));
}

#[test]
fn what_cannot_be_an_ensemble_is_named_with_its_mend() {
    for (text, key, message) in [
        (PROBLEM.replace("signals = 400", ""), "signals", "needs the number"),
        (PROBLEM.replace("400", "0"), "signals", "at least 1"),
        (PROBLEM.replace("400", "4000000000"), "signals", "exceed the limit of"),
        (PROBLEM.replace("penalty = 0.1", "penalty = -1.0"), "penalty", "at least 0"),
        (PROBLEM.replace("penalty = 0.1", "penalty = nan"), "penalty", "finite"),
        (PROBLEM.replace("kind = 'ensemble'", ""), "signals", "only kind = \"ensemble\""),
        (with_mismatch("noisyer"), "mismatch", "valid: none, denser, noisier, other-matrix, perturbed"),
        (format!("{PROBLEM}\n[mismatches.a]\ndesign_change = 2.0"), "mismatches.a.design_change", "from 0"),
        (format!("{PROBLEM}\n[mismatches.none]\nk = 3"), "mismatches.none", "choose another name"),
        (
            format!("{PROBLEM}\nmismatch = 'a'\n[mismatches.a]\nk = 61"),
            "mismatches.a.k",
            "61 non-zero coefficients do not fit",
        ),
    ] {
        let error = Problem::read(table(&text)).unwrap_err();
        assert_eq!(error.key, key, "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}
