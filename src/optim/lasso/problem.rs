//! Data and precomputed quantities shared by all Lasso problems on the same data.

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};

use crate::datafit::check_shape;
use crate::penalty::ElasticNet;

/// A design and a response, with the quantities that do not depend on `λ`.
#[derive(Clone, Debug)]
pub struct LassoProblem<'a> {
    design: &'a Design,
    response: &'a [f64],
    response_norm: f64,
    squared_norms: Vec<f64>,
    correlations: Vec<f64>,
}

impl<'a> LassoProblem<'a> {
    /// The problem of `response`, length `n`, on `design`, `n × p`. Makes one pass over the design.
    ///
    /// # Errors
    /// If the lengths differ, there are no rows, or a value is not finite.
    pub fn new(design: &'a Design, response: &'a [f64]) -> Result<Self, Invalid> {
        check_shape(design, response)?;
        let response_norm = kernels::squared_norm(response);
        if !response_norm.is_finite() {
            return Err(Invalid::new("response", "holds a value that is not finite or is too large"));
        }
        let mut squared_norms = Vec::with_capacity(design.columns());
        let mut correlations = Vec::with_capacity(design.columns());
        for j in 0..design.columns() {
            let column = design.column(j);
            let [[norm, correlation]] = kernels::dots([column], [column, response]);
            if !norm.is_finite() {
                let message = format!("column {j} holds a value that is not finite or is too large");
                return Err(Invalid::new("design", message));
            }
            squared_norms.push(norm);
            correlations.push(correlation);
        }
        Ok(Self { design, response, response_norm, squared_norms, correlations })
    }

    /// The design, `n × p`.
    #[must_use]
    pub fn design(&self) -> &'a Design {
        self.design
    }

    /// The response, length `n`.
    #[must_use]
    pub fn response(&self) -> &'a [f64] {
        self.response
    }

    /// `‖y‖²`.
    #[must_use]
    pub fn response_squared_norm(&self) -> f64 {
        self.response_norm
    }

    /// `‖x_j‖²`, length `p`.
    #[must_use]
    pub fn squared_norms(&self) -> &[f64] {
        &self.squared_norms
    }

    /// `Xᵀy`, length `p`.
    #[must_use]
    pub fn correlations(&self) -> &[f64] {
        &self.correlations
    }

    /// `P(0) = ‖y‖²/(2n)`, to which tolerances are relative.
    #[must_use]
    pub fn null_objective(&self) -> f64 {
        self.response_norm / (2.0 * self.design.rows() as f64)
    }

    /// `λ_max = ‖Xᵀy‖∞/n`: from this value on, the Lasso's solution is 0.
    #[must_use]
    pub fn lambda_max(&self) -> f64 {
        self.lambda_max_mixed(1.0)
    }

    /// The elastic net's `λ_max = ‖Xᵀy‖∞/(nμ)` at mixing `μ`.
    #[must_use]
    pub fn lambda_max_mixed(&self, mixing: f64) -> f64 {
        ElasticNet::lambda_max(&self.correlations, mixing) / self.design.rows() as f64
    }
}
