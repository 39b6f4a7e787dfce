//! Graphs in which all pairs are alike.

use rand::Rng;
use rand::seq::{SliceRandom, index};
use remeasure_core::stream::Stream;

/// The edges `i → j` of a DAG in which each pair is adjacent with probability `2·edges/(nodes² − nodes)`, at most 1;
/// the order of the nodes is random. So `edges` is the expected number.
#[must_use]
pub fn with_probability(nodes: usize, edges: f64, stream: &mut Stream) -> Vec<(usize, usize)> {
    let pairs = (nodes * nodes - nodes) as f64 / 2.0;
    let probability = edges / pairs.max(1.0);
    let mut labels: Vec<usize> = (0..nodes).collect();
    labels.shuffle(stream);
    let mut found = Vec::new();
    for i in 0..nodes {
        for j in i + 1..nodes {
            if stream.gen_range(0.0..1.0) < probability {
                found.push((labels[i], labels[j]));
            }
        }
    }
    found
}

/// The edges `i → j`, `i < j`, of a DAG with exactly `edges` of them (at most all pairs), drawn without replacement.
/// The order of the numbers is a causal order.
#[must_use]
pub fn with_edges(nodes: usize, edges: usize, stream: &mut Stream) -> Vec<(usize, usize)> {
    let pairs: Vec<(usize, usize)> = (0..nodes).flat_map(|i| (i + 1..nodes).map(move |j| (i, j))).collect();
    let mut chosen = index::sample(stream, pairs.len(), edges.min(pairs.len())).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|at| pairs[at]).collect()
}
