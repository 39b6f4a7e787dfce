//! The group Lasso on the groups added so far, solved with their Gram matrix: sweeps of block coordinate descent, and,
//! when no group enters or leaves, Newton steps on the groups that are not 0.

use std::ops::Range;

use remeasure_core::deadline;
use remeasure_core::numerics::{dense, kernels};

use crate::certificate::{Certificate, GapParts};
use crate::lasso::gram::Gram;

/// Proximal steps that a sweep makes on each group before it goes to the next.
const INNER: usize = 8;

/// Number of sweeps without reducing the gap by a tenth after which a solve gives up.
const IDLE: usize = 500;

/// A Newton step needs less than this many coefficients: its cost grows with their cube.
const LARGEST: usize = 2000;

/// What is added to the diagonal of a Hessian, relative to its mean, until it is not singular.
const DAMPING: [f64; 4] = [0.0, 1e-9, 1e-6, 1e-3];

/// A pivot below this relative size means a singular matrix.
const PIVOT: f64 = 1e-12;

/// Coefficients and slopes of the working set, by Gram position, in which groups are contiguous.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkingSet {
    /// Coefficients `u`.
    pub(super) coefficients: Vec<f64>,
    /// `X_Aᵀ(y − X_A u)`.
    pub(super) slopes: Vec<f64>,
    /// `X_Aᵀy`.
    correlations: Vec<f64>,
    blocks: Vec<Block>,
    /// `G change` of the last step.
    image: Vec<f64>,
    trial: Vec<f64>,
    local: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Block {
    at: Range<usize>,
    /// `√|g|`.
    weight: f64,
    /// The largest eigenvalue of `X_gᵀX_g`.
    curvature: f64,
}

