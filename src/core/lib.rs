//! The ground that both wings of remeasure are built on.
//!
//! [`numerics`] has designs, kernels, factorisations and statistics, [`stream`] the random streams of trials,
//! [`params`] the reading of checked parameters, [`table`] the user's CSV files, [`deadline`] the time limits of
//! fits, and [`family`] the seam: how a family of problems is handed to the harness.

pub mod curve;
pub mod deadline;
pub mod digits;
pub mod family;
pub mod format;
pub mod hint;
pub mod numerics;
pub mod params;
pub mod stream;
pub mod table;

pub use params::Invalid;
