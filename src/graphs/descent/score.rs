//! How weights fit the data.

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::level;

use super::kernels;
use crate::matrix::{Matrix, add_product};

/// The fit to the data, of the residual variances `q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// CoLiDE-EV: `min over σ of Σq/(2σ) + dσ/2`, at `σ = √(Σq/d)`.
    Equal,
    /// CoLiDE-NV: `min over σ_j of ½Σ(q_j/σ_j + σ_j)`, at `σ_j = √q_j`.
    Unequal,
    /// DAGMA: `½Σq`.
    LeastSquares,
}

impl Score {
    /// The scales of the noise that minimise the score; 1 for least squares. One for each of the first `d` residual
    /// variances.
    pub fn scales(self, residuals: &[f64], scales: &mut [f64]) {
        match self {
            Self::Equal => {
                let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
                scales.fill(mean.sqrt());
            }
            Self::Unequal => scales.iter_mut().zip(residuals).for_each(|(s, q)| *s = q.sqrt()),
            Self::LeastSquares => scales.fill(1.0),
        }
    }

    /// Scales at the start: the smallest standard deviation of the columns, or those of all columns.
    pub(super) fn first_scales(self, covariance: &Matrix) -> Vec<f64> {
        let sds: Vec<f64> = (0..covariance.side()).map(|j| covariance.at(j, j).sqrt()).collect();
        let smallest = sds.iter().fold(f64::INFINITY, |m, s| m.min(*s));
        match self {
            Self::Equal => vec![smallest; sds.len()],
            Self::Unequal => sds,
            Self::LeastSquares => vec![1.0; sds.len()],
        }
    }

    /// The score at these scales.
    #[must_use]
    pub fn value(self, residuals: &[f64], scales: &[f64]) -> f64 {
        match self {
            Self::Equal | Self::Unequal => {
                0.5 * residuals.iter().zip(scales).map(|(q, s)| q / s + s).sum::<f64>()
            }
            Self::LeastSquares => 0.5 * residuals[..scales.len()].iter().sum::<f64>(),
        }
    }
}

/// `R = C(I − W)` and `q = diag((I − W)'R)`.
#[derive(Clone, Debug)]
pub(super) struct Residuals {
    covariance: Matrix,
    negative: Matrix,
    products: Matrix,
    variances: Vec<f64>,
}

impl Residuals {
    pub(super) fn new(covariance: &Matrix) -> Self {
        let mut negative = covariance.clone();
        negative.values_mut().iter_mut().for_each(|v| *v = -*v);
        Self {
            products: covariance.clone(),
            variances: vec![0.0; covariance.stride()],
            covariance: covariance.clone(),
            negative,
        }
    }

    /// `R`.
    pub(super) fn products(&self) -> &Matrix {
        &self.products
    }

    /// `q`, padded with zeros.
    pub(super) fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Computes both for these weights.
    pub(super) fn update(&mut self, weights: &Matrix) {
        self.products.values_mut().copy_from_slice(self.covariance.values());
        add_product(&self.negative, weights, &mut self.products);
        for (j, q) in self.variances.iter_mut().enumerate().take(weights.side()) {
            *q = self.products.at(j, j);
        }
        let (weights, products, variances) =
            (weights.values(), self.products.values(), &mut self.variances[..]);
        multiversion!(
            level(),
            [] (weights: &[f64], products: &[f64], variances: &mut [f64]) -> (),
            kernels::subtract_products(weights, products, variances)
        );
    }
}
