//! Weights of edges.

use rand::Rng;
use remeasure_core::stream::Stream;

/// A number with a fair sign whose size is uniform between `low` and `high`.
#[must_use]
pub fn signed_uniform(low: f64, high: f64, stream: &mut Stream) -> f64 {
    let size = if low < high { stream.gen_range(low..high) } else { low };
    if stream.r#gen() { size } else { -size }
}
