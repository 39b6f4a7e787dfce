//! The Lasso and elastic net, solved to a certified duality gap.
//!
//! `min_w 1/(2n)‖y − Xw‖² + λ(μ‖w‖₁ + (1 − μ)/2‖w‖²)`.
//!
//! The method alternates between solving the problem on a working set of features, through its Gram matrix
//! (`working_set`), and rounds that compute the residual's correlations with the other features, certify the
//! gap and add the features that violate optimality most. Working sets follow Massias, Gramfort and Salmon
//! 2018 ("Celer"); Newton steps on the support follow the feature-sign search of Lee, Battle, Raina and
//! Ng 2006. Everything runs on one thread in a fixed order: the same input gives the same bits.
//!
//! ```
//! use remeasure_core::numerics::Design;
//! use remeasure_optim::lasso::{Lasso, LassoProblem, Path, lambda_grid};
//!
//! let design = Design::from_columns(3, 2, vec![1.0, 0.0, 1.0, 0.0, 2.0, 1.0]);
//! let response = [1.0, 4.0, 3.0];
//! let problem = LassoProblem::new(&design, &response)?;
//!
//! // One λ, with a certificate of the solution's accuracy.
//! let solution = Lasso::new(0.1 * problem.lambda_max())?.tolerance(1e-9)?.solve(&problem, None)?;
//! assert!(solution.converged());
//! assert!(solution.certificate.gap <= 1e-9 * problem.null_objective());
//!
//! // A path, with each step warm-started from the one before.
//! let lambdas = lambda_grid(problem.lambda_max(), 1e-3, 20)?;
//! let path = Path::new(&lambdas, 1e-9)?.solve(&problem);
//! assert_eq!(path[0].coefficients, [0.0, 0.0]);
//! # Ok::<(), remeasure_core::Invalid>(())
//! ```

mod factor;
pub(crate) mod gram;
mod kinks;
pub(crate) mod lazy;
mod path;
mod problem;
mod solver;
mod support;
mod working_set;

pub use path::{Path, lambda_grid};
pub use problem::LassoProblem;
pub use solver::{Lasso, LassoSolver};
pub use support::Support;
