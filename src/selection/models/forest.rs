//! Regression trees, forests with quantiles (Meinshausen 2006), and gradient boosting (Friedman 2001).

use rand::Rng;
use remeasure_core::numerics::{Design, statistics};
use remeasure_core::stream::Stream;

/// A node: where to go, or a leaf.
#[derive(Clone, Copy, Debug)]
struct Node {
    feature: usize,
    threshold: f64,
    /// Position of the left child; the right one follows. 0 for a leaf.
    left: usize,
    value: f64,
}

/// A regression tree.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// Sums of a node, and its best split so far.
#[derive(Clone, Copy, Debug)]
struct Search {
    weight: f64,
    sum: f64,
    left_weight: f64,
    left_sum: f64,
    last: f64,
    gain: f64,
    split: Option<(usize, f64)>,
}

const EMPTY: Search =
    Search { weight: 0.0, sum: 0.0, left_weight: 0.0, left_sum: 0.0, last: 0.0, gain: 0.0, split: None };

/// Training rows, sorted once by each feature.
pub struct Grower<'a> {
    x: &'a Design,
    sorted: Vec<Vec<usize>>,
}

impl<'a> Grower<'a> {
    /// Sorts the rows.
    #[must_use]
    pub fn new(x: &'a Design) -> Self {
        let order = |j: usize| {
            let column = x.column(j);
            let mut rows: Vec<usize> = (0..x.rows()).collect();
            rows.sort_by(|&a, &b| column[a].total_cmp(&column[b]));
            rows
        };
        Self { x, sorted: (0..x.columns()).map(order).collect() }
    }

    /// Grows a tree level by level on rows with these targets and weights (0: left out), and returns it with the leaf of
    /// each row. A node is split where the sum of squares falls most.
    #[must_use]
    pub fn grow(&self, target: &[f64], weights: &[f64], depth: usize) -> (Tree, Vec<usize>) {
        let n = target.len();
        let leaf = Node { feature: 0, threshold: 0.0, left: 0, value: 0.0 };
        let (mut nodes, mut place) = (vec![leaf], vec![0; n]);
        let (mut start, mut level) = (0, 0);
        loop {
            let mut searches = vec![EMPTY; nodes.len() - start];
            for i in (0..n).filter(|&i| place[i] >= start && weights[i] > 0.0) {
                let search = &mut searches[place[i] - start];
                search.weight += weights[i];
                search.sum += weights[i] * target[i];
            }
            for (node, search) in nodes[start..].iter_mut().zip(&mut searches) {
                node.value = if search.weight > 0.0 { search.sum / search.weight } else { 0.0 };
                // A split must reduce the sum of squares by more than rounding.
                search.gain = search.sum * node.value * (1.0 + 1e-12) + 1e-12;
            }
            if level == depth {
                break;
            }
            for f in 0..self.sorted.len() {
                self.scan(f, (target, weights), &place, start, &mut searches);
            }
            let first = nodes.len();
            for (k, search) in searches.iter().enumerate() {
                if let Some((feature, threshold)) = search.split {
                    let left = nodes.len();
                    nodes[start + k] = Node { feature, threshold, left, ..nodes[start + k] };
                    nodes.extend([leaf, leaf]);
                }
            }
            if nodes.len() == first {
                break;
            }
            for (i, at) in place.iter_mut().enumerate().filter(|(_, at)| **at >= start) {
                let node = nodes[*at];
                if node.left > 0 {
                    *at = node.left + usize::from(self.x.column(node.feature)[i] > node.threshold);
                }
            }
            (start, level) = (first, level + 1);
        }
        (Tree { nodes }, place)
    }

    /// Looks for splits by one feature in all nodes of a level.
    fn scan(
        &self,
        f: usize,
        (target, weights): (&[f64], &[f64]),
        place: &[usize],
        start: usize,
        searches: &mut [Search],
    ) {
        let column = self.x.column(f);
        for search in searches.iter_mut() {
            (search.left_weight, search.left_sum) = (0.0, 0.0);
        }
        for &i in &self.sorted[f] {
            if place[i] < start || weights[i] == 0.0 {
                continue;
            }
            let search = &mut searches[place[i] - start];
            let right = search.weight - search.left_weight;
            if search.left_weight > 0.0 && column[i] > search.last && right > 0.0 {
                let rest = search.sum - search.left_sum;
                let gain = search.left_sum * search.left_sum / search.left_weight + rest * rest / right;
                if gain > search.gain {
                    search.gain = gain;
                    search.split = Some((f, 0.5 * (search.last + column[i])));
                }
            }
            search.left_weight += weights[i];
            search.left_sum += weights[i] * target[i];
            search.last = column[i];
        }
    }
}

impl Tree {
    /// The leaf of a row of a design.
    fn leaf(&self, x: &Design, row: usize) -> usize {
        let mut at = 0;
        while self.nodes[at].left > 0 {
            let node = self.nodes[at];
            at = node.left + usize::from(x.column(node.feature)[row] > node.threshold);
        }
        at
    }

