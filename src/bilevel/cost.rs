//! What a method has been charged.

/// Evaluations so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Gradients in the lower level's variable, of `h` or of `g`; by penalty methods also those of `h` in `θ`.
    pub gradients: u64,
    /// Products of the lower level's Hessian with a vector.
    pub hessian_products: u64,
    /// Products of a design matrix or its transpose with a vector, as multiplications by the size of the matrix;
    /// 0 where the problem has no design.
    pub products: f64,
    /// Lower-level problems solved.
    pub solves: u64,
}

/// The unit in which budgets are counted and costs compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// Gradients and Hessian products, one each.
    Evaluations,
    /// Products with the design.
    Products,
}

impl Cost {
    /// The total in a unit.
    #[must_use]
    pub fn total(&self, currency: Currency) -> f64 {
        match currency {
            Currency::Evaluations => (self.gradients + self.hessian_products) as f64,
            Currency::Products => self.products,
        }
    }
}
