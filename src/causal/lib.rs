//! Causal effects from confounded data.
//!
//! In the first kind of problem, the outcome is `y = fᵀx + e` with an unobserved confounder in `x` and `e`, so that least squares is biased. Akbar
//! et al. (arXiv 2510.25128) add noise to `x` in directions `Γ` that `f` ignores (outcome-invariant data
//! augmentation) and use that noise like an instrument. The estimators share the moments of a sample, so that each
//! weight of the regularisation costs one solve with a small matrix. The second kind, [`onemap`], is about effects on
//! outcomes that are only predicted. The other kinds, [`instrument`], are about average effects of a treatment with
//! instruments that change the outcome directly.

pub mod augmentation;
pub mod confounding;
pub mod estimator;
pub mod estimators;
mod family;
pub mod instrument;
pub mod lasso;
pub mod models;
pub mod moments;
pub mod numpy;
pub mod onemap;
pub mod problem;
pub mod stage;
pub mod theory;

pub use augmentation::{Augmentation, Instance};
pub use estimator::{Estimator, Fit, Method, Task};
pub use family::CAUSAL;
pub use models::Model;
pub use moments::Moments;
pub use problem::{Data, Problem};
pub use stage::Stage;
pub use theory::ncer;
