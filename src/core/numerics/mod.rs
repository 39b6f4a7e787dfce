//! Column-major designs, kernels, factorisations, splits of rows, statistics of replicates.

pub mod dense;
pub mod design;
pub mod kernels;
pub mod split;
pub mod splitmix;
pub mod statistics;

pub use design::Design;
