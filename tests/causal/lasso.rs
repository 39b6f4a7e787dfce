//! The Lasso from a Gram matrix.

use remeasure_causal::lasso::lasso;

#[test]
fn an_orthogonal_design_is_soft_thresholded() {
    let found = lasso(&[2.0, 0.0, 0.0, 4.0], &[3.0, -1.0], 0.5).expect("a fit");
    assert!((found.h[0] - 1.25).abs() < 1e-15 && (found.h[1] + 0.125).abs() < 1e-15, "{found:?}");
    assert_eq!(lasso(&[2.0, 0.0, 0.0, 4.0], &[3.0, -1.0], 3.5).expect("a fit").h, [0.0, 0.0]);
}

#[test]
fn without_a_penalty_the_normal_equations_are_solved() {
    let found = lasso(&[4.0, 3.9, 3.9, 4.0], &[1.0, 2.0], 0.0).expect("a fit");
    let (x, y) = (found.h[0], found.h[1]);
    assert!((4.0 * x + 3.9 * y - 1.0).abs() < 1e-10 && (3.9 * x + 4.0 * y - 2.0).abs() < 1e-10, "{found:?}");
}

#[test]
fn correlated_features_meet_the_conditions() {
    let m = 12;
    let at = |i: usize, j: usize| 0.95f64.powi((i as i32 - j as i32).abs());
    let gram: Vec<f64> = (0..m * m).map(|k| at(k / m, k % m)).collect();
    let right: Vec<f64> = (0..m).map(|i| (i as f64 * 1.7).sin()).collect();
    for lambda in [0.001, 0.05, 0.4] {
        let found = lasso(&gram, &right, lambda).expect("a fit");
        assert!(found.violation < 1e-9, "{found:?}");
        let zeros = found.h.iter().filter(|h| **h == 0.0).count();
        assert!(lambda < 0.3 || zeros > 0, "{found:?}");
    }
}
