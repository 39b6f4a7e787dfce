//! Effects on predicted outcomes, compared with numpy and cases with a known solution.

use remeasure_causal::onemap::effects::{Assignment, Weights};
use remeasure_causal::onemap::methods::{Debias, Line, calibrate, error_deviation};
use remeasure_causal::onemap::score::Score;
use remeasure_causal::onemap::{Predictions, Series, Trial};
use remeasure_causal::{Data, Method};
use serde_json::Value;

use crate::{data, method, problem, streams};

fn effect_method(text: &str) -> Box<dyn Debias> {
    match method(text).unwrap_or_else(|e| panic!("{text}: {e}")) {
        Method::Effect(method) => method,
        _ => panic!("{text}: for another kind of problem"),
    }
}

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn close(name: &str, got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance * expected.abs().max(1.0), "{name}: {got} {expected}");
}

/// The stored sets, as series of one trial.
fn sets() -> Vec<(Series, Value)> {
    let all: Value = serde_json::from_str(&data("one-map.json")).expect("JSON");
    let series = |(set, labels): (&Value, usize)| {
        let (cal, test) = (&set["cal"], &set["test"]);
        let trial = Trial {
            tau: set["tau"].as_f64().expect("a number"),
            validation: Predictions { outcomes: vector(&cal["y"]), predicted: vector(&cal["pred"]) },
            assignment: Assignment {
                treated: vector(&test["A"]).iter().map(|a| *a == 1.0).collect(),
                propensity: vector(&test["propensity"]),
            },
            test: Predictions { outcomes: vector(&test["y"]), predicted: vector(&test["pred"]) },
        };
        (Series { trials: vec![trial], labelled: (0..labels).collect() }, set.clone())
    };
    all.as_array().expect("sets").iter().zip([50, 40]).map(series).collect()
}

#[test]
fn every_step_agrees_with_numpy() {
    for (series, set) in sets() {
        let trial = &series.trials[0];
        let expected = &set["expected"];
        let number = |value: &Value| value.as_f64().expect("a number");
        let (m, k) = calibrate(&trial.validation).expect("a line");
        close("m", m, number(&expected["m"]), 1e-12);
        close("k", k, number(&expected["k"]), 1e-12);
        close("sigma", error_deviation(&trial.validation), number(&expected["sigma"]), 1e-12);
        let score = Score::new(&trial.test.predicted).expect("a density");
        close("bandwidth", score.bandwidth(), number(&expected["bandwidth_test"]), 1e-12);
        assert!(score.error() < 1e-4, "{}", score.error());
        for (p, s) in trial.test.predicted.iter().zip(vector(&expected["score_first5"])) {
            close("exact score", score.exact(*p), s, 1e-9);
            close("score", score.at(*p), s, 1e-4);
        }
        for (scores, name) in
            [("outcomes", "sample"), ("predictions", "naive"), ("lcc", "lcc"), ("tweedie", "tweedie")]
        {
            for (weights, key) in [("horvitz-thompson", "ht"), ("hajek", "hajek")] {
                let text =
                    format!("kind = \"weighted-effect\"\nscores = \"{scores}\"\nweights = \"{weights}\"");
                let found = effect_method(&text).effect(trial, &series).expect("an effect").effect;
                let tolerance = if scores == "tweedie" { 1e-4 } else { 1e-10 };
                close(&text, found, number(&expected[key][name]), tolerance);
            }
        }
        let ppi = effect_method("kind = \"labelled-effect\"\npredictions = true");
        let found = ppi.effect(trial, &series).expect("an effect").effect;
        let key = format!("ppi_first_{}_labelled", series.labelled.len());
        close(&key, found, number(&expected[&key]), 1e-10);
    }
}

#[test]
fn a_calibrated_correction_has_slope_one_in_validation() {
    for (series, _) in sets() {
        let validation = &series.trials[0].validation;
        let (m, k) = calibrate(validation).expect("a line");
        let corrected = validation.predicted.iter().map(|p| (p - m) / k).collect();
        let again = Predictions { outcomes: validation.outcomes.clone(), predicted: corrected };
        let (intercept, slope) = calibrate(&again).expect("a line");
        assert!(intercept.abs() < 1e-12 && (slope - 1.0).abs() < 1e-12, "{intercept} {slope}");
    }
}

#[test]
fn an_arm_without_units_and_equal_predictions_are_errors() {
    let assignment = Assignment { treated: vec![true, true], propensity: vec![0.5, 0.5] };
    let error = assignment.effect(&[0, 1], &|_| 1.0, Weights::Plain).expect_err("one arm");
    assert!(error.to_string().contains("all 2 units have the same treatment"), "{error}");
    assert!(Score::new(&[1.0, 1.0]).is_err());
    assert!(calibrate(&Predictions { outcomes: vec![2.0; 3], predicted: vec![1.0; 3] }).is_err());
    assert!(Line::through(&[1.0, 1.0], &[1.0, 2.0]).is_err());
}

#[test]
fn a_series_shrinks_and_is_corrected() {
    let problem = problem("kind = \"one-map\"\nn = 2000\ntrials = 5\nlabels = 100").expect("a problem");
    let draw = || match problem.draw(&streams(4)).expect("data") {
        Data::OneMap(series) => series,
        _ => panic!("of another kind"),
    };
    let (series, again) = (draw(), draw());
    assert_eq!(series.trials[2].test.predicted, again.trials[2].test.predicted);
    assert_eq!(series.trials.iter().map(|t| t.tau).collect::<Vec<_>>(), [-2.0, -1.0, 0.0, 1.0, 2.0]);
    let line = |scores: &str| {
        let method = effect_method(&format!("kind = \"weighted-effect\"\nscores = \"{scores}\""));
        let effects: Vec<f64> =
            series.trials.iter().map(|t| method.effect(t, &series).expect("an effect").effect).collect();
        Line::through(&[-2.0, -1.0, 0.0, 1.0, 2.0], &effects).expect("a line")
    };
    assert!((line("outcomes").slope - 1.0).abs() < 0.1, "{:?}", line("outcomes"));
    assert!(line("predictions").slope < 0.8, "{:?}", line("predictions"));
    assert!((line("lcc").slope - 1.0).abs() < 0.2, "{:?}", line("lcc"));
}

#[test]
fn impossible_keys_are_refused() {
    for (lines, expected) in [
        ("n = 100\ntrials = 5\nlabels = 50", "n: expected between 500 and 100000 units, found 100"),
        ("n = 1000\ntrials = 2\nlabels = 50", "trials: expected between 3 and 500 trials, found 2"),
        ("n = 1000\ntrials = 5\nlabels = 5", "labels: expected between 10 and n = 1000 units, found 5"),
        ("n = 1000\ntrials = 5\nlabels = 50\nmap = \"other\"", "map: unknown variant `other`"),
    ] {
        let message = problem(&format!("kind = \"one-map\"\n{lines}")).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{lines}: {message}");
    }
    let one_map = problem("kind = \"one-map\"\nn = 1000\ntrials = 5\nlabels = 50").expect("a problem");
    let message = method("kind = \"erm\"").expect("a method").admit(&one_map).expect_err("another kind");
    assert!(
        message.to_string().starts_with("kind: this estimator is for problems of kind = \"augmentation\"")
    );
    assert!(method("kind = \"weighted-effect\"\nscores = \"best\"").is_err());
}
