//! Lengths and distances of vectors.

use remeasure_core::numerics::kernels;

/// `‖v‖`.
pub(crate) fn norm(v: &[f64]) -> f64 {
    kernels::squared_norm(v).sqrt()
}

/// `‖a − b‖²`.
pub(crate) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
