//! NOTEARS, GOLEM, regressions along an order, and yardsticks.

use remeasure_graphs::Dag;
use remeasure_graphs::dag::Counts;

use crate::{fit, sample};

const PROBLEM: &str = "kind = \"linear-sem\"\nd = 6\nk = 1\nn = 2000\nweights = [0.8, 2]\nvariance = 1";

#[test]
fn equal_variances_and_large_weights_are_solved_by_all() {
    // Peters and Bühlmann 2014: with equal variances, the graph is identified.
    for replicate in 0..3 {
        let sample = sample(PROBLEM, replicate);
        let truth = sample.truth.as_ref().unwrap();
        for text in [
            "kind = \"notears\"",
            "kind = \"golem\"\nvariances = \"equal\"\nsteps = 20000",
            "kind = \"colide-ev\"",
            "kind = \"dagma\"",
            "kind = \"oracle\"\nknows = \"order\"",
            "kind = \"oracle\"\nknows = \"parents\"",
        ] {
            let found = fit(text, &sample).unwrap();
            let dag = Dag::from_weights(6, &found.weights).unwrap();
            assert_eq!(Counts::new(&truth.dag, &dag).shd(), 0, "{replicate} {text}");
            for (w, t) in found.weights.iter().zip(&truth.weights) {
                // Penalties shrink: that of NOTEARS, which is not scaled, most.
                assert!((w - t).abs() < if text.contains("notears") { 0.4 } else { 0.25 }, "{text}: {w} {t}");
            }
            assert!(found.shortfall.is_none(), "{text}: {:?}", found.shortfall);
        }
    }
}

#[test]
fn golem_without_penalties_is_least_squares_where_the_order_is_forced() {
    // Two nodes: with a large weight on cycles, one direction is left, and its weight is the regression coefficient.
    let mut sample = sample(PROBLEM, 0);
    sample.nodes = 2;
    sample.covariance = vec![1.0, 0.9, 0.9, 1.9];
    let golem =
        |keys: &str| fit(&format!("kind = \"golem\"\nvariances = {keys}\nlambda = 0"), &sample).unwrap();
    let found = golem("\"equal\"\nsteps = 20000\ncycles = 100");
    assert!((found.weights[1] - 0.9).abs() < 1e-2 && found.weights[2] == 0.0, "{:?}", found.weights);
    assert!(found.acyclicity.unwrap() < 1e-4);
}

#[test]
fn regression_along_the_variances_finds_graphs_whose_variances_grow() {
    let sample = sample("kind = \"linear-sem\"\nd = 5\nk = 2\nn = 5000\nweights = [1, 2]\nvariance = 1", 1);
    let truth = &sample.truth.as_ref().unwrap().dag;
    let found = fit("kind = \"sort-n-regress\"", &sample).unwrap();
    let variance = |j: usize| sample.covariance[j * 5 + j];
    let sorted = truth.edges().all(|(i, j)| variance(i) < variance(j));
    let dag = Dag::from_weights(5, &found.weights).unwrap();
    assert!(dag.edges().all(|(i, j)| variance(i) < variance(j)));
    if sorted {
        assert_eq!(Counts::new(truth, &dag).shd(), 0);
    }
    let empty = fit("kind = \"empty-graph\"", &sample).unwrap();
    assert!(empty.weights.iter().all(|w| *w == 0.0));
}

#[test]
fn least_squares_on_the_true_parents_is_the_regression() {
    let sample = sample(PROBLEM, 1);
    let truth = sample.truth.as_ref().unwrap();
    let found = fit("kind = \"oracle\"\nknows = \"parents\"\nthreshold = 0", &sample).unwrap();
    // The residual of each node is uncorrelated with its parents.
    for (j, variance) in found.variances.as_ref().unwrap().iter().enumerate() {
        for p in truth.dag.parents(j) {
            let fitted: f64 =
                truth.dag.parents(j).map(|i| found.weights[i * 6 + j] * sample.covariance[i * 6 + p]).sum();
            assert!((fitted - sample.covariance[p * 6 + j]).abs() < 1e-9 * sample.covariance[p * 6 + p]);
        }
        assert!((variance - 1.0).abs() < 0.15, "{variance}");
    }
}
