//! Learning to relax: choosing the relaxation parameter of an iterative solver over a sequence of linear
//! systems, from iteration counts alone (Khodak, Chow, Balcan and Talwalkar, arXiv 2310.02246).
//!
//! A sequence is SOR on shifted Laplacians, or the steps of a heat equation solved by SSOR-preconditioned
//! conjugate gradients. The count of a step depends only on the step and `ω`, so all policies of a trial are
//! measured on the same table of counts.

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
