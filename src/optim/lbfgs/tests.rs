//! Minima known in closed form, with and without active bounds.

use super::*;
use std::convert::Infallible;

/// A function with its gradient, and the number of evaluations of each.
struct Counted<F> {
    function: F,
    at: Vec<f64>,
    values: usize,
    gradients: usize,
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> Objective for Counted<F> {
    type Error = Infallible;

    fn value(&mut self, x: &[f64]) -> Result<f64, Infallible> {
        self.values += 1;
        self.at = x.to_vec();
        Ok((self.function)(x).0)
    }

    fn gradient(&mut self, out: &mut [f64]) -> Result<(), Infallible> {
        self.gradients += 1;
        out.copy_from_slice(&(self.function)(&self.at).1);
        Ok(())
    }
}

fn counted<F: Fn(&[f64]) -> (f64, Vec<f64>)>(function: F) -> Counted<F> {
    Counted { function, at: Vec::new(), values: 0, gradients: 0 }
}

const SETTINGS: Lbfgs = Lbfgs { memory: 10, tolerance: 1e-9, iterations: 1000 };

fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
    let (mut value, mut gradient) = (0.0, vec![0.0; x.len()]);
    for i in 0..x.len() - 1 {
        let (bend, left) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
        value += 100.0 * bend * bend + left * left;
        gradient[i] += -400.0 * bend * x[i] - 2.0 * left;
        gradient[i + 1] += 200.0 * bend;
    }
    (value, gradient)
}

#[test]
fn rosenbrock_in_ten_dimensions() {
    let mut objective = counted(rosenbrock);
    let (open, n) = (f64::INFINITY, 10);
    let found = SETTINGS.minimise(&mut objective, &[-1.2; 10], &vec![-open; n], &vec![open; n]).unwrap();
    assert_eq!(found.end, End::Converged);
    assert!(found.point.iter().all(|v| (v - 1.0).abs() < 1e-8), "{found:?}");
    assert!(found.iterations < 150, "{} iterations", found.iterations);
    // One gradient per iterate: rejected trial points need only a value.
    assert_eq!(objective.gradients, found.iterations + 1);
}

/// With `x₁ ≤ .5`, the minimiser of the two-dimensional Rosenbrock function is `(.5, .25)`; with `x₂ ≥ 2`,
/// `x₁` is the root of `200x³ − 399x − 1` (from `∂₁ = 0` at `x₂ = 2`) near `√2`.
#[test]
fn rosenbrock_in_a_box() {
    let open = f64::INFINITY;
    let found = SETTINGS.minimise(&mut counted(rosenbrock), &[-1.2, 1.0], &[-open; 2], &[0.5, open]).unwrap();
    assert_eq!(found.end, End::Converged);
    assert!((found.point[0] - 0.5).abs() < 1e-14 && (found.point[1] - 0.25).abs() < 1e-9, "{found:?}");
    let found = SETTINGS.minimise(&mut counted(rosenbrock), &[1.0, 3.0], &[-open, 2.0], &[open; 2]).unwrap();
    let root = found.point[0];
    assert_eq!((found.end, found.point[1]), (End::Converged, 2.0));
    assert!((200.0 * root.powi(3) - 399.0 * root - 1.0).abs() < 1e-6 && root > 1.0, "{found:?}");
}

/// `½xᵀAx − bᵀx` on `[0, 1]ⁿ` with `A` of condition 10⁴ and `b` chosen so that the minimiser, its multipliers
/// and hence the active set are known: a third at 0, a third at 1, the rest inside.
#[test]
fn a_quadratic_with_a_known_active_set() {
    let n = 30;
    let mut generator = remeasure_core::numerics::splitmix::SplitMix64::new(7);
    let factor: Vec<Vec<f64>> = (0..n).map(|_| generator.normals(n)).collect();
    let weight = |k: usize| 10_f64.powf(4.0 * k as f64 / (n - 1) as f64) / n as f64;
    let product = |x: &[f64]| -> Vec<f64> {
        let mut out = vec![0.0; n];
        for (k, row) in factor.iter().enumerate() {
            kernels::axpy(weight(k) * kernels::dot(row, x), row, &mut out);
        }
        out.iter_mut().zip(x).for_each(|(o, x)| *o += x);
        out
    };
    let inside = generator.uniforms(n);
    let solution: Vec<f64> = (0..n)
        .map(|i| match i % 3 {
            0 => 0.0,
            1 => 1.0,
            _ => 0.1 + 0.8 * inside[i],
        })
        .collect();
    let multiplier = [3.0, -3.0, 0.0];
    let b: Vec<f64> = product(&solution).iter().enumerate().map(|(i, p)| p - multiplier[i % 3]).collect();
    let mut objective = counted(|x: &[f64]| {
        let p = product(x);
        let gradient = p.iter().zip(&b).map(|(p, b)| p - b).collect();
        (0.5 * kernels::dot(x, &p) - kernels::dot(x, &b), gradient)
    });
    let settings = Lbfgs { tolerance: 1e-7, ..SETTINGS };
    let found = settings.minimise(&mut objective, &vec![0.5; n], &vec![0.0; n], &vec![1.0; n]).unwrap();
    assert!(matches!(found.end, End::Converged | End::Stalled), "{found:?}");
    for (i, (x, want)) in found.point.iter().zip(&solution).enumerate() {
        assert!((x - want).abs() < 1e-6, "{i}: {x} for {want} ({:?}, {})", found.end, found.iterations);
        assert!(i % 3 == 2 || x == want, "{i}: {x} is off its end {want}");
    }
}

#[test]
fn an_empty_gradient_and_a_bad_start_end_at_once() {
    let flat = |_: &[f64]| (1.0, vec![0.0]);
    let found = SETTINGS.minimise(&mut counted(flat), &[3.0], &[0.0], &[2.0]).unwrap();
    assert_eq!((found.end, found.iterations, found.point[0]), (End::Converged, 0, 2.0));
    let nothing = |_: &[f64]| (f64::NAN, vec![0.0]);
    let found = SETTINGS.minimise(&mut counted(nothing), &[1.0], &[0.0], &[2.0]).unwrap();
    assert_eq!(found.end, End::NotFinite);
}

/// `x − ln x` from 100: the line search must return from points without a value.
#[test]
fn values_that_are_not_finite_shorten_the_step() {
    let function = |x: &[f64]| (x[0] - x[0].ln(), vec![1.0 - 1.0 / x[0]]);
    let open = f64::INFINITY;
    let found = SETTINGS.minimise(&mut counted(function), &[100.0], &[-open], &[open]).unwrap();
    assert_eq!(found.end, End::Converged);
    assert!((found.point[0] - 1.0).abs() < 1e-8);
}

/// A gradient with the wrong sign: no step helps, so the method must stop rather than try forever.
#[test]
fn ascent_stalls() {
    let function = |x: &[f64]| (x[0], vec![-1.0]);
    let open = f64::INFINITY;
    let found = SETTINGS.minimise(&mut counted(function), &[0.0], &[-open], &[open]).unwrap();
    assert_eq!(found.end, End::Stalled);
}
