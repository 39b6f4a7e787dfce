//! Linear systems on the support of a solution, used to differentiate it.

use super::gram::Gram;
use super::working_set::WorkingSet;

/// `H = X_SᵀX_S/n + ridge·I` on the support `S` of a solution, factored.
#[derive(Debug)]
pub struct Support<'s> {
    pub(super) gram: &'s Gram,
    pub(super) set: &'s mut WorkingSet,
    pub(super) ridge: f64,
    pub(super) scale: f64,
}

impl Support<'_> {
    /// Features and their coefficients, in the order of [`Support::solve`].
    #[must_use]
    pub fn terms(&self) -> Vec<(usize, f64)> {
        let features = self.gram.features();
        self.set.order().iter().map(|&p| (features[p], self.set.coefficients[p])).collect()
    }

    /// Overwrites `rhs`, one entry per feature of the support, with `H⁻¹ rhs`; returns the recomputed norm of
    /// the residual.
    pub fn solve(&mut self, rhs: &mut [f64]) -> f64 {
        let residual = self.set.solve_on_support(self.gram, self.ridge, rhs);
        rhs.iter_mut().for_each(|q| *q *= self.scale);
        residual
    }

    /// A lower bound on the least eigenvalue of `H`, `1/tr H⁻¹`; infinite if the support is empty.
    #[must_use]
    pub fn strong_convexity(&mut self) -> f64 {
        1.0 / (self.scale * self.set.inverse_trace())
    }
}
