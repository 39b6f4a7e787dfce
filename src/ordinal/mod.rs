//! Rare events among ordered outcomes.
//!
//! Convention throughout: `logit P(y ≤ k | x) = α_k + xᵀβ_k` for the boundaries
//! `k = 1, …, K − 1`; labels count from 0, and the last class is the rare one.

pub mod applications;
pub mod generators;
pub mod metrics;
pub mod problem;
pub mod sample;

pub use problem::{DrawError, Instance, Problem, Redraws};
pub use sample::{Probabilities, Sample};
