//! Sparse recovery: `y = A x + w` with a sparse `x`.
//!
//! Conventions: the Lasso objective is `P(x) = 1/(2n)‖y − A x‖² + λ‖x‖₁`, without an intercept, and a design
//! with raw columns has `E‖a_j‖² = n`. If a problem sets a `penalty`, it is the λ of `½‖y − A x‖² + λ‖x‖₁`
//! (or `λ‖x‖₀`), as in the literature on unfolding: `n` times the λ of `P`.

pub mod data;
pub mod estimator;
pub mod estimators;
mod family;
mod lambda;
pub mod metrics;
pub mod problem;
#[cfg(test)]
mod testing;
pub mod theory;
mod thresholding;
pub mod unfolded;
mod yardstick;

pub use estimator::{Certificate, Estimator, Fit, Learning, Recovery, Step, Task};
pub use family::SPARSE;
pub use lambda::LambdaRule;
pub use problem::{Draw, Ensemble, Instance, Problem, Truth};
