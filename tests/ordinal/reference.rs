//! Comparisons with the authors' code, an independent barrier method, MASS, ordinal and glm.

use remeasure_ordinal::path::{Method, Settings, lambda_grid, lambda_max, path};
use remeasure_ordinal::validation::{Score, cross_validate};
use remeasure_ordinal::{Cumulative, Model, Sample, likelihood};

use crate::data::{D1, D2, D4, apart, cumulative, fit, numbers, records, sample, text};

/// `(1/n)Σ −log π + λ Σ|ψ|` from the raw model, computed independently of the solver.
fn objective(model: &Cumulative, sample: &Sample, lambda: f64) -> f64 {
    let n = sample.design.rows() as f64;
    let deviation = |j: usize| {
        let column = sample.design.column(j);
        let mean = column.iter().sum::<f64>() / n;
        (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
    };
    let deviations: Vec<f64> = (0..sample.design.columns()).map(deviation).collect();
    let mut before = vec![0.0; deviations.len()];
    let mut norm = 0.0;
    for beta in &model.slopes {
        for ((b, old), sd) in beta.iter().zip(&mut before).zip(&deviations) {
            norm += (b - *old).abs() * sd;
            *old = *b;
        }
    }
    let probabilities = model.probabilities(&sample.design);
    assert_eq!(probabilities.crossed, 0);
    let loss: f64 = sample.labels.iter().enumerate().map(|(i, &y)| -probabilities.row(i)[y].ln()).sum();
    assert!((loss + likelihood::log_likelihood(model, sample)).abs() < 1e-9 * loss);
    loss / n + lambda * norm
}

#[test]
fn the_largest_penalty_is_that_of_the_authors() {
    for line in text("lambda_max.csv").lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let ours = lambda_max(&sample(fields[0]), &Settings::new(Method::Presto, 1.0)).unwrap();
        assert!((ours - fields[4].parse::<f64>().unwrap()).abs() < 1e-12, "{line}: {ours}");
    }
}

#[test]
fn objectives_and_coefficients_are_those_of_the_tight_runs() {
    for name in [D1, D2, D4] {
        let sample = sample(name);
        let rows = records(&format!("{name}_presto.csv"));
        let rows: Vec<_> = rows.iter().filter(|r| r["src"] == "cpp_clone_tol1e-15").collect();
        assert!(rows.len() >= 4);
        let lambdas: Vec<f64> = rows.iter().map(|r| r["lambda"].parse().unwrap()).collect();
        let steps = path(&sample, &Settings::new(Method::Presto, 1.0), &lambdas).unwrap();
        for (row, (step, model)) in rows.iter().zip(&steps) {
            let model = cumulative(model);
            let context = format!("{name}, λ = {}", step.lambda);
            assert!(step.kkt.residual() <= 1e-8, "{context}: {:?}", step.kkt);
            assert!((step.objective - objective(model, &sample, step.lambda)).abs() < 1e-13, "{context}");
            let reference: f64 = row["objective"].parse().unwrap();
            // The authors' algorithm stalls where curves touch; elsewhere it converges.
            if step.touching > 0 {
                assert!(step.objective < reference - 1e-6, "{context}");
                continue;
            }
            assert!(
                (step.objective - reference).abs() < 1e-12,
                "{context}: {:e}",
                step.objective - reference
            );
            // Their residual is up to 1e-8, in a direction of small curvature.
            let slopes = apart(&model.slopes.concat(), &numbers(&row["Beta_raw_colmajor_pxL"]));
            assert!(slopes < 2e-6, "{context}: slopes off by {slopes:e}");
            let intercepts = apart(&model.intercepts, &numbers(&row["alpha_raw_correct"]));
            assert!(intercepts < 2e-7, "{context}: intercepts off by {intercepts:e}");
        }
    }
}

#[test]
fn probabilities_are_those_of_the_tight_runs() {
    for name in [D2, D4] {
        let sample = sample(name);
        let rows = records(&format!("{name}_probs.csv"));
        let mut checked = 0;
        for row in &rows {
            let lambda: f64 = row["lambda"].parse().unwrap();
            let steps = path(&sample, &Settings::new(Method::Presto, 1.0), &[lambda]).unwrap();
            if steps[0].0.touching > 0 {
                continue;
            }
            let probabilities = steps[0].1.probabilities(&sample.design).unwrap();
            let i = row["row"].parse::<usize>().unwrap() - 1;
            for k in 0..sample.classes {
                let expected: f64 = row[&format!("X{}", k + 1)].parse().unwrap();
                let ours = probabilities.row(i)[k];
                assert!((ours - expected).abs() < 1e-6, "{name}, λ = {lambda}, row {i}: {ours} {expected}");
                checked += 1;
            }
        }
        assert!(checked >= 180, "{name}: {checked}");
    }
}

