//! Certificates, agreement where convex, sample weights.

use remeasure_core::numerics::Design;
use remeasure_optim::lasso::{Lasso, LassoProblem};
use remeasure_optim::nonconvex::{
    Accelerated, Cel0, Folded, Half, L0, Loss, Mcp, Method, Observations, Scad, Separable, Unpenalised,
    Working, stationarity,
};

use crate::instance;

/// Responses 0 and 1.
fn binary(y: &[f64]) -> Vec<f64> {
    y.iter().map(|y| f64::from(u8::from(*y > 0.3))).collect()
}

/// The largest distance between two vectors.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn along_a_path_every_solution_is_stationary() {
    for (loss, n, p) in [(Loss::Gaussian, 80, 200), (Loss::Gaussian, 60, 20), (Loss::Logistic, 120, 60)] {
        let (design, y) = instance(n, p, 3);
        let y = if loss == Loss::Logistic { binary(&y) } else { y };
        let data = Observations::new(loss, &design, &y, None, 1).unwrap();
        let mut solver = Working::new(&data).unwrap();
        let top = solver.lambda_max();
        let mut check = |penalty: &dyn Separable, label: &str| {
            let fit = solver.solve(&Wrapped(penalty), 1e-8, 20_000);
            assert!(fit.converged(), "{label}: {:?} {}", fit.termination, fit.stationarity);
            // Computed anew, from the coefficients alone.
            let whole = Unpenalised { free: 1, penalty: &Wrapped(penalty) };
            let anew = stationarity(&data, &whole, &fit.coefficients).unwrap();
            assert!((anew - fit.stationarity).abs() < 1e-9 * top, "{label}: {anew} {}", fit.stationarity);
            assert!(anew < 1e-7 * top, "{label}: {anew}");
            fit
        };
        let mut nonzero = Vec::new();
        // Below, the classes can be separated, and coefficients without a slope grow without end.
        let ratio = if loss == Loss::Logistic { 0.95_f64 } else { 0.8 };
        for k in 0..15 {
            let lambda = top * ratio.powi(k);
            let fit = check(&Scad::new(lambda, 3.7).unwrap(), "scad");
            check(&Mcp::new(lambda, 3.0).unwrap(), "mcp");
            nonzero.push(fit.coefficients.iter().filter(|w| **w != 0.0).count());
        }
        assert_eq!(nonzero[0], 1, "only the intercept at λ_max");
        assert!(nonzero[14] > if loss == Loss::Logistic { 2 } else { 5 }, "{nonzero:?}");
        if loss == Loss::Logistic {
            continue;
        }
        check(&L0::new(0.05 * top * top).unwrap(), "l0");
        check(&Half::new(0.3 * top).unwrap(), "half");
        let norms = (1..p).map(|j| (design.column(j).iter().map(|x| x * x).sum::<f64>() / n as f64).sqrt());
        check(&Cel0::new(0.05 * top * top, norms.collect()).unwrap(), "cel0");
    }
}

/// Any penalty, as a sized type.
struct Wrapped<'a>(&'a dyn Separable);

impl Separable for Wrapped<'_> {
    fn value_at(&self, j: usize, w: f64) -> f64 {
        self.0.value_at(j, w)
    }

    fn prox_at(&self, j: usize, z: f64, step: f64) -> f64 {
        self.0.prox_at(j, z, step)
    }

    fn distance_at(&self, j: usize, w: f64, gradient: f64) -> f64 {
        self.0.distance_at(j, w, gradient)
    }

    fn activation(&self, j: usize, curvature: f64) -> f64 {
        self.0.activation(j, curvature)
    }

    fn lambda_max(&self, gradient: &[f64]) -> Option<f64> {
        self.0.lambda_max(gradient)
    }
}

#[test]
fn with_an_orthogonal_design_the_solution_is_known() {
    // Columns of a Hadamard matrix: mean square 1, so each coefficient is its own proximal operator.
    let design = Design::from_columns(4, 3, vec![1., 1., -1., -1., 1., -1., 1., -1., 1., -1., -1., 1.]);
    let y = [6.3, -0.5, 1.1, -3.0];
    let data = Observations::new(Loss::Gaussian, &design, &y, None, 0).unwrap();
    let z: Vec<f64> =
        (0..3).map(|j| design.column(j).iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / 4.0).collect();
    let scad = Scad::new(0.7, 3.7).unwrap();
    let mut solver = Working::new(&data).unwrap();
    let fit = solver.solve(&scad, 1e-12, 100);
    for (j, w) in fit.coefficients.iter().enumerate() {
        assert!((w - scad.prox_at(j, z[j], 1.0)).abs() < 1e-12, "{w}");
    }
}

