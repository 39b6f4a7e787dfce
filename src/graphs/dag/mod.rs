//! Directed and partially directed graphs on numbered nodes.

mod adjacency;
mod bits;
mod class;
mod distance;
mod intervention;
mod meek;
mod separation;
mod topology;

pub use adjacency::Pdag;
pub use class::cpdag;
pub use distance::{Counts, shd, skeleton_f1};
pub use intervention::sid;
pub use meek::close;
pub use separation::d_separated;
pub use topology::{Cyclic, Dag};
