//! Directed acyclic graphs and their equivalence classes, learned from data.
//!
//! [`dag`] has the graphs, their distances, d-separation and the step from a DAG to its equivalence class (CPDAG);
//! [`generate`] draws graphs and weights. A kind of problem is a variant of [`Problem`]; what it draws, a variant of
//! [`Data`]; its estimators, a variant of [`Method`]. [`sem`] is the first kind: a linear structural equation model
//! whose weights are estimated. [`dropouts`] is the second: expression levels in which values were replaced by zeros.

pub mod dag;
pub mod descent;
pub mod dropouts;
pub mod estimator;
pub mod estimators;
mod family;
pub mod generate;
pub mod matrix;
pub mod problem;
pub mod sem;

pub use dag::{Dag, Pdag};
pub use estimator::Method;
pub use family::GRAPHS;
pub use problem::{Data, Problem};
