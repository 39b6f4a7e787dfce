//! Directions of edges in the order in which causal-learn sets them.
//!
//! Where tests contradict each other, the result depends on this order. Without contradictions it is that of
//! [`close`](crate::dag::close).

use crate::dag::Pdag;

/// Directs unshielded triples `x — y — z` into `y` if `y` does not separate `x` and `z` and neither edge points away from
/// `y` already. The triples are ordered by `y`, then `x`, then `z > x`.
pub(super) fn colliders(graph: &mut Pdag, separates: impl Fn(usize, usize, usize) -> bool) {
    for y in 0..graph.nodes() {
        let near: Vec<usize> = graph.adjacencies(y).collect();
        for (at, &x) in near.iter().enumerate() {
            for &z in &near[at + 1..] {
                let free = !graph.directed(y, x) && !graph.directed(y, z);
                if free && !graph.adjacent(x, z) && !separates(x, y, z) {
                    graph.direct(x, y);
                    graph.direct(z, y);
                }
            }
        }
    }
}

/// Ordered adjacencies `(b, a)`: first those with a tail at `a`, then those with an arrowhead there, each sorted by `a`,
/// then `b`.
fn ends(graph: &Pdag) -> Vec<(usize, usize)> {
    let d = graph.nodes();
    let sorted = |head: bool| {
        let pairs = (0..d).flat_map(move |a| (0..d).map(move |b| (b, a)));
        pairs.filter(move |&(b, a)| graph.adjacent(a, b) && graph.directed(b, a) == head)
    };
    sorted(false).chain(sorted(true)).collect()
}

/// Whether a directed path leads from `from` to `to`.
fn leads(graph: &Pdag, from: usize, to: usize) -> bool {
    let mut seen = vec![false; graph.nodes()];
    let mut left = vec![from];
    while let Some(i) = left.pop() {
        if i == to {
            return true;
        }
        if !std::mem::replace(&mut seen[i], true) {
            left.extend(graph.children(i));
        }
    }
    false
}

/// Directs `from — to` unless that closes a cycle.
fn orient(graph: &mut Pdag, from: usize, to: usize) -> bool {
    let free = !leads(graph, to, from);
    if free {
        graph.direct(from, to);
    }
    free
}

/// Meek's rules 1 to 3 until nothing changes, never closing a cycle.
pub(super) fn meek(graph: &mut Pdag) {
    let d = graph.nodes();
    let ends = ends(graph);
    // Those that begin with a node, in the order of the list.
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); d];
    ends.iter().for_each(|&(b, a)| after[b].push(a));
    let (mut open, mut triangles) = (Vec::new(), Vec::new());
    for &(i, j) in &ends {
        for &k in after[j].iter().filter(|&&k| k != i) {
            if graph.adjacent(i, k) { &mut triangles } else { &mut open }.push((i, j, k));
        }
    }
    // Middles of the triangles with the same ends.
    let mut middles: Vec<Vec<usize>> = vec![Vec::new(); d * d];
    triangles.iter().for_each(|&(i, j, l)| middles[i * d + l].push(j));
    loop {
        let mut changed = false;
        for &(i, j, k) in &open {
            if graph.directed(i, j) && graph.undirected(j, k) {
                changed |= orient(graph, j, k);
            }
        }
        for &(i, j, k) in &triangles {
            if graph.directed(i, j) && graph.directed(j, k) && graph.undirected(i, k) {
                changed |= orient(graph, i, k);
            }
        }
        for &(i, j, l) in &triangles {
            if !(graph.undirected(i, l) && graph.undirected(i, j) && graph.directed(j, l)) {
                continue;
            }
            for &k in middles[i * d + l].iter().filter(|&&k| k > j) {
                let kite = graph.undirected(i, k) && graph.directed(k, l) && !graph.adjacent(j, k);
                if kite && graph.undirected(i, l) {
                    changed |= orient(graph, i, l);
                }
            }
        }
        if !changed {
            return;
        }
    }
}
