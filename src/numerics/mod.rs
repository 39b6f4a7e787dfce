//! The ground both wings stand on: random streams, column-major design
//! matrices, tables read from files, splits of rows, checked parameters,
//! deadlines, statistics of replicates.

pub mod deadline;
pub(crate) mod dense;
pub mod design;
pub mod kernels;
pub mod params;
pub mod split;
pub mod splitmix;
pub mod statistics;
pub mod stream;
pub mod table;

pub use design::Design;
pub use params::Invalid;
