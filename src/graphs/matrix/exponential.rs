//! The exponential of a matrix without negative entries.

use super::Matrix;
use super::product::add_product;

/// Scratch memory for exponentials.
#[derive(Clone, Debug)]
pub struct Exponential {
    powers: [Matrix; 4],
    sum: Matrix,
    next: Matrix,
}

/// Largest row sum to which the series is applied.
const SMALL: f64 = 0.5;

/// `1/k!`, k from 0 to 12: the remainder is below 1e-13 of the sum.
fn coefficients() -> [f64; 13] {
    let mut found = [1.0; 13];
    for k in 1..13 {
        found[k] = found[k - 1] / k as f64;
    }
    found
}

/// `to ← from · scale`.
fn scaled(from: &Matrix, scale: f64, to: &mut Matrix) {
    for (t, f) in to.values_mut().iter_mut().zip(from.values()) {
        *t = f * scale;
    }
}

impl Exponential {
    /// For matrices with `side` rows.
    #[must_use]
    pub fn new(side: usize) -> Self {
        let zeros = || Matrix::zeros(side);
        Self { powers: std::array::from_fn(|_| zeros()), sum: zeros(), next: zeros() }
    }

    /// `exp(A)` for a matrix without negative entries: the series of degree 12 by Paterson and Stockmeyer, scaled so that
    /// row sums are at most ½, and squared back. All terms are non-negative, so that nothing cancels.
    ///
    /// # Panics
    /// If the matrix has another size.
    pub fn of(&mut self, matrix: &Matrix) -> &Matrix {
        let side = matrix.side();
        let norm = (0..side).map(|i| matrix.row(i).iter().sum::<f64>()).fold(0.0, f64::max);
        let mut squarings = 0;
        let mut scale = 1.0;
        while norm * scale > SMALL && squarings < 60 {
            scale *= 0.5;
            squarings += 1;
        }
        scaled(matrix, scale, &mut self.powers[0]);
        for k in 1..4 {
            let (lower, upper) = self.powers.split_at_mut(k);
            upper[0].values_mut().fill(0.0);
            add_product(&lower[k - 1], &lower[0], &mut upper[0]);
        }
        let c = coefficients();
        // ((c₁₂ A⁴ + c₁₁ A³ + … + c₈) A⁴ + c₇ A³ + … + c₄) A⁴ + c₃ A³ + … + c₀.
        scaled(&self.powers[3], c[12], &mut self.sum);
        for group in [8, 4, 0] {
            if group < 8 {
                self.next.values_mut().fill(0.0);
                add_product(&self.sum, &self.powers[3], &mut self.next);
                std::mem::swap(&mut self.sum, &mut self.next);
            }
            for k in 1..4 {
                let power = self.powers[k - 1].values().iter();
                for (s, p) in self.sum.values_mut().iter_mut().zip(power) {
                    *s += c[group + k] * p;
                }
            }
            for i in 0..side {
                let value = self.sum.at(i, i) + c[group];
                self.sum.set(i, i, value);
            }
        }
        for _ in 0..squarings {
            self.next.values_mut().fill(0.0);
            add_product(&self.sum, &self.sum, &mut self.next);
            std::mem::swap(&mut self.sum, &mut self.next);
        }
        &self.sum
    }
}
