//! remeasure re-measures what papers claim.
//!
//! Two wings that never meet: [`harness`] knows no statistics method, and the
//! families ([`sparse`], …) know no harness. Both stand on [`numerics`]; the
//! families share the solvers of [`optim`]. The binary crate in `experiments/`
//! is where they are brought together, one file per paper.

pub mod harness;
pub mod numerics;
pub mod optim;
pub mod sparse;

pub use harness::cli::main;
