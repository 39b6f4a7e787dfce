//! Checks every function of a smooth problem against central differences of another, and its constants against the
//! function.

use remeasure_bilevel::Smooth;
use remeasure_core::numerics::Design;
use remeasure_core::numerics::splitmix::SplitMix64;

/// Maximum number of coordinates checked one by one.
const COORDINATES: usize = 40;

/// Up to this dimension the Hessian is formed.
const EXPLICIT: usize = 150;

/// Relative error that a central difference may have.
const TOLERANCE: f64 = 2e-6;

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn moved(at: &[f64], by: f64, along: &[f64]) -> Vec<f64> {
    at.iter().zip(along).map(|(a, d)| a + by * d).collect()
}

/// Unit vectors of some coordinates, then random directions of length 1.
fn directions(n: usize, generator: &mut SplitMix64) -> Vec<Vec<f64>> {
    let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect::<Vec<_>>();
    let mut all: Vec<Vec<f64>> = (0..n).step_by(n.div_ceil(COORDINATES)).map(unit).collect();
    for _ in 0..3 {
        let drawn = generator.normals(n);
        let length = norm(&drawn);
        all.push(drawn.iter().map(|v| v / length).collect());
    }
    all
}

/// The directional derivative of `f` at `at`, and its possible rounding error.
fn slope(f: &mut dyn FnMut(&[f64]) -> f64, at: &[f64], along: &[f64]) -> (f64, f64) {
    let h = 1e-5 * (1.0 + at.iter().fold(0.0_f64, |m, a| m.max(a.abs())));
    let (up, down) = (f(&moved(at, h, along)), f(&moved(at, -h, along)));
    ((up - down) / (2.0 * h), 1e-14 * (up.abs() + down.abs()) / h)
}

/// Compares `gradient` with differences of `f` along `directions`.
fn compare(
    what: &str,
    f: &mut dyn FnMut(&[f64]) -> f64,
    at: &[f64],
    gradient: &[f64],
    directions: &[Vec<f64>],
) {
    for (k, d) in directions.iter().enumerate() {
        let (difference, rounding) = slope(f, at, d);
        let given = dot(gradient, d);
        let allowed = TOLERANCE * (norm(gradient) + difference.abs()) + rounding;
        assert!((given - difference).abs() <= allowed, "{what}, direction {k}: {given} for {difference}");
    }
}

struct Given<F>(usize, F);

impl<F: FnMut(&[f64], &mut [f64])> Given<F> {
    fn at(&mut self, point: &[f64]) -> Vec<f64> {
        // NaN reveals functions that add to the output instead of overwriting it.
        let mut out = vec![f64::NAN; self.0];
        (self.1)(point, &mut out);
        out
    }
}

/// Checks gradient, Hessian products, cross products (against differences of the gradient in `θ` and of `direct` in
/// `x`), `direct`, the upper level's gradients, and that the constants are bounds at and around `x`.
pub(crate) fn check(problem: &mut dyn Smooth, x: &[f64], theta: &[f64]) {
    let (d, p) = (problem.dimension(), problem.parameters());
    assert_eq!((x.len(), theta.len()), (d, p), "lengths of x and θ");
    let mut generator = SplitMix64::new(0x0b11_e7e1);
    let (along_x, along_theta) = (directions(d, &mut generator), directions(p, &mut generator));

    let gradient = Given(d, |x: &[f64], out: &mut [f64]| problem.gradient(x, theta, out)).at(x);
    compare("gradient", &mut |x| problem.value(x, theta), x, &gradient, &along_x);
    let direct = Given(p, |t: &[f64], out: &mut [f64]| problem.direct(x, t, out)).at(theta);
    compare("direct", &mut |t| problem.value(x, t), theta, &direct, &along_theta);
    let upper = Given(d, |x: &[f64], out: &mut [f64]| problem.upper_gradient(x, theta, out)).at(x);
    compare("upper gradient", &mut |x| problem.upper(x, theta), x, &upper, &along_x);
    let upper_direct = Given(p, |t: &[f64], out: &mut [f64]| problem.upper_direct(x, t, out)).at(theta);
    compare("upper direct", &mut |t| problem.upper(x, t), theta, &upper_direct, &along_theta);

    products(problem, x, theta, &along_x, &along_theta);
    constants(problem, x, theta, &along_x);
}

