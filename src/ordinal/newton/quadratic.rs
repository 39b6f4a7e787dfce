//! The piecewise quadratic subproblem of a proximal Newton step.

use std::ops::Range;

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::Penalty;

/// Minimises `gᵀ(v − w) + ½(v − w)ᵀH(v − w) + penalty(v)`: coordinate descent finds the signs, and a Cholesky
/// solve on the support finds the values.
#[derive(Debug, Default)]
pub(super) struct Quadratic {
    /// The minimiser, in the order of the working set.
    pub(super) point: Vec<f64>,
    /// Gradient of the quadratic part at `point`.
    slope: Vec<f64>,
    l1: Vec<f64>,
    support: Vec<usize>,
    /// Lower triangle, row-major with the side of the working set, for the coordinates `factored`.
    factor: Vec<f64>,
    factored: Vec<usize>,
    change: Vec<f64>,
    /// A point with some coordinates set to 0, on the support, and what its gradient differs by.
    projected: Vec<f64>,
    image: Vec<f64>,
}

/// How accurately to solve a subproblem.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Distance from stationarity that is always accurate enough.
    pub(super) floor: f64,
    /// Weight of the term `damping/2·‖v − w‖²` added to the model.
    pub(super) damping: f64,
}

/// Result of a solve on the support.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Jump {
    Arrived,
    Blocked,
    Singular,
}

/// Relative size of the ridge that keeps a singular matrix solvable.
const JITTER: f64 = 1e-12;

/// Ridges to try in turn if the matrix is singular up to rounding.
const RIDGES: [f64; 3] = [0.0, 1e-9, 1e-5];

/// Maximum number of rounds; an inexact point still gives a descent direction.
const ROUNDS: usize = 60;

impl Quadratic {
    /// Solves the subproblem on `working`; `hessian` is row-major with that side, and the ridge of the
    /// penalty is added to it. Returns whether a sufficiently accurate point was found.
    pub(super) fn solve(
        &mut self,
        working: &[usize],
        hessian: &mut [f64],
        gradient: &[f64],
        penalty: &Penalty,
        w: &[f64],
        effort: Effort,
    ) -> bool {
        let m = working.len();
        let largest = (0..m).fold(0.0, |top: f64, k| top.max(hessian[k * m + k]));
        for (k, &c) in working.iter().enumerate() {
            hessian[k * m + k] += penalty.l2[c] + effort.damping + JITTER * largest;
        }
        self.point.clear();
        self.point.extend(working.iter().map(|&c| w[c]));
        self.slope.clear();
        self.slope.extend(working.iter().map(|&c| gradient[c] + penalty.l2[c] * w[c]));
        self.l1.clear();
        self.l1.extend(working.iter().map(|&c| penalty.l1[c]));
        self.factored.clear();
        let start = self.distance();
        // Superlinear convergence needs no more accuracy (Dembo, Eisenstat and Steihaug 1982).
        let enough = (start * start.min(1e-3)).max(effort.floor);
        let smooth = self.l1.iter().all(|l| *l == 0.0);
        let mut solved = true;
        for round in 0..ROUNDS {
            if deadline::passed() {
                return false;
            }
            if !smooth || !solved {
                // Do more sweeps if the support is slow to settle.
                for _ in 0..1 + round.min(9) {
                    self.sweep(hessian);
                }
            }
            // Follow the kinks as an active-set method would: each that blocks leaves the support, while sweeps
            // could bring it back for long.
            let mut end = self.jump(hessian);
            while end == Jump::Blocked && !deadline::passed() {
                end = self.jump(hessian);
            }
            solved = end != Jump::Singular;
            if end != Jump::Blocked && self.distance() <= enough {
                return true;
            }
            // A linear system needs one solve and one or two refinements.
            if smooth && solved && round > 2 {
                return true;
            }
        }
        false
    }

    /// Distance from stationarity; the largest over the coordinates.
    fn distance(&self) -> f64 {
        let each = self.point.iter().zip(&self.slope).zip(&self.l1).map(|((v, g), l1)| {
            if *v == 0.0 { (g.abs() - l1).max(0.0) } else { (g + l1 * v.signum()).abs() }
        });
        each.fold(0.0, f64::max)
    }

    /// One sweep of coordinate descent.
    fn sweep(&mut self, hessian: &[f64]) {
        let m = self.point.len();
        for k in 0..m {
            // Most coordinates stay at 0.
            if self.point[k] == 0.0 && self.slope[k].abs() <= self.l1[k] {
                continue;
            }
            let row = &hessian[k * m..(k + 1) * m];
            let curvature = row[k];
            if !(curvature > 0.0) {
                continue;
            }
            let free = curvature * self.point[k] - self.slope[k];
            let shrunk = (free.abs() - self.l1[k]).max(0.0);
            let value = free.signum() * shrunk / curvature;
            let change = value - self.point[k];
            if change != 0.0 {
                self.point[k] = value;
                kernels::axpy(change, row, &mut self.slope);
            }
        }
    }

