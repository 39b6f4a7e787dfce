//! Linear structural equation models `x = Wᵀx + z`: problem, sample and fit.

mod file;
mod linear;
mod noise;
mod post;
mod sample;

pub use file::FileSem;
pub use linear::LinearSem;
pub use noise::Law;
pub use post::prune;
pub use sample::{Sample, Truth, WeightFit, covariance};
