//! Ordered classes with a rare last one.
//!
//! Convention throughout: classes `0..K`, the last one rare, and
//! `logit P(y ≤ k | x) = α_k + xᵀβ_k` for the `K − 1` boundaries `k`. The slopes
//! differ from boundary to boundary by `ψ_0 = β_0`, `ψ_k = β_k − β_{k−1}`.

pub mod applications;
pub mod cumulative;
pub mod estimator;
pub mod estimators;
mod family;
pub mod generators;
mod lambda;
pub mod likelihood;
pub mod metrics;
pub mod model;
mod multinomial;
mod newton;
pub mod path;
pub mod problem;
pub mod sample;
mod training;
pub mod validation;

pub use estimator::{Certificate, Estimator, Fit, Task};
pub use family::ORDINAL;
pub use lambda::LambdaRule;
pub use model::{Binary, Crossing, Cumulative, Model, Multinomial};
pub use problem::{DrawError, Instance, Problem, Redraws};
pub use sample::{Probabilities, Sample};
