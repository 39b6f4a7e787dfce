//! Kernels for batches of signals.
//!
//! A product is a sum of scaled columns: every value of the result has one accumulator, to which the terms
//! are added in the order of the columns, each by a fused multiply–add. The result therefore has the same
//! bits on every instruction set, however the rows are split into panels, and whether columns with a zero
//! coefficient are visited or skipped. Sums use sixteen lanes that are added as a balanced tree.

mod memory;
mod passes;
mod product;
#[cfg(test)]
mod tests;

pub(crate) use memory::{Block, Lists, Operand};
pub(crate) use passes::{AdamStep, Shrink, adam, ascend, ascend_and_shrink, compress, cover, norms, shrink};
pub(crate) use product::{Start, combine};

pub(crate) use remeasure_core::numerics::kernels::compress::Compress;

/// Number of values that rows are padded to a multiple of, and number of lanes of a sum.
pub(crate) const LANES: usize = 16;
