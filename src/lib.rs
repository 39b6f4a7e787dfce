//! remeasure re-measures what papers claim.
//!
//! Two wings: [`harness`] knows no statistics method, and the families
//! ([`sparse`], [`ordinal`], [`multitask`], [`bilevel`], [`relaxation`]) know no harness. Both stand on [`numerics`];
//! the families share the solvers of [`optim`], and [`studies`] is where the wings meet. The
//! binary crate in `experiments/` registers the experiments, one file per paper.

pub mod bilevel;
pub mod harness;
pub mod multitask;
pub mod numerics;
pub mod optim;
pub mod ordinal;
pub mod relaxation;
pub mod sparse;
pub mod studies;

pub use harness::cli::main;
