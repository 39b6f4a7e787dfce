//! d-separation.

use super::topology::Dag;

/// Whether the nodes `given` block every path between `x` and `y` that starts with an edge for which `open` holds.
///
/// A walk is followed in both directions of edges (Koller and Friedman, Probabilistic Graphical Models, Algorithm 3.1).
/// `open(i, j)` says whether the edge `i → j` is there at all; with it, edges are left out without a copy of the graph.
pub(super) fn blocked(
    dag: &Dag,
    x: usize,
    y: usize,
    given: &[bool],
    open: impl Fn(usize, usize) -> bool,
) -> bool {
    let nodes = dag.nodes();
    // A collider is open if it or a descendant is given. Edges that are left out lead to no given node's ancestor here
    // only if that is so in the graph with them left out.
    let mut opened = given.to_vec();
    for &i in dag.order().iter().rev() {
        if dag.children(i).any(|j| opened[j] && open(i, j)) {
            opened[i] = true;
        }
    }
    // Visits of a node: arrived from a child (0) or from a parent (1).
    let mut seen = vec![[false; 2]; nodes];
    let mut left = vec![(x, 0)];
    while let Some((i, from)) = left.pop() {
        if std::mem::replace(&mut seen[i][from], true) {
            continue;
        }
        if i == y {
            return false;
        }
        // A chain or a fork goes on unless it is given; a collider, if it is opened.
        if !given[i] {
            left.extend(dag.children(i).filter(|&j| open(i, j)).map(|j| (j, 1)));
        }
        if (from == 0 && !given[i]) || (from == 1 && opened[i]) {
            left.extend(dag.parents(i).filter(|&j| open(j, i)).map(|j| (j, 0)));
        }
    }
    true
}

/// Whether the nodes `given` d-separate `x` from `y`; false if `x = y`.
///
/// `x` and `y` themselves must not be given.
#[must_use]
pub fn d_separated(dag: &Dag, x: usize, y: usize, given: &[usize]) -> bool {
    let mut set = vec![false; dag.nodes()];
    given.iter().for_each(|&i| set[i] = true);
    blocked(dag, x, y, &set, |_, _| true)
}
