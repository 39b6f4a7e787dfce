//! Cross-entropy of multinomial logistic regression without intercepts.

use remeasure_core::numerics::Design;

/// Rows with their classes.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Features, `n × p`.
    pub design: Design,
    /// Class of each row, from 0.
    pub labels: Vec<usize>,
}

/// `scale · Σᵢ (log Σₖ exp(xᵢᵀwₖ) − xᵢᵀw_{yᵢ})` in the weights `w₁, …, w_K`, stored contiguously.
#[derive(Debug)]
pub struct CrossEntropy {
    sample: Sample,
    classes: usize,
    scale: f64,
    /// `σ₁(X)²` and `maxᵢ ‖xᵢ‖`.
    spectrum: f64,
    longest: f64,
}

/// Memory for one evaluation: two `n × K` matrices and two columns.
#[derive(Clone, Debug)]
pub struct Scratch {
    probabilities: Vec<f64>,
    scores: Vec<f64>,
    largest: Vec<f64>,
    sums: Vec<f64>,
}

impl CrossEntropy {
    /// The loss summed over the rows or, with `mean`, averaged.
    ///
    /// # Errors
    /// There are no rows, or features are not finite.
    pub fn new(sample: Sample, classes: usize, mean: bool) -> anyhow::Result<Self> {
        let rows = sample.design.rows();
        anyhow::ensure!(rows > 0, "a sample without rows");
        let largest = sample.design.singular_values()?.first().copied().unwrap_or(0.0);
        let mut norms = vec![0.0; rows];
        for j in 0..sample.design.columns() {
            norms.iter_mut().zip(sample.design.column(j)).for_each(|(s, v)| *s += v * v);
        }
        let longest = norms.iter().copied().fold(0.0, f64::max).sqrt();
        let scale = if mean { 1.0 / rows as f64 } else { 1.0 };
        // Allow for the rounding error of a computed singular value.
        let spectrum = largest * largest * (1.0 + 1e-12);
        Ok(Self { sample, classes, scale, spectrum, longest })
    }

