//! Gene regulatory networks from expression levels with dropouts (Dai, Ng, Luo, Spirtes, Stojanov and Zhang, ICLR 2024,
//! arXiv 2403.15500): PC and GES on data in which values are replaced by zeros, with and without deletion of zeros.

pub mod estimators;
pub mod fisher;
pub mod ges;
pub mod mechanism;
mod orient;
mod own;
pub mod pc;
pub mod problem;
mod sets;

pub use estimators::{ClassEstimator, ClassFit, FisherTest};
pub use fisher::{Deletion, FisherZ, Sample, Tested};
pub use mechanism::{Dropout, Values};
pub use problem::{Expression, Views};