    /// Moves from `point` towards the minimiser with the same signs: up to the first sign change, where that
    /// coordinate becomes 0, or all the way with every coordinate that would change sign at 0, whichever
    /// decreases the model more.
    fn jump(&mut self, hessian: &[f64]) -> Jump {
        let m = self.point.len();
        self.support.clear();
        self.support.extend((0..m).filter(|&k| self.l1[k] == 0.0 || self.point[k] != 0.0));
        if !self.factorise(hessian) {
            return Jump::Singular;
        }
        let Self { point, slope, l1, support, factor, change, .. } = &mut *self;
        let downhill = |k: usize| -slope[k] - if l1[k] == 0.0 { 0.0 } else { l1[k] * point[k].signum() };
        change.clear();
        change.extend(support.iter().map(|&k| downhill(k)));
        cholesky_solve(factor, m, change);
        let descent: f64 = support.iter().zip(&*change).map(|(&k, by)| downhill(k) * by).sum();
        let mut t = 1.0;
        let mut stop = None;
        for (a, &k) in self.support.iter().enumerate() {
            let (from, by) = (self.point[k], self.change[a]);
            if self.l1[k] > 0.0 && from * (from + t * by) < 0.0 {
                t = -from / by;
                stop = Some(k);
            }
        }
        if stop.is_some() && self.project(hessian, descent * (t - 0.5 * t * t)) {
            return Jump::Blocked;
        }
        for (a, &k) in self.support.iter().enumerate() {
            let to = if stop == Some(k) { 0.0 } else { self.point[k] + t * self.change[a] };
            let change = to - self.point[k];
            self.point[k] = to;
            kernels::axpy(change, &hessian[k * m..(k + 1) * m], &mut self.slope);
        }
        if stop.is_none() { Jump::Arrived } else { Jump::Blocked }
    }

    /// Factors the model on the support; rows of the last factor stay valid up to the first coordinate that
    /// differs. Returns whether the matrix is positive definite, perhaps with a ridge.
    fn factorise(&mut self, hessian: &[f64]) -> bool {
        let m = self.point.len();
        let common = self.support.iter().zip(&self.factored).take_while(|(a, b)| a == b).count();
        self.factored.clear();
        self.factor.resize(m * m, 0.0);
        let largest = (0..m).fold(0.0, |top: f64, k| top.max(hessian[k * m + k]));
        // A ridge on the factor alone shortens the step in a singular model, which still descends.
        for ridge in RIDGES {
            let known = if ridge == 0.0 { common } else { 0 };
            for (a, &k) in self.support.iter().enumerate().skip(known) {
                for (b, &l) in self.support[..=a].iter().enumerate() {
                    self.factor[a * m + b] = hessian[k * m + l];
                }
                self.factor[a * m + a] += ridge * largest;
            }
            if cholesky(&mut self.factor, m, known..self.support.len()) {
                if ridge == 0.0 {
                    self.factored.extend_from_slice(&self.support);
                }
                return true;
            }
        }
        false
    }

    /// Makes the whole step with every coordinate that would change sign set to 0, if that decreases the
    /// model by more than `least`.
    fn project(&mut self, hessian: &[f64], least: f64) -> bool {
        let m = self.point.len();
        self.image.clear();
        self.image.resize(m, 0.0);
        self.projected.clear();
        let (mut linear, mut norm) = (0.0, 0.0);
        for (a, &k) in self.support.iter().enumerate() {
            let from = self.point[k];
            let whole = from + self.change[a];
            let to = if self.l1[k] > 0.0 && from * whole < 0.0 { 0.0 } else { whole };
            linear += self.slope[k] * (to - from);
            norm += self.l1[k] * (to.abs() - from.abs());
            kernels::axpy(to - from, &hessian[k * m..(k + 1) * m], &mut self.image);
            self.projected.push(to);
        }
        let moved = self.support.iter().zip(&self.projected);
        let curvature: f64 = moved.clone().map(|(&k, to)| self.image[k] * (to - self.point[k])).sum();
        let better = -linear - 0.5 * curvature - norm > least;
        if better {
            moved.for_each(|(&k, to)| self.point[k] = *to);
            kernels::axpy(1.0, &self.image, &mut self.slope);
        }
        better
    }
}

/// Factors the rows `rows` of the lower triangle in place, `A = LLᵀ`, row-major with `stride`; the rows before
/// are factored. Returns whether `A` is positive definite.
fn cholesky(a: &mut [f64], stride: usize, rows: Range<usize>) -> bool {
    for i in rows {
        let (above, rest) = a.split_at_mut(i * stride);
        let row = &mut rest[..stride];
        for j in 0..i {
            let other = &above[j * stride..j * stride + j + 1];
            row[j] = (row[j] - kernels::dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - kernels::squared_norm(&row[..i]);
        if !(pivot > 0.0) {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

/// Solves `LLᵀx = b` in place.
fn cholesky_solve(l: &[f64], stride: usize, b: &mut [f64]) {
    for i in 0..b.len() {
        let row = &l[i * stride..i * stride + i + 1];
        b[i] = (b[i] - kernels::dot(&row[..i], &b[..i])) / row[i];
    }
    for i in (0..b.len()).rev() {
        let row = &l[i * stride..i * stride + i + 1];
        b[i] /= row[i];
        let (before, at) = b.split_at_mut(i);
        kernels::axpy(-at[0], &row[..i], before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimiser_of_a_small_model_is_exact() {
        // Solved by hand: v₁ is held at 0 and H₀₀v₀ = −g₀ − λ.
        let penalty = Penalty { l1: vec![0.5, 0.5], l2: vec![0.0; 2], allowed: vec![true; 2] };
        let mut quadratic = Quadratic::default();
        let mut hessian = vec![2.0, 1.0, 1.0, 3.0];
        quadratic.solve(
            &[0, 1],
            &mut hessian,
            &[-2.5, -1.2],
            &penalty,
            &[0.0, 0.0],
            Effort { floor: 0.0, damping: 0.0 },
        );
        assert!((quadratic.point[0] - 1.0).abs() < 1e-10 && quadratic.point[1] == 0.0);
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_is_refused() {
        assert!(!cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2, 0..2));
        let mut a = [4.0, 2.0, 2.0, 5.0];
        assert!(cholesky(&mut a, 2, 0..2));
        let mut b = [8.0, 12.0];
        cholesky_solve(&a, 2, &mut b);
        assert!((b[0] - 1.0).abs() < 1e-15 && (b[1] - 2.0).abs() < 1e-15);
    }
}