    /// Adds `factor` times the tree's value to each row's number.
    pub fn add(&self, x: &Design, factor: f64, out: &mut [f64]) {
        for (i, value) in out.iter_mut().enumerate() {
            *value += factor * self.nodes[self.leaf(x, i)].value;
        }
    }
}

/// The `level`-quantile of some values: the least one up to which their share is at least `level`.
#[must_use]
pub fn lower_quantile(values: &mut [f64], level: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = (level * values.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    values.get(at - 1).copied().unwrap_or(0.0)
}

/// A forest of trees on bootstrap samples, every split over all features.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Tree>,
    /// By tree and node: training rows with their share of the leaf.
    shares: Vec<Vec<Vec<(usize, f64)>>>,
    /// Training responses.
    y: Vec<f64>,
}

impl Forest {
    /// Grows `count` trees.
    #[must_use]
    pub fn grow(x: &Design, y: &[f64], count: usize, depth: usize, stream: &mut Stream) -> Self {
        let (n, grower) = (y.len(), Grower::new(x));
        let (mut trees, mut shares) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for _ in 0..count {
            let mut weights = vec![0.0; n];
            (0..n).for_each(|_| weights[stream.gen_range(0..n)] += 1.0);
            let (tree, place) = grower.grow(y, &weights, depth);
            let mut leaves = vec![Vec::new(); tree.nodes.len()];
            for i in (0..n).filter(|&i| weights[i] > 0.0) {
                leaves[place[i]].push((i, weights[i]));
            }
            for leaf in &mut leaves {
                let whole: f64 = leaf.iter().map(|r: &(usize, f64)| r.1).sum();
                leaf.iter_mut().for_each(|r| r.1 /= whole);
            }
            trees.push(tree);
            shares.push(leaves);
        }
        Self { trees, shares, y: y.to_vec() }
    }

    /// Mean prediction of each row.
    #[must_use]
    pub fn mean(&self, x: &Design) -> Vec<f64> {
        let mut out = vec![0.0; x.rows()];
        self.trees.iter().for_each(|t| t.add(x, 1.0 / self.trees.len() as f64, &mut out));
        out
    }

    /// Quantile of the training responses for each row, weighted by how often they share its leaf.
    #[must_use]
    pub fn quantile(&self, x: &Design, level: f64) -> Vec<f64> {
        let mut order: Vec<usize> = (0..self.y.len()).collect();
        order.sort_by(|&a, &b| self.y[a].total_cmp(&self.y[b]));
        let mut weights = vec![0.0; self.y.len()];
        let of = |row: usize| {
            weights.fill(0.0);
            for (tree, shares) in self.trees.iter().zip(&self.shares) {
                shares[tree.leaf(x, row)].iter().for_each(|&(i, share)| weights[i] += share);
            }
            let bound = (level - 1e-9) * self.trees.len() as f64;
            let mut sum = 0.0;
            let reached = order.iter().find(|&&i| {
                sum += weights[i];
                sum >= bound
            });
            reached.or(order.last()).map_or(0.0, |&i| self.y[i])
        };
        (0..x.rows()).map(of).collect()
    }
}

/// What boosting minimises.
#[derive(Clone, Copy, Debug)]
pub enum Loss {
    /// Squared error.
    Square,
    /// The check loss of this level.
    Quantile(f64),
}

/// Gradient boosting.
#[derive(Clone, Debug)]
pub struct Boosted {
    start: f64,
    rate: f64,
    trees: Vec<Tree>,
}

impl Boosted {
    /// Boosts `count` trees; the leaves of the check loss get the quantile of their residuals.
    #[must_use]
    pub fn grow(x: &Design, y: &[f64], loss: Loss, count: usize, depth: usize, rate: f64) -> Self {
        let grower = Grower::new(x);
        let start = match loss {
            Loss::Square => statistics::mean(y),
            Loss::Quantile(level) => lower_quantile(&mut y.to_vec(), level),
        };
        let (mut fitted, ones) = (vec![start; y.len()], vec![1.0; y.len()]);
        let mut trees = Vec::with_capacity(count);
        for _ in 0..count {
            let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(y, f)| y - f).collect();
            let gradient = |r: &f64| match loss {
                Loss::Square => *r,
                Loss::Quantile(level) => level - f64::from(u8::from(*r < 0.0)),
            };
            let target: Vec<f64> = residuals.iter().map(gradient).collect();
            let (mut tree, place) = grower.grow(&target, &ones, depth);
            if let Loss::Quantile(level) = loss {
                let mut leaves = vec![Vec::new(); tree.nodes.len()];
                place.iter().zip(&residuals).for_each(|(&at, r)| leaves[at].push(*r));
                for (node, values) in tree.nodes.iter_mut().zip(&mut leaves) {
                    node.value = lower_quantile(values, level);
                }
            }
            fitted.iter_mut().zip(&place).for_each(|(f, &at)| *f += rate * tree.nodes[at].value);
            trees.push(tree);
        }
        Self { start, rate, trees }
    }

    /// Predictions for the rows of a design.
    #[must_use]
    pub fn predict(&self, x: &Design) -> Vec<f64> {
        let mut out = vec![self.start; x.rows()];
        self.trees.iter().for_each(|t| t.add(x, self.rate, &mut out));
        out
    }
}
