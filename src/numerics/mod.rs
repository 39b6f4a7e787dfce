//! The ground both wings stand on: random streams, column-major design
//! matrices, checked parameters, deadlines, statistics of replicates.

pub mod deadline;
pub mod design;
pub mod kernels;
pub mod params;
pub mod statistics;
pub mod stream;

pub use design::Design;
pub use params::Invalid;
