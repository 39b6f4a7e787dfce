//! Relevance of tasks and allocation of samples against fixtures, certificates and brute force.

mod fixtures;
mod properties;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure::numerics::Design;

/// A standard normal `k × T` matrix and a target within its span where `T ≥ k`.
fn draw(k: usize, tasks: usize, seed: u64) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = |n: usize| -> Vec<f64> { (0..n).map(|_| StandardNormal.sample(&mut rng)).collect() };
    let heads = Design::from_columns(k, tasks, normal(k * tasks));
    (heads, normal(k))
}

fn l1_norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x.abs()).sum()
}

/// `‖Wν − w‖`.
fn misfit(heads: &Design, target: &[f64], weights: &[f64]) -> f64 {
    (0..heads.rows())
        .map(|i| {
            let fitted: f64 = (0..heads.columns()).map(|t| heads.column(t)[i] * weights[t]).sum();
            (fitted - target[i]).powi(2)
        })
        .sum::<f64>()
        .sqrt()
}
