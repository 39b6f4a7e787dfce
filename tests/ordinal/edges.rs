//! Difficult samples, and symmetries.

use std::time::{Duration, Instant};

use remeasure_core::deadline;
use remeasure_core::numerics::Design;
use remeasure_ordinal::path::{Likelihood, Method, Settings, lambda_max, maximum_likelihood, path};
use remeasure_ordinal::{Model, Sample};

use crate::data::{D2, apart, built_in, cumulative, drawn, fit, sample};

/// The sample with its columns changed.
fn with_columns(sample: &Sample, mut change: impl FnMut(usize, f64) -> f64) -> Sample {
    let mut design = sample.design.clone();
    for j in 0..design.columns() {
        design.column_mut(j).iter_mut().for_each(|v| *v = change(j, *v));
    }
    Sample { design, ..sample.clone() }
}

#[test]
fn curves_that_touch_are_certified_and_stay_monotone() {
    let mut touching = 0;
    for seed in 0..4 {
        let sample = drawn(300, 5, 4, 3.0, seed);
        for mix in [1.0, 0.5, 0.0] {
            let settings = Settings::new(Method::Presto, mix);
            let top = lambda_max(&sample, &settings).unwrap();
            for (step, model) in path(&sample, &settings, &[0.3 * top, 0.05 * top, 1e-3 * top]).unwrap() {
                assert!(step.kkt.residual() <= 1e-8, "seed {seed}, mix {mix}: {step:?}");
                let probabilities = model.probabilities(&sample.design).unwrap();
                assert_eq!(probabilities.crossed, 0);
                assert!(probabilities.values.iter().all(|p| (0.0..=1.0).contains(p)));
                touching += step.touching;
            }
        }
    }
    assert!(touching > 20, "{touching}");
}

