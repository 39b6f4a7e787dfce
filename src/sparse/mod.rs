//! Sparse recovery: `y = A x + w` with a sparse `x`.
//!
//! Convention throughout: the Lasso objective is
//! `P(x) = 1/(2n)‖y − A x‖² + λ‖x‖₁`, no intercept, and a design with raw
//! columns has `E‖a_j‖² = n`.

pub mod data;
pub mod estimator;
pub mod estimators;
mod lambda;
pub mod metrics;
pub mod problem;
#[cfg(test)]
mod testing;
pub mod theory;
pub mod unfolded;

pub use estimator::{Certificate, Estimator, Fit, Task};
pub use lambda::LambdaRule;
pub use problem::{Instance, Problem, Truth};
