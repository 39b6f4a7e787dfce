//! The orientation rules of Meek.

use super::adjacency::Pdag;

/// Whether one of the rules 1 to 3 turns `a — b` into `a → b`.
fn compelled(graph: &Pdag, a: usize, b: usize) -> bool {
    // 1: c → a — b, and c is not adjacent to b.
    graph.parents(a).any(|c| !graph.adjacent(c, b))
        // 2: a → c → b.
        || graph.children(a).any(|c| graph.directed(c, b))
        // 3: a — c → b and a — d → b, and c is not adjacent to d.
        || graph.neighbours(a).filter(|&c| graph.directed(c, b)).any(|c| {
            graph.neighbours(a).any(|d| d > c && graph.directed(d, b) && !graph.adjacent(c, d))
        })
}

/// Directs undirected edges by the rules 1 to 3 of Meek (UAI 1995) until none applies. Without background knowledge,
/// they are all that is needed.
pub fn close(graph: &mut Pdag) {
    loop {
        let pairs: Vec<(usize, usize)> = graph.pairs().filter(|&(a, b)| graph.undirected(a, b)).collect();
        let mut changed = false;
        for (a, b) in pairs {
            for (from, to) in [(a, b), (b, a)] {
                if graph.undirected(from, to) && compelled(graph, from, to) {
                    graph.direct(from, to);
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
    }
}
