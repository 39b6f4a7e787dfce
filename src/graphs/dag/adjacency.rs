//! Partially directed graphs.

use super::bits::Bits;

/// A graph whose edges are directed or undirected, at most one between two nodes.
///
/// A mark from `i` to `j` alone is the edge `i → j`; marks in both directions are the undirected edge `i — j`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pdag {
    nodes: usize,
    /// For each node, the nodes to which it has a mark.
    out: Vec<Bits>,
    /// For each node, the nodes that have a mark to it.
    into: Vec<Bits>,
}

impl Pdag {
    /// A graph without edges.
    #[must_use]
    pub fn empty(nodes: usize) -> Self {
        let none = vec![Bits::new(nodes); nodes];
        Self { nodes, out: none.clone(), into: none }
    }

    /// The graph of a square matrix, row by row: a mark from `i` to `j` where `marks[i·nodes + j]` is true. The
    /// diagonal is not read.
    #[must_use]
    pub fn from_matrix(nodes: usize, marks: &[bool]) -> Self {
        let mut graph = Self::empty(nodes);
        for (at, _) in marks.iter().enumerate().filter(|(_, mark)| **mark) {
            let (i, j) = (at / nodes, at % nodes);
            if i != j {
                graph.mark(i, j);
            }
        }
        graph
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Adds the mark from `i` to `j`, and keeps one in the other direction.
    pub(crate) fn mark(&mut self, i: usize, j: usize) {
        self.out[i].insert(j);
        self.into[j].insert(i);
    }

    fn unmark(&mut self, i: usize, j: usize) {
        self.out[i].remove(j);
        self.into[j].remove(i);
    }

    /// Makes the edge between `i` and `j` `i → j`, whether there was one or not.
    pub fn direct(&mut self, i: usize, j: usize) {
        self.unmark(j, i);
        self.mark(i, j);
    }

    /// Makes the edge between `i` and `j` undirected, whether there was one or not.
    pub fn connect(&mut self, i: usize, j: usize) {
        self.mark(i, j);
        self.mark(j, i);
    }

    /// Removes the edge between `i` and `j`, if there is one.
    pub fn disconnect(&mut self, i: usize, j: usize) {
        self.unmark(i, j);
        self.unmark(j, i);
    }

    /// Whether there is a mark from `i` to `j`: `i → j` or `i — j`.
    #[must_use]
    pub fn has_mark(&self, i: usize, j: usize) -> bool {
        self.out[i].contains(j)
    }

    /// Whether there is an edge between `i` and `j`.
    #[must_use]
    pub fn adjacent(&self, i: usize, j: usize) -> bool {
        self.has_mark(i, j) || self.has_mark(j, i)
    }

    /// Whether there is `i → j`.
    #[must_use]
    pub fn directed(&self, i: usize, j: usize) -> bool {
        self.has_mark(i, j) && !self.has_mark(j, i)
    }

    /// Whether there is `i — j`.
    #[must_use]
    pub fn undirected(&self, i: usize, j: usize) -> bool {
        self.has_mark(i, j) && self.has_mark(j, i)
    }

    /// The nodes with `j → i`, ascending.
    pub fn parents(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.into[i].iter().filter(move |&j| !self.has_mark(i, j))
    }

    /// The nodes with `i → j`, ascending.
    pub fn children(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.out[i].iter().filter(move |&j| !self.has_mark(j, i))
    }

    /// The nodes with `i — j`, ascending.
    pub fn neighbours(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        self.out[i].iter().filter(move |&j| self.has_mark(j, i))
    }

    /// The nodes with an edge to `i`, ascending.
    pub fn adjacencies(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes).filter(move |&j| self.adjacent(i, j))
    }

    /// The adjacent pairs `i < j`.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.nodes)
            .flat_map(move |i| (i + 1..self.nodes).map(move |j| (i, j)))
            .filter(move |&(i, j)| self.adjacent(i, j))
    }

    /// Number of edges of both kinds.
    #[must_use]
    pub fn edges(&self) -> usize {
        let marks: usize = self.out.iter().map(Bits::count).sum();
        let undirected: usize = (0..self.nodes).map(|i| self.neighbours(i).count()).sum();
        marks - undirected / 2
    }
}
