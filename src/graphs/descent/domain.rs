//! The domain of weights and the barrier at its border.

use crate::matrix::{Inverter, Matrix};

/// `h(W, s) = d log s − log det(sI − W∘W)`, which is 0 for the weights of a DAG and grows without bound towards the border
/// of the domain, where `sI − W∘W` is no M-matrix any more.
#[derive(Clone, Debug)]
pub struct Acyclicity {
    /// `(sI − W∘W)⁻ᵀ`.
    inverse: Matrix,
    inverter: Inverter,
    s: f64,
}

impl Acyclicity {
    /// For `d` nodes.
    #[must_use]
    pub fn new(d: usize) -> Self {
        Self { inverse: Matrix::zeros(d), inverter: Inverter::new(d), s: 1.0 }
    }

    /// Computes value and gradient at these weights; false outside the domain.
    pub fn update(&mut self, weights: &Matrix, s: f64) -> bool {
        let d = weights.side();
        self.s = s;
        // Transposed, so that the gradient reads its factor in the order of the weights.
        let stride = weights.stride();
        for j in 0..d {
            let column = weights.values()[j..].iter().step_by(stride);
            let row = &mut self.inverse.row_mut(j)[..d];
            row.iter_mut().zip(column).for_each(|(v, w)| *v = -(w * w));
            row[j] += s;
        }
        self.inverter.invert(&mut self.inverse)
    }

    /// `(sI − W∘W)⁻ᵀ`; the gradient of `h` is `2W∘` it.
    #[must_use]
    pub fn factor(&self) -> &Matrix {
        &self.inverse
    }

    /// `h`.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.inverse.side() as f64 * self.s.ln() - self.inverter.log_determinant()
    }
}
