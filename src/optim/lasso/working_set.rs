//! The Lasso restricted to the features met so far, on their Gram matrix.
//!
//! Coordinate descent (Friedman, Hastie and Tibshirani 2010, "covariance
//! updates") finds the signs; Newton steps on the support, each with an exact
//! search over the kinks of the ℓ1 norm, then solve for the values.

use crate::numerics::kernels;
use crate::optim::certificate::{Certificate, GapParts};
use crate::optim::penalty::soft_threshold;

use super::factor::Factor;
use super::gram::Gram;

/// The weights of a subproblem, scaled by `n`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    /// Number of observations `n`.
    pub(crate) rows: usize,
    /// `nλ₁`.
    pub(crate) l1: f64,
    /// `nλ₂`.
    pub(crate) ridge: f64,
    /// `‖y‖²`.
    pub(crate) response: f64,
}

/// Coefficients and slopes of the working set, by Gram position.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkingSet {
    /// Coefficients `u`.
    pub(crate) coefficients: Vec<f64>,
    /// `X_Aᵀ(y − X_A u) − nλ₂u`.
    pub(crate) slopes: Vec<f64>,
    /// `X_Aᵀy`.
    pub(crate) correlations: Vec<f64>,
    factor: Factor,
    direction: Vec<f64>,
    kinks: Vec<(f64, usize)>,
}

impl WorkingSet {
    /// The gap of the subproblem; `‖r‖²` and `yᵀr` follow from the slopes.
    pub(crate) fn certificate(&self, weights: &Weights) -> Certificate {
        let fitted = kernels::dot(&self.correlations, &self.coefficients);
        let slope = kernels::dot(&self.slopes, &self.coefficients);
        GapParts {
            rows: weights.rows,
            l1_weight: weights.l1 / weights.rows as f64,
            norm: self.coefficients.iter().map(|u| u.abs()).sum(),
            residual: (weights.response - fitted - slope).max(0.0),
            response_residual: weights.response - fitted,
            correlation: kernels::max_abs(&self.slopes),
        }
        .certificate()
    }

    /// Recomputes the slopes from the coefficients.
    pub(crate) fn refresh_slopes(&mut self, gram: &Gram, weights: &Weights) {
        self.slopes.clear();
        self.slopes.extend_from_slice(&self.correlations);
        for (position, &u) in self.coefficients.iter().enumerate() {
            if u != 0.0 {
                kernels::axpy(-u, gram.row(position), &mut self.slopes);
                self.slopes[position] -= weights.ridge * u;
            }
        }
    }

    /// One sweep of coordinate descent: whether a sign changed, and how many
    /// coefficients moved.
    fn sweep(&mut self, gram: &Gram, weights: &Weights) -> (bool, usize) {
        let (mut turned, mut moved) = (false, 0);
        for position in 0..self.coefficients.len() {
            let (u, slope) = (self.coefficients[position], self.slopes[position]);
            if u == 0.0 && slope.abs() <= weights.l1 {
                continue;
            }
            let row = gram.row(position);
            let curvature = row[position] + weights.ridge;
            if curvature <= 0.0 {
                continue;
            }
            let next = soft_threshold(curvature.mul_add(u, slope), weights.l1) / curvature;
            let change = next - u;
            if change == 0.0 {
                continue;
            }
            turned |= sign(next) != sign(u);
            moved += 1;
            self.coefficients[position] = next;
            kernels::axpy(-change, row, &mut self.slopes);
            self.slopes[position] -= weights.ridge * change;
        }
        (turned, moved)
    }

    /// Decreases the subproblem's gap to `target`, in at most `limit` sweeps
    /// and Newton steps; returns how many were made.
    pub(crate) fn solve(&mut self, gram: &Gram, weights: &Weights, target: f64, limit: usize) -> usize {
        let mut spent = 0.0;
        let mut best = f64::INFINITY;
        let mut idle = 0;
        for step in 0..limit {
            let gap = self.certificate(weights).gap;
            if gap <= target {
                return step;
            }
            // Rounding sets a floor below which no step helps.
            idle = if gap < 0.9 * best { 0 } else { idle + 1 };
            best = best.min(gap);
            if idle > 500 {
                return step;
            }
            let (turned, moved) = self.sweep(gram, weights);
            if moved == 0 {
                return step + 1;
            }
            spent += (moved * gram.len()) as f64;
            // A Newton step when sweeps have cost as much as it would: whichever
            // of the two is the better method, the total stays within twice its cost.
            if !turned || spent >= self.newton_cost(gram, weights) {
                self.newton_step(gram, weights);
                spent = 0.0;
            }
        }
        limit
    }

