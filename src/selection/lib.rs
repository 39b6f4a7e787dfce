//! Conformal selection: rows whose unseen label is of interest are selected by p-values or e-values of a model's scores,
//! so that the false discovery rate is bounded, also if the model is chosen among several on the same data (Bai and Jin,
//! arXiv 2411.17983).
//!
//! [`bh`] has the procedures of Benjamini and Hochberg and of Wang and Ramdas; [`msel`] chooses a model for each test
//! point and makes e-values; [`competitors`] are rules that choose one model. [`models`] fits the candidates of the
//! published settings, and [`full`] does without a split into training and calibration.

pub mod bh;
pub mod competitors;
pub mod estimator;
pub mod estimators;
mod family;
pub mod full;
pub mod models;
pub mod msel;
pub mod problem;
pub mod scores;

pub use estimator::{Estimator, Selection};
pub use family::SELECTION;
pub use problem::{Data, Problem};
