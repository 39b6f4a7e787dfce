//! Markov equivalence classes.

use super::adjacency::Pdag;
use super::meek;
use super::topology::Dag;

/// The completed partially directed graph (CPDAG) of a DAG: directed are the edges that all DAGs with the same
/// skeleton and the same v-structures share.
#[must_use]
pub fn cpdag(dag: &Dag) -> Pdag {
    let mut graph = Pdag::empty(dag.nodes());
    for (i, j) in dag.edges() {
        graph.connect(i, j);
    }
    for j in 0..dag.nodes() {
        let parents: Vec<usize> = dag.parents(j).collect();
        for (at, &a) in parents.iter().enumerate() {
            for &b in &parents[at + 1..] {
                if !graph.adjacent(a, b) {
                    graph.direct(a, j);
                    graph.direct(b, j);
                }
            }
        }
    }
    meek::close(&mut graph);
    graph
}
