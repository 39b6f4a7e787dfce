//! Drawn problems with invalid instruments: moments, limits, and learned nuisances.

use remeasure_causal::Problem;
use remeasure_causal::instrument::crossfit::pseudo_risks;
use remeasure_causal::instrument::generators::Direct;

use crate::instrument::{average, draw, estimate};
use crate::problem;

fn direct(lines: &str) -> Direct {
    match problem(&format!("kind = \"invalid-instrument\"\nn = 1000\n{lines}")).expect("a problem") {
        Problem::Direct(direct) => direct,
        _ => panic!("of another kind"),
    }
}

#[test]
fn limits_agree_with_numpy_and_with_large_samples() {
    // Quadrature in numpy, on 400 × 400 points.
    for (slope, keys, expected) in [
        (0.1, "wrong = []", 1.0),
        (0.1, "wrong = [\"instrument\", \"outcome\"]", 1.0),
        (0.1, "wrong = [\"treatment\"]", 0.9771),
        (0.1, "wrong = [\"instrument\", \"treatment\"]", 0.9782),
        (0.1, "wrong = [\"treatment\", \"outcome\"]", 0.8279),
        (0.1, "wrong = [\"instrument\", \"effect\"]", 1.1003),
        (0.1, "wrong = [\"instrument\", \"treatment\", \"outcome\", \"effect\"]", 0.9273),
        (0.25, "wrong = [\"treatment\"]", 0.8527),
        (0.25, "wrong = [\"treatment\"]\ninner = \"own\"", 1.0),
        (0.25, "wrong = [\"treatment\", \"outcome\"]\ninner = \"own\"", 0.6531),
    ] {
        let problem = direct(&format!("slope = {slope}"));
        let limit = average(&format!("kind = \"multiply-robust\"\n{keys}")).limit(&problem).expect("a limit");
        assert!((limit - expected).abs() < 2e-4, "{slope} {keys}: {limit}");
    }
    let problem = "kind = \"invalid-instrument\"\nn = 100000\nslope = 0.25";
    let (data, truth) = (draw(problem, 3), direct("slope = 0.25"));
    for text in [
        "kind = \"multiply-robust\"\nwrong = [\"treatment\"]",
        "kind = \"multiply-robust\"\nwrong = [\"instrument\", \"effect\"]",
        "kind = \"multiply-robust\"\nwrong = [\"treatment\", \"outcome\"]",
        "kind = \"genius\"",
        "kind = \"least-squares\"",
        "kind = \"two-stage\"",
    ] {
        let found = estimate(text, &data);
        let limit = average(text).limit(&truth).expect("a limit");
        let se = found.se.expect("a standard error");
        assert!((found.value - limit).abs() < 4.0 * se && se < 0.05, "{text}: {} {limit} {se}", found.value);
    }
}

#[test]
fn drawn_data_have_the_moments_that_identify_the_effect() {
    let data = draw("kind = \"invalid-instrument\"\nn = 100000", 1);
    let hidden = data.hidden.as_ref().expect("drawn");
    let (known, (beta, eta)) =
        (hidden.nuisances.as_ref().expect("known"), hidden.effects.as_ref().expect("known"));
    for arm in [0, 1] {
        let rows: Vec<usize> = (0..data.rows()).filter(|&i| data.arm(i) == arm).collect();
        let mean = |value: &dyn Fn(usize) -> f64| {
            let values: Vec<f64> = rows.iter().map(|&i| value(i)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
            (mean, square.sqrt() / values.len() as f64)
        };
        let a = |i: usize| data.a[i] - known.p[arm][i];
        let y = |i: usize| data.y[i] - known.m[i];
        for (name, (mean, se)) in [
            ("treatment", mean(&a)),
            ("outcome", mean(&y)),
            ("eta", mean(&|i| a(i) * (y(i) - beta[i] * a(i)) - eta)),
        ] {
            assert!(mean.abs() < 4.5 * se, "{name} {arm}: {mean} {se}");
        }
    }
    let rest: f64 = data.instrument().iter().zip(&known.pi).map(|(z, pi)| z - pi).sum();
    assert!(rest.abs() < 4.5 * 0.5 * (data.rows() as f64).sqrt(), "{rest}");
    let again = draw("kind = \"invalid-instrument\"\nn = 100000", 1);
    assert_eq!((&data.y, &data.a), (&again.y, &again.a));
}

#[test]
fn ten_invalid_instruments_are_of_use_to_genius_only() {
    for (text, kind) in [
        (
            "kind = \"many-instruments\"\nn = 60000\nexposure = \"binary\"",
            "kind = \"genius\"\nexposure = \"logit\"",
        ),
        ("kind = \"many-instruments\"\nn = 20000\nexposure = \"continuous\"", "kind = \"genius\""),
    ] {
        let data = draw(text, 0);
        let found = estimate(kind, &data);
        let se = found.se.expect("a standard error");
        assert!((found.value - 1.0).abs() < 4.0 * se && se < 0.3, "{text}: {} {se}", found.value);
        assert!(found.residual.expect("a certificate") < 1e-9, "{text}: {:?}", found.residual);
        let naive = estimate("kind = \"two-stage\"", &data).value;
        assert!((naive - 1.0).abs() > 0.2, "{text}: {naive}");
        let known = estimate("kind = \"known-confounder\"", &data);
        let se = known.se.expect("a standard error");
        assert!((known.value - 1.0).abs() < 4.0 * se, "{text}: {} {se}", known.value);
    }
}

#[test]
fn learned_nuisances_come_near_the_truth_and_are_selected_by_stability() {
    let data = draw("kind = \"invalid-instrument\"\nn = 3000", 2);
    let oracle = estimate("kind = \"oracle-nuisances\"", &data);
    for learner in ["lasso", "ridge", "polynomial", "neighbours", "tree"] {
        let found = estimate(&format!("kind = \"cross-fitted\"\nlearner = \"{learner}\""), &data);
        let se = found.se.expect("a standard error");
        assert!((found.value - oracle.value).abs() < 1.5 * se, "{learner}: {} {}", found.value, oracle.value);
    }
    let learners = "learners = [\"polynomial\", \"tree\"]";
    let selected = estimate(&format!("kind = \"selected-learners\"\n{learners}"), &data);
    let typical = estimate(&format!("kind = \"typical-learners\"\n{learners}"), &data);
    assert_eq!((selected.combinations.len(), &selected.combinations), (8, &typical.combinations));
    assert!(selected.combinations.contains(&selected.value));
    // The corners of all combinations are the estimates by one learner.
    for (at, learner) in [(0, "polynomial"), (7, "tree")] {
        let alone = estimate(&format!("kind = \"cross-fitted\"\nlearner = \"{learner}\""), &data);
        assert_eq!(alone.value, selected.combinations[at], "{learner}");
    }
    let mixed = "instrument = \"tree\"\ntreatment = \"polynomial\"\noutcome = \"tree\"";
    assert_eq!(estimate(&format!("kind = \"cross-fitted\"\n{mixed}"), &data).value, selected.combinations[5]);
}

#[test]
fn the_pseudo_risk_is_the_largest_change_by_one_exchange() {
    // Two learners; positions (π, p, m) in binary.
    let estimates = [0.0, 1.0, 2.0, 4.0, 0.5, 8.0, 16.0, 32.0];
    assert_eq!(pseudo_risks(&estimates, 2), [4.0, 49.0, 196.0, 784.0, 240.25, 576.0, 256.0, 784.0]);
}
