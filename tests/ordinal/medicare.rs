//! The multinomial Lasso, its gap and the screen, against tests/data/medicare (ORIGIN.md) and first principles.

use proptest::prelude::*;
use remeasure_core::numerics::Design;
use remeasure_core::numerics::dense::orthonormalise;
use remeasure_core::numerics::kernels::{axpy, dot, squared_norm};
use remeasure_core::stream::Streams;
use remeasure_ordinal::path::{Method, Settings, lambda_grid, lambda_max, path};
use remeasure_ordinal::screen::{inflation, screen};
use remeasure_ordinal::validation::{Score, cross_validate, group_folds, random_folds};
use remeasure_ordinal::{Certificate, Model, Multinomial, Problem, Sample, Task, metrics};
use serde_json::Value;

use crate::data::{D2, STREAMS, apart, drawn, fit, sample};

fn text(name: &str) -> String {
    let path = format!("{}/../../tests/data/medicare/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn reference() -> (Sample, Value) {
    let rows: Vec<Vec<f64>> =
        text("X.csv").lines().map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    let columns = (0..9).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
    let labels = text("y.csv").lines().map(|l| l.parse().unwrap()).collect();
    let design = Design::from_columns(rows.len(), 9, columns);
    (Sample { design, labels, classes: 3 }, serde_json::from_str(&text("fits.json")).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn close(found: &[f64], expected: &[f64], relative: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= relative * b.abs().max(1.0), "{found:?} against {expected:?}");
    }
}

fn multinomial(model: &Model) -> &Multinomial {
    let Model::Multinomial(model) = model else { panic!("{model:?}") };
    model
}

#[test]
fn inflation_and_screen_are_those_of_the_reference() {
    let (sample, expected) = reference();
    close(&inflation(&sample.design), &numbers(&expected["vif_all"]), 1e-9);
    let screened = screen(&sample.design, 10.0);
    close(&screened.before, &numbers(&expected["vif_all"]), 1e-9);
    close(&screened.after, &numbers(&expected["vif_kept"]), 1e-9);
    let kept: Vec<f64> = screened.kept.iter().map(|j| *j as f64).collect();
    assert_eq!(kept, numbers(&expected["kept"]));
    for (found, drop) in screened.dropped.iter().zip(expected["drop_order"].as_array().unwrap()) {
        close(&[found.0 as f64, found.1], &numbers(drop), 1e-9);
    }
    assert_eq!(screened.dropped.len(), expected["drop_order"].as_array().unwrap().len());
}

#[test]
fn the_lasso_has_the_objectives_of_the_reference() {
    let (sample, expected) = reference();
    let settings = Settings { tolerance: 1e-12, ..Settings::new(Method::Multinomial, 1.0) };
    let largest = lambda_max(&sample, &settings).unwrap();
    close(&[largest], &[expected["lambda_max"].as_f64().unwrap()], 1e-12);
    let fits = expected["fits"].as_array().unwrap();
    let lambdas: Vec<f64> = fits.iter().map(|f| f["lam"].as_f64().unwrap()).collect();
    for ((step, model), other) in path(&sample, &settings, &lambdas).unwrap().iter().zip(fits) {
        close(&[step.objective], &[other["objective"].as_f64().unwrap()], 1e-13);
        close(&[step.objective], &[other["sklearn_saga_objective"].as_f64().unwrap()], 1e-13);
        assert!(step.kkt.residual() <= 1e-12);
        let model = multinomial(model);
        for (j, row) in other["beta"].as_array().unwrap().iter().enumerate() {
            let column = sample.design.column(j);
            let mean = column.iter().sum::<f64>() / 80.0;
            let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 80.0).sqrt();
            let slopes: Vec<f64> = model.slopes.iter().map(|b| b[j] * deviation).collect();
            close(&slopes, &numbers(row), 1e-9);
        }
    }
}

