//! ℓ½, ℓ0 and its continuous exact relaxation CEL0.

use remeasure_core::Invalid;

use super::Separable;

fn checked_lambda(lambda: f64) -> Result<f64, Invalid> {
    if lambda.is_finite() && lambda > 0.0 {
        return Ok(lambda);
    }
    Err(Invalid::new("lambda", format!("expected a finite number above 0, found {lambda}")))
}

/// `λ Σ √|w|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Half {
    lambda: f64,
}

impl Half {
    /// The penalty of weight `lambda`.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0.
    pub fn new(lambda: f64) -> Result<Self, Invalid> {
        Ok(Self { lambda: checked_lambda(lambda)? })
    }
}

impl Separable for Half {
    fn value_at(&self, _: usize, w: f64) -> f64 {
        self.lambda * w.abs().sqrt()
    }

    /// Half thresholding (Xu, Chang, Xu and Zhang 2012, theorem 1).
    fn prox_at(&self, _: usize, z: f64, step: f64) -> f64 {
        let weight = step * self.lambda;
        if z.abs() <= 1.5 * weight.powf(2.0 / 3.0) {
            return 0.0;
        }
        let angle = (0.25 * weight * (z.abs() / 3.0).powf(-1.5)).acos();
        let third = 2.0 / 3.0;
        third * z * (1.0 + (third * (std::f64::consts::PI - angle)).cos())
    }

    fn distance_at(&self, _: usize, w: f64, gradient: f64) -> f64 {
        // The subdifferential at 0 is the whole line.
        if w == 0.0 { 0.0 } else { (gradient + 0.5 * self.lambda * w.signum() / w.abs().sqrt()).abs() }
    }

    fn activation(&self, _: usize, curvature: f64) -> f64 {
        1.5 * self.lambda.powf(2.0 / 3.0) * curvature.cbrt()
    }

    fn lambda_max(&self, _: &[f64]) -> Option<f64> {
        None
    }
}

/// `λ ‖w‖₀`, λ times the number of nonzero coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L0 {
    lambda: f64,
}

impl L0 {
    /// The penalty of weight `lambda`.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0.
    pub fn new(lambda: f64) -> Result<Self, Invalid> {
        Ok(Self { lambda: checked_lambda(lambda)? })
    }
}

impl Separable for L0 {
    fn value_at(&self, _: usize, w: f64) -> f64 {
        if w == 0.0 { 0.0 } else { self.lambda }
    }

    /// Hard thresholding.
    fn prox_at(&self, _: usize, z: f64, step: f64) -> f64 {
        if z.abs() <= (2.0 * step * self.lambda).sqrt() { 0.0 } else { z }
    }

    fn distance_at(&self, _: usize, w: f64, gradient: f64) -> f64 {
        if w == 0.0 { 0.0 } else { gradient.abs() }
    }

    fn activation(&self, _: usize, curvature: f64) -> f64 {
        (2.0 * self.lambda * curvature).sqrt()
    }

    fn lambda_max(&self, _: &[f64]) -> Option<f64> {
        None
    }
}

/// CEL0 (Soubies, Blanc-Féraud and Aubert 2015): `Σ_j λ − c_j²/2 (|w| − √(2λ)/c_j)²` up to `|w| = √(2λ)/c_j` and λ from
/// there. With `c_j² = ‖x_j‖²/n`, `1/(2n)‖y − Xw‖² + g(w)` has the global minimisers of the same problem with `λ‖w‖₀`, and
/// fewer local ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Cel0 {
    lambda: f64,
    norms: Vec<f64>,
}

impl Cel0 {
    /// The penalty of weight `lambda` for the `norms` `c_j`, length `p`.
    ///
    /// # Errors
    /// If `lambda` is not a finite number above 0, or a norm is not a finite number of at least 0.
    pub fn new(lambda: f64, norms: Vec<f64>) -> Result<Self, Invalid> {
        if let Some(c) = norms.iter().find(|c| !(c.is_finite() && **c >= 0.0)) {
            return Err(Invalid::new("norms", format!("expected finite numbers of at least 0, found {c}")));
        }
        Ok(Self { lambda: checked_lambda(lambda)?, norms })
    }

    /// The slope at 0.
    fn slope(&self, j: usize) -> f64 {
        (2.0 * self.lambda).sqrt() * self.norms[j]
    }
}

impl Separable for Cel0 {
    fn value_at(&self, j: usize, w: f64) -> f64 {
        let (slope, c) = (self.slope(j), self.norms[j]);
        let reach = slope - c * c * w.abs();
        // λ − reach²/(2c²) without cancellation.
        if reach > 0.0 { w.abs() * (slope - 0.5 * c * c * w.abs()) } else { self.zero_norm_value(j, w) }
    }

    fn prox_at(&self, j: usize, z: f64, step: f64) -> f64 {
        let (slope, c) = (self.slope(j), self.norms[j]);
        if step * c * c < 1.0 {
            let shrunk = (z.abs() - step * slope).max(0.0) / (1.0 - step * c * c);
            z.signum() * shrunk.min(z.abs())
        } else if z.abs() <= (2.0 * step * self.lambda).sqrt() {
            0.0
        } else {
            z
        }
    }

    fn distance_at(&self, j: usize, w: f64, gradient: f64) -> f64 {
        let slope = self.slope(j);
        if w == 0.0 {
            return (gradient.abs() - slope).max(0.0);
        }
        (gradient + w.signum() * (slope - self.norms[j].powi(2) * w.abs()).max(0.0)).abs()
    }

    fn activation(&self, j: usize, curvature: f64) -> f64 {
        self.slope(j).min((2.0 * self.lambda * curvature).sqrt())
    }

    fn lambda_max(&self, gradient_at_zero: &[f64]) -> Option<f64> {
        let needed = |(g, c): (&f64, &f64)| if *g == 0.0 { 0.0 } else { 0.5 * (g / c).powi(2) };
        Some(gradient_at_zero.iter().zip(&self.norms).map(needed).fold(0.0, f64::max))
    }
}

impl Cel0 {
    /// The value beyond the reach of the slope: λ, or 0 for a feature of norm 0.
    fn zero_norm_value(&self, j: usize, w: f64) -> f64 {
        if w == 0.0 || self.norms[j] == 0.0 { 0.0 } else { self.lambda }
    }
}
