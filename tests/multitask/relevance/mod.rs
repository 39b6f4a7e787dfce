//! Relevance of tasks and allocation of samples, checked with fixtures, certificates and brute force.

mod edges;
mod fixtures;
mod plans;
mod properties;
mod vertices;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::Design;

/// A standard normal `k × T` matrix, and a target within its span if `T ≥ k`.
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

/// `A⁻¹b` by Gaussian elimination, `A` row by row; `None` where `A` is close to singular.
fn solve(mut rows: Vec<Vec<f64>>, right: &[f64]) -> Option<Vec<f64>> {
    let n = rows.len();
    rows.iter_mut().zip(right).for_each(|(row, b)| row.push(*b));
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs()))?;
        rows.swap(i, pivot);
        let row = rows[i].clone();
        if row[i].abs() < 1e-9 {
            return None;
        }
        for other in rows.iter_mut().skip(i + 1) {
            let factor = other[i] / row[i];
            other.iter_mut().zip(&row).for_each(|(o, r)| *o -= factor * r);
        }
    }
    let mut solution = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * solution[j]).sum();
        solution[i] = (rows[i][n] - known) / rows[i][i];
    }
    Some(solution)
}
