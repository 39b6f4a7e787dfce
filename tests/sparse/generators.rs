//! Moments of the generators compared with their definitions. Bounds are five standard errors wide, and the
//! seed fixes the random numbers.

use remeasure_core::numerics::Design;

use crate::{problem, streams};

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(s, c), v| (s + v, c + 1));
    sum / f64::from(count)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Average of `x_jᵀ x_{j+lag} / n` over the columns.
fn covariance(design: &Design, lag: usize) -> f64 {
    let n = design.rows() as f64;
    mean((0..design.columns() - lag).map(|j| dot(design.column(j), design.column(j + lag)) / n))
}

#[test]
fn gaussian_designs_have_independent_standard_normal_entries() {
    let design =
        problem("n = 400\np = 300\nk = 1\nsigma = 0.0").draw(&streams(0)).unwrap().instance().unwrap().design;
    let count = (400.0 * 300.0_f64).sqrt();
    let entries = design.as_slice();
    assert!(mean(entries.iter().copied()).abs() < 5.0 / count);
    assert!((mean(entries.iter().map(|v| v * v)) - 1.0).abs() < 5.0 * 2f64.sqrt() / count);
    assert!((mean(entries.iter().map(|v| v.powi(4))) - 3.0).abs() < 5.0 * 96f64.sqrt() / count);
    assert!(covariance(&design, 1).abs() < 5.0 / count);
}

#[test]
fn toeplitz_designs_have_powers_of_the_correlation() {
    let text = "n = 2000\np = 100\nk = 1\nsigma = 0.0\ndesign = \"toeplitz\"\ncorrelation = 0.6";
    let design = problem(text).draw(&streams(0)).unwrap().instance().unwrap().design;
    for lag in 0..5 {
        let expected = 0.6f64.powi(lag as i32);
        // Neighbouring columns are correlated, so the average counts fewer than n p values.
        assert!((covariance(&design, lag) - expected).abs() < 0.03, "lag {lag}");
    }
}

#[test]
fn unit_norm_columns_have_norm_one() {
    let design = problem("n = 20\np = 50\nk = 1\nsigma = 0.0\ncolumns = \"unit-norm\"")
        .draw(&streams(0))
        .unwrap()
        .instance()
        .unwrap()
        .design;
    for j in 0..50 {
        assert!((dot(design.column(j), design.column(j)) - 1.0).abs() < 1e-14);
    }
}

#[test]
fn supports_have_the_size_asked_for_and_are_spread_evenly() {
    let mut hits = vec![0u32; 40];
    for replicate in 0..400 {
        let truth = problem("n = 5\np = 40\nk = 8\nsigma = 0.0\nsignal = \"signs\"")
            .draw(&streams(replicate))
            .unwrap()
            .instance()
            .unwrap()
            .truth;
        let truth = truth.unwrap();
        assert_eq!(truth.support.len(), 8);
        for &j in &truth.support {
            assert!(truth.coefficients[j].abs() == 1.0);
            hits[j] += 1;
        }
    }
    // 400 draws of probability 1/5: mean 80, standard deviation 8.
    assert!(hits.iter().all(|h| (40..=120).contains(h)), "{hits:?}");
}

#[test]
fn signs_are_balanced() {
    let truth = problem("n = 5\np = 2000\nk = 2000\nsigma = 0.0\nsignal = \"signs\"")
        .draw(&streams(0))
        .unwrap()
        .instance()
        .unwrap()
        .truth
        .unwrap();
    let sum: f64 = truth.coefficients.iter().sum();
    assert!(sum.abs() < 5.0 * 2000f64.sqrt(), "{sum}");
}

#[test]
fn bernoulli_gaussian_signals_have_the_expected_density_and_power() {
    let text = "n = 2\np = 20000\nk_over_p = 0.1\nsigma = 0.0\nsignal = \"bernoulli-gaussian\"";
    let truth = problem(text).draw(&streams(0)).unwrap().instance().unwrap().truth.unwrap();
    let size = truth.support.len() as f64;
    assert!((size - 2000.0).abs() < 5.0 * 1800f64.sqrt(), "{size}");
    let power = mean(truth.support.iter().map(|&j| truth.coefficients[j].powi(2)));
    assert!((power - 1.0).abs() < 5.0 * (2.0 / size).sqrt(), "{power}");
}

#[test]
fn decaying_signals_decay() {
    let text = "n = 5\np = 30\nk = 4\nsigma = 0.0\nsignal = \"decaying\"\ndecay = 0.5";
    let truth = problem(text).draw(&streams(0)).unwrap().instance().unwrap().truth.unwrap();
    let mut sizes: Vec<f64> = truth.support.iter().map(|&j| truth.coefficients[j].abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(sizes, [1.0, 0.5, 0.25, 0.125]);
}

#[test]
fn noise_has_the_snr_or_the_sigma_asked_for() {
    for (text, by_snr) in [("snr_db = 7", true), ("sigma = 0.3", false)] {
        let instance = problem(&format!("n = 20000\np = 4\nk = 2\n{text}"))
            .draw(&streams(0))
            .unwrap()
            .instance()
            .unwrap();
        let truth = instance.truth.unwrap();
        let mut clean = vec![0.0; 20000];
        instance.design.mul(&truth.coefficients, &mut clean);
        let noise: Vec<f64> = instance.response.iter().zip(&clean).map(|(y, c)| y - c).collect();
        let variance = dot(&noise, &noise) / 20000.0;
        let expected = if by_snr { dot(&clean, &clean) / 20000.0 / 10f64.powf(0.7) } else { 0.09 };
        assert!((variance / expected - 1.0).abs() < 5.0 * (2.0 / 20000.0f64).sqrt(), "{text}");
        assert!((truth.sigma * truth.sigma / expected - 1.0).abs() < 1e-12);
    }
}

#[test]
fn ratios_give_sizes() {
    assert_eq!(problem("n_over_p = 0.25\np = 30\nk_over_p = 0.1\nsigma = 1.0").shape(), (8, 30));
    assert_eq!(problem("n_over_p = 0.25\np = 30\nk_over_p = 0.1\nsigma = 1.0").sparsity(), Some(3));
}

#[test]
fn roles_are_independent_of_one_another() {
    // Design and signal are the same whatever the noise: only the requested part changes.
    let a = problem("n = 10\np = 20\nk = 2\nsigma = 0.0").draw(&streams(0)).unwrap().instance().unwrap();
    let b = problem("n = 10\np = 20\nk = 2\nsigma = 1.0").draw(&streams(0)).unwrap().instance().unwrap();
    assert_eq!(a.design, b.design);
    assert_eq!(a.truth.unwrap().coefficients, b.truth.unwrap().coefficients);
}

#[test]
fn the_first_draws_are_pinned() {
    // A change here means that every stored number of the family has changed.
    let instance = problem("n = 2\np = 3\nk = 1\nsigma = 1.0").draw(&streams(0)).unwrap().instance().unwrap();
    insta::assert_debug_snapshot!((
        instance.design.as_slice(),
        instance.truth.unwrap().coefficients,
        instance.response
    ));
}
