//! Ridge regression at a node.

use remeasure_core::numerics::dense::Cholesky;

use super::Node;
use crate::rows::{Rows, add, dot};

/// `f(a) = ½ Σ_s ω_s (y_s − x_sᵀa)² + μ‖a‖²`.
#[derive(Clone, Debug)]
pub struct Ridge {
    size: usize,
    ridge: f64,
    /// `Σ ω x xᵀ + 2μ I`, `p × p`.
    hessian: Vec<f64>,
    /// `Σ ω y x`, length `p`.
    right: Vec<f64>,
    /// `½ Σ ω y²`.
    constant: f64,
    /// The factor of `hessian + weight · I`, and that weight.
    factor: Option<(f64, Cholesky)>,
}

impl Ridge {
    /// The loss of rows with responses `y` and weights `ω`, one each; `ridge` is `μ`, above 0.
    ///
    /// # Panics
    /// If the lengths differ.
    #[must_use]
    pub fn new(rows: &Rows, y: &[f64], weights: &[f64], ridge: f64) -> Self {
        let (n, p) = (rows.count(), rows.columns());
        assert!(y.len() == n && weights.len() == n, "{n} rows");
        let (mut hessian, mut right, mut constant) = (vec![0.0; p * p], vec![0.0; p], 0.0);
        for ((x, y), w) in rows.iter().zip(y).zip(weights) {
            for (i, v) in x.iter().enumerate() {
                add(w * v, x, &mut hessian[i * p..(i + 1) * p]);
            }
            add(w * y, x, &mut right);
            constant += 0.5 * w * y * y;
        }
        (0..p).for_each(|i| hessian[i * p + i] += 2.0 * ridge);
        Self { size: p, ridge, hessian, right, constant, factor: None }
    }

    fn factored(&self, weight: f64) -> Option<Cholesky> {
        let mut matrix = self.hessian.clone();
        (0..self.size).for_each(|i| matrix[i * self.size + i] += weight);
        Cholesky::new(self.size, &matrix)
    }

    /// `Ha − b` of row `i`.
    fn slope(&self, i: usize, a: &[f64]) -> f64 {
        dot(&self.hessian[i * self.size..(i + 1) * self.size], a) - self.right[i]
    }
}

impl Node for Ridge {
    fn size(&self) -> usize {
        self.size
    }

    fn value(&self, a: &[f64]) -> f64 {
        let inner: f64 = a.iter().enumerate().map(|(i, v)| v * (self.slope(i, a) - self.right[i])).sum();
        self.constant + 0.5 * inner
    }

    fn gradient(&self, a: &[f64], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = self.slope(i, a);
        }
    }

    fn curvature(&self) -> f64 {
        // The largest sum of a row bounds the largest eigenvalue.
        let sums = self.hessian.chunks_exact(self.size).map(|row| row.iter().map(|v| v.abs()).sum::<f64>());
        sums.fold(0.0, f64::max)
    }

    fn step(&mut self, weight: f64, centre: &[f64], _: f64, a: &mut [f64]) -> f64 {
        if self.factor.as_ref().is_none_or(|(known, _)| *known != weight) {
            self.factor = self.factored(weight).map(|factor| (weight, factor));
        }
        let Some((_, factor)) = &self.factor else { return f64::INFINITY };
        for ((a, b), c) in a.iter_mut().zip(&self.right).zip(centre) {
            *a = b + weight * c;
        }
        factor.solve(a);
        0.0
    }

    fn alone(&mut self, a: &mut [f64]) -> f64 {
        let Some(factor) = self.factored(0.0) else { return f64::INFINITY };
        a.copy_from_slice(&self.right);
        factor.solve(a);
        let residual: f64 = (0..self.size).map(|i| self.slope(i, a).powi(2)).sum();
        residual / (4.0 * self.ridge)
    }

    fn reach(&self, _: &[f64]) -> f64 {
        1.0
    }

    fn conjugate(&mut self, g: &[f64], _: &[f64]) -> f64 {
        let Some(factor) = self.factored(0.0) else { return f64::INFINITY };
        let sum: Vec<f64> = g.iter().zip(&self.right).map(|(g, b)| g + b).collect();
        let mut best = sum.clone();
        factor.solve(&mut best);
        0.5 * dot(&sum, &best) - self.constant
    }

    fn held(&self) -> usize {
        // The Hessian and the factor.
        self.size * (2 * self.size + 1)
    }
}
