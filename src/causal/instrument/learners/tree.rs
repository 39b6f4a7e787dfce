//! Small regression trees. `linfa-trees` has classification only.

use remeasure_core::numerics::Design;

/// Most splits on the way to a leaf.
const DEPTH: usize = 4;

/// Fewest rows in a leaf.
const LEAF: usize = 20;

#[derive(Debug)]
enum Node {
    Leaf(f64),
    Split { feature: usize, threshold: f64, below: Box<Node>, above: Box<Node> },
}

/// Predicts each target by a tree of its own.
pub(super) fn predict(train: &Design, targets: &[&[f64]], query: &Design) -> Vec<Vec<f64>> {
    let tree = |target: &&[f64]| {
        let mut rows: Vec<usize> = (0..train.rows()).collect();
        let root = grow(train, target, &mut rows, DEPTH);
        (0..query.rows()).map(|q| at(&root, query, q)).collect()
    };
    targets.iter().map(tree).collect()
}

fn at(mut node: &Node, query: &Design, q: usize) -> f64 {
    loop {
        match node {
            Node::Leaf(value) => return *value,
            Node::Split { feature, threshold, below, above } => {
                node = if query.column(*feature)[q] <= *threshold { below } else { above };
            }
        }
    }
}

/// Grows a tree on some rows by the splits that reduce the squared error most; ties go to the first.
fn grow(train: &Design, target: &[f64], rows: &mut [usize], depth: usize) -> Node {
    let n = rows.len();
    let sum: f64 = rows.iter().map(|&i| target[i]).sum();
    let mean = sum / n as f64;
    let mut best: Option<(f64, usize, f64)> = None;
    if depth > 0 && n >= 2 * LEAF {
        for feature in 0..train.columns() {
            let x = train.column(feature);
            rows.sort_unstable_by(|a, b| x[*a].total_cmp(&x[*b]).then(a.cmp(b)));
            let mut left = 0.0;
            for at in 1..n {
                // Deviations from the mean, so that nothing cancels.
                left += target[rows[at - 1]] - mean;
                let (low, high) = (x[rows[at - 1]], x[rows[at]]);
                if at < LEAF || n - at < LEAF || low == high {
                    continue;
                }
                let gain = left * left * n as f64 / (at as f64 * (n - at) as f64);
                if gain > best.map_or(1e-12, |b| b.0) {
                    let middle = low + 0.5 * (high - low);
                    best = Some((gain, feature, if middle < high { middle } else { low }));
                }
            }
        }
    }
    let Some((_, feature, threshold)) = best else { return Node::Leaf(mean) };
    let x = train.column(feature);
    rows.sort_unstable_by(|a, b| x[*a].total_cmp(&x[*b]).then(a.cmp(b)));
    let at = rows.partition_point(|&i| x[i] <= threshold);
    let (low, high) = rows.split_at_mut(at);
    let below = Box::new(grow(train, target, low, depth - 1));
    let above = Box::new(grow(train, target, high, depth - 1));
    Node::Split { feature, threshold, below, above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_and_a_small_sample_is_not_split() {
        let n = 100;
        let noise: Vec<f64> = (0..n).map(|i| f64::from(i * 37 % 100)).collect();
        let x = Design::from_columns(100, 2, [noise, (0..n).map(f64::from).collect()].concat());
        let y: Vec<f64> = (0..n).map(|i| if i < 42 { -1.0 } else { 3.0 }).collect();
        assert_eq!(predict(&x, &[&y], &x)[0], y);
        let few: Vec<usize> = (20..59).collect();
        let part = x.take_rows(&few);
        let mean = few.iter().map(|&i| y[i]).sum::<f64>() / 39.0;
        assert!(predict(&part, &[&y[20..59]], &part)[0].iter().all(|v| (v - mean).abs() < 1e-15));
    }
}
