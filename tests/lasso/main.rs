//! The Lasso and its certificates: against independent solutions, on known cases, and on random data.

mod cases;
mod design;
mod groups;
mod properties;
mod reference;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_optim::{ElasticNet, ProximalGradient, Quadratic};

/// A correlated design with a sparse truth and noise, from a seed.
pub(crate) fn draw(n: usize, p: usize, correlation: f64, seed: u64) -> (Design, Vec<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || (0..12).map(|_| rng.r#gen::<f64>()).sum::<f64>() - 6.0;
    let mut values = Vec::with_capacity(n * p);
    for j in 0..p {
        for i in 0..n {
            let fresh: f64 = normal();
            let before: f64 = if j > 0 { values[(j - 1) * n + i] } else { 0.0 };
            values.push(correlation * before + (1.0 - correlation * correlation).sqrt() * fresh);
        }
    }
    let design = Design::from_columns(n, p, values);
    let mut y: Vec<f64> = (0..n).map(|_| 0.3 * normal()).collect();
    for j in (0..p).step_by(4) {
        let weight = normal();
        y.iter_mut().zip(design.column(j)).for_each(|(y, x)| *y += weight * x);
    }
    (design, y)
}

/// Objective and gap by plain loops with the dual point `r·min(1, nλ₁/‖X̃ᵀr̃‖∞)`; shares no code with the
/// library.
pub(crate) fn naive_gap(design: &Design, y: &[f64], l1: f64, ridge: f64, w: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let mut r = y.to_vec();
    for (j, w) in w.iter().enumerate() {
        for (r, x) in r.iter_mut().zip(design.column(j)) {
            *r -= w * x;
        }
    }
    let square = r.iter().map(|r| r * r).sum::<f64>() + n * ridge * w.iter().map(|w| w * w).sum::<f64>();
    let primal = square / (2.0 * n) + l1 * w.iter().map(|w| w.abs()).sum::<f64>();
    let largest = (0..w.len())
        .map(|j| {
            let product: f64 = design.column(j).iter().zip(&r).map(|(x, r)| x * r).sum();
            (product - n * ridge * w[j]).abs()
        })
        .fold(0.0, f64::max);
    let scale = if largest > n * l1 { n * l1 / largest } else { 1.0 };
    let fit: f64 = y.iter().zip(&r).map(|(y, r)| y * r).sum();
    let dual = (scale * fit - 0.5 * scale * scale * square) / n;
    (primal, primal - dual)
}

pub(crate) fn fista(design: &Design, y: &[f64], penalty: &ElasticNet) -> Result<Vec<f64>, Invalid> {
    let mut datafit = Quadratic::new(design, y)?;
    let method = ProximalGradient::fista().tolerance(1e-10)?.max_iterations(200_000);
    let solution = method.solve(&mut datafit, penalty, None, &mut |_| {})?;
    assert!(solution.converged(), "FISTA: {:?} at {:?}", solution.termination, solution.certificate);
    Ok(solution.coefficients)
}

pub(crate) fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m, (a, b)| m.max((a - b).abs()))
}
