//! The penalised cumulative logit model: `(1/n)Σ −log π + λ Σ_k (a‖ψ_k‖₁ + (1−a)/2‖ψ_k‖²)`.
//!
//! Solver of PRESTO (Faletto and Bien 2023) and, without a penalty, of the cumulative logit,
//! proportional-odds (McCullagh 1980) and logistic models. The objective is convex where every class has a
//! probability ≥ 0 at every training row. The boundary of that domain is part of the problem: a solution may
//! lie on it, with multipliers.

mod guard;
mod loss;

use loss::Loss;
use remeasure_core::deadline;
use remeasure_optim::Termination;

use super::model::{Crossing, Cumulative};
use super::newton::{Ended, Penalty, Stopping, Workspace, largest_slope, minimise};
use super::training::Training;

/// Errors in the optimality conditions of the constrained problem, for standardised features and the mean loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kkt {
    /// `max_c dist(−(∇f − Σ u a)_c, ∂penalty)`: the gradient of the Lagrangian against the penalty.
    pub stationarity: f64,
    /// `max(0, −ζ_k(x_i))`: how far cumulative curves cross at a training row.
    pub violation: f64,
    /// `max u_i ζ_i`: multipliers of curves that do not touch.
    pub complementarity: f64,
}

impl Kkt {
    /// The largest of the three.
    #[must_use]
    pub fn residual(&self) -> f64 {
        self.stationarity.max(self.violation).max(self.complementarity)
    }
}

/// Which coefficients may differ from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freedom {
    /// All `ψ_k`.
    Full,
    /// `ψ_0` only: proportional odds.
    Parallel,
}

/// Results of a solve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solved {
    /// Mean loss plus penalty.
    pub(super) objective: f64,
    pub(super) kkt: Kkt,
    /// Newton steps.
    pub(super) iterations: usize,
    pub(super) termination: Termination,
    /// Number of rows and blocks where the curves touch with a positive multiplier.
    pub(super) touching: usize,
    /// Whether the Newton steps did not shrink at the end, so that the infimum is not attained.
    pub(super) escapes: bool,
}

/// A warm-started solver for one training sample.
#[derive(Debug)]
pub(super) struct Solver<'a> {
    loss: Loss<'a>,
    w: Vec<f64>,
    penalty: Penalty,
    gradient: Vec<f64>,
    work: Workspace,
}

/// Maximum number of rounds of the method of multipliers.
const ROUNDS: usize = 60;

impl<'a> Solver<'a> {
    /// Starts at the fit of the intercepts alone.
    pub(super) fn new(training: &'a Training, freedom: Freedom) -> Self {
        let (width, n) = (training.width(), training.rows() as f64);
        let size = (training.groups.len() - 1) * width;
        let mut w = vec![0.0; size];
        let mut before = 0.0;
        for (block, rows) in w.chunks_exact_mut(width).zip(&training.groups) {
            let logit = (rows.end as f64 / (n - rows.end as f64)).ln();
            block[0] = logit - before;
            before = logit;
        }
        let allowed = |c: usize| c.is_multiple_of(width) || c < width || freedom == Freedom::Full;
        let penalty = Penalty::none(size, allowed);
        let loss = Loss::new(training, &w);
        Self { loss, w, penalty, gradient: vec![0.0; size], work: Workspace::default() }
    }

    /// `max |∂f/∂ψ|` at the current point, which is `λ_max` at the fit of the intercepts alone.
    pub(super) fn largest_score(&mut self) -> f64 {
        self.loss.mean_gradient(&mut self.gradient);
        largest_slope(&self.gradient, self.loss.training.width())
    }

    /// Minimises with `l1·‖ψ‖₁ + l2/2·‖ψ‖²` from the last solution.
    pub(super) fn solve(&mut self, l1: f64, l2: f64, stopping: Stopping) -> Solved {
        self.penalty.charge_slopes(self.loss.training.width(), l1, l2);
        self.loss.guard.relax();
        self.loss.place(&self.w);
        let mut iterations = 0;
        let mut off = f64::INFINITY;
        let mut ended;
        let mut rounds = 0;
        let mut last_step = 0.0;
        loop {
            let left =
                Stopping { max_iterations: stopping.max_iterations.saturating_sub(iterations), ..stopping };
            ended = minimise(&mut self.loss, &self.penalty, &mut self.w, left, &mut self.work);
            iterations += ended.iterations;
            if ended.iterations == 0 {
                ended.last_step = last_step;
            }
            last_step = ended.last_step;
            rounds += 1;
            let cut_short = matches!(ended.termination, Termination::MaxIterations | Termination::Deadline);
            if cut_short || deadline::passed() {
                break;
            }
            let now = self.loss.guard.update();
            let added = self.extend_guard(stopping.tolerance);
            if added == 0 && now <= stopping.tolerance {
                break;
            }
            if rounds == ROUNDS {
                ended.termination = Termination::MaxIterations;
                break;
            }
            if added == 0 && now > 0.25 * off {
                self.loss.guard.tighten();
            }
            off = now;
            self.loss.place(&self.w);
        }
        self.certify(iterations, ended)
    }

