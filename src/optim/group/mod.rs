//! The group Lasso, solved to a certified duality gap.
//!
//! `min_w 1/(2n)‖y − Xw‖² + λ Σ_g √|g| ‖w_g‖` over groups `g` that part the features (Yuan and Lin 2006).
//!
//! As for the Lasso, the problem is solved on a working set of groups through its Gram matrix (`working_set`), and rounds
//! compute the correlations of all groups, certify the gap and add the groups that violate optimality most. Groups that
//! a ball around the dual point excludes are not read again at that `λ` ("gap safe": Ndiaye, Fercoq, Gramfort and Salmon
//! 2017).

mod problem;
mod solver;
mod working_set;

pub use problem::{GroupProblem, Groups};
pub use solver::GroupSolver;
