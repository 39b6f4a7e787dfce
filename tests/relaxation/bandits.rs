//! Bandits compared with independent computations.

use rand::Rng;
use remeasure_relaxation::bandits::chebyshev::{ChebCb, chebyshev};
use remeasure_relaxation::bandits::least_squares::Normal;
use remeasure_relaxation::bandits::tsallis::{Newton, Tsallis, probabilities};
use remeasure_relaxation::bandits::{Bandit, Binned, pick};

use crate::{dense_solve, streams};

/// `x` with `Σ 4 (η(k − x))⁻² = 1` below all `k`, by bisection.
fn bisect(losses: &[f64], eta: f64) -> f64 {
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let sum = |x: f64| losses.iter().map(|k| 4.0 / (eta * (k - x)).powi(2)).sum::<f64>();
    let (mut low, mut high) = (least - 10.0 * (losses.len() as f64).sqrt() / eta, least);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if sum(middle) < 1.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[test]
fn tsallis_probabilities_are_those_of_another_root_finder() {
    let mut stream = streams(0).stream("losses");
    for case in 0..500 {
        let arms = stream.gen_range(1..30);
        let spread = 10f64.powi(case % 7 - 2);
        let losses: Vec<f64> = (0..arms).map(|_| stream.gen_range(0.0..spread)).collect();
        let eta = 2.0 / f64::from(case + 1).sqrt();
        let mut p = vec![0.0; arms];
        let x = probabilities(&losses, eta, &mut p);
        let expected = bisect(&losses, eta);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        assert!((x - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{x} for {expected}");
        for (p, k) in p.iter().zip(&losses) {
            let q = 4.0 / (eta * (k - expected)).powi(2);
            assert!((p - q).abs() < 1e-7 * q, "case {case}: {p} for {q}");
        }
    }
}

#[test]
fn tsallis_finds_the_best_arm_and_keeps_its_sums() {
    let mut bandit = Tsallis::new(4, Newton::Monotone);
    let mut stream = streams(0).stream("draws");
    let mut drawn = [0; 4];
    for _ in 0..4000 {
        let arm = bandit.choose(0.0, stream.gen_range(0.0..1.0));
        assert!((bandit.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-14);
        bandit.update([60.0, 30.0, 90.0, 45.0][arm]);
        drawn[arm] += 1;
    }
    assert!(drawn[1] > 3300 && drawn.iter().all(|d| *d > 0), "{drawn:?}");
    assert_eq!(bandit.improper(), 0);
}

#[test]
fn the_published_normalisation_agrees_at_first_and_soon_misses_the_root() {
    let (mut ours, mut theirs) = (Tsallis::new(20, Newton::Monotone), Tsallis::new(20, Newton::Published));
    for t in 0..10 {
        let uniform = f64::from(t) / 10.0;
        assert_eq!(ours.choose(0.0, uniform), theirs.choose(0.0, uniform));
        for (a, b) in ours.probabilities().iter().zip(theirs.probabilities()) {
            assert!((a - b).abs() < 1e-9, "round {t}: {a} for {b}");
        }
        ours.update(50.0);
        theirs.update(50.0);
    }
    let mut stream = streams(0).stream("draws");
    for _ in 0..2000 {
        let arm = theirs.choose(0.0, stream.gen_range(0.0..1.0));
        assert!(arm < 20);
        theirs.update(50.0 + arm as f64);
    }
    assert!(theirs.improper() > 1000, "{}", theirs.improper());
}

#[test]
fn losses_without_scale_leave_the_draw_uniform() {
    let mut bandit = Tsallis::new(5, Newton::Monotone);
    for t in 0..50 {
        bandit.choose(0.0, f64::from(t) / 50.0);
        assert!(bandit.probabilities().iter().all(|p| (p - 0.2).abs() < 1e-12));
        bandit.update(1.0);
    }
}

#[test]
fn a_weighted_draw_has_its_weights() {
    let weights = [0.0, 1.0, 0.0, 3.0, 0.0];
    let drawn: Vec<usize> = (0..1000).map(|k| pick(&weights, (f64::from(k) + 0.5) / 1000.0)).collect();
    assert_eq!(drawn.iter().filter(|a| **a == 1).count(), 250);
    assert_eq!(drawn.iter().filter(|a| **a == 3).count(), 750);
    assert_eq!(pick(&weights, 1.0), 3);
}

#[test]
fn each_bin_has_a_bandit_of_its_own() {
    let mut binned = Binned::new(&Tsallis::new(2, Newton::Monotone), 4, [0.0, 8.0]);
    assert_eq!([-1.0, 0.0, 1.9, 2.1, 7.9, 8.0, 99.0].map(|c| binned.bin(c)), [0, 0, 0, 1, 3, 3, 3]);
    let mut stream = streams(0).stream("draws");
    // The best arm depends on the context: only a separate bandit per bin can follow it.
    let mut wrong = 0;
    for t in 0..4000 {
        let context = f64::from(t % 8) + 0.5;
        let best = usize::from(context > 4.0);
        let arm = binned.choose(context, stream.gen_range(0.0..1.0));
        wrong += usize::from(arm != best);
        binned.update(if arm == best { 10.0 } else { 100.0 });
    }
    assert!(wrong < 400, "{wrong}");
    // An interval without width is one bin.
    assert_eq!(Binned::new(&Tsallis::new(2, Newton::Monotone), 4, [1.0, 1.0]).bin(1.0), 0);
}

fn observations(count: usize, size: usize, role: &str) -> Vec<(Vec<f64>, f64)> {
    let mut stream = streams(0).stream(role);
    let mut one = || {
        let mut features = vec![0.0; size];
        let x: f64 = stream.gen_range(-1.0..1.0);
        chebyshev(x, &mut features);
        (features, 40.0 * (x + 0.3).abs() + stream.gen_range(-5.0..5.0))
    };
    (0..count).map(|_| one()).collect()
}

#[test]
fn chebyshev_polynomials_are_cosines() {
    for k in 0..=20 {
        let angle = f64::from(k) * std::f64::consts::PI / 20.0;
        let mut values = [0.0; 6];
        chebyshev(angle.cos(), &mut values);
        for (j, value) in values.iter().enumerate() {
            assert!((value - (j as f64 * angle).cos()).abs() < 1e-13);
        }
    }
}

#[test]
fn least_squares_are_those_of_the_normal_equations() {
    let data = observations(40, 6, "unbounded");
    let mut normal = Normal::new(6);
    data.iter().for_each(|(f, y)| normal.add(f, *y));
    let gram: Vec<Vec<f64>> =
        (0..6).map(|i| (0..6).map(|j| data.iter().map(|(f, _)| f[i] * f[j]).sum()).collect()).collect();
    let moment: Vec<f64> = (0..6).map(|i| data.iter().map(|(f, y)| f[i] * y).sum()).collect();
    let direct = dense_solve(&gram, &moment);
    let (theta, bounded) = normal.fit(&[1e6; 6]);
    assert!(!bounded);
    for (a, b) in theta.iter().zip(&direct) {
        assert!((a - b).abs() < 1e-6, "{a} for {b}");
    }
    let value = |f: &[f64]| f.iter().zip(&theta).map(|(a, b)| a * b).sum::<f64>();
    let residual: f64 = data.iter().map(|(f, y)| (y - value(f)).powi(2)).sum();
    assert!((normal.residual(&theta) - residual).abs() < 1e-8 * residual);
}

/// Least sum of squares over all choices of coefficients held at a bound.
fn exhaustive(data: &[(Vec<f64>, f64)], bounds: &[f64]) -> f64 {
    let size = bounds.len();
    let mut best = f64::INFINITY;
    for code in 0..3_usize.pow(size as u32) {
        let at: Vec<usize> = (0..size).map(|i| code / 3_usize.pow(i as u32) % 3).collect();
        let free: Vec<usize> = (0..size).filter(|&i| at[i] == 0).collect();
        let mut theta: Vec<f64> = (0..size).map(|i| [0.0, bounds[i], -bounds[i]][at[i]]).collect();
        let left = |f: &[f64], y: f64| y - f.iter().zip(&theta).map(|(a, b)| a * b).sum::<f64>();
        let gram: Vec<Vec<f64>> = free
            .iter()
            .map(|&i| free.iter().map(|&j| data.iter().map(|(f, _)| f[i] * f[j]).sum()).collect())
            .collect();
        let moment: Vec<f64> =
            free.iter().map(|&i| data.iter().map(|(f, y)| f[i] * left(f, *y)).sum()).collect();
        let solution = dense_solve(&gram, &moment);
        free.iter().zip(solution).for_each(|(&i, v)| theta[i] = v);
        if theta.iter().zip(bounds).all(|(t, b)| t.abs() <= *b + 1e-9) {
            let error = |(f, y): &(Vec<f64>, f64)| {
                (y - f.iter().zip(&theta).map(|(a, b)| a * b).sum::<f64>()).powi(2)
            };
            best = best.min(data.iter().map(error).sum());
        }
    }
    best
}

#[test]
fn bounded_least_squares_are_the_best_of_all_active_sets() {
    let mut seen = 0;
    for case in 0..25 {
        let data = observations(12 + case, 4, &format!("bounded {case}"));
        let mut normal = Normal::new(4);
        data.iter().for_each(|(f, y)| normal.add(f, *y));
        let bounds = [15.0, 2.0 + case as f64, 6.0, 1.0 + 0.2 * case as f64];
        let (theta, bounded) = normal.fit(&bounds);
        seen += usize::from(bounded);
        assert!(theta.iter().zip(&bounds).all(|(t, b)| t.abs() <= *b));
        let (ours, best) = (normal.residual(&theta), exhaustive(&data, &bounds));
        assert!((ours - best).abs() < 1e-6 * best, "case {case}: {ours} for {best}");
    }
    assert!(seen > 10, "{seen} cases with a bound in the way");
}

#[test]
fn few_observations_give_the_solution_of_least_norm() {
    let mut normal = Normal::new(3);
    normal.add(&[1.0, 2.0, -2.0], 9.0);
    let (theta, _) = normal.fit(&[100.0; 3]);
    for (t, expected) in theta.iter().zip([1.0, 2.0, -2.0]) {
        assert!((t - expected).abs() < 1e-4, "{theta:?}");
    }
    // Only the bound restricts a single feature.
    let (theta, bounded) = normal.fit(&[100.0, 0.5, 100.0]);
    assert!(bounded && theta[1] == 0.5 && normal.residual(&theta) < 1e-6, "{theta:?}");
}

#[test]
fn chebcb_follows_the_context_and_its_probabilities_sum_to_one() {
    let mut bandit = ChebCb::new(6, 5, [2.0, 4.0]);
    let mut stream = streams(0).stream("draws");
    let loss = |arm: usize, c: f64| 20.0 + 30.0 * (c - 2.0 - 0.4 * arm as f64).powi(2);
    let (mut excess, mut late) = (0.0, 0.0);
    for t in 0..3000 {
        let c = stream.gen_range(2.0..4.0);
        let arm = bandit.choose(c, stream.gen_range(0.0..1.0));
        let p = bandit.probabilities();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12 && p.iter().all(|p| *p > 0.0), "{p:?}");
        let best = (0..6).map(|a| loss(a, c)).fold(f64::INFINITY, f64::min);
        bandit.update(loss(arm, c));
        excess += loss(arm, c) - best;
        if t >= 2000 {
            late += loss(arm, c) - best;
        }
    }
    assert!(late / 1000.0 < 0.5 && excess / 3000.0 < 2.0, "{late} {excess}");
    // A parabola in the context: c = 3 + x, arm 2 costs 20 + 30 (x + .2)².
    let theta = bandit.coefficients(2);
    let exact = [20.0 + 30.0 * 0.54 - 1.0, 12.0, 15.0, 0.0, 0.0, 0.0];
    for (t, e) in theta.iter().zip(exact) {
        assert!((t - e).abs() < 1e-4, "{theta:?}");
    }
}
