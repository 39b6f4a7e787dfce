//! Scale-free graphs.

use rand::Rng;
use remeasure_core::stream::Stream;

/// The edges `i → j`, `i > j`, of a scale-free DAG (Barabási and Albert): each new node has edges to `each` different
/// older ones, or to all of them if there are fewer. An older node is chosen with probability proportional to 1 plus
/// the number of edges that it has received, as in the directed generator of igraph.
#[must_use]
pub fn barabasi_albert(nodes: usize, each: usize, stream: &mut Stream) -> Vec<(usize, usize)> {
    let mut received = vec![0_usize; nodes];
    let mut edges = Vec::new();
    for i in 1..nodes {
        let mut open: Vec<usize> = (0..i).collect();
        for _ in 0..each.min(i) {
            let total: usize = open.iter().map(|&j| 1 + received[j]).sum();
            let mut place = stream.gen_range(0..total);
            let weight = |j: usize| 1 + received[j];
            let found = open.iter().position(|&j| {
                let here = place < weight(j);
                place = place.saturating_sub(weight(j));
                here
            });
            edges.push((i, open.swap_remove(found.unwrap_or(0))));
        }
        edges.iter().rev().take_while(|(from, _)| *from == i).for_each(|&(_, j)| received[j] += 1);
    }
    edges
}
