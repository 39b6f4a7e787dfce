//! Distances between graphs.

use super::adjacency::Pdag;
use super::topology::Dag;

/// Structural Hamming distance: the number of pairs of nodes between which the graphs differ (no edge, either
/// direction, undirected). Both graphs have the same nodes. With [`cpdag`](super::cpdag), it is the distance between
/// equivalence classes.
#[must_use]
pub fn shd(a: &Pdag, b: &Pdag) -> usize {
    let marks = |graph: &Pdag, i: usize, j: usize| (graph.has_mark(i, j), graph.has_mark(j, i));
    let pairs = (0..a.nodes()).flat_map(|i| (i + 1..a.nodes()).map(move |j| (i, j)));
    pairs.filter(|&(i, j)| marks(a, i, j) != marks(b, i, j)).count()
}

/// F₁ score of the adjacent pairs of `estimate`, whatever their direction; 1 if both graphs have no edge.
#[must_use]
pub fn skeleton_f1(truth: &Pdag, estimate: &Pdag) -> f64 {
    let both = estimate.pairs().filter(|&(i, j)| truth.adjacent(i, j)).count();
    let sum = truth.edges() + estimate.edges();
    if sum == 0 { 1.0 } else { 2.0 * both as f64 / sum as f64 }
}

/// How the edges of an estimated DAG compare with the true ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Edges in the right direction.
    pub correct: usize,
    /// Edges in the wrong direction.
    pub reversed: usize,
    /// Edges between nodes that are not adjacent.
    pub extra: usize,
    /// Adjacent nodes without an edge.
    pub missing: usize,
}

impl Counts {
    /// Compares `estimate` with `truth`, on the same nodes.
    #[must_use]
    pub fn new(truth: &Dag, estimate: &Dag) -> Self {
        let correct = estimate.edges().filter(|&(i, j)| truth.has(i, j)).count();
        let reversed = estimate.edges().filter(|&(i, j)| truth.has(j, i)).count();
        let extra = estimate.edges().count() - correct - reversed;
        let missing = truth.edges().count() - correct - reversed;
        Self { correct, reversed, extra, missing }
    }

    /// Structural Hamming distance: extra + missing + reversed.
    #[must_use]
    pub fn shd(&self) -> usize {
        self.extra + self.missing + self.reversed
    }

    /// True positive rate: the share of the true edges that are found in the right direction; 1 without true edges.
    #[must_use]
    pub fn tpr(&self) -> f64 {
        let edges = self.correct + self.reversed + self.missing;
        if edges == 0 { 1.0 } else { self.correct as f64 / edges as f64 }
    }

    /// False discovery rate: the share of the estimated edges that are reversed or extra; 0 without estimated edges.
    #[must_use]
    pub fn fdr(&self) -> f64 {
        let wrong = self.reversed + self.extra;
        wrong as f64 / (wrong + self.correct).max(1) as f64
    }
}
