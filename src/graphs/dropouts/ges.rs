//! Greedy equivalence search with scores from partial correlations.
//!
//! Insert and delete operators are those of Chickering (JMLR 2002), with their conditions. An edge `x → y` given `S`
//! changes the score by `−½N log(1 − ρ²) − log(N)/c` for the partial correlation `ρ` of `x` and `y` given `S` and the `N`
//! rows of the sample. Where a test uses only `n` of them, `ρ` is first replaced by the correlation that has the same z
//! statistic with all rows (Dai et al., arXiv 2403.15500, authors' code).

use std::collections::{HashMap, HashSet};

use anyhow::Context;

use super::fisher::{FisherZ, Tested, artanh};
use super::pc::Found;
use super::sets::{Set, has, members, one};
use crate::dag::{Dag, Pdag, cpdag};

/// Gains below this count as none.
const LEAST: f64 = 1e-6;

/// A partially directed graph as sets.
#[derive(Clone, Debug)]
struct Sets {
    d: usize,
    /// For each node, those with an undirected edge to it.
    near: Vec<Set>,
    parents: Vec<Set>,
    children: Vec<Set>,
}

impl Sets {
    fn of(graph: &Pdag) -> Self {
        let d = graph.nodes();
        let sets = |of: &dyn Fn(usize) -> Set| (0..d).map(of).collect();
        Self {
            d,
            near: sets(&|i| graph.neighbours(i).fold(0, |s, j| s | one(j))),
            parents: sets(&|i| graph.parents(i).fold(0, |s, j| s | one(j))),
            children: sets(&|i| graph.children(i).fold(0, |s, j| s | one(j))),
        }
    }

    fn adjacent(&self, i: usize) -> Set {
        self.near[i] | self.parents[i] | self.children[i]
    }

    fn is_clique(&self, set: Set) -> bool {
        members(set).all(|i| set & !one(i) & !self.adjacent(i) == 0)
    }

    /// Whether every semi-directed path from `from` to `to` meets `set`.
    fn blocks(&self, set: Set, from: usize, to: usize) -> bool {
        let (mut seen, mut left) = (one(from), vec![from]);
        while let Some(i) = left.pop() {
            if i == to {
                return false;
            }
            let next = (self.near[i] | self.children[i]) & !set & !seen;
            seen |= next;
            left.extend(members(next));
        }
        true
    }

    /// Calls `each` with the subsets `t` of `open` for which `t ∪ fixed` is a clique.
    fn cliques(&self, open: Set, fixed: Set, each: &mut dyn FnMut(Set)) {
        fn grow(sets: &Sets, open: Set, taken: Set, each: &mut dyn FnMut(Set)) {
            each(taken);
            let mut rest = open;
            while rest != 0 {
                let next = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                grow(sets, rest & sets.adjacent(next), taken | one(next), each);
            }
        }
        if self.is_clique(fixed) {
            let open = members(open).filter(|&i| fixed & !self.adjacent(i) == 0).fold(0, |s, i| s | one(i));
            grow(self, open, 0, each);
        }
    }
}

/// A step to another graph.
#[derive(Clone, Copy, Debug)]
struct Step {
    gain: f64,
    x: usize,
    y: usize,
    /// The nodes whose edges are directed with the step.
    with: Set,
}

/// A DAG with the skeleton, the directed edges and the v-structures of a graph (Dor and Tarsi 1992).
fn extension(graph: &Pdag) -> Option<Dag> {
    let d = graph.nodes();
    let sets = Sets::of(graph);
    let mut edges = Vec::new();
    let mut left: Set = (0..d).fold(0, |s, i| s | one(i));
    while left != 0 {
        let sink = members(left).find(|&i| {
            let adjacent = sets.adjacent(i) & left;
            let covered = |j: usize| adjacent & !one(j) & !sets.adjacent(j) == 0;
            sets.children[i] & left == 0 && members(sets.near[i] & left).all(covered)
        })?;
        edges.extend(members((sets.near[sink] | sets.parents[sink]) & left).map(|j| (j, sink)));
        left &= !one(sink);
    }
    Dag::from_edges(d, &edges).ok()
}

/// The search.
struct Ges<'a, 'b> {
    test: &'a mut FisherZ<'b>,
    /// `log(N)/c`.
    price: f64,
    known: HashMap<(usize, usize, Set), Tested>,
    most: u64,
    deepest: usize,
    given: Vec<usize>,
}

impl Ges<'_, '_> {
    fn full(&self) -> bool {
        self.known.len() as u64 >= self.most
    }

    /// Gain of the edge `x → y` where `s` are the other parents of `y`.
    fn gain(&mut self, x: usize, y: usize, s: Set) -> anyhow::Result<f64> {
        let key = (x.min(y), x.max(y), s);
        let found = if let Some(found) = self.known.get(&key) {
            *found
        } else {
            self.given.clear();
            self.given.extend(members(s));
            self.deepest = self.deepest.max(self.given.len());
            let found = self.test.test(key.0, key.1, &self.given)?;
            self.known.insert(key, found);
            found
        };
        let all = self.test.rows() as f64;
        let rho = if found.rows == self.test.rows() || found.rho == 0.0 {
            found.rho
        } else {
            let z = (found.rows as f64 - 3.0).sqrt() * artanh(found.rho).abs();
            1.0 - 2.0 / (1.0 + (2.0 * z / (all - 3.0).sqrt()).exp())
        };
        Ok(-0.5 * all * (1.0 - rho * rho).ln() - self.price)
    }

