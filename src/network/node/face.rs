//! Newton steps on a face of a box.

use remeasure_core::numerics::dense::Cholesky;

use crate::rows::{Rows, dot};

/// Added to the diagonal, relative to it: the rows of a face may be linearly dependent.
const RIDGE: f64 = 1e-10;

/// A quadratic `½αᵀMα + …` with `M_st = κ x_sᵀx_t + σ` over a box, restricted to the variables that are off their bounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Face {
    free: Vec<usize>,
    matrix: Vec<f64>,
    direction: Vec<f64>,
    ones: Vec<f64>,
    factor: Option<Cholesky>,
}

impl Face {
    /// Finds the free variables; false if there are fewer than `least`, or too many for rows with so few features, as
    /// long before the solution.
    pub(super) fn gather(&mut self, alpha: &[f64], bounds: &[f64], columns: usize, least: usize) -> bool {
        let most = 2 * columns + 8;
        self.free.clear();
        for (s, (alpha, bound)) in alpha.iter().zip(bounds).enumerate() {
            if *alpha > 0.0 && alpha < bound {
                if self.free.len() == most {
                    return false;
                }
                self.free.push(s);
            }
        }
        self.free.len() >= least
    }

    /// Finds the step to the minimum on the face from the gradient; with `fixed`, among those that keep the sum of the
    /// variables. False if it cannot be computed.
    pub(super) fn aim(
        &mut self,
        rows: &Rows,
        gradient: &[f64],
        (kappa, sigma): (f64, f64),
        fixed: bool,
    ) -> bool {
        let size = self.free.len();
        self.matrix.clear();
        for &s in &self.free {
            for &t in &self.free {
                self.matrix.push(kappa * dot(rows.row(s), rows.row(t)) + sigma);
            }
        }
        for i in 0..size {
            self.matrix[i * size + i] *= 1.0 + RIDGE;
        }
        let solved = match &mut self.factor {
            Some(factor) => factor.replace(size, &self.matrix),
            None => {
                self.factor = Cholesky::new(size, &self.matrix);
                self.factor.is_some()
            }
        };
        let Some(factor) = self.factor.as_ref().filter(|_| solved) else { return false };
        self.direction.clear();
        self.direction.extend(self.free.iter().map(|s| -gradient[*s]));
        factor.solve(&mut self.direction);
        if fixed {
            self.ones.clear();
            self.ones.resize(size, 1.0);
            factor.solve(&mut self.ones);
            let ratio = self.direction.iter().sum::<f64>() / self.ones.iter().sum::<f64>();
            crate::rows::add(-ratio, &self.ones, &mut self.direction);
        }
        self.direction.iter().all(|v| v.is_finite())
    }

    /// Goes there, or to the first bound on the way; true if no bound was in the way.
    pub(super) fn go(&self, alpha: &mut [f64], bounds: &[f64]) -> bool {
        let (mut length, mut first) = (1.0, None);
        for (s, d) in self.free.iter().zip(&self.direction) {
            let room = if *d > 0.0 { bounds[*s] - alpha[*s] } else { -alpha[*s] };
            if *d != 0.0 && room / d < length {
                (length, first) = (room / d, Some((*s, *d > 0.0)));
            }
        }
        for (s, d) in self.free.iter().zip(&self.direction) {
            alpha[*s] = (alpha[*s] + length * d).clamp(0.0, bounds[*s]);
        }
        if let Some((s, upper)) = first {
            alpha[s] = if upper { bounds[s] } else { 0.0 };
        }
        first.is_none()
    }
}
