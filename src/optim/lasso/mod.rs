//! The Lasso and elastic net, solved to a certified duality gap.
//!
//! `min_w 1/(2n)‖y − Xw‖² + λ(μ‖w‖₁ + (1 − μ)/2‖w‖²)`.
//!
//! The method: a working set of features on which the problem is solved
//! through its Gram matrix (`working_set`), and rounds that compute the
//! residual's correlations with the other features, certify the gap and add
//! the features that violate optimality most. Working sets as in Massias,
//! Gramfort and Salmon 2018 ("Celer"); Newton steps on the support as in the
//! feature-sign search of Lee, Battle, Raina and Ng 2006.

mod factor;
mod gram;
mod lazy;
mod path;
mod problem;
mod solver;
mod working_set;

pub use path::{Path, lambda_grid};
pub use problem::LassoProblem;
pub use solver::{Lasso, LassoSolver};
