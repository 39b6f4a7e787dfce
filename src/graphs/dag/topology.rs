//! Directed acyclic graphs and their order.

use std::collections::VecDeque;

use super::adjacency::Pdag;
use super::bits::Bits;

/// A graph has a directed cycle or an undirected edge where a DAG is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cyclic;

impl std::fmt::Display for Cyclic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the graph has a cycle")
    }
}

impl std::error::Error for Cyclic {}

/// A directed acyclic graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dag {
    graph: Pdag,
    order: Vec<usize>,
}

/// Nodes so that every directed edge leads forward; `None` with a cycle. An undirected edge is a cycle. Among possible
/// nodes, one that became possible first comes first, and at the start the smallest.
fn order(graph: &Pdag) -> Option<Vec<usize>> {
    let nodes = graph.nodes();
    let marks_in = |j: usize| (0..nodes).filter(|&i| graph.has_mark(i, j)).count();
    let mut open: Vec<usize> = (0..nodes).map(marks_in).collect();
    let mut ready: VecDeque<usize> = (0..nodes).filter(|&j| open[j] == 0).collect();
    let mut order = Vec::with_capacity(nodes);
    while let Some(i) = ready.pop_front() {
        order.push(i);
        for j in (0..nodes).filter(|&j| graph.has_mark(i, j)) {
            open[j] -= 1;
            if open[j] == 0 {
                ready.push_back(j);
            }
        }
    }
    (order.len() == nodes).then_some(order)
}

impl TryFrom<Pdag> for Dag {
    type Error = Cyclic;

    fn try_from(graph: Pdag) -> Result<Self, Cyclic> {
        let order = order(&graph).ok_or(Cyclic)?;
        Ok(Self { graph, order })
    }
}

impl Dag {
    /// No edges.
    #[must_use]
    pub fn empty(nodes: usize) -> Self {
        Self { graph: Pdag::empty(nodes), order: (0..nodes).collect() }
    }

    /// The graph with the edges `i → j`.
    ///
    /// # Errors
    /// They form a cycle.
    pub fn from_edges(nodes: usize, edges: &[(usize, usize)]) -> Result<Self, Cyclic> {
        let mut graph = Pdag::empty(nodes);
        for &(i, j) in edges {
            if i == j {
                return Err(Cyclic);
            }
            graph.mark(i, j);
        }
        Self::try_from(graph)
    }

    /// The graph of the non-zero weights of a matrix, row by row: `weights[i·nodes + j]` is that of `i → j`.
    ///
    /// # Errors
    /// They form a cycle.
    pub fn from_weights(nodes: usize, weights: &[f64]) -> Result<Self, Cyclic> {
        if (0..nodes).any(|i| weights[i * nodes + i] != 0.0) {
            return Err(Cyclic);
        }
        let marks: Vec<bool> = weights.iter().map(|w| *w != 0.0).collect();
        Self::try_from(Pdag::from_matrix(nodes, &marks))
    }

    /// The same as a partially directed graph.
    #[must_use]
    pub fn graph(&self) -> &Pdag {
        &self.graph
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.graph.nodes()
    }

    /// Nodes so that every edge leads forward.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The edges `(i, j)` for `i → j`, ascending.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.nodes()).flat_map(move |i| self.graph.children(i).map(move |j| (i, j)))
    }

    /// Whether there is `i → j`.
    #[must_use]
    pub fn has(&self, i: usize, j: usize) -> bool {
        self.graph.has_mark(i, j)
    }

    /// The parents of a node, ascending.
    pub fn parents(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.parents(i)
    }

    /// The children of a node, ascending.
    pub fn children(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.children(i)
    }

    /// For each node, whether a directed path leads to it from one of the `sources`; these themselves included.
    #[must_use]
    pub fn descendants(&self, sources: &[usize]) -> Vec<bool> {
        let mut found = Bits::new(self.nodes());
        sources.iter().for_each(|&i| found.insert(i));
        for &i in &self.order {
            if found.contains(i) {
                self.children(i).for_each(|j| found.insert(j));
            }
        }
        (0..self.nodes()).map(|i| found.contains(i)).collect()
    }

    /// For each node, whether a directed path leads from it to one of the `targets`; these themselves included.
    #[must_use]
    pub fn ancestors(&self, targets: &[usize]) -> Vec<bool> {
        let mut found = Bits::new(self.nodes());
        targets.iter().for_each(|&i| found.insert(i));
        for &i in self.order.iter().rev() {
            if self.children(i).any(|j| found.contains(j)) {
                found.insert(i);
            }
        }
        (0..self.nodes()).map(|i| found.contains(i)).collect()
    }
}
