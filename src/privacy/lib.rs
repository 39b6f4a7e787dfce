//! Sparse linear regression under local differential privacy.
//!
//! Each of `n` users has one row `(x, y)` with `y = xᵀθ* + noise` and a `θ*` with `k` non-zero coefficients among `d`. A
//! server sees only messages, and whatever a user's row is, the probability of a message changes by at most a factor `e^ε`
//! (and up to an event of probability `δ`, for Gaussian noise). The methods are those of Zhu et al. (arXiv 2310.07367):
//! iterative hard thresholding, in which every user answers once, in one of several rounds, and a closed form, in which all
//! answer at once.

pub mod estimator;
pub mod estimators;
mod family;
pub mod gaussian;
pub mod problem;
pub mod randomizer;

pub use estimator::{Estimator, Fit, Task};
pub use family::PRIVACY;
pub use problem::{Problem, Users};
pub use randomizer::Ball;
