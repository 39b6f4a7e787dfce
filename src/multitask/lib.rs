//! Active multi-task representation learning.
//!
//! Source tasks `t = 1, …, T` and one target share a representation `B`, `d × k`: `y = xᵀB w_t + z` with
//! `z ~ N(0, σ²)`. The heads `w_1, …, w_T` are the columns of `W`, `k × T`, and the target's head is `w`. The
//! target has few observations; how should a budget of observations be divided among the sources? Wang, Chen,
//! Jamieson and Du (ICML 2023) sample in proportion to `ν¹ = argmin ‖ν‖₁ s.t. Wν = w`, their predecessor
//! (Chen, Jamieson and Du, ICML 2022) to the squares of `ν² = argmin ‖ν‖₂`.

pub mod allocation;
pub mod digits;
pub mod estimator;
pub mod estimators;
mod family;
pub mod generators;
pub mod problem;
pub mod relevance;
pub mod representation;
pub mod statistics;
pub mod theory;

pub use estimator::{Collection, Estimator, Fit, Task};
pub use family::MULTITASK;
pub use problem::{Budget, Instance, Problem, Sources, Truth};
pub use representation::Representation;
pub use statistics::Statistics;
