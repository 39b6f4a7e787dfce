//! Undirected weighted graphs.

/// An edge between two different nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Its ends, counted from 0; the order has no meaning.
    pub ends: [usize; 2],
    /// Its weight `w`, above 0.
    pub weight: f64,
}

/// What is wrong with an edge, given by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An end is no node.
    NoNode(usize),
    /// Both ends are the same node.
    Loop(usize),
    /// The two nodes already have an edge.
    Twice(usize),
    /// The weight is not a finite number above 0.
    Weight(usize),
}

/// A graph without loops and without parallel edges; nodes may have no edges, and there may be several components.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    nodes: usize,
    edges: Vec<Edge>,
    degrees: Vec<usize>,
}

impl Graph {
    /// The graph with these edges, in this order.
    ///
    /// # Errors
    /// The first edge that is none.
    pub fn new(nodes: usize, edges: Vec<Edge>) -> Result<Self, Fault> {
        let mut degrees = vec![0; nodes];
        let mut seen = std::collections::HashSet::with_capacity(edges.len());
        for (at, edge) in edges.iter().enumerate() {
            let [i, j] = edge.ends;
            if i >= nodes || j >= nodes {
                return Err(Fault::NoNode(at));
            }
            if i == j {
                return Err(Fault::Loop(at));
            }
            if !seen.insert([i.min(j), i.max(j)]) {
                return Err(Fault::Twice(at));
            }
            if !(edge.weight > 0.0 && edge.weight.is_finite()) {
                return Err(Fault::Weight(at));
            }
            degrees[i] += 1;
            degrees[j] += 1;
        }
        Ok(Self { nodes, edges, degrees })
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Number of edges at each node.
    #[must_use]
    pub fn degrees(&self) -> &[usize] {
        &self.degrees
    }

    /// Nodes without an edge.
    #[must_use]
    pub fn isolated(&self) -> usize {
        self.degrees.iter().filter(|d| **d == 0).count()
    }

    /// Number of components of the graph with only those edges for which `kept` holds, by position.
    #[must_use]
    pub fn components(&self, kept: impl Fn(usize) -> bool) -> usize {
        let mut parents: Vec<usize> = (0..self.nodes).collect();
        let mut left = self.nodes;
        for (_, edge) in self.edges.iter().enumerate().filter(|(at, _)| kept(*at)) {
            let [i, j] = edge.ends.map(|end| root(&mut parents, end));
            if i != j {
                parents[i.max(j)] = i.min(j);
                left -= 1;
            }
        }
        left
    }
}

/// The root of a node, with the way there shortened.
fn root(parents: &mut [usize], mut node: usize) -> usize {
    while parents[node] != node {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    node
}