#[test]
fn the_constrained_optimum_is_that_of_a_barrier_method() {
    let mut touching = 0;
    for row in records("true_optimum_barrier.csv") {
        let sample = sample(&row["dataset"]);
        let lambda: f64 = row["lambda"].parse().unwrap();
        let steps = path(&sample, &Settings::new(Method::Presto, 1.0), &[lambda]).unwrap();
        let (step, model) = &steps[0];
        let reference: f64 = row["objective_barrier"].parse().unwrap();
        let gap: f64 = row["duality_gap_bound"].parse().unwrap();
        let difference = step.objective - reference;
        assert!(difference < 1e-12 && difference > -gap, "{row:?}: {difference:e}");
        assert!(step.kkt.residual() <= 1e-8);
        assert!((objective(cumulative(model), &sample, lambda) - reference).abs() < gap);
        touching += usize::from(step.touching > 0);
    }
    assert_eq!(touching, 1, "d4 touches at its smallest λ");
}

#[test]
fn maximum_likelihood_is_that_of_clm_polr_and_glm() {
    for name in [D1, D2, D4] {
        let sample = sample(name);
        for row in records(&format!("{name}_baselines.csv")) {
            let (alpha, beta) = (numbers(&row["alpha"]), numbers(&row["beta"]));
            let loglik: f64 = row["loglik"].parse().unwrap();
            let model = &row["model"];
            if let Some(rest) = model.strip_prefix("glm_logit_P(y<=") {
                // The boundary as a binary sample: its rare class is y > k.
                let k: usize = rest[..1].parse().unwrap();
                let labels = sample.labels.iter().map(|&y| usize::from(y >= k)).collect();
                let binary = Sample { labels, classes: 2, ..sample.clone() };
                let fit = fit("logistic", "", &binary).unwrap();
                let Model::Binary(ours) = &fit.model else { panic!("{fit:?}") };
                let off = apart(&ours.slopes, &beta.iter().map(|b| -b).collect::<Vec<_>>());
                assert!(off < 1e-7 && (ours.intercept + alpha[0]).abs() < 1e-7, "{name} {model}: {off:e}");
                assert!(fit.shortfall.is_none() && fit.certificate.residual() < 1e-8);
            } else {
                let fit = fit("proportional-odds", "", &sample).unwrap();
                let ours = cumulative(&fit.model);
                let close = if model.starts_with("clm") { 1e-6 } else { 1e-4 };
                for slopes in &ours.slopes {
                    assert!(apart(slopes, &beta) < close, "{name} {model}: {}", apart(slopes, &beta));
                }
                assert!(apart(&ours.intercepts, &alpha) < close, "{name} {model}");
                // polr stops slightly below the maximum.
                let value = likelihood::log_likelihood(ours, &sample);
                assert!(value > loglik - 1e-8 && value < loglik + 1e-6, "{name} {model}: {value}");
            }
        }
    }
}

#[test]
fn cross_validated_scores_are_those_of_the_authors_and_of_their_correction() {
    for (name, rough) in [(D2, 1e-6), (D4, 1e-5)] {
        let sample = sample(name);
        let report = text(&format!("{name}_cv_seed5.txt"));
        let line = |key: &str| {
            let line = report.lines().find(|l| l.starts_with(key)).unwrap();
            numbers(line.split_once(": ").unwrap().1)
        };
        let folds: Vec<usize> = records(&format!("{name}_folds_seed5.csv"))
            .iter()
            .map(|r| r["fold"].parse::<usize>().unwrap() - 1)
            .collect();
        for (method, key) in [(Method::Presto, "brier_correct"), (Method::PrestoAsPublished, "brier_authors")]
        {
            let settings = Settings::new(method, 1.0);
            let grid = lambda_grid(lambda_max(&sample, &settings).unwrap(), 0.01, 20).unwrap();
            assert!(apart(&grid, &line("lambda")) < 1e-9);
            let ours = cross_validate(&sample, &settings, Score::Brier, &grid, &folds).unwrap();
            let theirs = line(key);
            // Their fits stop at their default tolerance, and stall where curves touch: for the last five
            // penalties of d4.
            let free = if name == D4 { 15 } else { 20 };
            let off = apart(&ours.scores[..free], &theirs[..free]);
            assert!(off < 1e-6, "{name} {key}: {off:e}");
            assert!(apart(&ours.scores, &theirs) < 4.0 * rough, "{name} {key}");
            let best = (0..20).min_by(|&a, &b| theirs[a].total_cmp(&theirs[b])).unwrap();
            assert_eq!(ours.best, best, "{name} {key}");
        }
    }
}

#[test]
fn as_published_the_intercepts_are_shifted_by_the_wrong_means() {
    let sample = sample(D2);
    for row in records(&format!("{D2}_presto.csv")).iter().filter(|r| r["src"].starts_with("cpp")) {
        let lambda: f64 = row["lambda"].parse().unwrap();
        let steps = path(&sample, &Settings::new(Method::PrestoAsPublished, 1.0), &[lambda]).unwrap();
        let model = cumulative(&steps[0].1);
        let expected = numbers(&row["alpha_raw_as_returned_by_authors_code"]);
        assert!(apart(&model.intercepts, &expected) < 1e-6);
        assert!(apart(&model.slopes.concat(), &numbers(&row["Beta_raw_colmajor_pxL"])) < 1e-6);
    }
}
