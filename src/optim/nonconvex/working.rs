//! Coordinate descent on working sets.
//!
//! Features enter the working set when their coefficient would leave 0, found by the correlations with the residual, of
//! which only those that may matter are computed. Sweeps run on the Gram matrix of all features that ever entered. The
//! logistic loss is replaced by its quadratic upper bound of curvature ¼ (Böhning and Lindsay 1988) at the current point,
//! so that each round decreases the objective. Extrapolated points are taken only where they decrease it too.

use remeasure_core::numerics::kernels;
use remeasure_core::{Invalid, deadline};

use super::anderson::Anderson;
use super::penalties::{Separable, Unpenalised};
use super::{Observations, Stationary};
use crate::Termination;
use crate::lasso::LassoProblem;
use crate::lasso::gram::Gram;
use crate::lasso::lazy::LazyCorrelations;
use crate::penalty::Penalty;

/// Fewest features that enter at a time, if so many would move.
const ENTRANTS: usize = 16;

/// Sweeps for one quadratic bound of the logistic loss.
const BOUND_SWEEPS: usize = 8;

/// Solves one problem after another on the same data, each from the solution before, the first from 0.
#[derive(Clone, Debug)]
pub struct Working<'d> {
    data: &'d Observations<'d>,
    problem: LassoProblem<'d>,
    lambda_max: f64,
    gram: Gram,
    lazy: LazyCorrelations,
    /// By position in the Gram matrix, as `slopes`.
    coefficients: Vec<f64>,
    /// `x_jᵀ` times the residual of the quadratic (bound).
    slopes: Vec<f64>,
    image: Vec<f64>,
    residual: Vec<f64>,
    inner: Anderson,
    outer: Anderson,
    trial: (Vec<f64>, Vec<f64>),
}

impl<'d> Working<'d> {
    /// A solver for `data`. Makes one pass over the design.
    ///
    /// # Errors
    /// If a value is not finite.
    pub fn new(data: &'d Observations<'d>) -> Result<Self, Invalid> {
        let problem = LassoProblem::new(data.design(), data.response())?;
        let (n, p) = (data.rows(), data.columns());
        let mut solver = Self {
            lazy: LazyCorrelations::new(&problem),
            problem,
            data,
            lambda_max: 0.0,
            gram: Gram::new(p),
            coefficients: Vec::new(),
            slopes: Vec::new(),
            image: vec![0.0; n],
            residual: vec![0.0; n],
            inner: Anderson::default(),
            outer: Anderson::default(),
            trial: (Vec::new(), Vec::new()),
        };
        solver.enter(&(0..data.free()).collect::<Vec<_>>());
        let null = super::L0::new(f64::MAX).map(|l0| solver.solve(&l0, 1e-12, 10_000))?;
        let mut gradient = vec![0.0; p];
        data.value_and_gradient(&null.coefficients, &mut gradient)?;
        solver.lambda_max = kernels::max_abs(&gradient[data.free()..]);
        Ok(solver)
    }

    /// The largest size of a derivative of the loss where only the free coefficients are fitted: for SCAD and MCP, the
    /// smallest λ at which all others may be 0.
    #[must_use]
    pub fn lambda_max(&self) -> f64 {
        self.lambda_max
    }