/// The objective of a fit, by its definition.
fn objective(sample: &Sample, model: &Model, l1: f64, l2: f64) -> f64 {
    let n = sample.labels.len() as f64;
    let mut penalty = 0.0;
    for j in 0..sample.design.columns() {
        let column = sample.design.column(j);
        let mean = column.iter().sum::<f64>() / n;
        let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        for slopes in &multinomial(model).slopes {
            let b2 = slopes[j] * slopes[j] * variance;
            penalty += l1 * b2.sqrt() + 0.5 * l2 * b2;
        }
    }
    metrics::log_score(&model.probabilities(&sample.design).unwrap(), &sample.labels) + penalty
}

/// The mean loss of the intercepts alone.
fn alone(sample: &Sample) -> f64 {
    let n = sample.labels.len() as f64;
    sample.counts().iter().map(|c| *c as f64 / n).map(|share| -share * share.ln()).sum()
}

#[test]
fn the_gap_bounds_the_distance_from_the_minimum() {
    let sample = drawn(150, 12, 3, 2.0, 4);
    let unit = alone(&sample);
    for kind in ["multinomial-l1", "multinomial-l2"] {
        let penalties = |lambda: f64| if kind == "multinomial-l1" { (lambda, 0.0) } else { (0.0, lambda) };
        for lambda in [0.1, 0.02, 0.003] {
            let run = |rest: &str| {
                let made = fit(kind, &format!("lambda = {{ value = {lambda} }}\n{rest}"), &sample).unwrap();
                let (l1, l2) = penalties(lambda);
                (objective(&sample, &made.model, l1, l2), made.gap.unwrap())
            };
            let (best, gap) = run("tolerance = 1e-12");
            assert!(gap <= 1e-10, "{kind} {lambda}: {gap:e}");
            for few in 1..4 {
                let (value, gap) = run(&format!("max_iterations = {few}"));
                assert!(value - best <= gap * unit + 1e-13, "{kind} {lambda} {few}: {value} {best} {gap}");
                assert!(gap.is_finite(), "{kind} {lambda} {few}");
            }
        }
    }
    // At λ_max the intercepts alone are the solution.
    let none = fit("multinomial-l1", "lambda = { fraction = 1.0 }", &sample).unwrap();
    assert!(none.gap.unwrap() < 1e-12);
    assert!((objective(&sample, &none.model, 0.0, 0.0) - unit).abs() < 1e-12);
    assert_eq!(fit("presto", "lambda = { fraction = 0.5 }", &sample).unwrap().gap, None);
}

#[test]
fn linfa_has_the_ridge_of_ours() {
    let sample = sample(D2);
    let theirs = fit("multinomial-linfa", "alpha = 3.0\ntolerance = 1e-7", &sample).unwrap();
    assert!(
        theirs.shortfall.is_none() && matches!(theirs.certificate, Certificate::Gradient(g) if g <= 1e-7)
    );
    let ours = fit("multinomial-l2", &format!("lambda = {{ value = {} }}", 3.0 / 300.0), &sample).unwrap();
    let probabilities =
        |fit: &remeasure_ordinal::Fit| fit.model.probabilities(&sample.design).unwrap().values;
    assert!(apart(&probabilities(&ours), &probabilities(&theirs)) < 1e-5);
}

#[test]
fn a_screened_fit_is_that_of_the_columns_kept() {
    let (sample, _) = reference();
    for kind in ["multinomial-l1", "multinomial-l2", "proportional-odds", "multinomial"] {
        let penalty = if kind.contains("-l") { "lambda = { value = 0.05 }\n" } else { "" };
        let screened = fit(kind, &format!("{penalty}screen = 10.0"), &sample).unwrap();
        let reduced = fit(kind, penalty, &sample.columns(&[0, 1, 2, 3, 4, 5, 6, 7])).unwrap();
        let all = screened.model.probabilities(&sample.design).unwrap();
        let few = reduced.model.probabilities(&sample.columns(&[0, 1, 2, 3, 4, 5, 6, 7]).design).unwrap();
        assert!(apart(&all.values, &few.values) < 1e-12, "{kind}");
        assert_eq!(screened.screen.unwrap().dropped[0].0, 8);
    }
}

