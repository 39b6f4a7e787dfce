//! Estimators with the names used in configs.

use remeasure_ordinal::estimators::ENTRIES;
use remeasure_ordinal::validation::random_folds;
use remeasure_ordinal::{Certificate, Crossing, Model};

use crate::data::{D2, STREAMS, apart, built_in, cumulative, fit, sample};

#[test]
fn each_estimator_is_certified_with_its_defaults() {
    let sample = sample(D2);
    for entry in built_in() {
        let fit = fit(entry.name, "", &sample).unwrap();
        let bound = if entry.name.ends_with("-linfa") { 1e-6 } else { 1e-8 };
        assert!(fit.certificate.residual() <= bound, "{}: {fit:?}", entry.name);
        assert!(fit.shortfall.is_none() && fit.crossed_training == 0, "{}: {fit:?}", entry.name);
        let penalised = matches!(fit.certificate, Certificate::Kkt(_));
        assert_eq!(fit.lambda.is_some(), penalised, "{}", entry.name);
        let rare = fit.model.rare(&sample.design);
        // All of these fit an intercept, so the predictions have the mean of the labels; for PRESTO only
        // approximately.
        let share = sample.counts()[2] as f64 / 300.0;
        assert!((rare.iter().sum::<f64>() / 300.0 - share).abs() < 0.02, "{}", entry.name);
        assert_eq!(fit.model.probabilities(&sample.design).is_none(), entry.name.starts_with("logistic"));
    }
}

#[test]
fn linfa_agrees_with_newton() {
    let sample = sample(D2);
    let (ours, theirs) = (fit("logistic", "", &sample).unwrap(), fit("logistic-linfa", "", &sample).unwrap());
    assert!(apart(&ours.model.rare(&sample.design), &theirs.model.rare(&sample.design)) < 1e-4);
}

#[test]
fn a_stationary_point_of_presto_l2_shrinks_as_ridge_does() {
    let sample = sample(D2);
    let near = fit("presto-l2", "lambda = { value = 1e-6 }", &sample).unwrap();
    let none = fit("cumulative-logit", "", &sample).unwrap();
    let (near, none) = (cumulative(&near.model), cumulative(&none.model));
    assert!(apart(&near.slopes.concat(), &none.slopes.concat()) < 1e-3);
    let far = fit("presto-l2", "lambda = { value = 1e4 }", &sample).unwrap();
    assert!(cumulative(&far.model).slopes.iter().flatten().all(|v| v.abs() < 1e-3));
}

#[test]
fn the_published_errors_are_a_switch() {
    let sample = sample(D2);
    let keys = |published: bool| format!("lambda = {{ value = 0.007 }}\nas_published = {published}");
    let (right, wrong) =
        (fit("presto", &keys(false), &sample).unwrap(), fit("presto", &keys(true), &sample).unwrap());
    let (right, wrong) = (cumulative(&right.model), cumulative(&wrong.model));
    assert_eq!(right.slopes, wrong.slopes);
    assert_eq!(right.intercepts[0], wrong.intercepts[0]);
    assert_ne!(right.intercepts[1], wrong.intercepts[1]);
    assert_eq!((right.crossing, wrong.crossing), (Crossing::Pooled, Crossing::Kept));
}

#[test]
fn the_rules_for_lambda_agree() {
    let sample = sample(D2);
    let fraction = fit("presto", "lambda = { fraction = 0.5 }", &sample).unwrap();
    assert!((fraction.lambda.unwrap() - 0.5 * 0.143830758958).abs() < 1e-10);
    let cv = fit("presto", "lambda = { cv = { folds = 10, points = 8, ratio = 0.001 } }", &sample).unwrap();
    let steps = (cv.lambda.unwrap() / 0.143830758958).ln() / (0.001f64.ln() / 7.0);
    assert!((steps - steps.round()).abs() < 1e-9);
    let again = fit("presto", &format!("lambda = {{ value = {:e} }}", cv.lambda.unwrap()), &sample).unwrap();
    let off = apart(&again.model.rare(&sample.design), &cv.model.rare(&sample.design));
    assert!(off < 1e-7, "{off:e}");
    let Model::Multinomial(model) =
        fit("multinomial-l1", "lambda = { fraction = 1.0 }", &sample).unwrap().model
    else {
        panic!()
    };
    assert!(model.slopes.iter().flatten().all(|v| *v == 0.0));
}

#[test]
fn folds_are_even_and_those_of_the_trial() {
    let folds = random_folds(103, 5, &STREAMS);
    let sizes: Vec<usize> = (0..5).map(|f| folds.iter().filter(|&&g| g == f).count()).collect();
    assert_eq!(sizes, [21, 21, 21, 20, 20]);
    assert_eq!(folds, random_folds(103, 5, &STREAMS));
}

#[test]
fn unusable_keys_are_named() {
    let cases = [
        ("presto", "lamda = 1", ""),
        ("presto", "mix = 0.0", "mix"),
        ("presto", "mix = nan", "mix"),
        ("presto", "lambda = { fraction = 2.0 }", "lambda.fraction"),
        ("presto", "lambda = { value = 0.0 }", "lambda.value"),
        ("presto", "lambda = { cv = { folds = 1 } }", "lambda.cv.folds"),
        ("presto", "lambda = { cv = { points = 1 } }", "lambda.cv.points"),
        ("presto", "lambda = { cv = { ratio = 1.0 } }", "lambda.cv.ratio"),
        ("presto-l2", "mix = 0.5", ""),
        ("proportional-odds", "tolerance = 0.0", "tolerance"),
        ("logistic", "max_iterations = 0", "max_iterations"),
        ("logistic-linfa", "alpha = -1.0", "alpha"),
    ];
    for (kind, keys, key) in cases {
        let entry = ENTRIES.iter().find(|e| e.name == kind).unwrap();
        let error =
            (entry.read)(toml::from_str(keys).unwrap()).err().unwrap_or_else(|| panic!("{kind}: {keys}"));
        assert!(error.key.contains(key), "{kind}, {keys}: {error}");
    }
    let error = fit("presto", "lambda = { cv = { folds = 301 } }", &sample(D2)).unwrap_err();
    assert!(error.to_string().contains("301 folds"));
}
