//! Invalid input, and input at the edge of validity.

use remeasure_core::numerics::Design;
use remeasure_multitask::relevance::{Relevance, l1, l1_weighted, l2, lasso};

use super::draw;

fn all(heads: &Design, target: &[f64]) -> [anyhow::Result<Relevance>; 3] {
    [l1(heads, target), l2(heads, target), lasso(heads, target, 0.1)]
}

#[test]
fn nothing_is_relevant_to_nothing() {
    let (heads, _) = draw(3, 5, 1);
    for nu in all(&heads, &[0.0; 3]) {
        assert_eq!(nu.unwrap(), Relevance { weights: vec![0.0; 5], residual: 0.0, certificate: 0.0 });
    }
    let zero = Design::from_columns(3, 5, vec![0.0; 15]);
    for nu in all(&zero, &[1.0, 2.0, 3.0]) {
        assert_eq!(nu.unwrap(), Relevance { weights: vec![0.0; 5], residual: 1.0, certificate: 0.0 });
    }
    // Orthogonal to all heads.
    let plane = Design::from_columns(3, 2, vec![1.0, 0.0, 0.0, 0.5, 2.0, 0.0]);
    for nu in all(&plane, &[0.0, 0.0, 1.0]) {
        assert_eq!(nu.unwrap(), Relevance { weights: vec![0.0; 2], residual: 1.0, certificate: 0.0 });
    }
}

#[test]
fn fewer_tasks_than_dimensions() {
    let heads = Design::from_columns(3, 2, vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
    for nu in [l1(&heads, &[1.0, 1.0, 1.0]).unwrap(), l2(&heads, &[1.0, 1.0, 1.0]).unwrap()] {
        approx::assert_relative_eq!(nu.weights[0], 1.0, max_relative = 1e-14);
        approx::assert_relative_eq!(nu.weights[1], 0.5, max_relative = 1e-14);
        approx::assert_relative_eq!(nu.residual, (1.0_f64 / 3.0).sqrt(), max_relative = 1e-14);
    }
}

#[test]
fn a_task_that_is_the_target_takes_all() {
    let (heads, _) = draw(4, 30, 2);
    let unit = |v: &[f64]| {
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter().map(|x| x / norm).collect::<Vec<f64>>()
    };
    let heads = Design::from_columns(4, 30, (0..30).flat_map(|t| unit(heads.column(t))).collect());
    let nu = l1(&heads, heads.column(17)).unwrap();
    for (t, weight) in nu.weights.iter().enumerate() {
        approx::assert_abs_diff_eq!(*weight, f64::from(u8::from(t == 17)), epsilon = 1e-12);
    }
}

#[test]
fn no_penalty_is_the_exact_one_and_a_large_one_leaves_nothing() {
    let (heads, target) = draw(5, 40, 3);
    let exact = l1(&heads, &target).unwrap();
    assert_eq!(lasso(&heads, &target, 0.0).unwrap(), exact);
    let close = lasso(&heads, &target, 1e-7).unwrap();
    for (a, b) in close.weights.iter().zip(&exact.weights) {
        approx::assert_abs_diff_eq!(a, b, epsilon = 1e-5);
    }
    let none = lasso(&heads, &target, 1e9).unwrap();
    assert_eq!((none.weights, none.residual), (vec![0.0; 40], 1.0));
}

#[test]
fn what_is_wrong_is_named() {
    let (heads, target) = draw(3, 4, 4);
    let message = |result: anyhow::Result<Relevance>| result.unwrap_err().to_string();
    let not_finite = [1.0, f64::NAN, 1.0];
    for result in all(&heads, &not_finite) {
        assert_eq!(message(result), "target: expected a finite number, found NaN in entry 1");
    }
    for result in all(&heads, &target[..2]) {
        assert_eq!(message(result), "target: expected length 3, that of the tasks' heads, found 2");
    }
    let mut broken = heads.clone();
    broken.column_mut(2)[0] = f64::INFINITY;
    for result in all(&broken, &target) {
        assert_eq!(message(result), "w: the head of task 2 is not finite");
    }
    for result in all(&Design::from_columns(3, 0, Vec::new()), &target) {
        assert_eq!(message(result), "w: expected at least one row and one task, found 3 × 0");
    }
    assert_eq!(message(lasso(&heads, &target, -1.0)), "lambda: expected a number of at least 0, found -1");
    assert_eq!(
        message(l1_weighted(&heads, &target, &[1.0, 0.0, 1.0, 1.0])),
        "costs[1]: expected a finite cost above 0, found 0 for task 1"
    );
    assert_eq!(
        message(l1_weighted(&heads, &target, &[1.0; 3])),
        "costs: expected one cost for each of 4 tasks, found 3"
    );
}