    /// Minimises loss plus penalty from the last solution, until no coefficient would move by `tolerance` × λ_max ÷ its
    /// curvature. A deadline of the thread is respected.
    pub fn solve<S: Separable>(&mut self, penalty: &S, tolerance: f64, max_sweeps: usize) -> Stationary {
        let penalty = Unpenalised { free: self.data.free(), penalty };
        let n = self.data.rows() as f64;
        let scale = self.data.curvature() / n;
        // Before λ_max is known, only free coefficients are fitted, to the scale of the gradient at 0.
        let size = match self.lambda_max {
            0.0 => self.problem.lambda_max(),
            known => known,
        };
        let target = tolerance * size;
        let floor = self.floor(&penalty, scale);
        let (mut sweeps, mut idle) = (0, 0);
        self.outer.clear();
        loop {
            self.refresh(scale);
            let entrants = self.entrants(&penalty, scale, floor);
            let violation = entrants.first().map_or(0.0, |e| e.0);
            let inside = self.departure(&penalty, scale);
            let termination = if violation.max(inside) <= target {
                Some(Termination::Converged)
            } else if deadline::passed() {
                Some(Termination::Deadline)
            } else if sweeps >= max_sweeps {
                Some(Termination::MaxIterations)
            } else if idle >= 3 {
                Some(Termination::Stalled)
            } else {
                None
            };
            if let Some(termination) = termination {
                return self.finish(&penalty, sweeps, termination);
            }
            if !entrants.is_empty() {
                let support = self.coefficients.iter().filter(|w| **w != 0.0).count();
                let most = support.max(ENTRANTS).min(entrants.len());
                self.enter(&entrants[..most].iter().map(|e| e.1).collect::<Vec<_>>());
                self.outer.clear();
            }
            let accuracy = (0.3 * violation).max(0.5 * target);
            let limit = max_sweeps - sweeps;
            let (made, moved) = if self.data.is_quadratic() {
                self.descend(&penalty, scale, accuracy, limit)
            } else {
                let found =
                    self.descend(&penalty, scale, accuracy.max(0.1 * inside), limit.min(BOUND_SWEEPS));
                self.extrapolate_outer(&penalty);
                found
            };
            sweeps += made;
            idle = if moved { 0 } else { idle + 1 };
        }
    }

    /// The smallest `|x_jᵀr|` that can make a penalised coefficient leave 0.
    fn floor<S: Separable>(&self, penalty: &S, scale: f64) -> f64 {
        let norms = self.problem.squared_norms()[self.data.free()..].iter();
        let activation = |(k, norm): (usize, &f64)| match *norm > 0.0 {
            true => penalty.activation(self.data.free() + k, scale * norm),
            false => f64::INFINITY,
        };
        norms.enumerate().map(activation).fold(f64::INFINITY, f64::min) / scale
    }

    /// Computes image, residual and slopes from the coefficients.
    fn refresh(&mut self, scale: f64) {
        self.image.fill(0.0);
        let terms = self.gram.features().iter().copied().zip(self.coefficients.iter().copied());
        self.data.design().add_mul(1.0, terms, &mut self.image);
        self.residual.copy_from_slice(&self.image);
        self.data.residual(&mut self.residual);
        // To the residual of the quadratic bound.
        let factor = 1.0 / (scale * self.data.rows() as f64);
        if factor != 1.0 {
            self.residual.iter_mut().for_each(|r| *r *= factor);
        }
        self.data.design().tmul_of(self.gram.features(), &self.residual, &mut self.slopes);
    }

