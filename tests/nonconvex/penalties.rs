//! Values, proximal operators and subdifferentials.

use proptest::prelude::*;
use remeasure_optim::Penalty;
use remeasure_optim::nonconvex::{Cel0, Folded, Half, L0, Mcp, Scad, Separable};

/// Every penalty at a level, for one coefficient.
fn all(lambda: f64, bend: f64) -> Vec<(&'static str, Box<dyn Separable>)> {
    vec![
        ("scad", Box::new(Scad::new(lambda, 2.0 + bend).unwrap())),
        ("mcp", Box::new(Mcp::new(lambda, 1.0 + bend).unwrap())),
        ("half", Box::new(Half::new(lambda).unwrap())),
        ("l0", Box::new(L0::new(lambda).unwrap())),
        ("cel0", Box::new(Cel0::new(lambda, vec![bend]).unwrap())),
    ]
}

proptest! {
    #[test]
    fn a_proximal_operator_finds_the_least_value(
        z in -20.0..20.0_f64, lambda in 0.01..4.0_f64, bend in 0.01..4.0_f64, step in 0.01..9.0_f64,
    ) {
        for (name, penalty) in all(lambda, bend) {
            let objective = |v: f64| 0.5 * (v - z) * (v - z) + step * penalty.value_at(0, v);
            let found = penalty.prox_at(0, z, step);
            let value = objective(found);
            for k in -2200..=2200 {
                let other = f64::from(k) * 0.01;
                prop_assert!(value <= objective(other) + 1e-9 * (1.0 + value), "{}: {} beats {}", name, other, found);
            }
            // The optimality condition: (z − v)/step is in the subdifferential.
            let distance = penalty.distance_at(0, found, (found - z) / step);
            prop_assert!(distance < 1e-7 * (1.0 + z.abs()) / step, "{}: {}", name, distance);
        }
    }

    #[test]
    fn zero_leaves_where_activation_says(
        lambda in 0.01..4.0_f64, bend in 0.01..4.0_f64, curvature in 0.05..9.0_f64,
    ) {
        for (name, penalty) in all(lambda, bend) {
            let edge = penalty.activation(0, curvature);
            let image = |gradient: f64| penalty.prox_at(0, gradient / curvature, 1.0 / curvature);
            prop_assert_eq!(image(0.999_999 * edge), 0.0, "{}", name);
            prop_assert!(image(1.000_001 * edge) > 0.0, "{}", name);
            prop_assert!(image(-1.000_001 * edge) < 0.0, "{}", name);
        }
    }

    #[test]
    fn slopes_are_those_of_finite_differences(
        w in 0.05..20.0_f64, lambda in 0.01..4.0_f64, bend in 0.05..4.0_f64, sign in prop::bool::ANY,
    ) {
        let w = if sign { w } else { -w };
        let h = 1e-5;
        for (name, penalty) in all(lambda, bend) {
            // A jump of the second derivative within the difference changes it by at most h/2 times its size.
            let slope = (penalty.value_at(0, w + h) - penalty.value_at(0, w - h)) / (2.0 * h);
            let distance = penalty.distance_at(0, w, -slope);
            prop_assert!(distance < 1e-4 * (1.0 + bend * bend), "{} at {}: {}", name, w, distance);
        }
    }

    #[test]
    fn the_concave_part_has_the_slope_and_the_constant_it_says(
        a in -20.0..20.0_f64, b in -20.0..20.0_f64, lambda in 0.01..4.0_f64, bend in 0.05..4.0_f64,
    ) {
        fn check(penalty: &impl Folded, a: f64, b: f64) -> Result<(), TestCaseError> {
            let lambda = penalty.lambda();
            let part = |w: f64| penalty.value_at(0, w) - lambda * w.abs();
            let h = 1e-5;
            let slope = (part(a + h) - part(a - h)) / (2.0 * h);
            prop_assert!((slope - penalty.concave_slope(a)).abs() < 1e-4 * (1.0 + penalty.concavity()));
            let change = (penalty.concave_slope(a) - penalty.concave_slope(b)).abs();
            prop_assert!(change <= penalty.concavity() * (a - b).abs() * (1.0 + 1e-12) + 1e-12);
            Ok(())
        }
        check(&Scad::new(lambda, 2.0 + bend).unwrap(), a, b)?;
        check(&Mcp::new(lambda, 1.0 + bend).unwrap(), a, b)?;
    }
}

#[test]
fn a_penalty_is_a_sum_over_coefficients() {
    let (scad, w) = (Scad::new(0.5, 3.7).unwrap(), [0.0, 0.3, -1.0, 4.0]);
    let sum: f64 = w.iter().map(|w| scad.value_at(0, *w)).sum();
    assert_eq!(scad.value(&w), sum);
    let mut moved = w;
    scad.prox(1.0, &mut moved);
    assert_eq!(moved, w.map(|w| scad.prox_at(0, w, 1.0)));
}

#[test]
fn zero_is_stationary_from_lambda_max() {
    let gradient = [0.3, -2.0, 1.0];
    let at = |lambda: f64| -> [f64; 3] {
        let cel0 = Cel0::new(lambda, vec![0.5, 2.0, 3.0]).unwrap();
        [
            Scad::new(lambda, 3.7).unwrap().subdifferential_distance(&[0.0; 3], &gradient),
            Mcp::new(lambda, 3.0).unwrap().subdifferential_distance(&[0.0; 3], &gradient),
            cel0.subdifferential_distance(&[0.0; 3], &gradient),
        ]
    };
    let scad = Scad::new(1.0, 3.7).unwrap().lambda_max(&gradient).unwrap();
    let cel0 = Cel0::new(1.0, vec![0.5, 2.0, 3.0]).unwrap().lambda_max(&gradient).unwrap();
    assert_eq!((scad, cel0), (2.0, 0.5));
    assert!(at(2.0)[..2].iter().all(|d| *d == 0.0) && at(1.999)[..2].iter().all(|d| *d > 0.0));
    assert!(at(0.5)[2] < 1e-15 && at(0.499)[2] > 0.0);
    assert!(Half::new(1.0).unwrap().lambda_max(&gradient).is_none());
    assert!(L0::new(1.0).unwrap().lambda_max(&gradient).is_none());
}

#[test]
fn numbers_out_of_range_are_refused_by_their_key() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let keys = [
            Scad::new(bad, 3.7).unwrap_err().key,
            Mcp::new(bad, 3.0).unwrap_err().key,
            Half::new(bad).unwrap_err().key,
            L0::new(bad).unwrap_err().key,
            Cel0::new(bad, vec![1.0]).unwrap_err().key,
        ];
        assert!(keys.iter().all(|key| key == "lambda"), "{keys:?}");
    }
    for bad in [2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Scad::new(1.0, bad).unwrap_err().key, "a");
    }
    for bad in [1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Mcp::new(1.0, bad).unwrap_err().key, "gamma");
    }
    assert_eq!(Cel0::new(1.0, vec![1.0, f64::NAN]).unwrap_err().key, "norms");
}