#[test]
fn far_from_the_bend_mcp_is_the_lasso() {
    let (design, y) = instance(50, 80, 9);
    let data = Observations::new(Loss::Gaussian, &design, &y, None, 0).unwrap();
    let lambda = 0.1 * Working::new(&data).unwrap().lambda_max();
    let problem = LassoProblem::new(&design, &y).unwrap();
    let lasso = Lasso::new(lambda).unwrap().tolerance(1e-14).unwrap().solve(&problem, None).unwrap();
    let mcp = Mcp::new(lambda, 1e9).unwrap();
    let working = Working::new(&data).unwrap().solve(&mcp, 1e-10, 100_000);
    assert!(apart(&working.coefficients, &lasso.coefficients) < 1e-6);
    let features: Vec<usize> = (0..80).collect();
    for method in [Method::Proposed, Method::Original, Method::ProximalGradient] {
        let solver = Accelerated::new(method, 1e-11, 200_000).unwrap();
        let found = solver.solve(&data, &mcp, data.lipschitz(), &features, &[0.0; 80], &mut |_| {}).unwrap();
        assert!(apart(&found.coefficients, &lasso.coefficients) < 1e-6, "{method:?}");
    }
}

#[test]
fn where_the_problem_is_convex_all_methods_agree_for_both_losses() {
    // With n ≫ p and a large a, the loss is more convex than the penalty is concave.
    let (design, y) = instance(200, 10, 4);
    for loss in [Loss::Gaussian, Loss::Logistic, Loss::HalfLogistic] {
        let y = if loss == Loss::Gaussian { y.clone() } else { binary(&y) };
        let weights: Vec<f64> = (0..200).map(|i| f64::from(i % 4)).collect();
        let data = Observations::new(loss, &design, &y, Some(&weights), 1).unwrap();
        let scad = Scad::new(0.05, 60.0).unwrap();
        let working = Working::new(&data).unwrap().solve(&scad, 1e-10, 100_000);
        assert!(working.converged());
        let features: Vec<usize> = (0..10).collect();
        for method in [Method::Proposed, Method::Original, Method::ProximalGradient] {
            let solver = Accelerated::new(method, 1e-11, 500_000).unwrap();
            let mut values = Vec::new();
            let found = solver
                .solve(&data, &scad, data.lipschitz(), &features, &[0.5; 10], &mut |i| {
                    values.push(i.objective)
                })
                .unwrap();
            assert!(found.converged(), "{method:?}");
            let distance = apart(&found.coefficients, &working.coefficients);
            assert!(distance < 1e-6, "{loss:?} {method:?}: {distance}");
            if method == Method::ProximalGradient {
                assert!(values.windows(2).all(|v| v[1] <= v[0] + 1e-12), "the proximal gradient descends");
            }
        }
    }
}

#[test]
fn columns_that_are_not_read_change_no_iterate() {
    let (n, p) = (40, 300);
    let (design, y) = instance(n, p, 11);
    for loss in [Loss::Gaussian, Loss::HalfLogistic] {
        let y = if loss == Loss::Gaussian { y.clone() } else { binary(&y) };
        let data = Observations::new(loss, &design, &y, None, 1).unwrap();
        let lambda = 0.2 * Working::new(&data).unwrap().lambda_max();
        let scad = Scad::new(lambda, 3.7).unwrap();
        let step = 1.0 / data.lipschitz().max(scad.concavity());
        let start: Vec<f64> = (0..p).map(|j| if j % 3 == 0 { 0.1 } else { 0.0 }).collect();
        let features: Vec<usize> = (0..p).collect();
        let mut found = Vec::new();
        Accelerated::new(Method::ProximalGradient, 0.0, 300)
            .unwrap()
            .solve(&data, &scad, data.lipschitz(), &features, &start, &mut |i| {
                found.push(i.coefficients.to_vec())
            })
            .unwrap();
        // The same, with all derivatives.
        let (mut w, mut gradient) = (start, vec![0.0; p]);
        for (k, found) in found.iter().enumerate() {
            assert!(apart(found, &w) < 1e-10, "{loss:?}, iteration {k}");
            data.value_and_gradient(&w, &mut gradient).unwrap();
            for j in 0..p {
                let slope = if j == 0 { 0.0 } else { scad.concave_slope(w[j]) };
                let z = w[j] - step * (gradient[j] + slope);
                let threshold = if j == 0 { 0.0 } else { step * lambda };
                w[j] = (z.abs() - threshold).max(0.0).copysign(z);
            }
        }
        let nonzero = w.iter().filter(|w| **w != 0.0).count();
        assert!(found.len() == 301 && (5..150).contains(&nonzero), "{nonzero} rest not");
    }
}

