//! SCAD and MCP in high dimensions: how fast gradient methods get close to a stationary point, what a path with a strong
//! rule selects, and screening by mutual information (Yang, Asgharian and Bhatnagar, arXiv 2009.10629; fastHDMI, arXiv
//! 2410.10082).
//!
//! The solvers are those of [`remeasure_optim::nonconvex`]. [`path`] has the paths with and without strong rules, [`race`]
//! the runs to a common target, and [`screening`] the scores of features.

pub mod estimator;
pub mod estimators;
mod family;
pub mod path;
pub mod problem;
pub mod race;
pub mod screening;

pub use estimator::{Estimator, Outcome};
pub use family::NONCONVEX;
pub use problem::{Data, Problem};
