//! SCAD and MCP: ℓ1 near 0, constant far from it.

use remeasure_core::Invalid;
use remeasure_core::numerics::kernels::max_abs;

use super::Separable;
use crate::penalty::soft_threshold;

/// `λ|w|` plus a concave differentiable part, as gradient methods use it.
pub trait Folded: Separable {
    /// λ, the slope at 0.
    fn lambda(&self) -> f64;

    /// The derivative of the concave part, 0 at 0.
    fn concave_slope(&self, w: f64) -> f64;

    /// The Lipschitz constant of that derivative.
    fn concavity(&self) -> f64;
}

fn checked_lambda(lambda: f64) -> Result<(), Invalid> {
    if lambda.is_finite() && lambda > 0.0 {
        return Ok(());
    }
    Err(Invalid::new("lambda", format!("expected a finite number above 0, found {lambda}")))
}

/// The distance of `−gradient` from `[−λ, λ]` at 0, and from the derivative elsewhere.
fn distance(lambda: f64, w: f64, gradient: f64, concave_slope: f64) -> f64 {
    if w == 0.0 {
        (gradient.abs() - lambda).max(0.0)
    } else {
        (gradient + lambda * w.signum() + concave_slope).abs()
    }
}

/// The smoothly clipped absolute deviation penalty with λ > 0 and `a > 2` (Fan and Li 2001): its slope is λ up to λ, falls
/// to 0 at aλ, and stays 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scad {
    lambda: f64,
    a: f64,
}

impl Scad {
    /// The penalty of level `lambda`, bending as `a` says (Fan and Li: 3.7).
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0, or `a` is not a finite number above 2.
    pub fn new(lambda: f64, a: f64) -> Result<Self, Invalid> {
        checked_lambda(lambda)?;
        Self::check_a(a)?;
        Ok(Self { lambda, a })
    }

    /// Refuses an `a` that is not a finite number above 2.
    ///
    /// # Errors
    /// The key `a`.
    pub fn check_a(a: f64) -> Result<(), Invalid> {
        if a.is_finite() && a > 2.0 {
            return Ok(());
        }
        Err(Invalid::new("a", format!("expected a finite number above 2, found {a}")))
    }
}

impl Separable for Scad {
    #[inline]
    fn value_at(&self, _: usize, w: f64) -> f64 {
        let (lambda, a, w) = (self.lambda, self.a, w.abs());
        if w <= lambda {
            lambda * w
        } else if w <= a * lambda {
            (2.0 * a * lambda * w - w * w - lambda * lambda) / (2.0 * (a - 1.0))
        } else {
            0.5 * lambda * lambda * (a + 1.0)
        }
    }

    #[inline]
    fn prox_at(&self, _: usize, z: f64, step: f64) -> f64 {
        let (lambda, a, size) = (self.lambda, self.a, z.abs());
        if step < a - 1.0 {
            if size <= (1.0 + step) * lambda {
                soft_threshold(z, step * lambda)
            } else if size <= a * lambda {
                soft_threshold(z, step * a * lambda / (a - 1.0)) / (1.0 - step / (a - 1.0))
            } else {
                z
            }
        } else {
            // The middle piece is concave: the minimiser is on the first or the last.
            let jump = if step <= a + 1.0 {
                0.5 * (a + 1.0 + step) * lambda
            } else {
                (step * (a + 1.0)).sqrt() * lambda
            };
            if size <= jump { soft_threshold(z, step * lambda) } else { z }
        }
    }

    #[inline]
    fn distance_at(&self, _: usize, w: f64, gradient: f64) -> f64 {
        distance(self.lambda, w, gradient, self.concave_slope(w))
    }

    #[inline]
    fn activation(&self, _: usize, curvature: f64) -> f64 {
        let step = 1.0 / curvature;
        if step <= self.a + 1.0 { self.lambda } else { ((self.a + 1.0) / step).sqrt() * self.lambda }
    }

    fn lambda_max(&self, gradient_at_zero: &[f64]) -> Option<f64> {
        Some(max_abs(gradient_at_zero))
    }
}

impl Folded for Scad {
    fn lambda(&self) -> f64 {
        self.lambda
    }

    #[inline]
    fn concave_slope(&self, w: f64) -> f64 {
        let size = w.abs();
        if size <= self.lambda {
            0.0
        } else if size <= self.a * self.lambda {
            w.signum() * (self.lambda - size) / (self.a - 1.0)
        } else {
            -self.lambda * w.signum()
        }
    }

    fn concavity(&self) -> f64 {
        1.0 / (self.a - 1.0)
    }
}

/// The minimax concave penalty with λ > 0 and `γ > 1` (Zhang 2010): its slope falls from λ at 0 to 0 at γλ, and stays 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mcp {
    lambda: f64,
    gamma: f64,
}

impl Mcp {
    /// The penalty of level `lambda` with `gamma` = γ.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0, or `gamma` is not a finite number above 1.
    pub fn new(lambda: f64, gamma: f64) -> Result<Self, Invalid> {
        checked_lambda(lambda)?;
        Self::check_gamma(gamma)?;
        Ok(Self { lambda, gamma })
    }

    /// Refuses a γ that is not a finite number above 1.
    ///
    /// # Errors
    /// The key `gamma`.
    pub fn check_gamma(gamma: f64) -> Result<(), Invalid> {
        if gamma.is_finite() && gamma > 1.0 {
            return Ok(());
        }
        Err(Invalid::new("gamma", format!("expected a finite number above 1, found {gamma}")))
    }
}

impl Separable for Mcp {
    #[inline]
    fn value_at(&self, _: usize, w: f64) -> f64 {
        let (lambda, gamma, w) = (self.lambda, self.gamma, w.abs());
        if w <= gamma * lambda { lambda * w - w * w / (2.0 * gamma) } else { 0.5 * gamma * lambda * lambda }
    }

    #[inline]
    fn prox_at(&self, _: usize, z: f64, step: f64) -> f64 {
        let (lambda, gamma) = (self.lambda, self.gamma);
        if step < gamma {
            if z.abs() <= gamma * lambda {
                soft_threshold(z, step * lambda) / (1.0 - step / gamma)
            } else {
                z
            }
        } else if z.abs() <= lambda * (step * gamma).sqrt() {
            0.0
        } else {
            z
        }
    }

    #[inline]
    fn distance_at(&self, _: usize, w: f64, gradient: f64) -> f64 {
        distance(self.lambda, w, gradient, self.concave_slope(w))
    }

    #[inline]
    fn activation(&self, _: usize, curvature: f64) -> f64 {
        self.lambda * (self.gamma * curvature).min(1.0).sqrt()
    }

    fn lambda_max(&self, gradient_at_zero: &[f64]) -> Option<f64> {
        Some(max_abs(gradient_at_zero))
    }
}

impl Folded for Mcp {
    fn lambda(&self) -> f64 {
        self.lambda
    }

    #[inline]
    fn concave_slope(&self, w: f64) -> f64 {
        if w.abs() <= self.gamma * self.lambda { -w / self.gamma } else { -self.lambda * w.signum() }
    }

    fn concavity(&self) -> f64 {
        1.0 / self.gamma
    }
}
