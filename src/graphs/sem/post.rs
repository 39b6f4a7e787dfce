//! From estimated weights to those of a DAG.

use crate::dag::Dag;

/// Sets weights of size at most `threshold` to 0, and then, as long as the others form a cycle, the smallest. Returns how
/// many were needed for that.
pub fn prune(nodes: usize, weights: &mut [f64], threshold: f64) -> usize {
    for (at, w) in weights.iter_mut().enumerate() {
        if w.abs() <= threshold || at / nodes == at % nodes {
            *w = 0.0;
        }
    }
    let mut left: Vec<usize> = (0..weights.len()).filter(|&at| weights[at] != 0.0).collect();
    left.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()).then(b.cmp(&a)));
    let mut dropped = 0;
    while Dag::from_weights(nodes, weights).is_err() {
        let Some(at) = left.pop() else { break };
        weights[at] = 0.0;
        dropped += 1;
    }
    dropped
}
