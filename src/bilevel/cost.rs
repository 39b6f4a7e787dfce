//! The cost of a method.

/// Number of evaluations so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Gradients of `h` or `g` with respect to the lower level's variable; for penalty methods also those of `h` in
    /// `θ`.
    pub gradients: u64,
    /// Products of the lower level's Hessian with a vector.
    pub hessian_products: u64,
    /// Products of a design matrix or its transpose with a vector, in multiplications divided by the size of
    /// the matrix; 0 if the problem has no design.
    pub products: f64,
    /// Lower-level problems solved.
    pub solves: u64,
}

/// The unit of budgets and costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// Gradients and Hessian products, counted alike.
    Evaluations,
    /// Products with the design.
    Products,
}

impl Cost {
    /// The total in the given unit.
    #[must_use]
    pub fn total(&self, currency: Currency) -> f64 {
        match currency {
            Currency::Evaluations => (self.gradients + self.hessian_products) as f64,
            Currency::Products => self.products,
        }
    }
}
