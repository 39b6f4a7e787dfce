//! Representations learnt from many tasks, and how to share samples among them.
//!
//! Task `t` has `y = xᵀB w_t + z` with one `B ∈ R^{d×k}` for all tasks; the heads `w_1, …, w_T` are
//! the columns of `W ∈ R^{k×T}`, and the target task's head is `w`.

pub mod allocation;
pub mod relevance;
