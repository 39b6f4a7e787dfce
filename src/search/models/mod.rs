//! What the methods know of a function: densities of good and bad points, trees, and a distribution of steps.

pub mod cma;
pub mod forest;
pub mod parzen;
