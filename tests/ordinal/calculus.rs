//! Derivatives of the likelihood against finite differences.

use remeasure_ordinal::likelihood::{gradient, information, log_likelihood};
use remeasure_ordinal::{Crossing, Cumulative, Sample};

use crate::data::drawn;

fn model(sample: &Sample, at: &[f64]) -> Cumulative {
    let p = sample.design.columns();
    let blocks = at.chunks_exact(p + 1);
    Cumulative {
        intercepts: blocks.clone().map(|b| b[0]).collect(),
        slopes: blocks.map(|b| b[1..].to_vec()).collect(),
        crossing: Crossing::Pooled,
    }
}

/// A point inside the domain, where the gaps of all rows' own classes are positive.
fn point(sample: &Sample) -> Vec<f64> {
    let p = sample.design.columns();
    let value = |k: usize, j: usize| {
        if j == 0 { 1.7 * k as f64 - 1.0 } else { 0.1 * ((k * 7 + j * 3) as f64).sin() }
    };
    (0..sample.classes - 1).flat_map(|k| (0..=p).map(move |j| value(k, j))).collect()
}

#[test]
fn the_gradient_is_the_slope_of_the_likelihood() {
    for classes in [2, 3, 5] {
        let sample = drawn(60, 3, classes, 1.0, 1);
        let at = point(&sample);
        let exact = gradient(&model(&sample, &at), &sample);
        for c in 0..at.len() {
            let value = |h: f64| {
                let mut to = at.clone();
                to[c] += h;
                log_likelihood(&model(&sample, &to), &sample)
            };
            let h = 1e-5;
            let slope = (value(h) - value(-h)) / (2.0 * h);
            assert!((slope - exact[c]).abs() < 1e-6 * (1.0 + exact[c].abs()), "K = {classes}, {c}");
        }
    }
}

#[test]
fn the_information_is_the_slope_of_the_gradient() {
    for classes in [2, 3, 5] {
        let sample = drawn(60, 3, classes, 1.0, 2);
        let at = point(&sample);
        let exact = information(&model(&sample, &at), &sample);
        let side = at.len();
        for c in 0..side {
            let slopes = |h: f64| {
                let mut to = at.clone();
                to[c] += h;
                gradient(&model(&sample, &to), &sample)
            };
            let h = 1e-5;
            let (up, down) = (slopes(h), slopes(-h));
            for d in 0..side {
                let curvature = -(up[d] - down[d]) / (2.0 * h);
                let value = exact[c * side + d];
                assert!((curvature - value).abs() < 1e-5 * (1.0 + value.abs()), "K = {classes}, {c}, {d}");
            }
        }
    }
}

#[test]
fn far_out_the_likelihood_keeps_its_accuracy() {
    let sample = drawn(1, 1, 3, 1.0, 1);
    let far = |labels: usize, alpha: [f64; 2]| {
        let sample = Sample { labels: vec![labels], ..sample.clone() };
        log_likelihood(&model(&sample, &[alpha[0], 0.0, alpha[1], 0.0]), &sample)
    };
    // log(σ(a) − σ(b)) with both near 1, both near 0, and nearly equal.
    assert!((far(1, [700.0, 701.0]) - (-700.0 + (-(-1f64).exp_m1()).ln())).abs() < 1e-11);
    assert!((far(1, [-701.0, -700.0]) - (-700.0 + (-(-1f64).exp_m1()).ln())).abs() < 1e-11);
    assert!((far(1, [0.0, 1e-200]) - (1e-200f64.ln() - 2.0 * 2f64.ln())).abs() < 1e-9);
    assert!((far(2, [0.0, 800.0]) + 800.0).abs() < 1e-12);
    assert_eq!(far(1, [0.0, 0.0]), f64::NEG_INFINITY);
}