#[test]
fn off_the_training_rows_probabilities_are_pooled() {
    let sample = drawn(300, 5, 4, 3.0, 1);
    let (_, model) = maximum_likelihood(&sample, Likelihood::Cumulative, 1e-8, 1000).unwrap();
    let wide = with_columns(&sample, |_, v| 5.0 * v);
    let probabilities = model.probabilities(&wide.design).unwrap();
    assert!(probabilities.crossed > 0);
    for i in 0..probabilities.rows() {
        assert!(probabilities.row(i).iter().all(|p| *p >= 0.0));
        assert!((probabilities.row(i).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn scaling_and_shifting_features_changes_no_probability() {
    let sample = sample(D2);
    let moved = with_columns(&sample, |j, v| 10f64.powi(2 * j as i32 - 4) * v + 3.0 * j as f64);
    for (kind, keys) in
        [("presto", "lambda = { fraction = 0.1 }"), ("proportional-odds", ""), ("logistic", "")]
    {
        let (a, b) = (fit(kind, keys, &sample).unwrap(), fit(kind, keys, &moved).unwrap());
        let off = apart(&a.model.rare(&sample.design), &b.model.rare(&moved.design));
        assert!(off < 1e-8, "{kind}: {off:e}");
    }
}

#[test]
fn without_a_penalty_reversed_labels_reverse_the_model() {
    let sample = sample(D2);
    let labels = sample.labels.iter().map(|y| sample.classes - 1 - y).collect();
    let reversed = Sample { labels, ..sample.clone() };
    for kind in ["proportional-odds", "cumulative-logit", "multinomial"] {
        let a = fit(kind, "", &sample).unwrap().model.probabilities(&sample.design).unwrap();
        let b = fit(kind, "", &reversed).unwrap().model.probabilities(&sample.design).unwrap();
        for i in 0..a.rows() {
            let turned: Vec<f64> = b.row(i).iter().rev().copied().collect();
            assert!(apart(a.row(i), &turned) < 1e-7, "{kind}, row {i}");
        }
    }
}

#[test]
fn two_classes_are_the_penalised_logistic_regression() {
    let three = sample(D2);
    let labels = three.labels.iter().map(|&y| usize::from(y > 0)).collect();
    let sample = Sample { labels, classes: 2, ..three };
    let n = sample.design.rows() as f64;
    let lambda = 0.02;
    let fit = fit("presto", "lambda = { value = 0.02 }", &sample).unwrap();
    let model = cumulative(&fit.model);
    // Check the conditions by hand: the score of a feature in units of its standard deviation is at most λ,
    // and equals λ with the sign of the coefficient if that is not 0.
    let pi = fit.model.probabilities(&sample.design).unwrap();
    let residual: Vec<f64> =
        sample.labels.iter().enumerate().map(|(i, &y)| pi.row(i)[0] - f64::from(u8::from(y == 0))).collect();
    assert!(residual.iter().sum::<f64>().abs() / n < 1e-8);
    let mut active = 0;
    for (j, beta) in model.slopes[0].iter().enumerate() {
        let column = sample.design.column(j);
        let mean = column.iter().sum::<f64>() / n;
        let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let score = column.iter().zip(&residual).map(|(x, r)| (x - mean) / deviation * r).sum::<f64>() / n;
        if *beta == 0.0 {
            assert!(score.abs() <= lambda + 1e-8);
        } else {
            assert!((score + lambda * beta.signum()).abs() < 1e-8, "feature {j}: {score}");
            active += 1;
        }
    }
    assert!((1..5).contains(&active), "{active}");
}

#[test]
fn more_features_than_rows_are_no_obstacle() {
    let sample = drawn(60, 100, 4, 1.0, 0);
    let settings = Settings::new(Method::Presto, 1.0);
    let top = lambda_max(&sample, &settings).unwrap();
    for (step, _) in path(&sample, &settings, &[0.8 * top, 0.4 * top, 0.2 * top]).unwrap() {
        assert!(step.kkt.residual() <= 1e-8, "{step:?}");
    }
}

#[test]
fn more_features_than_rows_leave_no_finite_maximum() {
    let sample = drawn(30, 40, 3, 1.0, 0);
    for kind in ["logistic", "proportional-odds", "multinomial", "cumulative-logit"] {
        let fit = fit(kind, "", &sample).unwrap();
        assert!(fit.shortfall.is_some_and(|why| why.contains("no finite maximum")), "{kind}");
    }
}

#[test]
fn a_feature_given_twice_changes_no_prediction() {
    let once = sample(D2);
    let (n, p) = (once.design.rows(), once.design.columns());
    let values = [once.design.as_slice(), once.design.column(0)].concat();
    let twice = Sample { design: Design::from_columns(n, p + 1, values), ..once.clone() };
    for kind in ["presto", "proportional-odds", "logistic", "multinomial"] {
        let (a, b) = (fit(kind, "", &once).unwrap(), fit(kind, "", &twice).unwrap());
        assert!(b.shortfall.is_none(), "{kind}: {:?}", b.shortfall);
        let off = apart(&a.model.rare(&once.design), &b.model.rare(&twice.design));
        assert!(off < 1e-6, "{kind}: {off:e}");
    }
}

#[test]
fn features_that_explain_nothing_leave_the_shares_of_the_classes() {
    // Each class has the same values.
    let x: Vec<f64> = (0..60).map(|i| f64::from(i % 4)).collect();
    let labels = (0..60).map(|i| (i / 4) % 3).collect();
    let sample = Sample { design: Design::from_columns(60, 1, x), labels, classes: 3 };
    for entry in built_in() {
        let fit = fit(entry.name, "", &sample).unwrap();
        assert!(
            fit.model.rare(&sample.design).iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-6),
            "{}",
            entry.name
        );
    }
}

#[test]
fn a_constant_feature_has_no_coefficient() {
    let sample = with_columns(&sample(D2), |j, v| if j == 2 { 0.1 } else { v });
    for entry in built_in() {
        let fit = fit(entry.name, "", &sample).unwrap();
        let slopes = match &fit.model {
            Model::Cumulative(m) => m.slopes.clone(),
            Model::Multinomial(m) => m.slopes.clone(),
            Model::Binary(m) => vec![m.slopes.clone()],
            Model::Tabulated(_) => Vec::new(),
        };
        assert!(slopes.iter().all(|s| s[2] == 0.0), "{}", entry.name);
        assert!(fit.shortfall.is_none(), "{}: {:?}", entry.name, fit.shortfall);
    }
}

#[test]
fn classes_without_rows_have_probability_zero() {
    let full = sample(D2);
    for absent in [0, 1, 2, 3] {
        // The three classes of d2 as three of four classes.
        let labels = full.labels.iter().map(|&y| if y < absent { y } else { y + 1 }).collect();
        let sample = Sample { labels, classes: 4, ..full.clone() };
        for kind in ["presto", "proportional-odds", "multinomial", "multinomial-l1"] {
            let fit = fit(kind, "", &sample).unwrap();
            let pi = fit.model.probabilities(&sample.design).unwrap();
            for i in 0..pi.rows() {
                assert_eq!(pi.row(i)[absent], 0.0, "{kind} without {absent}");
                assert!((pi.row(i).iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
        let rare = fit("logistic", "", &sample);
        assert_eq!(rare.is_err(), absent == 3);
    }
}

#[test]
fn a_class_that_a_fold_lacks_does_not_stop_the_cross_validation() {
    let mut sample = drawn(100, 3, 3, 1.0, 3);
    sample.labels.iter_mut().for_each(|y| *y = (*y).min(1));
    sample.labels[17] = 2;
    for keys in ["", "lambda = { cv = { score = \"log\" } }"] {
        let fit = fit("presto", keys, &sample).unwrap();
        assert!(fit.shortfall.is_none() && fit.model.is_finite());
    }
}

#[test]
fn separable_classes_have_no_finite_maximum_unless_penalised() {
    let x: Vec<f64> = (0..60).map(f64::from).collect();
    let labels = (0..60).map(|i| i / 20).collect();
    let sample = Sample { design: Design::from_columns(60, 1, x), labels, classes: 3 };
    for kind in ["logistic", "proportional-odds", "multinomial", "cumulative-logit"] {
        let fit = fit(kind, "", &sample).unwrap();
        assert!(fit.shortfall.is_some_and(|why| why.contains("no finite maximum")), "{kind}");
    }
    for kind in ["presto", "presto-l2", "multinomial-l1"] {
        let fit = fit(kind, "", &sample).unwrap();
        assert!(fit.shortfall.is_none(), "{kind}: {:?}", fit.shortfall);
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_with_its_place() {
    let good = drawn(30, 3, 3, 1.0, 4);
    let mut holed = good.clone();
    holed.design.column_mut(1)[7] = f64::NAN;
    let one = Sample { labels: vec![1; 30], ..good.clone() };
    let beyond = Sample { labels: vec![3; 30], ..good.clone() };
    let short = Sample { labels: vec![0; 29], ..good };
    let cases = [
        (&holed, "row 7, feature 1"),
        (&one, "have class"),
        (&beyond, "label 3"),
        (&short, "29 labels for 30 rows"),
    ];
    for (sample, why) in cases {
        for entry in built_in() {
            let error = fit(entry.name, "", sample).unwrap_err().to_string();
            let rare = error.contains("rare class") && why == "have class";
            assert!(error.contains(why) || rare, "{}: {error}", entry.name);
        }
    }
}

#[test]
fn a_deadline_stops_every_estimator() {
    let sample = drawn(3000, 60, 4, 1.0, 5);
    for entry in built_in().filter(|e| !e.name.ends_with("-linfa")) {
        let start = Instant::now();
        let limit = Some(Duration::from_millis(20));
        let (outcome, late) = deadline::within(limit, || fit(entry.name, "", &sample));
        assert!(start.elapsed() < Duration::from_secs(3), "{}: {:?}", entry.name, start.elapsed());
        assert!(outcome.is_ok() || late, "{}", entry.name);
    }
}