/// Hessian and cross products as derivatives of `⟨q, ∇ₓh⟩`.
fn products(
    problem: &mut dyn Smooth,
    x: &[f64],
    theta: &[f64],
    along_x: &[Vec<f64>],
    along_theta: &[Vec<f64>],
) {
    let (d, p) = (x.len(), theta.len());
    for q in along_x.iter().rev().take(6) {
        problem.linearise(x, theta);
        let hessian = Given(d, |q: &[f64], out: &mut [f64]| problem.hessian_product(q, out)).at(q);
        let cross = Given(p, |q: &[f64], out: &mut [f64]| problem.cross_product(q, out)).at(q);
        let mut gradient = vec![0.0; d];
        compare(
            "Hessian product",
            &mut |x| {
                problem.gradient(x, theta, &mut gradient);
                dot(&gradient, q)
            },
            x,
            &hessian,
            along_x,
        );
        compare(
            "cross product, by the gradient in θ",
            &mut |t| {
                problem.gradient(x, t, &mut gradient);
                dot(&gradient, q)
            },
            theta,
            &cross,
            along_theta,
        );
        let mut direct = vec![0.0; p];
        for e in along_theta {
            let mut along = |x: &[f64]| {
                problem.direct(x, theta, &mut direct);
                dot(&direct, e)
            };
            let (difference, rounding) = slope(&mut along, x, q);
            let given = dot(&cross, e);
            let allowed = TOLERANCE * (norm(&cross) + difference.abs()) + rounding;
            assert!(
                (given - difference).abs() <= allowed,
                "cross product, by `direct` in x: {given} for {difference}"
            );
        }
    }
}

/// The Hessian, or `J` transposed, column by column, at the point fixed last.
fn explicit(d: usize, rows: usize, mut product: impl FnMut(&[f64], &mut [f64])) -> Design {
    let mut values = vec![0.0; d * rows];
    for (j, column) in values.chunks_exact_mut(rows).enumerate() {
        let unit: Vec<f64> = (0..d).map(|i| f64::from(u8::from(i == j))).collect();
        product(&unit, column);
    }
    Design::from_columns(rows, d, values)
}

/// Largest and, of square matrices, smallest singular value.
fn extremes(matrix: &Design) -> (f64, f64) {
    let values = matrix.singular_values().unwrap();
    (values[0], values[values.len() - 1])
}

fn difference(a: &Design, b: &Design) -> Design {
    let values = a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| a - b).collect();
    Design::from_columns(a.rows(), a.columns(), values)
}

fn constants(problem: &mut dyn Smooth, x: &[f64], theta: &[f64], along_x: &[Vec<f64>]) {
    let (d, p) = (x.len(), theta.len());
    let claimed = problem.constants(theta);
    let slack = 1.0 + 1e-9;
    let above = |what: &str, found: f64, bound: f64| {
        assert!(found <= bound * slack + 1e-12, "{what} is {found}, above its bound {bound}");
    };
    // μ and L along directions, whatever the dimension.
    problem.linearise(x, theta);
    for v in along_x {
        let mut image = vec![0.0; d];
        problem.hessian_product(v, &mut image);
        above("the curvature", dot(v, &image), claimed.lipschitz);
        above("μ", claimed.strong_convexity, dot(v, &image));
    }
    // Another upper gradient a step away, near and far.
    for length in [1e-3, 1.0] {
        let lipschitz = problem.upper_lipschitz();
        for v in along_x {
            let other = moved(x, length, v);
            let (mut a, mut b) = (vec![0.0; d], vec![0.0; d]);
            problem.upper_gradient(x, theta, &mut a);
            problem.upper_gradient(&other, theta, &mut b);
            let change = moved(&b, -1.0, &a);
            above("the change of ∇g", norm(&change) / length, lipschitz * (1.0 + 1e-6));
            if problem.upper_convex() {
                assert!(dot(&change, v) >= -1e-9 * norm(&a), "g is not convex");
            }
        }
    }
    if d > EXPLICIT {
        return;
    }
    let at = |problem: &mut dyn Smooth, x: &[f64]| {
        problem.linearise(x, theta);
        let hessian = explicit(d, d, |v, out| problem.hessian_product(v, out));
        (hessian, explicit(d, p, |q, out| problem.cross_product(q, out)))
    };
    let (hessian, cross) = at(problem, x);
    for i in 0..d {
        for j in 0..i {
            let (a, b) = (hessian.column(i)[j], hessian.column(j)[i]);
            assert!((a - b).abs() <= 1e-9 * claimed.lipschitz, "the Hessian is not symmetric");
        }
    }
    let (largest, least) = extremes(&hessian);
    above("L", largest, claimed.lipschitz);
    above("μ", claimed.strong_convexity, least);
    above("‖J‖", extremes(&cross).0, claimed.cross_norm);
    problem.linearise(x, theta);
    if let Some(here) = problem.cross_norm() {
        above("‖J‖ here", extremes(&cross).0, here);
    }
    for v in along_x.iter().rev().take(6) {
        for length in [1e-2, 0.5] {
            let (other, other_cross) = at(problem, &moved(x, length, v));
            let rounding = 1e-12 * claimed.lipschitz / length;
            let turned = extremes(&difference(&hessian, &other)).0 / length;
            above("the change of the Hessian", turned, claimed.hessian_lipschitz + rounding);
            let turned = extremes(&difference(&cross, &other_cross)).0 / length;
            above("the change of J", turned, claimed.cross_lipschitz + rounding);
        }
    }
}

