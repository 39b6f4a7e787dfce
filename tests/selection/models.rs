//! Least squares, kernel ridge regression, trees, and the laws of the settings.

use rand::Rng;
use remeasure_core::numerics::{Design, kernels, statistics};
use remeasure_core::stream::Stream;
use remeasure_selection::models::forest::{Boosted, Forest, Grower, Loss, lower_quantile};
use remeasure_selection::models::jin::Jin;
use remeasure_selection::models::kernel::{Kernel, KernelRidge};
use remeasure_selection::models::liang::{Liang, ModelSet};
use remeasure_selection::models::linear::{least_squares, ridge};
use remeasure_selection::models::{Labelled, Setting};
use remeasure_selection::problem::Data;

use crate::{problem, streams};

fn numbers(count: usize, stream: &mut Stream) -> Vec<f64> {
    (0..count).map(|_| 2.0 * stream.r#gen::<f64>() - 1.0).collect()
}

#[test]
fn least_squares_meets_its_normal_equations() {
    let mut stream = streams(0).stream("data");
    for (n, p) in [(40, 6), (20, 50), (12, 11)] {
        let x = Design::from_columns(n, p, numbers(n * p, &mut stream));
        let y: Vec<f64> = numbers(n, &mut stream).iter().map(|v| v + 3.0).collect();
        let features: Vec<usize> = (0..p).collect();
        for lambda in [0.0, 0.7] {
            let fit = ridge(&x, &features, &y, lambda).unwrap();
            let residuals: Vec<f64> = fit.predict(&x).iter().zip(&y).map(|(f, y)| y - f).collect();
            assert!(statistics::mean(&residuals).abs() < 1e-12);
            for j in 0..p {
                let slope = kernels::dot(x.column(j), &residuals) - lambda * fit.coefficients[j];
                assert!(slope.abs() < 1e-9, "{n} × {p}, λ = {lambda}: {slope}");
            }
            if lambda == 0.0 && p >= n {
                // The solution of least norm is the limit of ridge regression.
                let near = ridge(&x, &features, &y, 1e-7).unwrap();
                let apart = near.coefficients.iter().zip(&fit.coefficients).map(|(a, b)| (a - b).abs());
                assert!(apart.fold(0.0, f64::max) < 1e-5);
            }
        }
    }
    let line = Design::from_columns(3, 1, vec![0.0, 1.0, 2.0]);
    let fit = least_squares(&line, &[0], &[1.0, 3.0, 5.0]).unwrap();
    assert!((fit.intercept - 1.0).abs() < 1e-14 && (fit.coefficients[0] - 2.0).abs() < 1e-14);
}

#[test]
fn leave_one_out_is_that_of_refitting() {
    let mut stream = streams(1).stream("data");
    let (n, lambda, kernel) = (12, 0.6, Kernel { gamma: 0.3 });
    let x = Design::from_columns(n + 1, 3, numbers((n + 1) * 3, &mut stream));
    let mut y = numbers(n + 1, &mut stream);
    y[n] = 0.0;
    let fit = |rows: &[usize]| {
        let part = x.take_rows(rows);
        let responses: Vec<f64> = rows.iter().map(|&i| y[i]).collect();
        (KernelRidge::fit(&kernel.between(&part, &part), &responses, lambda).unwrap(), part, responses)
    };
    let without = |rows: &[usize], i: usize| {
        let kept: Vec<usize> = rows.iter().copied().filter(|r| *r != i).collect();
        let (model, part, _) = fit(&kept);
        model.predict(&kernel.between(&part, &x.take_rows(&[i])))[0]
    };
    let first: Vec<usize> = (0..n).collect();
    let all: Vec<usize> = (0..=n).collect();
    let (model, part, responses) = fit(&first);
    let column = kernel.between(&part, &x.take_rows(&[n]));
    let inverse = model.inverse();
    let joined = model.leave_one_out_with(&inverse, &responses, column.column(0), 2.0, lambda);
    for (i, alone) in model.leave_one_out(&inverse, &responses).iter().enumerate() {
        assert!((alone - without(&first, i)).abs() < 1e-12);
        assert!((joined[i] - without(&all, i)).abs() < 1e-12);
        assert!((alone - joined[i]).abs() > 1e-6);
    }
}

#[test]
fn a_tree_finds_a_step() {
    let x = Design::from_columns(6, 2, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    let y = [1.0, 1.0, 1.0, 5.0, 5.0, 8.0];
    let (tree, places) = Grower::new(&x).grow(&y, &[1.0; 6], 1);
    let mut out = vec![0.0; 6];
    tree.add(&x, 1.0, &mut out);
    assert_eq!(out, [1.0, 1.0, 1.0, 6.0, 6.0, 6.0]);
    assert_eq!(places, [1, 1, 1, 2, 2, 2]);
    let mut exact = vec![0.0; 6];
    Grower::new(&x).grow(&y, &[1.0; 6], 3).0.add(&x, 1.0, &mut exact);
    assert_eq!(exact, y);
    // Rows without weight have no say.
    let mut weighted = vec![0.0; 6];
    Grower::new(&x).grow(&y, &[1.0, 1.0, 1.0, 1.0, 1.0, 0.0], 1).0.add(&x, 1.0, &mut weighted);
    assert_eq!(weighted[5], 5.0);
}

#[test]
fn forests_and_boosting_learn_quantiles() {
    let mut stream = streams(2).stream("data");
    let n = 400;
    let x = Design::from_columns(n, 2, numbers(2 * n, &mut stream));
    let y: Vec<f64> =
        numbers(n, &mut stream).iter().zip(x.column(0)).map(|(u, x)| x.signum() * 3.0 + u).collect();
    let forest = Forest::grow(&x, &y, 50, 3, &mut stream);
    let new = Design::from_columns(2, 2, vec![-0.5, 0.5, 0.0, 0.0]);
    for (level, shift) in [(0.1, -0.8), (0.5, 0.0), (0.9, 0.8)] {
        let boosted = Boosted::grow(&x, &y, Loss::Quantile(level), 60, 2, 0.1).predict(&new);
        for (found, side) in forest.quantile(&new, level).iter().chain(&boosted).zip([-3.0, 3.0, -3.0, 3.0]) {
            assert!((found - side - shift).abs() < 0.3, "{level}: {found}");
        }
    }
    for mean in [forest.mean(&new), Boosted::grow(&x, &y, Loss::Square, 60, 2, 0.1).predict(&new)] {
        assert!((mean[0] + 3.0).abs() < 0.3 && (mean[1] - 3.0).abs() < 0.3, "{mean:?}");
    }
    assert_eq!(lower_quantile(&mut [3.0, 1.0, 2.0, 4.0], 0.5), 2.0);
    assert_eq!(lower_quantile(&mut [3.0, 1.0, 2.0, 4.0], 0.51), 3.0);
}

#[test]
fn the_published_models_are_mostly_constants() {
    let audit = |models: &str| {
        let problem = problem(&format!("kind = \"liang\"\nsetting = 1\nmodels = \"{models}\"")).unwrap();
        let of = |r: u32| match problem.draw(&streams(r)).unwrap() {
            Data::Split(sample) => sample.audit.unwrap(),
            Data::Full(_) => panic!("a split"),
        };
        (0..10).map(of).collect::<Vec<_>>()
    };
    assert!(audit("published").iter().all(|a| a.constant == 9 && a.gap == 0.0));
    for models in ["unpenalised", "corrected", "ols-subsets"] {
        assert!(audit(models).iter().all(|a| a.constant == 0 && a.gap < 1e-11), "{models}");
    }
    assert!(audit("unpenalised").iter().any(|a| a.nonpositive > 0.0));
}

#[test]
fn a_corrected_scale_has_a_floor() {
    let setting = Liang { setting: 1, sigma: 1.0, models: ModelSet::Corrected };
    let rows = |role: &str| setting.draw(100, &streams(4), role);
    let (train, fresh, test) = (rows("train"), rows("fresh"), rows("test"));
    let (models, _) = setting.fit(&train, &fresh, &streams(4)).unwrap();
    let scaled = models.last().unwrap();
    let (scores, negative) = scaled.score(&test.x);
    let mean = (scaled.mean)(&test.x);
    assert!(scores.iter().zip(&mean).all(|(s, m)| s * m > 0.0), "no sign is flipped");
    let raw = (scaled.scale.as_ref().unwrap())(&test.x);
    assert_eq!(negative, raw.iter().filter(|s| **s <= 0.0).count());
}

/// Variance of the labels of a law, from 4000 rows.
fn variance(setting: &dyn Setting) -> f64 {
    statistics::sd(&setting.draw(4000, &streams(6), "rows").y).powi(2)
}

#[test]
fn labels_have_the_variances_of_their_laws() {
    let liang = |setting| variance(&Liang { setting, sigma: 1.0, models: ModelSet::Published });
    assert!((liang(1) - 16.0).abs() < 1.5, "{}", liang(1));
    // 15 features and noise of variance 3, whose sample variance converges slowly.
    assert!((16.5..25.0).contains(&liang(2)), "{}", liang(2));
    assert!((liang(3) / (1.0 / 300.0 + 1.0 / 90000.0) - 1.0).abs() < 0.1, "{}", liang(3));
    assert!(liang(4) > 25.0, "{}", liang(4));
    let jin = |setting, full| Jin { setting, sigma: 1.0, full };
    assert_eq!(jin(1, false).mean([0.5, 0.5, 0.0, 0.7]), 0.95);
    assert_eq!(jin(3, false).mean([0.5, -0.5, 0.0, -0.7]), -0.95);
    assert_eq!(jin(1, false).mean([0.5, -0.5, 0.0, 0.7]), 0.0);
    let smooth = 2.0 * (0.25 + 0.04 + (-0.3f64).exp() - 1.0);
    assert!((jin(2, false).mean([0.5, 0.5, 0.2, 0.7]) - smooth).abs() < 1e-14);
    assert!((jin(1, true).mean([0.5, 0.5, 0.2, 0.7]) - 1.2).abs() < 1e-14);
    assert!((jin(3, true).mean([0.5, -0.5, 0.2, 0.7]) - 1.7).abs() < 1e-14);
    for (setting, full, mu, sd) in [
        (1, false, 1.0, 1.0),
        (2, false, 1.0, 1.5),
        (3, false, -1.5, 2.0),
        (4, false, 1.5, 2.0),
        (1, true, 0.0, 2.0),
        (4, true, 2.5, 1.0),
    ] {
        assert_eq!(jin(setting, full).deviation(mu), sd, "{setting} {full}");
    }
    let rows: Labelled = jin(2, false).draw(4000, &streams(1), "rows");
    let noise: Vec<f64> = (0..4000)
        .map(|i| rows.y[i] - jin(2, false).mean([0, 1, 2, 3].map(|j| rows.x.column(j)[i])))
        .collect();
    assert!((statistics::sd(&noise) - 1.5).abs() < 0.06);
}
