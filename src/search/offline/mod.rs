//! Designs found on a model of given designs alone, with models whose mean prediction is made flat in their weights
//! (IGNITE: Dao, Nguyen, Truong and Hoang, NeurIPS 2024, arXiv 2503.04242).

mod ascent;
mod designs;
mod surrogate;

pub use ascent::{Combine, ascend, evolve};
pub use designs::{Designs, DesignsLaw};
pub use surrogate::{Dual, Flat, Flattening, Sharpness, Surrogate, Training, sharpness};
