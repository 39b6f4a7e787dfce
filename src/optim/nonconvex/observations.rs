//! The data of a fit: design, response, sample weights.

use std::borrow::Cow;

use remeasure_core::Invalid;
use remeasure_core::numerics::Design;
use remeasure_core::numerics::kernels::{self, elementary};

use crate::datafit::check_shape;

/// How the fit to the response is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// `Σ ω_i (y_i − x_iᵀw)² / (2n)`.
    Gaussian,
    /// `Σ ω_i (log(1 + exp x_iᵀw) − y_i x_iᵀw) / n`, with responses 0 and 1.
    Logistic,
    /// Half of that: divided by `2n`, as [`Loss::Gaussian`] is.
    HalfLogistic,
}

impl Loss {
    /// Whether responses are 0 or 1.
    fn is_binary(self) -> bool {
        self != Self::Gaussian
    }
}

/// A design, `n × p`, and a response, length `n`, with a loss; the weights `ω_i` of the rows have mean 1. The first `free`
/// coefficients are not penalised.
#[derive(Clone, Debug)]
pub struct Observations<'a> {
    loss: Loss,
    /// Rows times `√ω_i`.
    design: Cow<'a, Design>,
    /// Times `√ω_i` if the loss is Gaussian.
    response: Cow<'a, [f64]>,
    /// `√ω_i`; empty without weights.
    roots: Vec<f64>,
    free: usize,
}

impl<'a> Observations<'a> {
    /// Observations with equal weights, or with weights of at least 0, which are divided by their mean.
    ///
    /// # Errors
    /// Shapes do not match, a number is not finite, a binary response is neither 0 nor 1, or all weights are 0.
    pub fn new(
        loss: Loss,
        design: &'a Design,
        response: &'a [f64],
        weights: Option<&[f64]>,
        free: usize,
    ) -> Result<Self, Invalid> {
        check_shape(design, response)?;
        if free > design.columns() {
            let message = format!("expected at most {} columns, found {free}", design.columns());
            return Err(Invalid::new("free", message));
        }
        if let Some(y) = response.iter().find(|y| !y.is_finite()) {
            return Err(Invalid::new("response", format!("expected finite numbers, found {y}")));
        }
        if loss.is_binary()
            && let Some(y) = response.iter().find(|y| **y != 0.0 && **y != 1.0)
        {
            return Err(Invalid::new(
                "response",
                format!("expected 0 or 1 for the logistic loss, found {y}"),
            ));
        }
        let (design, response) = (Cow::Borrowed(design), Cow::Borrowed(response));
        let mut data = Self { loss, design, response, roots: Vec::new(), free };
        if let Some(weights) = weights {
            data.weigh(weights)?;
        }
        Ok(data)
    }

    fn weigh(&mut self, weights: &[f64]) -> Result<(), Invalid> {
        let n = self.rows();
        if weights.len() != n {
            let message = format!("expected one for each of {n} rows, found {}", weights.len());
            return Err(Invalid::new("weights", message));
        }
        if let Some(w) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return Err(Invalid::new("weights", format!("expected finite numbers of at least 0, found {w}")));
        }
        let total: f64 = weights.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            return Err(Invalid::new("weights", format!("expected a finite sum above 0, found {total}")));
        }
        self.roots = weights.iter().map(|w| (w * n as f64 / total).sqrt()).collect();
        let design = self.design.to_mut();
        for j in 0..design.columns() {
            design.column_mut(j).iter_mut().zip(&self.roots).for_each(|(x, root)| *x *= root);
        }
        if self.loss == Loss::Gaussian {
            self.response.to_mut().iter_mut().zip(&self.roots).for_each(|(y, root)| *y *= root);
        }
        Ok(())
    }

    /// Number of rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.response.len()
    }

    /// Number of coefficients `p`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.design.columns()
    }

    /// Number of leading coefficients without penalty.
    #[must_use]
    pub fn free(&self) -> usize {
        self.free
    }

    /// The rows of the design, times `√ω_i`.
    pub(crate) fn design(&self) -> &Design {
        &self.design
    }

    /// The response, times `√ω_i` if the loss is Gaussian.
    pub(crate) fn response(&self) -> &[f64] {
        &self.response
    }

    /// The largest second derivative of a row's loss.
    pub(crate) fn curvature(&self) -> f64 {
        match self.loss {
            Loss::Gaussian => 1.0,
            Loss::Logistic => 0.25,
            Loss::HalfLogistic => 0.125,
        }
    }

    /// Whether the loss is a quadratic form.
    pub(crate) fn is_quadratic(&self) -> bool {
        self.loss == Loss::Gaussian
    }

    /// A Lipschitz constant of the loss's gradient: that of the Gaussian loss is the largest eigenvalue of `XXᵀ/n`, to
    /// about 1e-6.
    #[must_use]
    pub fn lipschitz(&self) -> f64 {
        self.curvature() * self.design.spectral_norm().powi(2) / self.rows() as f64
    }

    /// Turns `image`, the (weighted) `Xw`, into the vector `r` with `∇f(w) = −Xᵀr/n`; returns `f(w)`.
    pub(crate) fn residual(&self, image: &mut [f64]) -> f64 {
        let n = self.rows() as f64;
        match self.loss {
            Loss::Gaussian => {
                image.iter_mut().zip(self.response()).for_each(|(r, y)| *r = y - *r);
                kernels::squared_norm(image) / (2.0 * n)
            }
            Loss::Logistic | Loss::HalfLogistic => {
                let share = 4.0 * self.curvature();
                let mut total = 0.0;
                for (i, (r, y)) in image.iter_mut().zip(self.response()).enumerate() {
                    let root = self.roots.get(i).copied().unwrap_or(1.0);
                    // A row of weight 0 says nothing.
                    let at = if root > 0.0 { *r / root } else { 0.0 };
                    let tail = elementary::exp(-at.abs());
                    let smaller = tail / (1.0 + tail);
                    let probability = if at > 0.0 { 1.0 - smaller } else { smaller };
                    total += root * root * (at.max(0.0) - y * at + tail.ln_1p());
                    *r = share * root * (y - probability);
                }
                share * total / n
            }
        }
    }

    /// Returns `f(w)` and writes its gradient, length `p`.
    ///
    /// # Errors
    /// If `coefficients` does not have length `p`.
    pub fn value_and_gradient(&self, coefficients: &[f64], gradient: &mut [f64]) -> Result<f64, Invalid> {
        if coefficients.len() != self.columns() {
            let message = format!("expected {} numbers, found {}", self.columns(), coefficients.len());
            return Err(Invalid::new("coefficients", message));
        }
        let mut image = vec![0.0; self.rows()];
        self.design.mul(coefficients, &mut image);
        let value = self.residual(&mut image);
        self.design.tmul(&image, gradient);
        gradient.iter_mut().for_each(|g| *g /= -(self.rows() as f64));
        Ok(value)
    }
}
