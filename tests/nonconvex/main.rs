//! Penalties that are not convex, and their solvers.

mod penalties;
mod reference;
mod solvers;

use rand::SeedableRng;
use rand::distributions::{Distribution, Standard};
use rand_chacha::ChaCha8Rng;
use remeasure_core::numerics::Design;

/// A standard normal number, near enough: a sum of uniform ones.
fn normal(stream: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| -> f64 { Standard.sample(stream) }).sum::<f64>() - 6.0
}

/// A design, and the response of five large coefficients.
fn instance(n: usize, p: usize, seed: u64) -> (Design, Vec<f64>) {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    let design = Design::from_columns(n, p, (0..n * p).map(|_| normal(&mut stream)).collect());
    let mut response = vec![0.0; n];
    for j in 0..5.min(p) {
        let size = 3.0 - j as f64;
        response.iter_mut().zip(design.column(j * p / 5)).for_each(|(y, x)| *y += size * x);
    }
    response.iter_mut().for_each(|y| *y += normal(&mut stream));
    (design, response)
}