#[test]
fn a_path_ends_at_the_fit() {
    let (sample, _) = reference();
    let entry = remeasure_ordinal::estimators::ENTRIES.iter().find(|e| e.name == "multinomial-l1").unwrap();
    let keys = "lambda = { fraction = 0.001 }\nscreen = 10.0\nrecord_path = true\ntolerance = 1e-10";
    let estimator = (entry.read)(keys.parse().unwrap()).unwrap();
    let task = Task::new(&sample, &STREAMS);
    let made = estimator.fit(&task).unwrap();
    let steps = estimator.path(&task, &made).unwrap();
    assert_eq!(steps.len(), 100);
    assert!(steps[0].slopes.iter().flatten().all(|v| *v == 0.0));
    assert!(steps.windows(2).all(|w| w[1].lambda < w[0].lambda));
    let last = steps.last().unwrap();
    close(&[last.lambda], &[made.lambda.unwrap()], 1e-12);
    for (slopes, raw) in last.slopes.iter().zip(&multinomial(&made.model).slopes) {
        let column = sample.design.column(3);
        let mean = column.iter().sum::<f64>() / 80.0;
        let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 80.0).sqrt();
        close(&[slopes[3], slopes[8]], &[raw[3] * deviation, 0.0], 1e-6);
    }
    let silent = (entry.read)("lambda = { fraction = 0.1 }".parse().unwrap()).unwrap();
    assert!(silent.path(&task, &silent.fit(&task).unwrap()).unwrap().is_empty());
}

#[test]
fn the_shares_have_the_loss_of_the_intercepts() {
    let sample = sample(D2);
    let shares = fit("majority", "", &sample).unwrap();
    let predicted = shares.model.probabilities(&sample.design).unwrap();
    assert!((metrics::log_score(&predicted, &sample.labels) - alone(&sample)).abs() < 1e-12);
    let most = *sample.counts().iter().max().unwrap() as f64 / 300.0;
    assert!((metrics::accuracy(&predicted, &sample.labels) - most).abs() < 1e-12);
}

#[test]
fn one_standard_error_is_that_of_the_folds() {
    let sample = drawn(120, 6, 3, 1.0, 9);
    let settings = Settings::new(Method::Multinomial, 1.0);
    let grid = lambda_grid(lambda_max(&sample, &settings).unwrap(), 0.01, 15).unwrap();
    let folds = random_folds(120, 5, &STREAMS);
    let scored = cross_validate(&sample, &settings, Score::Log, &grid, &folds).unwrap();
    // One fold at a time, from the definition.
    let mut means = vec![Vec::new(); 15];
    for fold in 0..5 {
        let (out, inside): (Vec<usize>, Vec<usize>) = (0..120).partition(|i| folds[*i] == fold);
        let held = sample.rows(&out);
        for (k, (_, model)) in path(&sample.rows(&inside), &settings, &grid).unwrap().iter().enumerate() {
            let predicted = model.probabilities(&held.design).unwrap();
            means[k].push(metrics::log_score(&predicted, &held.labels));
        }
    }
    for (k, of) in means.iter().enumerate() {
        let mean = of.iter().sum::<f64>() / 5.0;
        let error = (of.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0 / 5.0).sqrt();
        close(&[scored.scores[k], scored.errors[k]], &[mean, error], 1e-12);
    }
    let bound = scored.scores[scored.best] + scored.errors[scored.best];
    assert!(scored.one_se < scored.best, "{scored:?}");
    assert!(
        scored.scores[scored.one_se] <= bound && scored.scores[..scored.one_se].iter().all(|s| *s > bound)
    );
    let cv = |choose: &str| {
        let keys = format!("lambda = {{ cv = {{ points = 15, score = \"log\", choose = \"{choose}\" }} }}");
        fit("multinomial-l1", &keys, &sample).unwrap().lambda.unwrap()
    };
    close(&[cv("minimum"), cv("one-se")], &[grid[scored.best], grid[scored.one_se]], 1e-12);
}

#[test]
fn folds_of_groups_keep_them_together() {
    let of: Vec<usize> = (0..60).map(|i| 2 * (i / 6)).collect();
    let folds = group_folds(&of, 5, &STREAMS);
    for (i, fold) in folds.iter().enumerate() {
        assert_eq!(*fold, folds[i / 6 * 6]);
    }
    // Ten groups (with even numbers only) in five folds.
    assert!((0..5).all(|f| folds.iter().filter(|g| **g == f).count() == 12), "{folds:?}");
}

