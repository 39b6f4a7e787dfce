//! Estimators beyond the solver, and what is measured of them.

use remeasure_network::scores::{auc, of_models, of_scores};

use super::*;

#[test]
fn the_area_under_the_curve_counts_pairs() {
    let labels = [1.0, 1.0, -1.0, -1.0, -1.0];
    assert_eq!(auc(&[3.0, 2.0, 1.0, 0.0, -1.0], &labels), Some(1.0));
    assert_eq!(auc(&[-3.0, -2.0, 1.0, 0.0, 2.0], &labels), Some(0.0));
    assert_eq!(auc(&[1.0; 5], &labels), Some(0.5));
    // Pairs: 3 > 1, 3 > 2, 3 > 4 not, 2 > 1, 2 = 2 half, 2 > 4 not.
    assert_eq!(auc(&[3.0, 2.0, 1.0, 2.0, 4.0], &labels), Some(3.5 / 6.0));
    assert_eq!(auc(&[1.0, 2.0], &[1.0, 1.0]), None);
}

#[test]
fn alarms_are_counted_by_class() {
    let mut instance = instance("model = \"one-class\"\nnodes = 2\nclusters = 1", 0);
    for sample in &mut instance.test {
        *sample = sample.take(&[0, 1, 50, 51]);
    }
    let found = of_scores(&instance, &[vec![1.0, -1.0, -1.0, -2.0], vec![1.0, 1.0, -1.0, 0.5]]);
    assert_eq!((found.false_alarms, found.detection), (Some(0.25), Some(0.75)));
    assert_eq!(found.auc, Some((3.5 / 4.0 + 1.0) / 2.0));
    assert_eq!(found.mse, None);
}

#[test]
fn true_coefficients_have_no_error_but_the_noise() {
    let instance = instance("model = \"ridge\"\nnoise = 0.0", 1);
    let found = of_models(&instance, instance.truth.as_ref().unwrap());
    assert_eq!(found.coefficient_error, Some(0.0));
    assert!(found.mse.unwrap() < 1e-25);
    let classes = super::instance("model = \"logistic\"", 1);
    let found = of_models(&classes, classes.truth.as_ref().unwrap());
    assert!(found.auc.unwrap() > 0.7 && found.error_rate.unwrap() < 0.4, "{found:?}");
}

#[test]
fn clusters_that_are_found_help_and_global_models_do_not_fit() {
    let instance =
        instance("model = \"ridge\"\nnodes = 24\nfeatures = 6\nrows = 8\npath = [0.05, 0.2, 0.8]", 2);
    let mse = |text: &str| fit(text, &instance).measures(&instance).mse.unwrap();
    let (local, global, oracle) =
        (mse("kind = \"local\""), mse("kind = \"global\""), mse("kind = \"oracle\""));
    let lasso = mse("kind = \"network-path\"\nchoose = \"cv\"\nfolds = 4");
    assert!(oracle < lasso && lasso < local && lasso < global, "{oracle} {lasso} {local} {global}");
    assert!(mse("kind = \"zero\"") > global);
}

#[test]
fn the_best_lambda_by_the_test_rows_is_no_worse_than_any_other() {
    let instance = instance("model = \"one-class\"\nrows = 6\npath = [0.1, 0.5, 2.0]", 3);
    let best = fit("kind = \"network-path\"\nchoose = \"oracle\"", &instance);
    let auc = best.measures(&instance).auc.unwrap();
    for lambda in [0.1, 0.5, 2.0] {
        let one = fit(&format!("kind = \"network-lasso\"\nlambda = {lambda:?}"), &instance);
        assert!(one.measures(&instance).auc.unwrap() <= auc + 1e-4, "{lambda}");
        let point = best.path.iter().find(|point| point.lambda == lambda).unwrap();
        assert!(
            (point.measures.auc.unwrap() - one.measures(&instance).auc.unwrap()).abs() < 1e-4,
            "{lambda}"
        );
    }
    assert!(best.path.iter().any(|point| Some(point.lambda) == best.lambda));
}

#[test]
fn federated_averaging_comes_near_the_global_fit() {
    for model in ["ridge", "logistic", "one-class"] {
        let instance = instance(&format!("model = \"{model}\"\nclusters = 1\nrows = 30"), 4);
        let global = fit("kind = \"global\"", &instance).objective.unwrap();
        let zero: f64 = losses(&instance).iter().map(|node| node.value(&vec![0.0; node.size()])).sum();
        let fit = fit("kind = \"federated-averaging\"", &instance);
        let share = (fit.objective.unwrap() - global) / (zero - global);
        assert!((-1e-9..0.05).contains(&share), "{model}: {share}");
    }
}

#[test]
fn yardsticks_know_what_they_should() {
    let instance = instance("model = \"one-class\"\nrows = 30\ntest_rows = 2000", 5);
    let random = fit("kind = \"random-score\"", &instance).measures(&instance);
    assert!((random.auc.unwrap() - 0.5).abs() < 0.01, "{random:?}");
    assert!(
        (random.false_alarms.unwrap() - 0.2).abs() < 0.01 && (random.detection.unwrap() - 0.2).abs() < 0.01
    );
    let distance = fit("kind = \"mean-distance\"", &instance).measures(&instance);
    assert!(distance.auc.unwrap() > 0.6 && distance.false_alarms.unwrap() < 0.35, "{distance:?}");
}

#[test]
fn a_fit_that_stops_early_says_so() {
    let instance = instance("model = \"ridge\"", 6);
    let short = fit("kind = \"network-lasso\"\nlambda = 0.2\nmax_iterations = 3", &instance);
    let message = short.shortfall.unwrap();
    assert!(
        message.starts_with("after 3 iterations, a tolerance of the residuals is not reached"),
        "{message}"
    );
    let gap = fit("kind = \"network-lasso\"\nlambda = 0.2\ngap = 1e-7\ntrace = true", &instance);
    assert!(
        gap.gap.unwrap() <= 1e-7 && gap.iterations.unwrap().is_multiple_of(10) && gap.shortfall.is_none()
    );
    assert_eq!(gap.trace[0].0, 1);
    assert!(gap.trace.windows(2).all(|w| w[0].0 < w[1].0));
}
