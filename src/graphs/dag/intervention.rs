//! Structural intervention distance.

use super::separation::blocked;
use super::topology::Dag;

/// Structural intervention distance (Peters and Bühlmann, Neural Computation 2015): the number of ordered pairs
/// `(i, j)` for which adjusting for the parents of `i` in `estimate` can give a wrong effect of `i` on `j` under a
/// distribution of `truth`.
///
/// If `j` is such a parent, no effect is inferred, which is wrong if `truth` has a directed path from `i` to `j`.
/// Otherwise the adjustment is right if and only if no parent descends from a node other than `i` on such a path, and
/// the parents block all other paths (Shpitser, VanderWeele and Robins, UAI 2010).
#[must_use]
pub fn sid(truth: &Dag, estimate: &Dag) -> usize {
    let nodes = truth.nodes();
    let below: Vec<Vec<bool>> = (0..nodes).map(|i| truth.descendants(&[i])).collect();
    let mut wrong = 0;
    for i in 0..nodes {
        let mut given = vec![false; nodes];
        estimate.parents(i).for_each(|p| given[p] = true);
        if truth.parents(i).eq(estimate.parents(i)) {
            continue;
        }
        for j in (0..nodes).filter(|&j| j != i) {
            // Nodes other than i on a directed path from i to j.
            let on_path = |k: usize| k != i && below[i][k] && below[k][j];
            wrong += usize::from(if given[j] {
                below[i][j]
            } else {
                let spoiled = (0..nodes).any(|k| on_path(k) && (0..nodes).any(|p| given[p] && below[k][p]));
                spoiled || !blocked(truth, i, j, &given, |a, b| a != i || !on_path(b))
            });
        }
    }
    wrong
}
