//! Meta-analysis, and how well the numbers that it needs are extracted from reports of trials (Yun, Pogrebitskiy,
//! Marshall and Wallace, arXiv 2405.01686).
//!
//! [`extraction`] grades recorded answers of language models against those of annotators. [`pooling`] combines
//! [`studies`] into one estimate. Pseudo meta-analyses join both: they pool what a model extracted and compare with
//! what the annotators extracted.

pub mod estimator;
pub mod estimators;
pub mod extraction;
mod family;
pub mod pooling;
pub mod problem;
pub mod studies;

pub use estimator::{Estimator, Fit, Shift};
pub use family::META;
pub use problem::{Data, Problem};
