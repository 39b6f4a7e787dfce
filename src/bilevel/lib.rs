//! Bilevel hyperparameter learning.
//!
//! `min_θ f(θ) = g(x*(θ), θ)` with `x*(θ) = argmin_x h(x, θ)`: the lower level `h` is solved by an iteration
//! that is stopped early, so that the value and gradient of `f` (the hypergradient) have an error. The
//! methods differ in how they choose that error. They all access a problem through an [`Oracle`], which
//! charges for every evaluation.
//!
//! Sources: Salehi, Mukherjee, Roberts and Ehrhardt (arXiv 2308.10098, "MAID"); Pedregosa (ICML 2016, "HOAG"); Kwon,
//! Kwon, Wright and Nowak (arXiv 2309.01753, penalty methods).

//!
//! # Example: MAID
//! ```
//! use remeasure_bilevel::methods::ENTRIES;
//! use remeasure_bilevel::{Problem, Task};
//! use remeasure_core::stream::Streams;
//!
//! let streams = Streams { seed: 1, cell: 0, replicate: 0 };
//! let problem = "kind = \"quadratic\"\nrows = 40\nsize = 3\nbudget = 2000.0".parse()?;
//! let instance = Problem::read(problem)?.draw(&streams)?;
//!
//! let maid = ENTRIES.iter().find(|entry| entry.name == "maid").ok_or("not registered")?;
//! let fit = (maid.read)("accuracy = 0.1".parse()?)?.fit(Task { instance: &instance, streams: &streams })?;
//!
//! // Each step certainly decreases f, however inexact the lower level is.
//! let mut truth = instance.model.truth();
//! let loss = fit.steps.iter().map(|step| Ok(truth.exact(&step.theta, false)?.value));
//! let loss = loss.collect::<anyhow::Result<Vec<f64>>>()?;
//! assert!(loss.len() > 2 && loss.is_sorted_by(|before, after| after <= before));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bounds;
pub mod cost;
pub mod data;
pub mod estimator;
mod family;
pub mod inexact;
pub mod methods;
pub mod newton;
pub mod oracle;
pub mod penalised;
pub mod problem;
pub mod problems;
pub mod smooth;
pub(crate) mod vectors;

pub use bounds::Bounds;
pub use cost::{Cost, Currency};
pub use estimator::{Estimator, Fit, Step, Task, Trace};
pub use family::BILEVEL;
pub use inexact::{Inexact, LowerSolver};
pub use oracle::{Evaluation, Halt, Hypergradient, Oracle};
pub use penalised::Penalised;
pub use problem::{Instance, Problem};
pub use smooth::{Constants, Smooth};
