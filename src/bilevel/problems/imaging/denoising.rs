//! What all regularisers share: the data term, the upper level, the truth.

use std::fmt::Debug;

use remeasure_core::family::Metric;
use remeasure_core::{Invalid, deadline};

use super::pictures::{Pictures, Shape};
use crate::family::metrics::{NOISY, ORIGINAL, PSNR, PSNR_NOISY, PSNR_TRAINING, RECOVERED, TEST_LOSS};
use crate::inexact::{Inexact, LowerSolver};
use crate::oracle::Oracle;
use crate::problem::{Exact, Model, Picture, Truth};
use crate::smooth::{Constants, Smooth};

/// What is measured of a model of pictures beside the loss.
pub(super) const MEASURES: &[Metric] =
    &[PSNR, PSNR_TRAINING, PSNR_NOISY, TEST_LOSS, RECOVERED, ORIGINAL, NOISY];

/// `R(x, θ)` on a stack of pictures, convex in `x` and minimal at `x = 0`. Methods take `&mut self` for
/// scratch memory and do not allocate.
pub(super) trait Regulariser {
    /// `R(x, θ)`.
    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64;

    /// `out ← out + ∇ₓR`.
    fn add_gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]);

    /// Sets the point of the products that follow.
    fn linearise(&mut self, x: &[f64], theta: &[f64]);

    /// `out ← out + ∇²ₓₓR · v`.
    fn add_hessian_product(&mut self, v: &[f64], out: &mut [f64]);

    /// `(∂_θ∇ₓR)ᵀ q`.
    fn cross_product(&mut self, q: &[f64], out: &mut [f64]);

    /// `∇_θ R`.
    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]);

    /// Constants of `½‖x − y‖² + R` for `‖x‖ ≤ radius`.
    fn constants(&mut self, theta: &[f64], radius: f64) -> Constants;
}

/// A regulariser before the size of the pictures is known.
pub(super) trait Kind: Clone + Debug + Send + Sync + 'static {
    /// The regulariser for pictures of a given size.
    type Regulariser: Regulariser;

    /// Number of hyperparameters.
    fn parameters(&self) -> usize;

    /// Makes the regulariser for pictures of this shape.
    fn over(&self, shape: Shape) -> Self::Regulariser;
}

/// Denoising with a learned regulariser.
#[derive(Debug)]
pub(super) struct Denoising<K> {
    pub(super) kind: K,
    pub(super) training: Pictures,
    pub(super) test: Pictures,
}

/// `h` and `g` on one stack of pictures.
pub(super) struct Functions<'a, K: Kind> {
    kind: &'a K,
    pictures: &'a Pictures,
    regulariser: K::Regulariser,
    radius: f64,
}

impl<'a, K: Kind> Functions<'a, K> {
    pub(super) fn new(kind: &'a K, pictures: &'a Pictures) -> Self {
        // As R is minimal at 0, x* = prox(y) and prox(0) = 0; prox is nonexpansive, so ‖x*‖ ≤ ‖y‖. Twice that
        // contains every x̃ with a known error of at most ‖y‖.
        Self { kind, pictures, regulariser: kind.over(pictures.shape), radius: 2.0 * pictures.size() }
    }
}

impl<K: Kind> Smooth for Functions<'_, K> {
    fn dimension(&self) -> usize {
        self.pictures.shape.len()
    }

    fn parameters(&self) -> usize {
        self.kind.parameters()
    }

    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        let squares: f64 = x.iter().zip(&self.pictures.noisy).map(|(x, y)| (x - y) * (x - y)).sum();
        0.5 * squares + self.regulariser.value(x, theta)
    }

    fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        for ((o, x), y) in out.iter_mut().zip(x).zip(&self.pictures.noisy) {
            *o = x - y;
        }
        self.regulariser.add_gradient(x, theta, out);
    }

    fn linearise(&mut self, x: &[f64], theta: &[f64]) {
        self.regulariser.linearise(x, theta);
    }

    fn hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        out.copy_from_slice(v);
        self.regulariser.add_hessian_product(v, out);
    }

    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        self.regulariser.cross_product(q, out);
    }

    fn constants(&mut self, theta: &[f64]) -> Constants {
        self.regulariser.constants(theta, self.radius)
    }

    fn upper(&mut self, x: &[f64], _: &[f64]) -> f64 {
        self.pictures.loss(x)
    }

    fn upper_gradient(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
        let share = self.upper_lipschitz();
        for ((o, x), t) in out.iter_mut().zip(x).zip(&self.pictures.truth) {
            *o = share * (x - t);
        }
    }

    fn upper_lipschitz(&self) -> f64 {
        1.0 / self.pictures.shape.count as f64
    }

    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        self.regulariser.direct(x, theta, out);
    }
}

