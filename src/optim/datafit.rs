//! Smooth data-fidelity terms.

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};

use super::certificate::Certificate;
use super::penalty::ElasticNet;

/// A smooth convex datafit `f(w)`.
pub trait Datafit {
    /// Number of coefficients `p`.
    fn dimension(&self) -> usize;

    /// Returns `f(w)` and writes its gradient to `gradient`; both vectors have length `p`.
    fn value_and_gradient(&mut self, coefficients: &[f64], gradient: &mut [f64]) -> f64;

    /// A Lipschitz constant `L` of the gradient.
    fn lipschitz(&self) -> f64;
}

/// A datafit with a computable duality gap for the penalty `P`.
pub trait Certified<P>: Datafit {
    /// The certificate of `w`.
    fn certificate(&self, coefficients: &[f64], penalty: &P) -> Certificate;

    /// The objective at `w = 0`, to which tolerances are relative.
    fn null_objective(&self) -> f64;
}

/// `1/(2n) ‖y − Xw‖²`.
#[derive(Clone, Debug)]
pub struct Quadratic<'a> {
    design: &'a Design,
    response: &'a [f64],
    residual: Vec<f64>,
}

impl<'a> Quadratic<'a> {
    /// The datafit of `response`, length `n`, for `design`, `n × p`.
    ///
    /// # Errors
    /// If the lengths differ or there are no rows.
    pub fn new(design: &'a Design, response: &'a [f64]) -> Result<Self, Invalid> {
        check_shape(design, response)?;
        Ok(Self { design, response, residual: vec![0.0; response.len()] })
    }
}

/// Rejects designs without rows and responses of another length.
pub(crate) fn check_shape(design: &Design, response: &[f64]) -> Result<(), Invalid> {
    if design.rows() == 0 {
        return Err(Invalid::new("design", "has no rows"));
    }
    if design.rows() != response.len() {
        let message = format!(
            "expected one value for each row of the design, found {} for {} rows",
            response.len(),
            design.rows()
        );
        return Err(Invalid::new("response", message));
    }
    Ok(())
}

impl Datafit for Quadratic<'_> {
    fn dimension(&self) -> usize {
        self.design.columns()
    }

    fn value_and_gradient(&mut self, coefficients: &[f64], gradient: &mut [f64]) -> f64 {
        let n = self.response.len() as f64;
        self.design.mul(coefficients, &mut self.residual);
        for (r, y) in self.residual.iter_mut().zip(self.response) {
            *r -= y;
        }
        self.design.tmul(&self.residual, gradient);
        gradient.iter_mut().for_each(|g| *g /= n);
        kernels::squared_norm(&self.residual) / (2.0 * n)
    }

    fn lipschitz(&self) -> f64 {
        // The estimate approaches from below; the factor covers its error.
        let sigma = (1.0 + 1e-5) * self.design.spectral_norm();
        sigma * sigma / self.response.len() as f64
    }
}

impl Certified<ElasticNet> for Quadratic<'_> {
    fn certificate(&self, coefficients: &[f64], penalty: &ElasticNet) -> Certificate {
        Certificate::least_squares(self.design, self.response, penalty, coefficients)
    }

    fn null_objective(&self) -> f64 {
        kernels::squared_norm(self.response) / (2.0 * self.response.len() as f64)
    }
}
