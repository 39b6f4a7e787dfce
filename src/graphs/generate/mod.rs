//! Random graphs and weights.

mod barabasi_albert;
mod erdos_renyi;
mod weights;

pub use barabasi_albert::barabasi_albert;
pub use erdos_renyi::{with_edges, with_probability};
pub use weights::signed_uniform;
