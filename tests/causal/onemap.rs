//! Effects on predicted outcomes, compared with numpy and cases with a known solution.

use remeasure_causal::onemap::effects::{Assignment, Weights};
use remeasure_causal::onemap::log::{Log, Logged, Replay, logged};
use remeasure_causal::onemap::methods::{Debias, Line, calibrate, error_deviation};
use remeasure_causal::onemap::score::Score;
use remeasure_causal::onemap::upstream::{Epoch, Fitted, Objective, Which};
use remeasure_causal::onemap::{Series, Trial};
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
            validation: vector(&cal["y"]),
            assignment: Assignment {
                treated: vector(&test["A"]).iter().map(|a| *a == 1.0).collect(),
                propensity: vector(&test["propensity"]),
            },
            test: vector(&test["y"]),
            fits: vec![Fitted {
                which: Which::default(),
                validation: vector(&cal["pred"]),
                test: vector(&test["pred"]),
            }],
        };
        (Series { trials: vec![trial], labelled: (0..labels).collect() }, set.clone())
    };
    all.as_array().expect("sets").iter().zip([50, 40]).map(series).collect()
}

#[test]
fn every_step_agrees_with_numpy() {
    for (series, set) in sets() {
        let trial = &series.trials[0];
        let fit = &trial.fits[0];
        let expected = &set["expected"];
        let number = |value: &Value| value.as_f64().expect("a number");
        let (m, k) = calibrate(&trial.validation, &fit.validation).expect("a line");
        close("m", m, number(&expected["m"]), 1e-12);
        close("k", k, number(&expected["k"]), 1e-12);
        close(
            "sigma",
            error_deviation(&trial.validation, &fit.validation),
            number(&expected["sigma"]),
            1e-12,
        );
        let score = Score::new(&fit.test).expect("a density");
        close("bandwidth", score.bandwidth(), number(&expected["bandwidth_test"]), 1e-12);
        assert!(score.error() < 1e-4, "{}", score.error());
        for (p, s) in fit.test.iter().zip(vector(&expected["score_first5"])) {
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
        let (outcomes, predicted) = (&series.trials[0].validation, &series.trials[0].fits[0].validation);
        let (m, k) = calibrate(outcomes, predicted).expect("a line");
        let corrected: Vec<f64> = predicted.iter().map(|p| (p - m) / k).collect();
        let (intercept, slope) = calibrate(outcomes, &corrected).expect("a line");
        assert!(intercept.abs() < 1e-12 && (slope - 1.0).abs() < 1e-12, "{intercept} {slope}");
    }
}

#[test]
fn an_arm_without_units_and_equal_predictions_are_errors() {
    let assignment = Assignment { treated: vec![true, true], propensity: vec![0.5, 0.5] };
    let error = assignment.effect(&[0, 1], &|_| 1.0, Weights::Plain).expect_err("one arm");
    assert!(error.to_string().contains("all 2 units have the same treatment"), "{error}");
    assert!(Score::new(&[1.0, 1.0]).is_err());
    assert!(calibrate(&[2.0; 3], &[1.0; 3]).is_err());
    assert!(Line::through(&[1.0, 1.0], &[1.0, 2.0]).is_err());
}

fn series(lines: &str, replicate: u32) -> Series {
    let text = format!("kind = \"one-map\"\nn = 2000\ntrials = 5\nlabels = 100\n{lines}");
    match problem(&text).expect("a problem").draw(&streams(replicate)).expect("data") {
        Data::OneMap(series) => series,
        _ => panic!("of another kind"),
    }
}

/// The line of a method through the effects of a series.
fn line(series: &Series, scores: &str) -> Line {
    let method = effect_method(&format!("kind = \"weighted-effect\"\nscores = \"{scores}\""));
    let effects: Vec<f64> =
        series.trials.iter().map(|t| method.effect(t, series).expect("an effect").effect).collect();
    Line::through(&[-2.0, -1.0, 0.0, 1.0, 2.0], &effects).expect("a line")
}

#[test]
fn a_series_shrinks_and_is_corrected() {
    for (upstream, slope) in [("ols", 0.2), ("mlp", 0.2)] {
        let lines = format!("upstream = \"{upstream}\"");
        let (one, again) = (series(&lines, 4), series(&lines, 4));
        assert_eq!(one.trials[2].fits[0].test, again.trials[2].fits[0].test);
        assert_eq!(one.trials.iter().map(|t| t.tau).collect::<Vec<_>>(), [-2.0, -1.0, 0.0, 1.0, 2.0]);
        assert!((line(&one, "outcomes").slope - 1.0).abs() < 0.1, "{upstream} {:?}", line(&one, "outcomes"));
        assert!(line(&one, "predictions").slope < 0.8, "{upstream} {:?}", line(&one, "predictions"));
        assert!((line(&one, "lcc").slope - 1.0).abs() < slope, "{upstream} {:?}", line(&one, "lcc"));
    }
}

#[test]
fn networks_of_a_trial_differ_by_objective_and_epoch() {
    let lines = "upstream = \"mlp\"\ntraining = { batch = 40, objectives = [\"ratledge\", \"squares\", \
                 \"ratledge-published\"] }";
    let all = series(lines, 4);
    let trial = &all.trials[0];
    assert_eq!(trial.fits.len(), 6);
    let fit = |objective, epoch| trial.fit(Which { objective, epoch }).expect("a fit");
    let least = |epoch| {
        let predicted = &fit(Objective::Squares, epoch).validation;
        predicted.iter().zip(&trial.validation).map(|(p, y)| (p - y).powi(2)).sum::<f64>()
    };
    assert!(least(Epoch::Best) <= least(Epoch::Last));
    // The penalty makes the bias of the worst quintile smaller, and so the slope in validation larger.
    let slope =
        |objective| calibrate(&trial.validation, &fit(objective, Epoch::Last).validation).expect("a line").1;
    let (with, without) = (slope(Objective::Ratledge), slope(Objective::Squares));
    assert!(with > without + 0.05, "{with} {without}");
    // With τ = −2, most low outcomes are in no quintile of a population with τ = 2.
    assert_ne!(
        fit(Objective::Ratledge, Epoch::Last).test,
        fit(Objective::RatledgePublished, Epoch::Last).test
    );
    // A network does not depend on which others are trained.
    let alone = series("upstream = \"mlp\"\ntraining = { batch = 40 }", 4);
    assert_eq!(alone.trials[0].fits[0].test, fit(Objective::Squares, Epoch::Last).test);
}

#[test]
fn overlapping_seeds_hand_a_test_population_to_the_next_trial() {
    let (overlapping, separate) = (series("seeds = \"overlapping\"", 4), series("", 4));
    let shared = |series: &Series| {
        // Units 1600 to 2000 are for validation; τ moves the treated ones by 1 from trial to trial.
        let (before, after) = (&series.trials[1], &series.trials[2]);
        let own = after.validation.iter().zip(&before.test[1600..]).zip(&before.assignment.treated[1600..]);
        own.filter(|((a, b), treated)| (*a - *b - f64::from(u8::from(**treated))).abs() < 1e-9).count()
    };
    assert_eq!((shared(&overlapping), shared(&separate)), (400, 0));
}

#[test]
fn impossible_keys_are_refused() {
    for (lines, expected) in [
        ("n = 100\ntrials = 5\nlabels = 50", "n: expected between 500 and 100000 units, found 100"),
        ("n = 1000\ntrials = 2\nlabels = 50", "trials: expected between 3 and 500 trials, found 2"),
        ("n = 1000\ntrials = 5\nlabels = 5", "labels: expected between 10 and n = 1000 units, found 5"),
        ("n = 1000\ntrials = 5\nlabels = 50\nmap = \"other\"", "map: unknown variant `other`"),
        (
            "n = 1000\ntrials = 5\nlabels = 50\ntraining = { epochs = 3 }",
            "training: least squares is not trained: set upstream = \"mlp\", or remove it",
        ),
        ("training = { epochs = 0 }", "training.epochs: expected between 1 and 10000 epochs, found 0"),
        ("training = { batch = 0 }", "training.batch: expected at least 1 row, found 0"),
        ("training = { rate = 0.0 }", "training.rate: expected a number above 0, found 0"),
        ("training = { decay = -1.0 }", "training.decay: expected a number of at least 0, found -1"),
        ("training = { objectives = [\"ratledge\"] }", "training.objectives: \"squares\" must be among them"),
    ] {
        let rest = if lines.starts_with("training") {
            "n = 1000\ntrials = 5\nlabels = 50\nupstream = \"mlp\"\n"
        } else {
            ""
        };
        let message = problem(&format!("kind = \"one-map\"\n{rest}{lines}")).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{lines}: {message}");
    }
    for (lines, expected) in [
        ("method = \"best\"", "method: unknown variant `best`"),
        ("method = \"lcc\"\nfirst = 49", "first: expected between 1 and 48 trials, found 49"),
    ] {
        let message = problem(&format!("kind = \"one-map-log\"\n{lines}")).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{lines}: {message}");
    }
    let one_map = problem("kind = \"one-map\"\nn = 1000\ntrials = 5\nlabels = 50").expect("a problem");
    let message = method("kind = \"erm\"").expect("a method").admit(&one_map).expect_err("another kind");
    assert!(
        message.to_string().starts_with("kind: this estimator is for problems of kind = \"augmentation\"")
    );
    assert!(method("kind = \"weighted-effect\"\nscores = \"best\"").is_err());
    for (line, expected) in [
        ("objective = \"ratledge\"", "objective: the problem trains no network for it"),
        ("epoch = \"best\"", "epoch: least squares has no epochs"),
    ] {
        let method = method(&format!("kind = \"weighted-effect\"\nscores = \"predictions\"\n{line}"));
        let message = method.expect("a method").admit(&one_map).expect_err("of a network").to_string();
        assert!(message.starts_with(expected), "{line}: {message}");
    }
}

/// A logged series.
fn log(lines: &str) -> Log {
    match problem(&format!("kind = \"one-map-log\"\n{lines}")).expect("a problem").draw(&streams(0)) {
        Ok(Data::Log(log)) => log,
        _ => panic!("of another kind"),
    }
}

fn replay(text: &str) -> Box<Replay> {
    match method(&format!("kind = \"logged-effect\"\n{text}")).expect("a method") {
        Method::Replay(method) => method,
        _ => panic!("{text}: for another kind of problem"),
    }
}

#[test]
fn lines_through_the_log_agree_with_numpy_and_scipy() {
    let expected: Value = serde_json::from_str(&data("one-map-log.json")).expect("JSON");
    let number = |value: &Value| value.as_f64().expect("a number");
    for (key, of) in expected.as_object().expect("methods") {
        let (name, first) = key.split_once(' ').expect("a method and a trial");
        let log = log(&format!("method = \"{name}\"\nfirst = {first}"));
        let line = Line::through(&log.truth, &log.estimates).expect("a line");
        let identity = line.identity.expect("a test");
        for (what, found) in [
            ("mae", line.error),
            ("mae_se", line.error_se),
            ("slope", line.slope),
            ("slope_se", line.slope_se.expect("an error")),
            ("intercept", line.intercept),
            ("f", identity.f),
        ] {
            close(&format!("{key} {what}"), found, number(&of[what]), 1e-10);
        }
        let p = number(&of["f_p"]);
        assert!((identity.p - p).abs() <= 1e-8 * p, "{key}: {} {p}", identity.p);
        let change = replay("against = \"lcc\"").of(&log).expect("a replay").1.expect("a change");
        close(key, change.mean, number(&of["change"]), 1e-12);
        close(key, change.se, number(&of["change_se"]), 1e-12);
    }
    assert!(replay("").of(&log("method = \"ppi\"")).expect("a replay").1.is_none());
}

#[test]
fn a_logged_curve_runs_through_its_trials() {
    let log = log("method = \"naive\"");
    for (tau, estimate) in log.truth.iter().zip(log.estimates.iter()) {
        assert_eq!(logged(Logged::Naive, *tau), *estimate);
    }
    let middle = logged(Logged::Naive, 0.5 * (log.truth[3] + log.truth[4]));
    close("middle", middle, 0.5 * (log.estimates[3] + log.estimates[4]), 1e-9);
    assert!(logged(Logged::Naive, -2.1).is_nan() && logged(Logged::Naive, 2.1).is_nan());
}

#[test]
fn a_line_through_exact_effects_has_no_test() {
    let truth = [-1.0, 0.0, 1.0, 2.0];
    let line = Line::through(&truth, &truth).expect("a line");
    assert_eq!((line.slope, line.intercept, line.error, line.identity), (1.0, 0.0, 0.0, None));
    let two = Line::through(&truth[..2], &[0.0, 3.0]).expect("a line");
    assert_eq!((two.slope_se, two.identity), (None, None));
}
