//! Functions of ridge regression, computed by products with the design.

use remeasure_core::numerics::kernels;

use super::RidgeModel;
use crate::data::Part;
use crate::smooth::{Constants, Smooth};

/// The functions of one drawn problem, with scratch memory.
pub(super) struct Functions<'a> {
    model: &'a RidgeModel,
    /// Residuals on the training and on the validation rows.
    residual: [Vec<f64>; 2],
    /// At the last point set: each coefficient times its `e^θ`, and these weights.
    weighted: Vec<f64>,
    weights: Vec<f64>,
    /// `Σ weighted²` by group.
    squares: Vec<f64>,
}

impl<'a> Functions<'a> {
    pub(super) fn new(model: &'a RidgeModel) -> Self {
        let rows = |part: &Part| vec![0.0; part.response.len()];
        let p = model.group.len();
        Self {
            model,
            residual: [rows(&model.data.train), rows(&model.data.validation)],
            weighted: vec![0.0; p],
            weights: vec![0.0; p],
            squares: vec![0.0; model.groups],
        }
    }

    /// `Xx − y`.
    fn fit(&mut self, x: &[f64]) {
        let Part { design, response } = &self.model.data.train;
        design.mul(x, &mut self.residual[0]);
        self.residual[0].iter_mut().zip(response).for_each(|(r, y)| *r -= y);
    }

    /// `Vx − z`.
    fn predict(&mut self, x: &[f64]) {
        let Part { design, response } = &self.model.data.validation;
        design.mul(x, &mut self.residual[1]);
        self.residual[1].iter_mut().zip(response).for_each(|(r, z)| *r -= z);
    }

    /// `Xᵀr/n` for the current residual.
    fn correlate(&self, out: &mut [f64]) {
        let design = &self.model.data.train.design;
        design.tmul(&self.residual[0], out);
        let n = design.rows() as f64;
        out.iter_mut().for_each(|o| *o /= n);
    }
}

impl Smooth for Functions<'_> {
    fn dimension(&self) -> usize {
        self.weighted.len()
    }

    fn parameters(&self) -> usize {
        self.model.groups
    }

    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        self.fit(x);
        let penalty: f64 = self.model.group.iter().zip(x).map(|(&g, x)| theta[g].exp() * x * x).sum();
        let n = self.residual[0].len() as f64;
        0.5 * (kernels::squared_norm(&self.residual[0]) / n + penalty)
    }

    fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        self.fit(x);
        self.correlate(out);
        for ((o, x), &g) in out.iter_mut().zip(x).zip(&self.model.group) {
            *o += theta[g].exp() * x;
        }
    }

    fn linearise(&mut self, x: &[f64], theta: &[f64]) {
        self.squares.fill(0.0);
        for (j, (&g, x)) in self.model.group.iter().zip(x).enumerate() {
            self.weights[j] = theta[g].exp();
            self.weighted[j] = self.weights[j] * x;
            self.squares[g] += self.weighted[j] * self.weighted[j];
        }
    }

    fn hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        self.model.data.train.design.mul(v, &mut self.residual[0]);
        self.correlate(out);
        for ((o, v), w) in out.iter_mut().zip(v).zip(&self.weights) {
            *o += w * v;
        }
    }

    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for ((&g, w), q) in self.model.group.iter().zip(&self.weighted).zip(q) {
            out[g] += w * q;
        }
    }

    /// The columns of `J` belong to different groups, so its norm is that of the longest column.
    fn cross_norm(&mut self) -> Option<f64> {
        Some(self.squares.iter().fold(0.0_f64, |m, s| m.max(*s)).sqrt())
    }

    /// `‖J‖` for `x` no worse than 0: there `½e^{θ_g}‖x_g‖² ≤ h(0) = ‖y‖²/(2n)`.
    fn constants(&mut self, theta: &[f64]) -> Constants {
        let least = theta.iter().fold(f64::INFINITY, |m, t| m.min(*t)).exp();
        let greatest = theta.iter().fold(f64::NEG_INFINITY, |m, t| m.max(*t)).exp();
        Constants {
            strong_convexity: self.model.spectrum[0] + least,
            lipschitz: self.model.spectrum[1] + greatest,
            hessian_lipschitz: 0.0,
            cross_norm: greatest.sqrt() * self.model.scale,
            cross_lipschitz: greatest,
        }
    }

    fn upper(&mut self, x: &[f64], _: &[f64]) -> f64 {
        self.predict(x);
        kernels::squared_norm(&self.residual[1]) / self.residual[1].len() as f64
    }

    fn upper_gradient(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
        self.predict(x);
        self.model.data.validation.design.tmul(&self.residual[1], out);
        let m = self.residual[1].len() as f64;
        out.iter_mut().for_each(|o| *o *= 2.0 / m);
    }

    fn upper_lipschitz(&self) -> f64 {
        self.model.upper_lipschitz
    }

    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for (&g, x) in self.model.group.iter().zip(x) {
            out[g] += 0.5 * theta[g].exp() * x * x;
        }
    }

    fn products(&self) -> f64 {
        2.0
    }
}