    /// Allocates memory for one evaluation.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        let rows = self.rows();
        Scratch {
            probabilities: vec![0.0; rows * self.classes],
            scores: vec![0.0; rows * self.classes],
            largest: vec![0.0; rows],
            sums: vec![0.0; rows],
        }
    }

    /// Number of rows `n`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.sample.design.rows()
    }

    /// Number of features `p`.
    #[must_use]
    pub fn features(&self) -> usize {
        self.sample.design.columns()
    }

    /// Number of weights `K·p`.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.features() * self.classes
    }

    /// The loss with all weights 0.
    #[must_use]
    pub fn at_zero(&self) -> f64 {
        self.scale * self.rows() as f64 * (self.classes as f64).ln()
    }

    /// A bound on the Hessian's eigenvalues: those of `diag(p) − ppᵀ` are at most 1/2 (Böhning 1992).
    #[must_use]
    pub fn lipschitz(&self) -> f64 {
        0.5 * self.scale * self.spectrum
    }

    /// A bound on the Lipschitz constant of the Hessian.
    ///
    /// The third derivative of log-sum-exp is the mixed cumulant `E (u − Eu)²(v − Ev)`, at most
    /// `Var(u) · max|v − Ev| ≤ ½‖u‖² · √2‖v‖`; summed over the rows with `‖V xᵢ‖ ≤ ‖V‖ maxᵢ ‖xᵢ‖`.
    #[must_use]
    pub fn hessian_lipschitz(&self) -> f64 {
        self.scale * self.spectrum * self.longest / std::f64::consts::SQRT_2
    }

    /// Writes `xᵢᵀwₖ` to the scores.
    fn multiply(&self, weights: &[f64], scratch: &mut Scratch) {
        let (rows, features) = (self.rows(), self.features());
        for (w, z) in weights.chunks_exact(features).zip(scratch.scores.chunks_exact_mut(rows)) {
            self.sample.design.mul(w, z);
        }
    }

    /// The loss at `weights`; leaves the scores and the class probabilities in the scratch.
    pub fn value(&self, weights: &[f64], scratch: &mut Scratch) -> f64 {
        let rows = self.rows();
        self.multiply(weights, scratch);
        let Scratch { probabilities, scores, largest, sums } = scratch;
        largest.copy_from_slice(&scores[..rows]);
        for z in scores.chunks_exact(rows).skip(1) {
            largest.iter_mut().zip(z).for_each(|(m, z)| *m = m.max(*z));
        }
        sums.fill(0.0);
        for (p, z) in probabilities.chunks_exact_mut(rows).zip(scores.chunks_exact(rows)) {
            for (((p, z), m), s) in p.iter_mut().zip(z).zip(&*largest).zip(sums.iter_mut()) {
                *p = (z - m).exp();
                *s += *p;
            }
        }
        let mut total = 0.0;
        for (i, ((m, s), &label)) in largest.iter().zip(&*sums).zip(&self.sample.labels).enumerate() {
            total += m + s.ln() - scores[label * rows + i];
        }
        sums.iter_mut().for_each(|s| *s = 1.0 / *s);
        for p in probabilities.chunks_exact_mut(rows) {
            p.iter_mut().zip(&*sums).for_each(|(p, s)| *p *= s);
        }
        self.scale * total
    }

    /// `out ← scale · Xᵀ R` for an `n × K` matrix `R`.
    fn back(&self, residuals: &[f64], out: &mut [f64]) {
        let (rows, features) = (self.rows(), self.features());
        for (r, o) in residuals.chunks_exact(rows).zip(out.chunks_exact_mut(features)) {
            self.sample.design.tmul(r, o);
        }
        out.iter_mut().for_each(|o| *o *= self.scale);
    }

    /// The loss's gradient at `weights`, length `K·p`; returns the loss.
    pub fn gradient(&self, weights: &[f64], scratch: &mut Scratch, out: &mut [f64]) -> f64 {
        let value = self.value(weights, scratch);
        let rows = self.rows();
        for (i, &label) in self.sample.labels.iter().enumerate() {
            scratch.probabilities[label * rows + i] -= 1.0;
        }
        self.back(&scratch.probabilities, out);
        value
    }

    /// The loss's Hessian times `v`, at the weights of the last [`CrossEntropy::value`] on the same scratch.
    pub fn hessian_product(&self, v: &[f64], scratch: &mut Scratch, out: &mut [f64]) {
        let rows = self.rows();
        self.multiply(v, scratch);
        let Scratch { probabilities, scores, sums, .. } = scratch;
        // tₖ = pₖ (uₖ − Σ p u), row by row.
        sums.fill(0.0);
        for (p, u) in probabilities.chunks_exact(rows).zip(scores.chunks_exact(rows)) {
            for ((p, u), s) in p.iter().zip(u).zip(sums.iter_mut()) {
                *s += p * u;
            }
        }
        for (p, u) in probabilities.chunks_exact(rows).zip(scores.chunks_exact_mut(rows)) {
            for ((p, u), s) in p.iter().zip(u).zip(&*sums) {
                *u = p * (*u - s);
            }
        }
        self.back(&scratch.scores, out);
    }

    /// Mean loss and error rate at `weights`, whatever the scale.
    pub fn assess(&self, weights: &[f64], scratch: &mut Scratch) -> (f64, f64) {
        let rows = self.rows();
        let loss = self.value(weights, scratch) / (self.scale * rows as f64);
        let wrong = self.sample.labels.iter().enumerate().filter(|(i, label)| {
            let own = scratch.scores[*label * rows + i];
            // A tie with another class counts as an error.
            (0..self.classes).any(|k| k != **label && scratch.scores[k * rows + i] >= own)
        });
        (loss, wrong.count() as f64 / rows as f64)
    }

    /// Number of products with the design in one gradient or Hessian product.
    #[must_use]
    pub fn products(&self) -> f64 {
        2.0 * self.classes as f64
    }
}
