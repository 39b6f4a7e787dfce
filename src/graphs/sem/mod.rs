//! Linear structural equation models `x = Wᵀx + z`: problem, sample and fit.

mod linear;
mod noise;
mod sample;

pub use linear::LinearSem;
pub use noise::Law;
pub use sample::{Sample, Truth, WeightFit, covariance};