    /// The valid insertions that raise the score.
    fn insertions(&mut self, sets: &Sets, steps: &mut Vec<Step>) -> anyhow::Result<()> {
        for x in 0..sets.d {
            for y in (0..sets.d).filter(|&y| y != x && !has(sets.adjacent(x), y)) {
                let both = sets.near[y] & sets.adjacent(x);
                let mut tails = Vec::new();
                sets.cliques(sets.near[y] & !sets.adjacent(x), both, &mut |t| tails.push(t));
                for with in tails.into_iter().filter(|t| sets.blocks(both | t, y, x)) {
                    if self.full() {
                        return Ok(());
                    }
                    let gain = self.gain(x, y, both | with | sets.parents[y])?;
                    steps.push(Step { gain, x, y, with });
                }
            }
        }
        Ok(())
    }

    /// The valid deletions that raise the score.
    fn deletions(&mut self, sets: &Sets, steps: &mut Vec<Step>) -> anyhow::Result<()> {
        let directed = (0..sets.d).flat_map(|x| members(sets.children[x]).map(move |y| (x, y)));
        let undirected =
            (0..sets.d).flat_map(|x| members(sets.near[x]).filter(move |&y| y < x).map(move |y| (x, y)));
        for (x, y) in directed.chain(undirected) {
            let both = sets.near[y] & sets.adjacent(x);
            let mut kept = Vec::new();
            sets.cliques(both, 0, &mut |c| kept.push(c));
            for clique in kept {
                if self.full() {
                    return Ok(());
                }
                let gain = -self.gain(x, y, (clique | sets.parents[y]) & !one(x))?;
                steps.push(Step { gain, x, y, with: both & !clique });
            }
        }
        Ok(())
    }
}

/// The graph after an insertion or a deletion.
fn applied(graph: &Pdag, step: Step, insertion: bool) -> Pdag {
    let (mut after, Step { x, y, with, .. }) = (graph.clone(), step);
    if insertion {
        after.direct(x, y);
        members(with).for_each(|t| after.direct(t, y));
    } else {
        after.disconnect(x, y);
        for h in members(with) {
            after.direct(y, h);
            if graph.undirected(x, h) {
                after.direct(x, h);
            }
        }
    }
    after
}

/// Searches forward from the graph without edges, then backward, with at most `most` different tests and the penalty
/// `log(N)/c` for an edge.
///
/// # Errors
/// A test cannot be computed, or a step has no consistent extension.
pub fn ges(d: usize, c: f64, most: u64, test: &mut FisherZ<'_>) -> anyhow::Result<Found> {
    let price = (test.rows() as f64).ln() / c;
    let mut search = Ges { test, price, known: HashMap::new(), most, deepest: 0, given: Vec::new() };
    let mut graph = Pdag::empty(d);
    let mut seen = HashSet::from([graph.clone()]);
    for insertion in [true, false] {
        loop {
            let (sets, mut steps) = (Sets::of(&graph), Vec::new());
            if insertion {
                search.insertions(&sets, &mut steps)?;
            } else {
                search.deletions(&sets, &mut steps)?;
            }
            if search.full() {
                break;
            }
            steps.retain(|step| step.gain > LEAST);
            // Stable: of equal gains, the first counts.
            steps.sort_by(|a, b| b.gain.total_cmp(&a.gain));
            let mut next = None;
            for step in steps {
                let dag = extension(&applied(&graph, step, insertion))
                    .context("a step has no consistent extension")?;
                let class = cpdag(&dag);
                if seen.insert(class.clone()) {
                    next = Some(class);
                    break;
                }
            }
            let Some(class) = next else { break };
            graph = class;
        }
    }
    let shortfall = search.full().then(|| {
        format!("the search ended after most_tests = {most} tests; the graph is that of the last step")
    });
    Ok(Found { graph, tests: search.known.len() as u64, depth: search.deepest, shortfall })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dropouts::sets::size;

    #[test]
    fn an_extension_has_the_class_it_came_from() {
        // 0 → 2 ← 1, 2 — 3 — 4.
        let dag = Dag::from_edges(5, &[(0, 2), (1, 2), (3, 4)]).unwrap();
        let class = cpdag(&dag);
        assert_eq!(cpdag(&extension(&class).unwrap()), class);
        // A square of undirected edges has none.
        let mut square = Pdag::empty(4);
        [(0, 1), (1, 2), (2, 3), (3, 0)].iter().for_each(|&(i, j)| square.connect(i, j));
        assert!(extension(&square).is_none());
        assert_eq!(size(Sets::of(&square).near[0]), 2);
    }

    #[test]
    fn cliques_are_found_once_each() {
        let mut graph = Pdag::empty(4);
        [(0, 1), (1, 2), (0, 2), (2, 3)].iter().for_each(|&(i, j)| graph.connect(i, j));
        let mut found = Vec::new();
        Sets::of(&graph).cliques(0b1111, 0, &mut |c| found.push(c));
        found.sort_unstable();
        assert_eq!(found, [0, 0b1, 0b10, 0b11, 0b100, 0b101, 0b110, 0b111, 0b1000, 0b1100]);
        found.clear();
        Sets::of(&graph).cliques(0b1011, 0b100, &mut |c| found.push(c));
        found.sort_unstable();
        assert_eq!(found, [0, 0b1, 0b10, 0b11, 0b1000]);
    }
}
