//! Black-box optimisation: methods that search a box with few values of a function, their models of it, and designs that
//! are found on a model of given designs alone.
//!
//! [`functions`] has test functions with known minima, [`tuning`] the penalties of the Lasso and elastic net as black boxes;
//! the user's own function is a program. [`black_box`] counts and keeps what a search asks. [`models`] has random forests,
//! Parzen windows and covariance matrix adaptation; Gaussian processes are those of [`remeasure_optim::gp`]. [`offline`] finds
//! designs on a network of given designs.

pub mod black_box;
mod checks;
pub mod estimator;
pub mod estimators;
mod family;
pub mod functions;
pub mod models;
pub mod offline;
pub mod problem;
pub mod tuning;

pub use black_box::BlackBox;
pub use estimator::Method;
pub use family::SEARCH;
pub use functions::Function;
pub use problem::{Data, Problem};
