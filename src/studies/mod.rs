//! What the harness measures of each family: the one place in the library
//! where both wings meet, so that a crate of one's own can use it too.

mod ordinal;
mod sparse;

pub use ordinal::Ordinal;
pub use sparse::Sparse;