fn size(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

impl WorkingSet {
    /// Adds the last positions of the Gram matrix as a group, with coefficients 0.
    pub(super) fn admit(&mut self, gram: &Gram, weight: f64, correlations: &[f64], slopes: &[f64]) {
        let at = self.coefficients.len()..self.coefficients.len() + slopes.len();
        let own: Vec<f64> = at.clone().flat_map(|i| gram.row(i)[at.clone()].iter().copied()).collect();
        // If the eigenvalues fail, the trace is an upper bound.
        let trace: f64 = at.clone().map(|i| gram.row(i)[i]).sum();
        let curvature = match slopes.len() {
            1 => trace,
            n => dense::eigen(n, &own).ok().and_then(|(values, _)| values.last().copied()).unwrap_or(trace),
        };
        self.coefficients.resize(at.end, 0.0);
        self.slopes.extend_from_slice(slopes);
        self.correlations.extend_from_slice(correlations);
        self.blocks.push(Block { at, weight, curvature: curvature * (1.0 + 1e-12) });
    }

    /// Number of coefficients that are not 0.
    pub(super) fn support(&self) -> usize {
        self.coefficients.iter().filter(|u| **u != 0.0).count()
    }

    /// `Σ_g √|g| ‖u_g‖`.
    pub(super) fn norm(&self) -> f64 {
        self.blocks.iter().map(|b| b.weight * size(&self.coefficients[b.at.clone()])).sum()
    }

    /// The gap of the subproblem; `‖r‖²` and `yᵀr` follow from the slopes.
    fn certificate(&self, (n, lambda, response): (f64, f64, f64)) -> Certificate {
        let fitted = kernels::dot(&self.correlations, &self.coefficients);
        let slope = kernels::dot(&self.slopes, &self.coefficients);
        let ratio = |b: &Block| size(&self.slopes[b.at.clone()]) / b.weight;
        GapParts {
            rows: n as usize,
            l1_weight: lambda,
            norm: self.norm(),
            residual: (response - fitted - slope).max(0.0),
            response_residual: response - fitted,
            correlation: self.blocks.iter().fold(0.0, |m: f64, b| m.max(ratio(b))),
        }
        .certificate()
    }

    /// Decreases the subproblem's gap to `target`, in at most `limit` sweeps, each with at most one Newton step; `scale` is
    /// `(n, λ, ‖y‖²)`. Returns the number of sweeps.
    pub(super) fn solve(&mut self, gram: &Gram, scale: (f64, f64, f64), target: f64, limit: usize) -> usize {
        let level = scale.0 * scale.1;
        let (mut best, mut idle) = (f64::INFINITY, 0);
        // Sweeps since the last Newton step, and how many must be made before the next.
        let (mut since, mut patience) = (0, 1);
        for sweeps in 0..limit {
            if deadline::passed() {
                return sweeps;
            }
            let gap = self.certificate(scale).gap;
            if gap <= target {
                return sweeps;
            }
            idle = if gap < 0.9 * best { 0 } else { idle + 1 };
            best = best.min(gap);
            if idle > IDLE {
                return sweeps;
            }
            let (turned, moved) = self.sweep(gram, level);
            if !moved {
                return sweeps + 1;
            }
            since += 1;
            if !turned && since >= patience {
                patience = if self.newton(gram, level) { 1 } else { (2 * patience).min(64) };
                since = 0;
            }
        }
        limit
    }

    /// Minimises over one group after the other; returns whether a group entered or left, and whether any moved.
    fn sweep(&mut self, gram: &Gram, level: f64) -> (bool, bool) {
        let (mut turned, mut moved) = (false, false);
        for b in 0..self.blocks.len() {
            let Block { at, weight, curvature } = self.blocks[b].clone();
            let threshold = level * weight;
            let was = self.coefficients[at.clone()].iter().any(|u| *u != 0.0);
            if (!was && size(&self.slopes[at.clone()]) <= threshold) || curvature <= 0.0 {
                continue;
            }
            // Within the group, only its own slopes are kept up to date.
            self.trial.clear();
            self.trial.extend_from_slice(&self.coefficients[at.clone()]);
            self.local.clear();
            self.local.extend_from_slice(&self.slopes[at.clone()]);
            for _ in 0..INNER {
                let change = self.proximal_step(gram, &at, curvature, threshold);
                if change <= 1e-3 * size(&self.trial) {
                    break;
                }
            }
            let mut any = false;
            for (k, i) in at.clone().enumerate() {
                let change = self.trial[k] - self.coefficients[i];
                if change != 0.0 {
                    any = true;
                    kernels::axpy(-change, gram.row(i), &mut self.slopes);
                    self.coefficients[i] = self.trial[k];
                }
            }
            moved |= any;
            turned |= was != self.trial.iter().any(|u| *u != 0.0);
        }
        (turned, moved)
    }

    /// A proximal step of `trial` on one group, whose slopes are `local`; returns the length of the step.
    fn proximal_step(&mut self, gram: &Gram, at: &Range<usize>, curvature: f64, threshold: f64) -> f64 {
        let forward = |k: usize| self.trial[k] + self.local[k] / curvature;
        let length = (0..at.len()).map(|k| forward(k) * forward(k)).sum::<f64>().sqrt();
        let shrink = if length > 0.0 { (1.0 - threshold / (curvature * length)).max(0.0) } else { 0.0 };
        let mut squared = 0.0;
        // Steps are stored at the end of `local` until all are known.
        for k in 0..at.len() {
            let change = shrink * (self.trial[k] + self.local[k] / curvature) - self.trial[k];
            self.local.push(change);
            squared += change * change;
        }
        for k in 0..at.len() {
            let change = self.local[at.len() + k];
            self.trial[k] += change;
            kernels::axpy(-change, &gram.row(at.start + k)[at.clone()], &mut self.local[..at.len()]);
        }
        self.local.truncate(at.len());
        squared.sqrt()
    }

    /// A Newton step on the groups that are not 0, shortened until the objective decreases; returns whether the whole step
    /// was made.
    fn newton(&mut self, gram: &Gram, level: f64) -> bool {
        let active: Vec<Block> = self
            .blocks
            .iter()
            .filter(|b| self.coefficients[b.at.clone()].iter().any(|u| *u != 0.0))
            .cloned()
            .collect();
        let order: Vec<usize> = active.iter().flat_map(|b| b.at.clone()).collect();
        if order.is_empty() || order.len() > LARGEST {
            return false;
        }
        // Hessian row by row up to the diagonal, and the negative gradient.
        let mut rows: Vec<Vec<f64>> = order
            .iter()
            .enumerate()
            .map(|(k, &p)| order[..=k].iter().map(|&q| gram.row(p)[q]).collect())
            .collect();
        let mut direction: Vec<f64> = order.iter().map(|&p| self.slopes[p]).collect();
        let mut first = 0;
        for block in &active {
            let u = &self.coefficients[block.at.clone()];
            let length = size(u);
            let (weight, end) = (level * block.weight / length, first + u.len());
            for k in first..end {
                direction[k] -= weight * u[k - first];
                for l in first..=k {
                    rows[k][l] -= weight * u[k - first] * u[l - first] / (length * length);
                }
                rows[k][k] += weight;
            }
            first = end;
        }
        let gradient = direction.clone();
        let mean = rows.iter().enumerate().map(|(k, row)| row[k]).sum::<f64>() / rows.len() as f64;
        // With more coefficients than rows the matrix may be singular: then it is damped.
        let damped = DAMPING.iter().find_map(|share| {
            let mut damped = rows.clone();
            damped.iter_mut().enumerate().for_each(|(k, row)| row[k] += share * mean);
            factor(&mut damped).then_some(damped)
        });
        let Some(factored) = damped else { return false };
        solve(&factored, &mut direction);
        let descent = kernels::dot(&gradient, &direction);
        if !(descent > 0.0) {
            return true;
        }
        self.image.clear();
        self.image.resize(self.slopes.len(), 0.0);
        for (&p, &d) in order.iter().zip(&direction) {
            kernels::axpy(d, gram.row(p), &mut self.image);
        }
        let slope: f64 = order.iter().zip(&direction).map(|(&p, d)| self.slopes[p] * d).sum();
        let curvature: f64 = order.iter().zip(&direction).map(|(&p, d)| self.image[p] * d).sum();
        let mut length = 1.0;
        for _ in 0..40 {
            let (mut norm, mut first) = (0.0, 0);
            for block in &active {
                let u = &self.coefficients[block.at.clone()];
                let moved: f64 =
                    u.iter().zip(&direction[first..]).map(|(u, d)| (u + length * d).powi(2)).sum();
                norm += block.weight * (moved.sqrt() - size(u));
                first += u.len();
            }
            let change = -length * slope + 0.5 * length * length * curvature + level * norm;
            if change <= -1e-4 * length * descent {
                for (&p, d) in order.iter().zip(&direction) {
                    self.coefficients[p] += length * d;
                }
                kernels::axpy(-length, &self.image, &mut self.slopes);
                return length == 1.0;
            }
            length *= 0.5;
        }
        false
    }
}

/// Overwrites the lower triangle of a symmetric matrix with its Cholesky factor; false if it is singular, or a
/// [`deadline`] passes.
fn factor(rows: &mut [Vec<f64>]) -> bool {
    for i in 0..rows.len() {
        if deadline::passed() {
            return false;
        }
        let (above, rest) = rows.split_at_mut(i);
        let row = &mut rest[0];
        for (j, other) in above.iter().enumerate() {
            row[j] = (row[j] - kernels::dot(&row[..j], &other[..j])) / other[j];
        }
        let diagonal = row[i];
        let pivot = diagonal - kernels::squared_norm(&row[..i]);
        if !(pivot > PIVOT * diagonal) {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// Overwrites `b` with the solution of `LLᵀ x = b`.
fn solve(rows: &[Vec<f64>], b: &mut [f64]) {
    for i in 0..b.len() {
        b[i] = (b[i] - kernels::dot(&rows[i][..i], &b[..i])) / rows[i][i];
    }
    for i in (0..b.len()).rev() {
        b[i] /= rows[i][i];
        let (before, x) = (&rows[i][..i], b[i]);
        kernels::axpy(-x, before, &mut b[..i]);
    }
}
