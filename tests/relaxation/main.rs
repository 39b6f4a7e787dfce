//! The relaxation family compared with plain loops, dense matrices and cases with a known solution.

mod bandits;
mod edges;
mod heat;
mod sequences;
mod sor;

use remeasure_core::Invalid;
use remeasure_core::stream::Streams;
use remeasure_relaxation::estimators::ENTRIES;
use remeasure_relaxation::sor::Stopping;
use remeasure_relaxation::{Estimator, Problem};

const STOPPING: Stopping = Stopping { tolerance: 1e-8, cap: 10_000 };

/// Streams of a replicate.
fn streams(replicate: u32) -> Streams {
    Streams { seed: 3, cell: 7, replicate }
}

/// A problem from TOML.
fn problem(text: &str) -> Result<Problem, Invalid> {
    Problem::read(text.parse().expect("TOML"))
}

/// An estimator from TOML.
fn estimator(text: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let mut table: toml::Table = text.parse().expect("TOML");
    let kind = table.remove("kind").expect("a kind");
    let entry = ENTRIES.iter().find(|e| Some(e.name) == kind.as_str()).expect("a known kind");
    (entry.read)(table)
}

/// Solves a dense system by elimination with pivoting; `matrix` row by row.
fn dense_solve(matrix: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut rows: Vec<Vec<f64>> =
        matrix.iter().zip(right).map(|(row, b)| row.iter().copied().chain([*b]).collect()).collect();
    for k in 0..n {
        let pivot = (k..n).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs())).expect("rows");
        rows.swap(k, pivot);
        for i in k + 1..n {
            let factor = rows[i][k] / rows[k][k];
            let (above, below) = rows.split_at_mut(i);
            below[0][k..].iter_mut().zip(&above[k][k..]).for_each(|(to, from)| *to -= factor * from);
        }
    }
    let mut x = vec![0.0; n];
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| rows[k][j] * x[j]).sum();
        x[k] = (rows[k][n] - known) / rows[k][k];
    }
    x
}

/// `diagonal · I − coupling · N` on a grid, dense, with its strict triangles multiplied by `lower` and `upper`.
fn dense(side: usize, diagonal: f64, coupling: f64, lower: f64, upper: f64) -> Vec<Vec<f64>> {
    let n = side * side;
    let unit = |k: usize| (0..n).map(|j| if j == k { diagonal } else { 0.0 }).collect();
    let mut matrix: Vec<Vec<f64>> = (0..n).map(unit).collect();
    let right = (0..n).filter(|k| (k + 1) % side != 0).map(|k| (k, k + 1));
    let down = (0..n - side).map(|k| (k, k + side));
    for (k, other) in right.chain(down) {
        matrix[k][other] = -coupling * upper;
        matrix[other][k] = -coupling * lower;
    }
    matrix
}

fn apply(matrix: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}