impl<K: Kind> Denoising<K> {
    fn inexact<'a>(&'a self, pictures: &'a Pictures, solver: LowerSolver, budget: f64) -> Inexact<'a> {
        let functions = Box::new(Functions::new(&self.kind, pictures));
        Inexact::new(functions, solver, budget, self.currency()).started_at(&pictures.noisy)
    }
}

impl<K: Kind> Model for Denoising<K> {
    fn oracle(&self, solver: LowerSolver, budget: f64) -> Box<dyn Oracle + '_> {
        Box::new(self.inexact(&self.training, solver, budget))
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        Some(Box::new(Functions::new(&self.kind, &self.training)))
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        let solver = LowerSolver::Fista;
        Box::new(Solved {
            training: self.inexact(&self.training, solver, f64::INFINITY),
            test: self.inexact(&self.test, solver, f64::INFINITY),
            pictures: (&self.training, &self.test),
        })
    }
}

/// `ε` of values that count as exact: `f`, of order 1, is then accurate to about 10⁻⁷.
const EXACT: f64 = 1e-7;

/// The truth, from accurate solutions.
struct Solved<'a> {
    training: Inexact<'a>,
    test: Inexact<'a>,
    pictures: (&'a Pictures, &'a Pictures),
}

fn solved<T, E: Debug>(result: Result<T, E>, what: &str) -> anyhow::Result<T> {
    result.map_err(|halt| {
        let late = if deadline::passed() { " in time" } else { "" };
        anyhow::anyhow!("{what} cannot be solved to {EXACT:.0e}{late}: {halt:?}")
    })
}

impl Truth for Solved<'_> {
    fn exact(&mut self, theta: &[f64], with_gradient: bool) -> anyhow::Result<Exact> {
        let value = solved(self.training.evaluate(theta, EXACT), "the lower level")?.value;
        let gradient = if with_gradient {
            Some(solved(self.training.hypergradient(EXACT), "the adjoint system")?.vector)
        } else {
            None
        };
        Ok(Exact { value, gradient })
    }

    fn measures(&mut self, theta: &[f64]) -> anyhow::Result<Vec<(Metric, f64)>> {
        solved(self.training.evaluate(theta, EXACT), "the lower level")?;
        let loss = solved(self.test.evaluate(theta, EXACT), "the lower level of the test pictures")?.value;
        let (training, test) = self.pictures;
        let measures = vec![
            (PSNR, test.psnr(self.test.solution())),
            (PSNR_TRAINING, training.psnr(self.training.solution())),
            (PSNR_NOISY, test.psnr(&test.noisy)),
            (TEST_LOSS, loss),
        ];
        // Data without noise have no signal-to-noise ratio.
        Ok(measures.into_iter().filter(|(_, value)| value.is_finite()).collect())
    }

    fn picture(&mut self, theta: &[f64]) -> anyhow::Result<Option<Picture>> {
        let (_, test) = self.pictures;
        if test.shape.height == 1 {
            return Ok(None);
        }
        solved(self.test.evaluate(theta, EXACT), "the lower level of the test pictures")?;
        let first = |stack: &[f64]| stack[..test.shape.pixels()].to_vec();
        Ok(Some(Picture {
            width: test.shape.width,
            original: first(&test.truth),
            noisy: first(&test.noisy),
            recovered: first(self.test.solution()),
        }))
    }
}

/// Checks the sizes that all these problems share.
pub(super) fn check_sizes(
    images: usize,
    test_images: usize,
    noise: f64,
    sides: &[(&str, usize, usize)],
) -> Result<(), Invalid> {
    for (key, value) in [("images", images), ("test_images", test_images)] {
        if value == 0 {
            return Err(Invalid::new(key, "expected at least 1, found 0"));
        }
    }
    if !(noise.is_finite() && noise >= 0.0) {
        return Err(Invalid::new("noise", format!("expected a number of at least 0, found {noise}")));
    }
    for &(key, value, least) in sides {
        if !(least..=LARGEST).contains(&value) {
            let message = format!("expected {least} to {LARGEST}, found {value}");
            return Err(Invalid::new(key, message));
        }
    }
    Ok(())
}

/// Maximum number of pixels per side, or of samples of a signal.
const LARGEST: usize = 4096;