    /// Adds the constraints that the point violates; returns their number.
    fn extend_guard(&mut self, tolerance: f64) -> usize {
        let (training, guard) = (self.loss.training, &self.loss.guard);
        let mut found = Vec::new();
        self.loss.crossings(&self.w, tolerance, |row, block| {
            if !guard.places.contains(&(row, block)) {
                found.push((row, block));
            }
        });
        for &(row, block) in &found {
            let x = (0..training.width()).map(|j| training.design.column(j)[row]);
            self.loss.guard.add(row, block, x);
        }
        found.len()
    }

    /// Makes the point feasible up to rounding, and computes all residuals from scratch.
    fn certify(&mut self, iterations: usize, ended: Ended) -> Solved {
        let width = self.loss.training.width();
        if !self.loss.guard.is_empty() {
            let worst = self.loss.crossings(&self.w, 0.0, |_, _| ());
            worst.iter().enumerate().for_each(|(k, by)| self.w[k * width] += by);
        }
        self.loss.place(&self.w);
        self.loss.mean_gradient(&mut self.gradient);
        self.loss.guard.add_multipliers(&mut self.gradient);
        let violation = self.loss.crossings(&self.w, 0.0, |_, _| ()).into_iter().fold(0.0, f64::max);
        let kkt = Kkt {
            stationarity: self.penalty.stationarity(&self.w, &self.gradient),
            violation,
            complementarity: self.loss.guard.complementarity(),
        };
        Solved {
            objective: self.loss.mean_loss() + self.penalty.value(&self.w),
            kkt,
            iterations,
            termination: ended.termination,
            touching: self.loss.guard.multipliers.iter().filter(|u| **u > 0.0).count(),
            escapes: self.penalty.is_none() && ended.escapes(&self.w),
        }
    }

    /// The model on the raw scale, with pooling of rows where its curves cross.
    pub(super) fn model(&self) -> Cumulative {
        self.assemble(Crossing::Pooled, |training, sum, _| {
            let (slopes, shift) = training.raw_slopes(sum);
            (sum[0] - shift, slopes)
        })
    }

    /// The model that the authors' code returns: intercepts are shifted by `ψ_kᵀx̄` instead of `β_kᵀx̄`, and
    /// negative probabilities are kept.
    pub(super) fn published_model(&self) -> Cumulative {
        self.assemble(Crossing::Kept, |training, sum, own| {
            let (slopes, _) = training.raw_slopes(sum);
            let (_, shift) = training.raw_slopes(own);
            (sum[0] - shift, slopes)
        })
    }

    /// The model that the authors' code uses in cross-validation: with `ψ_k` instead of `β_k`.
    pub(super) fn published_validation_model(&self) -> Cumulative {
        self.assemble(Crossing::Kept, |training, sum, own| {
            let (slopes, shift) = training.raw_slopes(own);
            (sum[0] - shift, slopes)
        })
    }

    /// `boundary(training, (b_k, β_k), (δ_k, ψ_k))` takes parameters on the standardised scale and returns
    /// the raw intercept and slopes.
    fn assemble(
        &self,
        crossing: Crossing,
        boundary: impl Fn(&Training, &[f64], &[f64]) -> (f64, Vec<f64>),
    ) -> Cumulative {
        let training = self.loss.training;
        let width = training.width();
        let mut sum = vec![0.0; width];
        let fitted: Vec<(f64, Vec<f64>)> = self
            .w
            .chunks_exact(width)
            .map(|own| {
                sum.iter_mut().zip(own).for_each(|(s, v)| *s += v);
                boundary(training, &sum, own)
            })
            .collect();
        let flat = |intercept: f64| (intercept, vec![0.0; training.features]);
        // Boundaries next to absent classes: nothing below, everything below, or the one before.
        let all =
            (0..training.classes - 1).map(|k| match training.present.iter().filter(|&&c| c <= k).count() {
                0 => flat(f64::NEG_INFINITY),
                count if count > fitted.len() => flat(f64::INFINITY),
                count => fitted[count - 1].clone(),
            });
        let (intercepts, slopes) = all.unzip();
        Cumulative { intercepts, slopes, crossing }
    }
}