/// A problem with an error in one place must not pass.
mod wrong {
    use remeasure_bilevel::{Constants, Smooth};

    use super::check;

    /// `h = ½‖x‖² + Σ e^θ x_j²/2`, `g = ½‖x‖²`, with one part off by a factor.
    struct Scaled {
        part: usize,
        factor: f64,
    }

    impl Scaled {
        fn factor(&self, part: usize) -> f64 {
            if self.part == part { self.factor } else { 1.0 }
        }
    }

    impl Smooth for Scaled {
        fn dimension(&self) -> usize {
            3
        }
        fn parameters(&self) -> usize {
            1
        }
        fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
            0.5 * (1.0 + theta[0].exp()) * super::dot(x, x)
        }
        fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
            let f = self.factor(0);
            out.iter_mut().zip(x).for_each(|(o, x)| *o = f * (1.0 + theta[0].exp()) * x);
        }
        fn linearise(&mut self, _: &[f64], _: &[f64]) {}
        fn hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
            let f = self.factor(1);
            out.iter_mut().zip(v).for_each(|(o, v)| *o = f * (1.0 + 0.3_f64.exp()) * v);
        }
        fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
            out[0] = self.factor(2) * 0.3_f64.exp() * super::dot(&[0.5, -1.0, 2.0], q);
        }
        fn constants(&mut self, theta: &[f64]) -> Constants {
            let e = theta[0].exp();
            Constants {
                strong_convexity: (1.0 + e) / self.factor(3),
                lipschitz: (1.0 + e) * self.factor(4),
                hessian_lipschitz: 0.0,
                cross_norm: e * 5.25_f64.sqrt() * self.factor(5),
                cross_lipschitz: e * self.factor(6),
            }
        }
        fn upper(&mut self, x: &[f64], _: &[f64]) -> f64 {
            0.5 * super::dot(x, x)
        }
        fn upper_gradient(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
            let f = self.factor(7);
            out.iter_mut().zip(x).for_each(|(o, x)| *o = f * x);
        }
        fn upper_lipschitz(&self) -> f64 {
            self.factor(8)
        }
        fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
            out[0] = self.factor(9) * 0.5 * theta[0].exp() * super::dot(x, x);
        }
    }

    /// The linearised point was set above; the cross product is only valid there.
    fn passes(part: usize, factor: f64) -> bool {
        let mut problem = Scaled { part, factor };
        // The change of J is not checked: the Scaled problem has J at one point only.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            check(&mut problem, &[0.5, -1.0, 2.0], &[0.3]);
        }))
        .is_ok()
    }

    #[test]
    fn a_wrong_part_is_found() {
        assert!(passes(usize::MAX, 1.0));
        for part in [0, 1, 2, 7, 9] {
            assert!(!passes(part, 1.001), "part {part}");
        }
        for part in [3, 4, 5, 8] {
            assert!(!passes(part, 0.9), "constant {part}");
        }
    }
}

/// The quadratic for which everything is known.
#[test]
fn quadratic() {
    let drawn = crate::tools::draw("kind = \"quadratic\"\nrows = 60\nsize = 6\nbudget = 1e4");
    let mut functions = drawn.model.smooth().unwrap();
    let mut generator = SplitMix64::new(3);
    for _ in 0..3 {
        check(functions.as_mut(), &generator.normals(6), &generator.normals(6));
    }
}
