//! Random forests for regression (Breiman 2001), with the spread over trees as uncertainty, as in SMAC.

use rand::Rng;
use rand::seq::SliceRandom;
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

/// Trees grown on bootstrap samples.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Vec<Node>>,
}

/// Trees of a forest, smallest leaf and share of features tried at a split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Number of trees.
    pub trees: usize,
    /// Fewest rows of a leaf.
    pub leaf: usize,
    /// Share of the features that are tried at a split, one at least.
    pub features: f64,
}

/// Rows to learn from: points (n × d, point by point) and values.
struct Rows<'a> {
    dimension: usize,
    points: &'a [f64],
    values: &'a [f64],
}

impl Rows<'_> {
    fn at(&self, row: usize, feature: usize) -> f64 {
        self.points[row * self.dimension + feature]
    }

    fn mean(&self, rows: &[usize]) -> f64 {
        rows.iter().map(|&i| self.values[i]).sum::<f64>() / rows.len() as f64
    }

    /// The threshold of a feature with the largest fall of the sum of squares, which is above `least`; sorts the rows.
    fn split(&self, rows: &mut [usize], feature: usize, leaf: usize, least: f64) -> Option<(f64, f64)> {
        rows.sort_by(|&a, &b| self.at(a, feature).total_cmp(&self.at(b, feature)).then(a.cmp(&b)));
        let (n, whole) = (rows.len() as f64, rows.iter().map(|&i| self.values[i]).sum::<f64>());
        let (mut best, mut left) = (None, 0.0);
        let mut most = least;
        for (k, pair) in rows.windows(2).enumerate() {
            left += self.values[pair[0]];
            let (low, high) = (self.at(pair[0], feature), self.at(pair[1], feature));
            let count = k + 1;
            if count < leaf || rows.len() - count < leaf || low == high {
                continue;
            }
            let (count, rest) = (count as f64, whole - left);
            let gain = left * left / count + rest * rest / (n - count) - whole * whole / n;
            if gain > most {
                // Between neighbours, whose mean may round to the upper one.
                let middle = 0.5 * (low + high);
                (most, best) = (gain, Some((if middle < high { middle } else { low }, gain)));
            }
        }
        best
    }

    fn grow(&self, rows: &mut [usize], growth: Growth, stream: &mut Stream) -> Vec<Node> {
        let tried = ((growth.features * self.dimension as f64) as usize).clamp(1, self.dimension);
        let mut features: Vec<usize> = (0..self.dimension).collect();
        let leaf = |value| Node { feature: 0, threshold: 0.0, left: 0, value };
        let mut nodes = vec![leaf(self.mean(rows))];
        let mut open = vec![(0, 0, rows.len())];
        while let Some((at, start, end)) = open.pop() {
            let rows = &mut rows[start..end];
            let mean = nodes[at].value;
            let spread: f64 = rows.iter().map(|&i| (self.values[i] - mean).powi(2)).sum();
            if !(spread > 0.0) {
                continue;
            }
            features.shuffle(stream);
            let mut best: Option<(usize, f64, f64)> = None;
            for (k, &feature) in features.iter().enumerate() {
                // Further features only where none of the first has a split.
                if k >= tried && best.is_some() {
                    break;
                }
                let least = best.map_or(1e-12 * spread, |b| b.2);
                if let Some((threshold, gain)) = self.split(rows, feature, growth.leaf, least) {
                    best = Some((feature, threshold, gain));
                }
            }
            let Some((feature, threshold, _)) = best else { continue };
            rows.sort_by_key(|&i| self.at(i, feature) > threshold);
            let cut = rows.partition_point(|&i| self.at(i, feature) <= threshold);
            let left = nodes.len();
            nodes.push(leaf(self.mean(&rows[..cut])));
            nodes.push(leaf(self.mean(&rows[cut..])));
            nodes[at] = Node { feature, threshold, left, value: mean };
            open.push((left + 1, start + cut, end));
            open.push((left, start, start + cut));
        }
        nodes
    }
}

impl Forest {
    /// Grows trees on bootstrap samples of the rows: points (n × `dimension`, point by point) and n ≥ 1 values.
    ///
    /// # Panics
    /// If there are no rows, or sizes do not match.
    #[must_use]
    pub fn grow(
        dimension: usize,
        points: &[f64],
        values: &[f64],
        growth: Growth,
        stream: &mut Stream,
    ) -> Self {
        assert!(!values.is_empty() && points.len() == values.len() * dimension, "rows of a forest");
        let rows = Rows { dimension, points, values };
        let mut tree = |_| {
            let mut sample: Vec<usize> = values.iter().map(|_| stream.gen_range(0..values.len())).collect();
            rows.grow(&mut sample, growth, stream)
        };
        Self { trees: (0..growth.trees).map(&mut tree).collect() }
    }

    /// Mean and standard deviation over the trees.
    #[must_use]
    pub fn predict(&self, point: &[f64]) -> (f64, f64) {
        let leaf = |nodes: &Vec<Node>| {
            let mut at = 0;
            while nodes[at].left > 0 {
                let node = nodes[at];
                at = node.left + usize::from(point[node.feature] > node.threshold);
            }
            nodes[at].value
        };
        let count = self.trees.len() as f64;
        let centre = self.trees.iter().map(leaf).sum::<f64>() / count;
        let variance = self.trees.iter().map(|t| (leaf(t) - centre).powi(2)).sum::<f64>() / count;
        (centre, variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn trees_meet_a_step_and_large_leaves_meet_nothing() {
        let points: Vec<f64> =
            (0..40).flat_map(|i| [f64::from(i) / 40.0, f64::from(i * 7 % 40) / 40.0]).collect();
        let values: Vec<f64> = points.chunks(2).map(|x| f64::from(u8::from(x[0] > 0.5))).collect();
        let growth = Growth { trees: 20, leaf: 1, features: 1.0 };
        let grown = |growth, count: usize| {
            Forest::grow(2, &points[..2 * count], &values[..count], growth, &mut Stream::seed_from_u64(1))
        };
        let forest = grown(growth, 40);
        assert_eq!(forest.predict(&[0.1, 0.9]), (0.0, 0.0));
        assert_eq!(forest.predict(&[0.9, 0.1]), (1.0, 0.0));
        // The published rule: leaves of three rows cannot split five.
        let five = Forest::grow(
            2,
            &points[36..46],
            &values[18..23],
            Growth { leaf: 3, ..growth },
            &mut Stream::seed_from_u64(1),
        );
        assert_eq!(five.predict(&[0.0, 0.0]), five.predict(&[1.0, 1.0]));
    }
}
