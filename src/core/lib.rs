//! The foundation shared by the harness and the families.
//!
//! [`numerics`] has designs, kernels, factorisations and statistics; [`stream`] the random streams of trials;
//! [`params`] reads and checks parameters; [`table`] reads the user's CSV files; [`deadline`] handles the
//! time limits of fits; and [`family`] is the interface between the harness and a family of problems.

pub mod curve;
pub mod deadline;
pub mod digest;
pub mod digits;
pub mod family;
pub mod format;
pub mod hint;
mod messages;
pub mod numerics;
pub mod params;
pub mod stream;
pub mod table;

pub use params::Invalid;
