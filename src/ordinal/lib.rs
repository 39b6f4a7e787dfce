//! Classes, ordered with a rare last one or not ordered at all.
//!
//! Convention throughout: classes `0..K`, where they are ordered the last one rare, and
//! `logit P(y ≤ k | x) = α_k + xᵀβ_k` for the `K − 1` boundaries `k`. The slopes
//! differ from boundary to boundary by `ψ_0 = β_0`, `ψ_k = β_k − β_{k−1}`.
//!
//! # Example: PRESTO
//! ```
//! use remeasure_core::numerics::Design;
//! use remeasure_core::stream::Streams;
//! use remeasure_ordinal::estimators::ENTRIES;
//! use remeasure_ordinal::{Sample, Task};
//!
//! // Sixty rows with one feature; larger values tend to have higher classes. The last class is rare.
//! let feature: Vec<f64> = (0..60).map(|i| f64::from(i) / 30.0 - 1.0).collect();
//! let score = |i: usize| i + 37 * i % 60;
//! let labels = (0..60).map(|i| usize::from(score(i) > 60) + usize::from(score(i) > 100)).collect();
//! let sample = Sample { design: Design::from_columns(60, 1, feature), labels, classes: 3 };
//!
//! let presto = ENTRIES.iter().find(|entry| entry.name == "presto").ok_or("not registered")?;
//! let presto = (presto.read)("lambda = { fraction = 0.1 }".parse()?)?;
//! let streams = Streams { seed: 1, cell: 0, replicate: 0 };
//! let fit = presto.fit(&Task::new(&sample, &streams))?;
//!
//! // The KKT conditions hold, and every row has a probability of the rare class.
//! assert!(fit.shortfall.is_none() && fit.certificate.residual() <= 1e-8);
//! let rare = fit.model.probabilities(&sample.design).ok_or("no model")?.rare();
//! assert!(rare.iter().all(|p| (0.0..0.5).contains(p)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod applications;
pub mod cumulative;
mod drawn;
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
pub mod partition;
pub mod path;
pub mod plans;
pub mod problem;
pub mod sample;
pub mod screen;
mod training;
pub mod validation;

pub use estimator::{Certificate, Estimator, Fit, Task, Traced};
pub use family::ORDINAL;
pub use lambda::LambdaRule;
pub use model::{Binary, Crossing, Cumulative, Model, Multinomial};
pub use problem::{DrawError, Instance, Problem, Redraws};
pub use sample::{Probabilities, Sample};
