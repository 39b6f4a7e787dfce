//! The structural intervention distance against effects in linear models.

use rand::Rng;
use remeasure_core::numerics::dense::pseudo_solve;
use remeasure_core::stream::Streams;
use remeasure_graphs::dag::sid;
use remeasure_graphs::{Dag, generate};

use crate::dag::all;

/// Covariance, and effect of each node on each, of a model with random weights and variances.
fn model(dag: &Dag, replicate: u32) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let d = dag.nodes();
    let mut stream = Streams { seed: 4, cell: 1, replicate }.stream("model");
    // Row i of `total`: the effect of i on each node.
    let mut total = vec![vec![0.0; d]; d];
    for (i, row) in total.iter_mut().enumerate() {
        row[i] = 1.0;
    }
    for &j in dag.order() {
        for p in dag.parents(j).collect::<Vec<_>>() {
            let weight = generate::signed_uniform(0.5, 1.5, &mut stream);
            total.iter_mut().for_each(|row| row[j] += weight * row[p]);
        }
    }
    let variances: Vec<f64> = (0..d).map(|_| stream.gen_range(0.5..2.0)).collect();
    let covariance = (0..d)
        .map(|a| (0..d).map(|b| (0..d).map(|i| variances[i] * total[i][a] * total[i][b]).sum()).collect())
        .collect();
    (covariance, total)
}

/// Pairs whose effect, by regression on a node and its parents in `estimate`, is wrong in a model of `truth`.
fn by_regression(truth: &Dag, estimate: &Dag) -> usize {
    let d = truth.nodes();
    let (covariance, total) = model(truth, 0);
    let mut wrong = 0;
    for (i, effects) in total.iter().enumerate() {
        let mut used = vec![i];
        used.extend(estimate.parents(i));
        for j in (0..d).filter(|&j| j != i) {
            let effect = if used.contains(&j) {
                0.0
            } else {
                let gram: Vec<f64> = used
                    .iter()
                    .flat_map(|&a| used.iter().map(move |&b| (a, b)))
                    .map(|(a, b)| covariance[a][b])
                    .collect();
                let right: Vec<f64> = used.iter().map(|&a| covariance[a][j]).collect();
                pseudo_solve(used.len(), &gram, &right).unwrap().0[0]
            };
            wrong += usize::from((effect - effects[j]).abs() > 1e-9);
        }
    }
    wrong
}

#[test]
fn wrong_pairs_are_those_whose_regression_is_wrong() {
    let mut distances = Vec::new();
    let small = all(3);
    for truth in &small {
        for estimate in &small {
            distances.push(sid(truth, estimate));
            assert_eq!(sid(truth, estimate), by_regression(truth, estimate), "{truth:?} {estimate:?}");
        }
        assert_eq!(sid(truth, truth), 0);
    }
    assert_eq!(distances.iter().max(), Some(&6));
    for replicate in 0..300 {
        let draw = |role: &str| {
            let mut stream = Streams { seed: 5, cell: 1, replicate }.stream(role);
            Dag::from_edges(6, &generate::with_probability(6, 8.0, &mut stream)).unwrap()
        };
        let (truth, estimate) = (draw("truth"), draw("estimate"));
        assert_eq!(sid(&truth, &estimate), by_regression(&truth, &estimate), "{truth:?} {estimate:?}");
    }
}

#[test]
fn distances_of_known_graphs() {
    // Against Y → X, both effects are wrong. Without an edge, regression is taken for an effect: right for X on Y, wrong
    // for Y on X.
    let [right, wrong, none] = [&[(0, 1)][..], &[(1, 0)], &[]].map(|e| Dag::from_edges(2, e).unwrap());
    assert_eq!(sid(&right, &wrong), 2);
    assert_eq!(sid(&right, &none), 1);
    assert_eq!(sid(&none, &right), 0);
}
