//! Correlations of the features with a changing residual, computed only where they can matter.
//!
//! By Cauchy and Schwarz `|x_jᵀr| ≤ |x_jᵀr₀| + ‖x_j‖‖r − r₀‖` for any earlier residual `r₀`. A feature whose
//! bound is below the largest correlation found so far can neither enter the working set nor change the dual
//! point. It is not read, and the gap is still that of the full problem.

use super::problem::LassoProblem;

/// Number of residuals kept; beyond it, the oldest is replaced.
const SNAPSHOTS: usize = 32;

/// The last known correlation of every feature, and the residual it was computed with.
#[derive(Clone, Debug)]
pub(crate) struct LazyCorrelations {
    values: Vec<f64>,
    norms: Vec<f64>,
    stamps: Vec<u32>,
    residuals: Vec<Vec<f64>>,
    next: usize,
    relevant: Vec<usize>,
    touched: Vec<usize>,
    products: Vec<f64>,
    multiplications: f64,
}

impl LazyCorrelations {
    /// Starts with the correlations with `y`, `Xᵀy`.
    pub(crate) fn new(problem: &LassoProblem<'_>) -> Self {
        let p = problem.design().columns();
        Self {
            values: problem.correlations().to_vec(),
            norms: problem.squared_norms().iter().map(|s| s.sqrt()).collect(),
            stamps: vec![0; p],
            residuals: vec![problem.response().to_vec()],
            next: 1,
            relevant: Vec::new(),
            touched: Vec::new(),
            products: Vec::new(),
            multiplications: 0.0,
        }
    }

    /// The last known correlation of feature `j`.
    pub(crate) fn value(&self, j: usize) -> f64 {
        self.values[j]
    }

    /// Computes `x_jᵀr` for every feature with `skip` false and a bound above `floor`; returns these
    /// features. A feature that is skipped once must always be skipped.
    pub(crate) fn update(
        &mut self,
        problem: &LassoProblem<'_>,
        residual: &[f64],
        floor: f64,
        skip: impl Fn(usize) -> bool,
    ) -> &[usize] {
        let distances: Vec<f64> = self
            .residuals
            .iter()
            .map(|old| old.iter().zip(residual).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
            .collect();
        // The bound holds in exact arithmetic; the margin covers rounding.
        let floor = floor * (1.0 - 1e-12);
        // An unchanged residual needs no snapshot of its own.
        let known = distances.iter().position(|d| *d == 0.0);
        let oldest =
            if self.residuals.len() < SNAPSHOTS { self.residuals.len() } else { self.next % SNAPSHOTS };
        let slot = known.unwrap_or(oldest);
        let evicted = known.is_none() && slot < self.residuals.len();
        self.relevant.clear();
        self.touched.clear();
        for j in 0..self.values.len() {
            let stamp = self.stamps[j] as usize;
            let bound = self.values[j].abs() + self.norms[j] * distances[stamp];
            let orphaned = evicted && stamp == slot;
            if (bound > floor || orphaned) && !skip(j) {
                self.relevant.push(j);
                if distances[stamp] > 0.0 || orphaned {
                    self.touched.push(j);
                }
            }
        }
        self.products.resize(self.touched.len(), 0.0);
        problem.design().tmul_of(&self.touched, residual, &mut self.products);
        self.multiplications += ((self.touched.len() + self.residuals.len()) * residual.len()) as f64;
        for (&j, &product) in self.touched.iter().zip(&self.products) {
            self.values[j] = product;
            self.stamps[j] = slot as u32;
        }
        if known.is_some() {
            return &self.relevant;
        }
        if evicted {
            self.residuals[slot].copy_from_slice(residual);
        } else {
            self.residuals.push(residual.to_vec());
        }
        self.next += 1;
        &self.relevant
    }

    /// Number of multiplications so far.
    pub(crate) fn multiplications(&self) -> f64 {
        self.multiplications
    }

    /// `‖x_j‖`.
    pub(crate) fn norm(&self, j: usize) -> f64 {
        self.norms[j]
    }
}
