//! Penalties that are not convex, and solvers that end in stationary points.
//!
//! [`penalties`] has SCAD, MCP, ℓ½, ℓ0 and CEL0, all sums over coefficients ([`Separable`]). [`Working`] solves least
//! squares and logistic regression by coordinate descent on working sets with Anderson acceleration, along a path of λ if
//! called repeatedly. [`Accelerated`] has the accelerated gradient methods of Ghadimi and Lan and of Yang, Asgharian and
//! Bhatnagar, and the proximal gradient, for SCAD and MCP. Each reports the [`stationarity`] of what it returns. Which
//! stationary point it is depends on the start.
//!
//! ```
//! use remeasure_core::numerics::Design;
//! use remeasure_optim::nonconvex::{Loss, Mcp, Observations, Working};
//!
//! let design = Design::from_columns(4, 2, vec![1.0, 0.0, 1.0, -2.0, 0.0, 2.0, 1.0, -3.0]);
//! let data = Observations::new(Loss::Gaussian, &design, &[0.1, 4.0, 2.2, -6.1], None, 0)?;
//! let mut solver = Working::new(&data)?;
//! for fraction in [0.5, 0.1] {
//!     let fit = solver.solve(&Mcp::new(fraction * solver.lambda_max(), 3.0)?, 1e-10, 1000);
//!     assert!(fit.converged() && fit.stationarity < 1e-8);
//! }
//! # Ok::<(), remeasure_core::Invalid>(())
//! ```

mod anderson;
mod gradient;
mod observations;
pub mod penalties;
mod published;
mod working;

pub use gradient::{Accelerated, Iterates, Method};
pub use observations::{Loss, Observations};
pub use penalties::{Cel0, Folded, Half, L0, Mcp, Scad, Separable, Unpenalised};
pub use published::published_descent;
pub use working::Working;

use crate::Termination;
use crate::penalty::Penalty;

/// A point at which an iteration ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Stationary {
    /// Coefficients, length `p`.
    pub coefficients: Vec<f64>,
    /// `f(w) + g(w)` there.
    pub objective: f64,
    /// Largest distance of `−∇f(w)` from the subdifferential of the penalty, see [`stationarity`].
    pub stationarity: f64,
    /// Iterations of a gradient method, or sweeps of coordinate descent.
    pub iterations: usize,
    /// Why the solver stopped.
    pub termination: Termination,
}

impl Stationary {
    /// Whether the tolerance was reached.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.termination == Termination::Converged
    }
}

/// `max_j dist(−∇f(w)_j, ∂g_j(w_j))`: 0 exactly at stationary points, in units of λ.
///
/// # Errors
/// If `coefficients` does not have length `p`.
pub fn stationarity<P: Penalty>(
    data: &Observations<'_>,
    penalty: &P,
    coefficients: &[f64],
) -> Result<f64, remeasure_core::Invalid> {
    let mut gradient = vec![0.0; data.columns()];
    data.value_and_gradient(coefficients, &mut gradient)?;
    Ok(penalty.subdifferential_distance(coefficients, &gradient))
}
