//! Column-major designs, kernels, factorisations, row splits, and statistics of replicates.

pub mod dense;
pub mod design;
pub mod kernels;
pub mod split;
pub mod splitmix;
pub mod spread;
pub mod statistics;

pub use design::Design;
pub use spread::Standard;