    /// Multiplications of the next Newton step, in units that a sweep takes as long for.
    fn newton_cost(&self, gram: &Gram, weights: &Weights) -> f64 {
        let valid = self.factor.valid_rows(weights.ridge, |p| self.coefficients[p] != 0.0) as f64;
        let support = self.coefficients.iter().filter(|u| **u != 0.0).count() as f64;
        (support.powi(3) - valid.powi(3)) / 12.0 + support * gram.len() as f64
    }

    /// One Newton step on the support, with exact line search.
    fn newton_step(&mut self, gram: &Gram, weights: &Weights) {
        let u = &self.coefficients;
        let valid = self.factor.valid_rows(weights.ridge, |p| u[p] != 0.0);
        let mut kept = vec![false; u.len()];
        for &position in &self.factor.order()[..valid] {
            kept[position] = true;
        }
        let mut candidates: Vec<usize> = (0..u.len()).filter(|&p| u[p] != 0.0 && !kept[p]).collect();
        // The smallest coefficients are the likeliest to leave: they go last.
        candidates.sort_by(|&a, &b| u[b].abs().total_cmp(&u[a].abs()).then(a.cmp(&b)));
        self.factor.update(gram, weights.ridge, valid, &candidates);

        let order = self.factor.order();
        let rhs = |p: usize| self.slopes[p] - weights.l1 * u[p].signum();
        let mut direction = std::mem::take(&mut self.direction);
        direction.clear();
        direction.extend(order.iter().map(|&p| rhs(p)));
        self.factor.solve(&mut direction);
        let descent: f64 = order.iter().zip(&direction).map(|(&p, d)| rhs(p) * d).sum();
        if descent > 0.0 {
            self.kinks.clear();
            for (k, (&p, &d)) in order.iter().zip(&direction).enumerate() {
                let at = -u[p] / d;
                if at > 0.0 && at.is_finite() {
                    self.kinks.push((at, k));
                }
            }
            let (length, landed) = search_kinks(&mut self.kinks, descent, weights.l1, &direction);
            for (&p, d) in order.iter().zip(&mut direction) {
                *d *= length;
                self.coefficients[p] += *d;
            }
            if let Some(k) = landed {
                self.coefficients[order[k]] = 0.0;
            }
            for (block, steps) in order.chunks(4).zip(direction.chunks(4)) {
                if let (&[a, b, c, d], &[s, t, v, w]) = (block, steps) {
                    let rows = [gram.row(a), gram.row(b), gram.row(c), gram.row(d)];
                    kernels::combine([-s, -t, -v, -w], rows, &mut self.slopes);
                } else {
                    for (&p, &s) in block.iter().zip(steps) {
                        kernels::axpy(-s, gram.row(p), &mut self.slopes);
                    }
                }
                for (&p, &s) in block.iter().zip(steps) {
                    self.slopes[p] -= weights.ridge * s;
                }
            }
        }
        self.direction = direction;
    }

    /// Makes room for `positions` features in all.
    pub(crate) fn grow(&mut self, positions: usize) {
        self.coefficients.resize(positions, 0.0);
        self.slopes.resize(positions, 0.0);
    }
}

fn sign(x: f64) -> i8 {
    i8::from(x > 0.0) - i8::from(x < 0.0)
}

/// Minimises the objective along `direction`: its derivative is
/// `descent·(t − 1)` plus a jump of `2nλ₁|d_k|` at each kink passed.
/// Returns the step and, if the minimum is at a kink, which.
fn search_kinks(
    kinks: &mut [(f64, usize)],
    descent: f64,
    l1: f64,
    direction: &[f64],
) -> (f64, Option<usize>) {
    kinks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut jump = 0.0;
    for &(at, k) in kinks.iter() {
        let free = 1.0 - jump / descent;
        if free <= at {
            return (free, None);
        }
        jump += 2.0 * l1 * direction[k].abs();
        if descent * (at - 1.0) + jump >= 0.0 {
            return (at, Some(k));
        }
    }
    (1.0 - jump / descent, None)
}