#[test]
fn the_true_model_and_orders_are_asked_for_only_where_they_are() {
    let problem = |text: &str| Problem::read(text.parse().unwrap()).unwrap();
    let plans = problem("kind = \"plans\"\nsignal = 1.0\nlink = \"latent\"");
    let sticky = problem("kind = \"plans\"\nyears = 6\nsignal = 1.0\nlink = \"sticky\"");
    let simulation = problem("n = 50\np = 2\nintercepts = [0, 1]\ndesign = \"dense-differences\"");
    let admits = |kind: &str, problem: &Problem| {
        let entry = remeasure_ordinal::estimators::ENTRIES.iter().find(|e| e.name == kind).unwrap();
        (entry.read)(toml::Table::new()).unwrap().admit(problem).map_err(|e| e.key)
    };
    assert_eq!(admits("true-model", &plans), Ok(()));
    assert_eq!(admits("true-model", &sticky), Err("kind".into()));
    assert_eq!(admits("true-model", &simulation), Err("kind".into()));
    assert_eq!(admits("logistic", &plans), Err("kind".into()));
    assert_eq!((admits("logistic", &simulation), admits("presto", &plans)), (Ok(()), Ok(())));
    let instance = plans.draw(&Streams { seed: 1, cell: 2, replicate: 3 }).unwrap();
    assert_eq!(instance.train.labels.len(), 138);
}

proptest! {
    /// The diagonal of the inverse correlation matrix against one regression for each column.
    #[test]
    fn factors_are_those_of_regressions(
        values in prop::collection::vec(-1.0..1.0, 14 * 4),
        mix in prop::collection::vec(-1.0..1.0, 2),
    ) {
        let n = 14;
        let mut columns: Vec<Vec<f64>> = values.chunks(n).map(<[f64]>::to_vec).collect();
        // The last column leans on two others.
        let (lean, rest) = columns.split_last_mut().unwrap();
        lean.iter_mut().for_each(|v| *v *= 0.3);
        axpy(mix[0], &rest[0], lean);
        axpy(mix[1], &rest[1], lean);
        let found = inflation(&Design::from_columns(n, 4, columns.concat()));
        let mut expected = Vec::new();
        for j in 0..4 {
            let mut others = vec![1.0; n];
            (0..4).filter(|l| *l != j).for_each(|l| others.extend_from_slice(&columns[l]));
            let mut basis = Design::from_columns(n, 4, others);
            prop_assume!(orthonormalise(&mut basis).is_ok());
            let mut residual = columns[j].clone();
            for b in [0, 1, 2, 3, 0, 1, 2, 3] {
                axpy(-dot(basis.column(b), &residual), basis.column(b), &mut residual);
            }
            let mean = columns[j].iter().sum::<f64>() / n as f64;
            let total: f64 = columns[j].iter().map(|v| (v - mean).powi(2)).sum();
            expected.push(total / squared_norm(&residual));
        }
        // Columns that are all but combinations of others count as such.
        prop_assume!(expected.iter().all(|v| *v < 1e6));
        for (factor, expected) in found.iter().zip(&expected) {
            prop_assert!((factor / expected - 1.0).abs() < 1e-6, "{found:?} against {expected:?}");
        }
    }

    /// Whatever is dropped, no factor is left above the threshold, and none was dropped below it.
    #[test]
    fn a_screen_leaves_no_factor_above_its_threshold(
        values in prop::collection::vec(-1.0..1.0, 9 * 5),
        same in 0..5_usize,
        largest in 1.01..20.0,
    ) {
        let mut columns: Vec<Vec<f64>> = values.chunks(9).map(<[f64]>::to_vec).collect();
        columns[same] = columns[(same + 1) % 5].clone();
        let screened = screen(&Design::from_columns(9, 5, columns.concat()), largest);
        prop_assert!(screened.after.iter().all(|v| *v <= largest));
        prop_assert!(screened.dropped.iter().all(|d| d.1 > largest));
        prop_assert_eq!(screened.kept.len() + screened.dropped.len(), 5);
        prop_assert_eq!(screened.dropped[0].1, f64::INFINITY);
    }
}
