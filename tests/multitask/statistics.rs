//! Bartlett's decomposition compared with observations drawn one by one.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::Design;
use remeasure_core::stream::Stream;
use remeasure_multitask::Statistics;

use crate::streams;

const D: usize = 5;
const SIGMA: f64 = 0.7;
const BETA: [f64; D] = [0.5, -1.0, 0.0, 2.0, 0.3];
const DRAWS: usize = 6000;

fn by_bartlett(count: u64, stream: &mut Stream) -> Statistics {
    let mut statistics = Statistics::empty(D);
    statistics.add_gaussian(&BETA, SIGMA, count, stream);
    statistics
}

fn one_by_one(count: u64, stream: &mut Stream) -> Statistics {
    let rows = count as usize;
    let values = (0..rows * D).map(|_| stream.sample(StandardNormal)).collect();
    let design = Design::from_columns(rows, D, values);
    let mut response = vec![0.0; rows];
    design.mul(&BETA, &mut response);
    response.iter_mut().for_each(|y| *y += SIGMA * stream.sample::<f64, _>(StandardNormal));
    Statistics::of_rows(&design, &response)
}

/// All entries, and functions of several of them.
fn features(s: &Statistics) -> Vec<f64> {
    let mut all: Vec<f64> = (0..D).flat_map(|j| s.gram().column(j)[..=j].to_vec()).collect();
    all.extend_from_slice(s.cross());
    // Dependent entries: a determinant, a product, a residual of the normal equations.
    let g = |i: usize, j: usize| s.gram().column(j)[i];
    all.push(g(0, 0) * g(4, 4) - g(0, 4) * g(4, 0));
    all.push(s.cross()[1] * g(1, 3));
    let mut moved = vec![0.0; D];
    s.gram().mul(&BETA, &mut moved);
    all.push(moved.iter().zip(s.cross()).map(|(m, h)| (h - m).powi(2)).sum());
    all
}

/// Two-sample Kolmogorov–Smirnov distance.
fn distance(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let below = |sorted: &[f64], x: f64| sorted.partition_point(|v| *v <= x) as f64 / sorted.len() as f64;
    a.iter().chain(&b).map(|&x| (below(&a, x) - below(&b, x)).abs()).fold(0.0, f64::max)
}

#[test]
fn the_distribution_is_that_of_direct_draws() {
    // Fewer observations than dimensions, as many, more.
    for count in [1, 3, 5, 12] {
        let mut streams = [streams(count as u32).stream("a"), streams(count as u32).stream("b")];
        let ours: Vec<Vec<f64>> =
            (0..DRAWS).map(|_| features(&by_bartlett(count, &mut streams[0]))).collect();
        let direct: Vec<Vec<f64>> =
            (0..DRAWS).map(|_| features(&one_by_one(count, &mut streams[1]))).collect();
        let size = ours[0].len();
        // Level 1e-5 for each distance.
        let critical = (-(1e-5_f64 / 2.0).ln() / 2.0).sqrt() * (2.0 / DRAWS as f64).sqrt();
        for f in 0..size {
            let take = |all: &[Vec<f64>]| all.iter().map(|v| v[f]).collect();
            let d = distance(take(&ours), take(&direct));
            assert!(d < critical, "{count} observations, feature {f}: distance {d:.4} above {critical:.4}");
        }
        let mean = |all: &[Vec<f64>], f: usize| all.iter().map(|v| v[f]).sum::<f64>() / DRAWS as f64;
        for a in 0..size {
            for b in a..size {
                let product = |all: &[Vec<f64>]| {
                    let (x, y) = (mean(all, a), mean(all, b));
                    let products: Vec<f64> = all.iter().map(|v| (v[a] - x) * (v[b] - y)).collect();
                    let m = products.iter().sum::<f64>() / DRAWS as f64;
                    let spread = products.iter().map(|p| (p - m).powi(2)).sum::<f64>() / DRAWS as f64;
                    (m, spread / DRAWS as f64)
                };
                let ((p, u), (q, v)) = (product(&ours), product(&direct));
                assert!((p - q).abs() <= 6.0 * (u + v).sqrt() + 1e-12, "{count}: cov({a}, {b}) {p} and {q}");
            }
        }
    }
}

#[test]
fn the_rank_is_that_of_the_observations() {
    let statistics = by_bartlett(2, &mut streams(0).stream("rank"));
    assert_eq!(statistics.count(), 2);
    // Every 3 × 3 minor of a matrix of rank 2 is 0.
    let g = |i: usize, j: usize| statistics.gram().column(j)[i];
    for (i, j, l) in [(0, 1, 2), (1, 3, 4), (0, 2, 4)] {
        let determinant = g(i, i) * (g(j, j) * g(l, l) - g(j, l) * g(l, j))
            - g(i, j) * (g(j, i) * g(l, l) - g(j, l) * g(l, i))
            + g(i, l) * (g(j, i) * g(l, j) - g(j, j) * g(l, i));
        assert!(determinant.abs() < 1e-10 * g(i, i) * g(j, j) * g(l, l), "{determinant}");
    }
    assert_eq!(by_bartlett(0, &mut streams(0).stream("none")), Statistics::empty(D));
}

#[test]
fn without_noise_the_normal_equations_hold() {
    for count in [3, 40, 1_000_000_000_000] {
        let mut statistics = Statistics::empty(D);
        statistics.add_gaussian(&BETA, 0.0, count, &mut streams(1).stream("noiseless"));
        let mut moved = vec![0.0; D];
        statistics.gram().mul(&BETA, &mut moved);
        for (m, h) in moved.iter().zip(statistics.cross()) {
            assert!((m - h).abs() <= 1e-12 * count as f64, "{m} {h}");
        }
    }
}

#[test]
fn samples_add_up() {
    let (mut first, mut second) = (streams(2).stream("first"), streams(2).stream("second"));
    let mut both = by_bartlett(7, &mut first.clone());
    both.add_gaussian(&BETA, SIGMA, 9, &mut second.clone());
    let mut sum = by_bartlett(7, &mut first);
    sum.add(&by_bartlett(9, &mut second));
    assert_eq!(sum.count(), 16);
    for (a, b) in sum.gram().as_slice().iter().zip(both.gram().as_slice()) {
        assert!((a - b).abs() < 1e-12);
    }
    for (a, b) in sum.cross().iter().zip(both.cross()) {
        assert!((a - b).abs() < 1e-12);
    }
}
