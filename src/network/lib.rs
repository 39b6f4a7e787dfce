//! Models at the nodes of a graph, coupled by network Lasso.
//!
//! Node `i` has data of its own and a model `a_i` with loss `f_i`. Network Lasso (Hallac, Leskovec and Boyd 2015)
//! minimises `Σ_i f_i(a_i) + λ Σ_(ij) w_ij ‖a_i − a_j‖₂`, a sum over the edges of norms that are not squared, so that
//! neighbours get exactly the same model where their data allow it. Nodes are ridge regressions, logistic regressions or
//! one-class support vector machines, the last as in Zhu et al. (arXiv 2402.18167) for traffic incidents. The
//! alternating direction method of multipliers solves it, and a bound from the dual problem certifies the result.

pub mod admm;
pub mod choice;
pub mod estimator;
pub mod estimators;
mod family;
pub mod graph;
pub mod node;
pub mod problem;
pub mod rows;
pub mod scores;

pub use admm::{Admm, Gap, Report, Settings, Variant};
pub use estimator::{Estimator, Fit, Models, Task};
pub use family::NETWORK;
pub use graph::{Edge, Graph};
pub use node::{Model, Node};
pub use problem::{Instance, Problem, Sample};
pub use rows::Rows;