#[test]
fn weights_count_rows_as_often_as_they_say() {
    for loss in [Loss::Gaussian, Loss::Logistic] {
        let (design, y) = instance(150, 12, 5);
        let y = if loss == Loss::Logistic { binary(&y) } else { y };
        let weights: Vec<f64> = (0..150).map(|i| f64::from(i % 3)).collect();
        let repeated: Vec<usize> = (0..150).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
        let (more, longer) =
            (design.take_rows(&repeated), repeated.iter().map(|&i| y[i]).collect::<Vec<_>>());
        let weighted = Observations::new(loss, &design, &y, Some(&weights), 1).unwrap();
        let plain = Observations::new(loss, &more, &longer, None, 1).unwrap();
        let (mut a, mut b) = (Working::new(&weighted).unwrap(), Working::new(&plain).unwrap());
        assert!((a.lambda_max() - b.lambda_max()).abs() < 1e-9);
        let mcp = Mcp::new(0.5 * a.lambda_max(), 3.0).unwrap();
        let (a, b) = (a.solve(&mcp, 1e-10, 100_000), b.solve(&mcp, 1e-10, 100_000));
        assert!(a.converged() && b.converged());
        assert!(apart(&a.coefficients, &b.coefficients) < 1e-7, "{loss:?}");
        assert!((a.objective - b.objective).abs() < 1e-10 * (1.0 + b.objective));
        let unweighted = Observations::new(loss, &design, &y, None, 1).unwrap();
        let other = Working::new(&unweighted).unwrap().solve(&mcp, 1e-10, 100_000);
        assert!(apart(&a.coefficients, &other.coefficients) > 1e-3, "weights are not ignored");
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (design, y) = instance(30, 6, 8);
    let weights: Vec<f64> = (0..30).map(|i| 0.5 + f64::from(i % 2)).collect();
    for loss in [Loss::Gaussian, Loss::Logistic, Loss::HalfLogistic] {
        let y = if loss == Loss::Gaussian { y.clone() } else { binary(&y) };
        let data = Observations::new(loss, &design, &y, Some(&weights), 0).unwrap();
        let at = [0.3, -0.2, 0.9, 0.0, -1.1, 0.4];
        let (mut gradient, mut unused) = ([0.0; 6], [0.0; 6]);
        data.value_and_gradient(&at, &mut gradient).unwrap();
        for j in 0..6 {
            let mut value = |h: f64| {
                let mut moved = at;
                moved[j] += h;
                data.value_and_gradient(&moved, &mut unused).unwrap()
            };
            let slope = (value(1e-5) - value(-1e-5)) / 2e-5;
            assert!((slope - gradient[j]).abs() < 1e-7, "{loss:?} {j}: {slope} {}", gradient[j]);
        }
    }
}

#[test]
fn bad_observations_are_refused_by_their_key() {
    let (design, y) = instance(8, 3, 1);
    let key = |loss, y: &[f64], weights: Option<&[f64]>, free| {
        Observations::new(loss, &design, y, weights, free).unwrap_err().key
    };
    assert_eq!(key(Loss::Gaussian, &y[..7], None, 0), "response");
    assert_eq!(key(Loss::Logistic, &y, None, 0), "response");
    assert_eq!(key(Loss::Gaussian, &[f64::NAN; 8], None, 0), "response");
    assert_eq!(key(Loss::Gaussian, &y, Some(&[1.0; 7]), 0), "weights");
    assert_eq!(key(Loss::Gaussian, &y, Some(&[-1.0; 8]), 0), "weights");
    assert_eq!(key(Loss::Gaussian, &y, Some(&[0.0; 8]), 0), "weights");
    assert_eq!(key(Loss::Gaussian, &y, None, 4), "free");
    let bad = Design::from_columns(8, 3, vec![f64::INFINITY; 24]);
    let data = Observations::new(Loss::Gaussian, &bad, &y, None, 0).unwrap();
    assert_eq!(Working::new(&data).unwrap_err().key, "design");
}
