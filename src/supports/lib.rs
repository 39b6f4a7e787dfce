//! Sparse regression on badly conditioned designs, when the support is random.
//!
//! `y = v + noise` with `v = X_T w` for an unknown set `T` of `k` of the `d` columns of `X`. Chandrasekaran, Meka and
//! Stavropoulos (arXiv 2511.06211) prove that for a random `T` the prediction error can be made small with a number of rows
//! that does not depend on the condition number of `X`. The text of their algorithm was not at hand: the
//! [`Preconditioner`] here is ours, with a proof of a statement of the same form.

mod basis;
pub mod estimator;
pub mod estimators;
mod family;
mod lasso;
pub mod preconditioner;
pub mod problem;
mod tuning;

pub use basis::Basis;
pub use estimator::{Estimator, Fit, Guarantee, Task};
pub use family::SUPPORTS;
pub use preconditioner::Preconditioner;
pub use problem::{Instance, Problem};
