//! Pseudo meta-analyses, and bootstraps of trials.

use std::time::Instant;

use remeasure_meta::extraction::{Corpus, Outcome, Scoring};
use remeasure_meta::{Data, Fit, Problem};

use crate::{estimator, problem, streams, trial, value};

#[test]
fn there_are_124_comparisons_of_39_trials_to_draw_from() {
    let Problem::Pseudo { eligible, trials, .. } = problem("kind = \"pseudo\"").unwrap() else { panic!() };
    assert_eq!((eligible.len(), eligible.iter().map(Vec::len).sum::<usize>(), trials), (39, 124, 4));
}

#[test]
fn a_draw_has_different_trials() {
    let corpus = Corpus::shared(Outcome::Binary, Scoring::Corrected).unwrap();
    let pseudo = problem("kind = \"pseudo\"\ntrials = 39").unwrap();
    for replicate in 0..20 {
        let Data::Pseudo(draw) = pseudo.draw(&streams(replicate)).unwrap() else { panic!() };
        let of = |row: &usize| corpus.trials.iter().position(|rows| rows.contains(row)).unwrap();
        let mut trials: Vec<usize> = draw.rows.iter().map(of).collect();
        trials.sort_unstable();
        trials.dedup();
        assert_eq!(trials.len(), 39);
    }
}

/// The pilot, by another program with draws of its own: mean shift with its error, trials dropped, conclusions flipped.
/// Of Mistral and Gemma it pooled answers with fractions of events, which are refused here, so that they are left out.
#[test]
fn shifts_are_those_of_the_pilot() {
    let pseudo = problem("kind = \"pseudo\"").unwrap();
    let start = Instant::now();
    for (model, shift, error, dropped, flips) in
        [("gpt4", 0.216, 0.009, 0.69, 0.162), ("gpt35", 0.473, 0.013, 1.03, 0.272)]
    {
        let model_of = estimator(&format!("kind = \"model\"\nmodel = \"{model}\"")).unwrap();
        let mut shifts = Vec::new();
        let (mut lost, mut flipped) = (0, 0);
        for replicate in 0..2000 {
            let data = pseudo.draw(&streams(replicate)).unwrap();
            let Fit::Shift(found) = model_of.fit(&data).unwrap() else { panic!() };
            shifts.extend(found.shift);
            lost += found.dropped.unwrap();
            flipped += usize::from(found.flipped == Some(true));
        }
        let n = shifts.len() as f64;
        let mean = shifts.iter().sum::<f64>() / n;
        // Four standard errors of the difference of two such means.
        assert!((mean - shift).abs() < 4.0 * 1.42 * error, "{model}: {mean}");
        assert!((lost as f64 / 2000.0 - dropped).abs() < 0.12, "{model}: {lost}");
        assert!((flipped as f64 / n - flips).abs() < 0.06, "{model}: {flipped} of {n}");
    }
    // Far above what it takes: milliseconds in a release build.
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn no_effect_is_as_far_off_as_the_effect_is_large() {
    let pseudo = problem("kind = \"pseudo\"").unwrap();
    let rule = estimator("kind = \"no-effect\"").unwrap();
    for replicate in 0..50 {
        let data = pseudo.draw(&streams(replicate)).unwrap();
        let Data::Pseudo(draw) = &data else { panic!() };
        let (effect, se) = draw.reference;
        let Fit::Shift(shift) = rule.fit(&data).unwrap() else { panic!() };
        assert_eq!(shift.shift, Some(effect.abs()));
        assert_eq!(shift.flipped, Some(effect.abs() > 1.959_963_984_540_054 * se));
    }
}

#[test]
fn nothing_to_pool_is_a_named_outcome() {
    let row = (0..200)
        .map(|r| trial("kind = \"pseudo\"\ntrials = 1", "model", "model = \"gemma7B\"", r))
        .find(|row| value(row, "pooled") == Some(0.0))
        .expect("an answer that cannot be pooled");
    assert_eq!(row.outcome.word(), "not converged");
    assert!(row.outcome.message().contains("none of the trials can be pooled"));
    assert_eq!(value(&row, "shift"), None);
}

#[test]
fn resampled_trials_have_the_mean_and_error_of_the_sample() {
    let whole = "kind = \"extraction\"\noutcome = \"binary\"";
    let model = "model = \"gpt4\"\nagainst = \"gpt35\"";
    let row = trial(whole, "model", model, 0);
    let (mean, se) = (value(&row, "advantage").unwrap(), value(&row, "advantage_se").unwrap());
    assert_eq!(trial(whole, "model", model, 1).measured.len(), row.measured.len());
    let resampled = format!("{whole}\nresample = true");
    let values: Vec<f64> =
        (0..400).map(|r| value(&trial(&resampled, "model", model, r), "advantage").unwrap()).collect();
    let centre = values.iter().sum::<f64>() / 400.0;
    let spread = (values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / 399.0).sqrt();
    assert!((centre - mean).abs() < 4.0 * se / 20.0 + 0.005, "{centre} {mean}");
    assert!((spread / se - 1.0).abs() < 0.2, "{spread} {se}");
}
