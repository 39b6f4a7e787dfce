//! Multinomial logistic regression with learned penalties, after drawing.

use remeasure_core::family::Metric;

use super::Weights;
use super::loss::{CrossEntropy, Scratch};
use crate::cost::Currency;
use crate::family::metrics::{TEST_ERROR, TEST_LOSS};
use crate::inexact::{Inexact, LowerSolver};
use crate::newton::Newton;
use crate::oracle::Oracle;
use crate::problem::{Exact, Model, Truth};
use crate::smooth::{Constants, Smooth};

/// Every step of a method is evaluated if a product with the training design takes fewer multiplications than
/// this.
const CHEAP: usize = 20_000;

/// Training, validation and test loss, and the assignment of weights to penalties.
#[derive(Debug)]
pub struct Logistic {
    pub(super) training: CrossEntropy,
    pub(super) validation: CrossEntropy,
    pub(super) test: CrossEntropy,
    /// The hyperparameter of each weight, length `K·p`.
    group: Vec<usize>,
    parameters: usize,
}

impl Logistic {
    /// Losses on three samples of the same features and classes.
    #[must_use]
    pub fn new(
        training: CrossEntropy,
        validation: CrossEntropy,
        test: CrossEntropy,
        weights: Weights,
    ) -> Self {
        let (dimension, features) = (training.dimension(), training.features());
        let group: Vec<usize> = (0..dimension).map(|a| weights.group(a, features)).collect();
        let parameters = group.iter().max().map_or(0, |g| g + 1);
        Self { training, validation, test, group, parameters }
    }
}

impl Model for Logistic {
    fn oracle(&self, solver: LowerSolver, budget: f64) -> Box<dyn Oracle + '_> {
        Box::new(Inexact::new(Box::new(Functions::new(self)), solver, budget, Currency::Evaluations))
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        Some(Box::new(Functions::new(self)))
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        Box::new(Reference {
            model: self,
            newton: Newton::new(Box::new(Functions::new(self))),
            scratch: self.test.scratch(),
        })
    }
}

struct Reference<'a> {
    model: &'a Logistic,
    newton: Newton<'a>,
    scratch: Scratch,
}

impl Truth for Reference<'_> {
    fn exact(&mut self, theta: &[f64], with_gradient: bool) -> anyhow::Result<Exact> {
        let value = self.newton.value(theta)?;
        let gradient = if with_gradient { Some(self.newton.gradient(theta)?) } else { None };
        Ok(Exact { value, gradient })
    }

    fn is_cheap(&self) -> bool {
        self.model.training.rows() * self.model.training.dimension() <= CHEAP
    }

    fn measures(&mut self, theta: &[f64]) -> anyhow::Result<Vec<(Metric, f64)>> {
        let (loss, error) = self.model.test.assess(self.newton.solve(theta)?, &mut self.scratch);
        Ok(vec![(TEST_LOSS, loss), (TEST_ERROR, error)])
    }
}

/// `h = CE + ½ Σ e^{θ} w²` on the training sample, `g = CE` on the validation sample.
struct Functions<'a> {
    model: &'a Logistic,
    training: Scratch,
    validation: Scratch,
    /// Probabilities at the last point set, and `e^θ w` there.
    fixed: Scratch,
    cross: Vec<f64>,
    /// `e^θ` for each weight at the last point set.
    penalties: Vec<f64>,
    sums: Vec<f64>,
}

impl<'a> Functions<'a> {
    fn new(model: &'a Logistic) -> Self {
        let dimension = model.training.dimension();
        Self {
            model,
            training: model.training.scratch(),
            validation: model.validation.scratch(),
            fixed: model.training.scratch(),
            cross: vec![0.0; dimension],
            penalties: vec![0.0; dimension],
            sums: vec![0.0; model.parameters],
        }
    }

    fn add_penalty(&self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        if theta.len() == out.len() {
            for ((o, x), t) in out.iter_mut().zip(x).zip(theta) {
                *o += t.exp() * x;
            }
        } else {
            for ((o, x), &g) in out.iter_mut().zip(x).zip(&self.model.group) {
                *o += theta[g].exp() * x;
            }
        }
    }
}

impl Smooth for Functions<'_> {
    fn dimension(&self) -> usize {
        self.model.training.dimension()
    }

    fn parameters(&self) -> usize {
        self.model.parameters
    }

    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        let loss = self.model.training.value(x, &mut self.training);
        let penalty: f64 = x.iter().zip(&self.model.group).map(|(x, &g)| theta[g].exp() * x * x).sum();
        loss + 0.5 * penalty
    }

    fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        self.model.training.gradient(x, &mut self.training, out);
        self.add_penalty(x, theta, out);
    }

    fn linearise(&mut self, x: &[f64], theta: &[f64]) {
        self.model.training.value(x, &mut self.fixed);
        let places = self.penalties.iter_mut().zip(&mut self.cross).zip(x).zip(&self.model.group);
        for (((penalty, cross), x), &g) in places {
            *penalty = theta[g].exp();
            *cross = *penalty * x;
        }
    }

    fn hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        self.model.training.hessian_product(v, &mut self.fixed, out);
        for ((o, v), penalty) in out.iter_mut().zip(v).zip(&self.penalties) {
            *o += penalty * v;
        }
    }

    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for ((q, c), &g) in q.iter().zip(&self.cross).zip(&self.model.group) {
            out[g] += q * c;
        }
    }

    /// The columns of `J` have disjoint supports: its norm is that of the longest.
    fn cross_norm(&mut self) -> Option<f64> {
        self.sums.fill(0.0);
        for (c, &g) in self.cross.iter().zip(&self.model.group) {
            self.sums[g] += c * c;
        }
        Some(self.sums.iter().copied().fold(0.0, f64::max).sqrt())
    }

    /// `‖J‖` over all `w` with `h(w) ≤ h(0)`: there `e^θ Σ w² ≤ 2 CE(0)` for the weights that share a penalty.
    fn constants(&mut self, theta: &[f64]) -> Constants {
        let training = &self.model.training;
        let least = theta.iter().copied().fold(f64::INFINITY, f64::min).exp();
        let most = theta.iter().copied().fold(f64::NEG_INFINITY, f64::max).exp();
        Constants {
            strong_convexity: least,
            lipschitz: training.lipschitz() + most,
            hessian_lipschitz: training.hessian_lipschitz(),
            cross_norm: (2.0 * training.at_zero() * most).sqrt(),
            cross_lipschitz: most,
        }
    }

    fn upper(&mut self, x: &[f64], _: &[f64]) -> f64 {
        self.model.validation.value(x, &mut self.validation)
    }

    fn upper_gradient(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
        self.model.validation.gradient(x, &mut self.validation, out);
    }

    fn upper_lipschitz(&self) -> f64 {
        self.model.validation.lipschitz()
    }

    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (x, &g) in x.iter().zip(&self.model.group) {
            out[g] += 0.5 * theta[g].exp() * x * x;
        }
    }

    fn products(&self) -> f64 {
        self.model.training.products()
    }
}
