//! Functions and derivatives of the quadratic.

use remeasure_core::numerics::kernels;

use super::Data;
use crate::smooth::{Constants, Smooth};

/// Evaluates the functions from Gram matrices.
pub(super) struct Functions<'a> {
    data: &'a Data,
    scratch: Vec<f64>,
}

impl<'a> Functions<'a> {
    pub(super) fn new(data: &'a Data) -> Self {
        Self { data, scratch: vec![0.0; data.solution.0.len()] }
    }
}

impl Smooth for Functions<'_> {
    fn dimension(&self) -> usize {
        self.scratch.len()
    }

    fn parameters(&self) -> usize {
        self.scratch.len()
    }

    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        let lower = &self.data.lower;
        lower.hessian.mul(x, &mut self.scratch);
        let xx = kernels::dot(x, &self.scratch);
        lower.cross.mul(theta, &mut self.scratch);
        let xt = kernels::dot(x, &self.scratch);
        lower.outer.mul(theta, &mut self.scratch);
        let tt = kernels::dot(theta, &self.scratch);
        let linear = kernels::dot(x, &lower.constant) + kernels::dot(theta, &lower.direct);
        0.5 * (xx + tt + lower.response) + xt - linear
    }

    fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        let lower = &self.data.lower;
        lower.hessian.mul(x, out);
        lower.cross.mul(theta, &mut self.scratch);
        for ((o, s), c) in out.iter_mut().zip(&self.scratch).zip(&lower.constant) {
            *o += s - c;
        }
    }

    fn linearise(&mut self, _: &[f64], _: &[f64]) {}

    fn hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        self.data.lower.hessian.mul(v, out);
    }

    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        self.data.lower.cross.tmul(q, out);
    }

    fn constants(&mut self, _: &[f64]) -> Constants {
        self.data.constants
    }

    fn upper(&mut self, x: &[f64], _: &[f64]) -> f64 {
        let (matrix, linear, constant) = &self.data.upper;
        matrix.mul(x, &mut self.scratch);
        0.5 * kernels::dot(x, &self.scratch) - kernels::dot(x, linear) + 0.5 * constant
    }

    fn upper_gradient(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
        let (matrix, linear, _) = &self.data.upper;
        matrix.mul(x, out);
        out.iter_mut().zip(linear).for_each(|(o, l)| *o -= l);
    }

    fn upper_lipschitz(&self) -> f64 {
        self.data.upper_lipschitz
    }

    fn direct(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        let lower = &self.data.lower;
        lower.cross.tmul(x, out);
        lower.outer.mul(theta, &mut self.scratch);
        for ((o, s), d) in out.iter_mut().zip(&self.scratch).zip(&lower.direct) {
            *o += s - d;
        }
    }
}
