//! Smooth lower levels with two derivatives.

/// Constants of the lower level at one `θ`, as upper bounds (`strong_convexity`: a lower bound), valid
/// wherever an iteration started from 0 or from a nearby solution can get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// `μ`: smallest eigenvalue of `∇²ₓₓh`.
    pub strong_convexity: f64,
    /// `L`: largest eigenvalue of `∇²ₓₓh`.
    pub lipschitz: f64,
    /// `L_H`: Lipschitz constant of `x ↦ ∇²ₓₓh`; then `L_H/μ²` is one of its inverse.
    pub hessian_lipschitz: f64,
    /// `‖J‖`: norm of `J = ∂_θ∇ₓh`, `dimension × parameters`.
    pub cross_norm: f64,
    /// `L_J`: Lipschitz constant of `x ↦ J`.
    pub cross_lipschitz: f64,
}

/// A bilevel problem with a smooth, strongly convex lower level.
///
/// Methods take `&mut self` for scratch memory; none of them may allocate, and their results depend only on
/// the arguments. Every function is checked against finite differences in `tests/bilevel`.
pub trait Smooth {
    /// Length of `x`.
    fn dimension(&self) -> usize;

    /// Length of `θ`.
    fn parameters(&self) -> usize;

    /// `h(x, θ)`.
    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64;

    /// `∇ₓh(x, θ)`, length `dimension`.
    fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]);

    /// Sets the point `(x, θ)` of the products that follow.
    fn linearise(&mut self, x: &[f64], theta: &[f64]);

    /// `∇²ₓₓh · v` at the last point set, length `dimension`.
    fn hessian_product(&mut self, v: &[f64], out: &mut [f64]);

    /// `Jᵀq` at the last point set, length `parameters`; `J = ∂_θ∇ₓh`.
    fn cross_product(&mut self, q: &[f64], out: &mut [f64]);

    /// `‖J‖` at the last point set, if known more tightly than [`Constants::cross_norm`], which holds for all points.
    fn cross_norm(&mut self) -> Option<f64> {
        None
    }

    /// Constants of the lower level at `theta`.
    fn constants(&mut self, theta: &[f64]) -> Constants;

    /// `g(x, θ)`.
    fn upper(&mut self, x: &[f64], theta: &[f64]) -> f64;

    /// `∇ₓg(x, θ)`, length `dimension`.
    fn upper_gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]);

    /// `L_g`: Lipschitz constant of `∇ₓg`.
    fn upper_lipschitz(&self) -> f64;

    /// Whether `x ↦ g` is convex.
    fn upper_convex(&self) -> bool {
        true
    }

    /// `∇_θ g(x, θ)`, length `parameters`: 0 where `g` depends on `θ` through `x` alone.
    fn upper_direct(&mut self, _x: &[f64], _theta: &[f64], out: &mut [f64]) {
        out.fill(0.0);
    }

    /// `∇_θ h(x, θ)`, length `parameters`, which penalty methods use.
    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]);

    /// Products with a design (see [`Cost::products`](super::Cost)) in one gradient or one Hessian product.
    fn products(&self) -> f64 {
        0.0
    }
}
