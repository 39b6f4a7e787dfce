//! Dictionary learning: atoms `w_h` (D numbers each) of which a few at a time explain a datum `y`.
//!
//! [`em`] learns the six generative models of the library ProSper (Exarchakis et al., arXiv 1908.06843) by expectation
//! maximisation over a truncated set of states, with annealing: the causes that are active are binary, ternary, discrete or
//! normal, and the atoms add or the largest one wins. [`estimators`] has its peers: components that are independent,
//! factors that are not negative, sums with an ℓ1 penalty. [`codes`] codes data with the proximal gradient of ℓ1, ℓ½, ℓ0 and
//! CEL0 and learns atoms with such codes. [`matching`] compares a dictionary with a true one, [`gabor`] with receptive fields.
//!
//! Data and dictionaries are designs with `D` rows: a datum or an atom is one contiguous column.

pub mod codes;
pub mod em;
pub mod estimator;
pub mod estimators;
mod family;
pub mod gabor;
pub mod matching;
pub mod problem;

pub use estimator::{Estimator, Fit, Task};
pub use family::CODING;
pub use problem::{Data, Problem, Truth};
