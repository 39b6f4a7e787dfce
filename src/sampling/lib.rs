//! Constrained generation: tokens and strings of a language model given that a constraint accepts them, with weights that
//! correct for what each method leaves out (adaptive weighted rejection sampling, Lipkin et al., arXiv 2504.05410).
//!
//! [`urn`] draws tokens without replacement, [`token`] has the estimators of one step, and [`exact`] their expectations by
//! enumeration and closed forms. [`chain`] and [`automaton`] are models and constraints of strings, [`laws`] their exact
//! laws by dynamic programming, and [`smc`] sequential Monte Carlo.

pub mod automaton;
pub mod chain;
pub mod estimator;
pub mod estimators;
pub mod exact;
mod family;
pub mod laws;
pub mod problem;
pub mod smc;
pub mod token;
pub mod urn;

pub use estimator::{Estimator, Figures};
pub use family::SAMPLING;
pub use problem::{Data, Problem};
