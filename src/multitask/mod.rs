//! Active multi-task representation learning.
//!
//! Source tasks `t = 1, …, T` and one target share a representation `B`, `d × k`: `y = xᵀB w_t + z` with
//! `z ~ N(0, σ²)`. The target has few observations; how should a budget of observations be shared out among the
//! sources? Wang, Chen, Jamieson and Du (ICML 2023) sample in proportion to `ν¹ = argmin ‖ν‖₁ s.t. Wν = w`, their
//! predecessor (Chen, Jamieson and Du, ICML 2022) to the squares of `ν² = argmin ‖ν‖₂`.

mod dense;
pub mod representation;
pub mod statistics;
pub mod theory;

pub use representation::Representation;
pub use statistics::Statistics;
