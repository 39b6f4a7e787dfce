//! Learning to relax: the relaxation parameter of an iterative solver, chosen over a sequence of linear systems with
//! nothing but iteration counts to go by (Khodak, Chow, Balcan and Talwalkar, arXiv 2310.02246).
//!
//! A sequence is SOR on shifted Laplacians, or the steps of a heat equation solved by SSOR-preconditioned conjugate
//! gradients. The count of a step is a function of the step and `ω` alone, so all policies of a trial are measured on
//! the same table of counts.

pub mod bandits;
pub mod estimator;
pub mod estimators;
mod family;
pub mod heat;
pub mod laplacian;
pub mod problem;
pub mod regret;
pub mod sor;
pub mod ssor;
pub mod theory;

pub use estimator::{Estimator, Fit, Task};
pub use family::RELAXATION;
pub use problem::{Problem, Sequence, Table};
