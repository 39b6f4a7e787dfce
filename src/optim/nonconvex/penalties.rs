//! Penalties that are sums over coefficients: SCAD, MCP, ℓ½, ℓ0 and CEL0.

mod folded;
mod sparse;

use crate::penalty::Penalty;

pub use folded::{Folded, Mcp, Scad};
pub use sparse::{Cel0, Half, L0};

/// A penalty `Σ_j g_j(w_j)` with even `g_j`. Proximal operators are global minimisers, whatever the step; of two, the
/// smaller one.
pub trait Separable {
    /// `g_j(w)`.
    fn value_at(&self, j: usize, w: f64) -> f64;

    /// `argmin_v ½(v − z)² + step · g_j(v)`.
    fn prox_at(&self, j: usize, z: f64, step: f64) -> f64;

    /// The distance of `−gradient` from the (limiting) subdifferential of `g_j` at `w`.
    fn distance_at(&self, j: usize, w: f64, gradient: f64) -> f64;

    /// The largest `|gradient|` at which a zero coefficient stays 0 under a proximal step of length `1/curvature`.
    fn activation(&self, j: usize, curvature: f64) -> f64;

    /// The smallest λ at which `w = 0` is stationary, given the datafit's gradient there. `None` where 0 is stationary for
    /// every λ, as for ℓ0 and ℓ½.
    fn lambda_max(&self, gradient_at_zero: &[f64]) -> Option<f64>;
}

impl<S: Separable> Penalty for S {
    fn value(&self, coefficients: &[f64]) -> f64 {
        coefficients.iter().enumerate().map(|(j, w)| self.value_at(j, *w)).sum()
    }

    fn prox(&self, step: f64, coefficients: &mut [f64]) {
        for (j, w) in coefficients.iter_mut().enumerate() {
            *w = self.prox_at(j, *w, step);
        }
    }

    fn subdifferential_distance(&self, coefficients: &[f64], gradient: &[f64]) -> f64 {
        let pairs = coefficients.iter().zip(gradient).enumerate();
        pairs.fold(0.0, |worst: f64, (j, (w, g))| worst.max(self.distance_at(j, *w, *g)))
    }
}

/// A penalty on all coefficients but the first `free` ones, such as an intercept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unpenalised<'a, S> {
    /// Number of leading coefficients without penalty.
    pub free: usize,
    /// The penalty of the others, which it counts from 0.
    pub penalty: &'a S,
}

impl<S: Separable> Separable for Unpenalised<'_, S> {
    #[inline]
    fn value_at(&self, j: usize, w: f64) -> f64 {
        if j < self.free { 0.0 } else { self.penalty.value_at(j - self.free, w) }
    }

    #[inline]
    fn prox_at(&self, j: usize, z: f64, step: f64) -> f64 {
        if j < self.free { z } else { self.penalty.prox_at(j - self.free, z, step) }
    }

    #[inline]
    fn distance_at(&self, j: usize, w: f64, gradient: f64) -> f64 {
        if j < self.free { gradient.abs() } else { self.penalty.distance_at(j - self.free, w, gradient) }
    }

    #[inline]
    fn activation(&self, j: usize, curvature: f64) -> f64 {
        if j < self.free { 0.0 } else { self.penalty.activation(j - self.free, curvature) }
    }

    /// The gradient is that at the minimiser over the free coefficients.
    fn lambda_max(&self, gradient_at_zero: &[f64]) -> Option<f64> {
        self.penalty.lambda_max(&gradient_at_zero[self.free..])
    }
}