    /// Features outside that would move, as (size of the move × curvature, feature), largest first.
    fn entrants<S: Separable>(&mut self, penalty: &S, scale: f64, floor: f64) -> Vec<(f64, usize)> {
        let gram = &self.gram;
        let relevant = self.lazy.update(&self.problem, &self.residual, floor, |j| gram.contains(j)).to_vec();
        let mut found = Vec::new();
        for j in relevant {
            let curvature = scale * self.problem.squared_norms()[j];
            if curvature <= 0.0 {
                continue;
            }
            let next = penalty.prox_at(j, self.lazy.value(j) * scale / curvature, 1.0 / curvature);
            if next != 0.0 {
                found.push((next.abs() * curvature, j));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        found
    }

    /// Adds features, with coefficient 0; a deadline may prevent it.
    fn enter(&mut self, features: &[usize]) {
        if self.gram.extend(self.data.design(), features) {
            self.coefficients.resize(self.gram.len(), 0.0);
            let from = self.slopes.len();
            self.slopes.resize(self.gram.len(), 0.0);
            self.data.design().tmul_of(features, &self.residual, &mut self.slopes[from..]);
        }
    }

    /// The largest move × curvature that a coefficient of the working set would make.
    fn departure<S: Separable>(&self, penalty: &S, scale: f64) -> f64 {
        let mut worst = 0.0_f64;
        for (at, &j) in self.gram.features().iter().enumerate() {
            let curvature = scale * self.gram.row(at)[at];
            if curvature > 0.0 {
                let w = self.coefficients[at];
                let next = penalty.prox_at(j, w + self.slopes[at] * scale / curvature, 1.0 / curvature);
                worst = worst.max((next - w).abs() * curvature);
            }
        }
        worst
    }

    /// One sweep; returns the largest move × curvature.
    fn sweep<S: Separable>(&mut self, penalty: &S, scale: f64) -> f64 {
        let mut worst = 0.0_f64;
        for (at, &j) in self.gram.features().iter().enumerate() {
            let row = self.gram.row(at);
            let curvature = scale * row[at];
            let w = self.coefficients[at];
            let slope = self.slopes[at] * scale;
            if curvature <= 0.0 || (w == 0.0 && slope.abs() <= penalty.activation(j, curvature)) {
                continue;
            }
            let next = penalty.prox_at(j, w + slope / curvature, 1.0 / curvature);
            let change = next - w;
            if change != 0.0 {
                self.coefficients[at] = next;
                kernels::axpy(-change, row, &mut self.slopes);
                worst = worst.max(change.abs() * curvature);
            }
        }
        worst
    }

    /// Sweeps until no move × curvature exceeds `accuracy`; returns their number, and whether anything moved.
    fn descend<S: Separable>(
        &mut self,
        penalty: &S,
        scale: f64,
        accuracy: f64,
        limit: usize,
    ) -> (usize, bool) {
        self.inner.clear();
        let mut moved = false;
        for made in 0..limit {
            if deadline::passed() {
                return (made, moved);
            }
            let worst = self.sweep(penalty, scale);
            moved |= worst > 0.0;
            if worst <= accuracy {
                return (made + 1, moved);
            }
            self.inner.push(&self.coefficients, &self.slopes);
            let (point, slopes) = &mut self.trial;
            if self.inner.extrapolate(point, slopes) {
                // The change of the quadratic, without the cancellation of two values.
                let mut change = 0.0;
                for (at, &j) in self.gram.features().iter().enumerate() {
                    let (old, new) = (self.coefficients[at], point[at]);
                    if old != new {
                        change -= 0.5 * scale * (new - old) * (self.slopes[at] + slopes[at]);
                        change += penalty.value_at(j, new) - penalty.value_at(j, old);
                    }
                }
                if change < 0.0 {
                    std::mem::swap(&mut self.coefficients, point);
                    std::mem::swap(&mut self.slopes, slopes);
                }
            }
        }
        (limit, moved)
    }

    /// Extrapolates rounds of the logistic loss.
    fn extrapolate_outer<S: Separable>(&mut self, penalty: &S) {
        self.image.fill(0.0);
        let terms = self.gram.features().iter().copied().zip(self.coefficients.iter().copied());
        self.data.design().add_mul(1.0, terms, &mut self.image);
        self.outer.push(&self.coefficients, &self.image);
        let (point, image) = &mut self.trial;
        if !self.outer.extrapolate(point, image) {
            return;
        }
        let value = |w: &[f64]| -> f64 {
            self.gram.features().iter().zip(w).map(|(&j, w)| penalty.value_at(j, *w)).sum()
        };
        let after = self.data.residual(image) + value(point);
        let before = self.data.residual(&mut self.image) + value(&self.coefficients);
        if after < before {
            std::mem::swap(&mut self.coefficients, point);
        }
    }

    fn finish<S: Separable>(&self, penalty: &S, sweeps: usize, termination: Termination) -> Stationary {
        let mut coefficients = vec![0.0; self.data.columns()];
        for (&j, &w) in self.gram.features().iter().zip(&self.coefficients) {
            coefficients[j] = w;
        }
        let mut image = self.image.clone();
        let loss = self.data.residual(&mut image);
        // Distances inside the working set; those outside that are not known stay below their bounds.
        let gradient = |slope: f64| -slope * self.data.curvature() / self.data.rows() as f64;
        let inside = self.gram.features().iter().enumerate();
        let mut worst = inside
            .map(|(at, &j)| penalty.distance_at(j, self.coefficients[at], gradient(self.slopes[at])))
            .fold(0.0, f64::max);
        for j in (0..coefficients.len()).filter(|&j| !self.gram.contains(j)) {
            worst = worst.max(penalty.distance_at(j, 0.0, gradient(self.lazy.value(j))));
        }
        Stationary {
            objective: loss + penalty.value(&coefficients),
            stationarity: worst,
            coefficients,
            iterations: sweeps,
            termination,
        }
    }
}
