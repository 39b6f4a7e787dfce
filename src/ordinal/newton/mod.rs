//! Proximal Newton for smooth + ℓ1 + ridge, restricted to a working set.
//!
//! Each iteration minimises the second-order model of the smooth part plus the exact penalty over the
//! coordinates that are not held at zero by their subgradient, and moves there as far as the domain and
//! Armijo's rule allow (Lee, Sun and Saunders 2014).

mod quadratic;

use quadratic::{Effort, Quadratic};
use remeasure_core::deadline;
use remeasure_optim::Termination;

/// A convex, twice differentiable function on an open domain, evaluated at a point.
pub(super) trait Smooth {
    /// Number of coordinates.
    fn size(&self) -> usize;
    /// Value at the point.
    fn value(&self) -> f64;
    /// Gradient at the point, length [`Smooth::size`].
    fn gradient(&self, out: &mut [f64]);
    /// Second derivatives with respect to the coordinates `working`, increasing; row-major, both triangles.
    fn hessian(&mut self, working: &[usize], out: &mut [f64]);
    /// Cost of a Hessian relative to that of a step that makes do with an earlier one.
    fn curvature_cost(&self) -> f64 {
        0.0
    }
    /// Sets the direction of the next steps; `step[i]` is for coordinate `working[i]`.
    fn aim(&mut self, working: &[usize], step: &[f64]);
    /// A step along the direction, at most 1, that stays safely inside the domain.
    fn reach(&self) -> f64;
    /// Value at the point plus `t` times the direction; infinite outside the domain.
    fn probe(&mut self, t: f64) -> f64;
    /// Moves to the last probed point.
    fn accept(&mut self);
}

/// Largest derivative with respect to a slope, in blocks of `width` coordinates that begin with an intercept.
pub(super) fn largest_slope(gradient: &[f64], width: usize) -> f64 {
    let slopes = gradient.iter().enumerate().filter(|(c, _)| !c.is_multiple_of(width));
    slopes.fold(0.0, |m: f64, (_, g)| m.max(g.abs()))
}

/// The penalty of each coordinate: `l1·|w| + l2/2·w²`.
#[derive(Clone, Debug)]
pub(super) struct Penalty {
    pub(super) l1: Vec<f64>,
    pub(super) l2: Vec<f64>,
    /// Coordinates that may differ from zero.
    pub(super) allowed: Vec<bool>,
}

impl Penalty {
    /// No penalty on `size` coordinates; those that are not `allowed` are held at zero.
    pub(super) fn none(size: usize, allowed: impl Fn(usize) -> bool) -> Self {
        Self { l1: vec![0.0; size], l2: vec![0.0; size], allowed: (0..size).map(allowed).collect() }
    }

    /// Penalises the slopes in blocks of `width` coordinates, the first of which is an intercept.
    pub(super) fn charge_slopes(&mut self, width: usize, l1: f64, l2: f64) {
        for c in (0..self.l1.len()).filter(|c| !c.is_multiple_of(width)) {
            self.l1[c] = l1;
            self.l2[c] = l2;
        }
    }

    /// The distance of `−gradient` (of the smooth part) from the subdifferential; the largest over the
    /// allowed coordinates.
    pub(super) fn stationarity(&self, w: &[f64], gradient: &[f64]) -> f64 {
        (0..w.len()).filter(|&c| self.allowed[c]).fold(0.0, |m: f64, c| {
            let g = gradient[c] + self.l2[c] * w[c];
            let distance = if w[c] == 0.0 {
                (g.abs() - self.l1[c]).max(0.0)
            } else {
                (g + self.l1[c] * w[c].signum()).abs()
            };
            // NaN must not count as stationary.
            if distance.is_nan() { f64::INFINITY } else { m.max(distance) }
        })
    }

    /// Whether no coordinate is penalised.
    pub(super) fn is_none(&self) -> bool {
        self.l1.iter().chain(&self.l2).all(|v| *v == 0.0)
    }

    /// Value of the penalty.
    pub(super) fn value(&self, w: &[f64]) -> f64 {
        w.iter().zip(&self.l1).zip(&self.l2).map(|((w, l1), l2)| l1 * w.abs() + 0.5 * l2 * w * w).sum()
    }
}

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopping {
    /// Distance from stationarity to reach.
    pub(super) tolerance: f64,
    pub(super) max_iterations: usize,
}

/// How a minimisation ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) iterations: usize,
    pub(super) termination: Termination,
    /// Largest coordinate of the last full Newton step: close to 0 at a minimum, about 1 if the infimum is at
    /// infinity.
    pub(super) last_step: f64,
}

/// A final Newton step of at least this size means no quadratic convergence, and no smaller sum of absolute
/// coefficients separates rows of standardised features to the usual tolerances.
const ESCAPE: f64 = 1e-3;
const ESCAPE_SIZE: f64 = 10.0;

impl Ended {
    /// Whether the iterates diverge to infinity.
    pub(super) fn escapes(&self, w: &[f64]) -> bool {
        self.last_step > ESCAPE && w.iter().map(|v| v.abs()).sum::<f64>() > ESCAPE_SIZE
    }
}

/// Steps beyond the tolerance that distinguish a flat minimum from divergence.
const POLISH: usize = 6;

/// Reusable scratch memory of [`minimise`].
#[derive(Debug, Default)]
pub(super) struct Workspace {
    gradient: Vec<f64>,
    working: Vec<usize>,
    /// The last Hessian and its coordinates.
    hessian: Vec<f64>,
    curved: Vec<usize>,
    model: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f64>,
    quadratic: Quadratic,
}

/// A Hessian that costs less than this many steps is computed at each of them.
const DEAR: f64 = 5.0;

/// Steps with an earlier Hessian must shrink the distance from stationarity by this factor to go on.
const CONTRACTION: f64 = 0.3;

impl Workspace {
    /// Sets `model` to the last Hessian on the working set; returns false if it lacks some coordinates.
    fn reuse(&mut self) -> bool {
        let side = self.curved.len();
        let mut places = Vec::with_capacity(self.working.len());
        for c in &self.working {
            let Ok(place) = self.curved.binary_search(c) else { return false };
            places.push(place);
        }
        self.model.clear();
        for &i in &places {
            self.model.extend(places.iter().map(|&j| self.hessian[i * side + j]));
        }
        true
    }
}

/// A zero coordinate joins the working set if its gradient exceeds this share of its threshold.
const NEAR: f64 = 0.75;

/// Minimises `smooth + penalty` from `w`, where `smooth` must be evaluated.
pub(super) fn minimise(
    smooth: &mut impl Smooth,
    penalty: &Penalty,
    w: &mut [f64],
    stopping: Stopping,
    work: &mut Workspace,
) -> Ended {
    let size = smooth.size();
    work.gradient.resize(size, 0.0);
    let mut ended = Ended { iterations: 0, termination: Termination::MaxIterations, last_step: 0.0 };
    let mut best = f64::INFINITY;
    // A solve that starts near the last solution may start with its Hessian.
    let mut last = f64::INFINITY;
    let (mut idle, mut polish) = (0, POLISH);
    let mut damping = 0.0_f64;
    while ended.iterations < stopping.max_iterations {
        if deadline::passed() {
            ended.termination = Termination::Deadline;
            return ended;
        }
        smooth.gradient(&mut work.gradient);
        let distance = penalty.stationarity(w, &work.gradient);
        // Without a penalty, a small gradient may be one that vanishes at infinity: take further steps to
        // find out.
        let settled = polish == 0 || !penalty.is_none() || !ended.escapes(w);
        if distance <= stopping.tolerance && (settled || distance == 0.0) {
            ended.termination = Termination::Converged;
            return ended;
        }
        polish -= usize::from(distance <= stopping.tolerance && !settled);
        idle = if distance < 0.9 * best { 0 } else { idle + 1 };
        best = best.min(distance);
        work.working.clear();
        work.working.extend((0..size).filter(|&c| {
            penalty.allowed[c] && (w[c] != 0.0 || work.gradient[c].abs() >= NEAR * penalty.l1[c])
        }));
        let m = work.working.len();
        // If the infimum is at infinity, even Newton's steps contract more slowly than this.
        let spare = smooth.curvature_cost() >= DEAR && distance <= CONTRACTION * last;
        last = distance;
        if !(spare && work.reuse()) {
            work.hessian.resize(m * m, 0.0);
            smooth.hessian(&work.working, &mut work.hessian);
            work.curved.clone_from(&work.working);
            work.model.clone_from(&work.hessian);
        }
        let effort = Effort { floor: 0.01 * stopping.tolerance, damping: damping * distance };
        let Workspace { working, model, gradient, quadratic, .. } = work;
        let solved = quadratic.solve(working, model, gradient, penalty, w, effort);
        // If the model is too flat to be solved, a proximal term that vanishes with the distance keeps
        // superlinear convergence.
        damping = match solved {
            false => (10.0 * damping).max(1.0),
            true if damping > 0.1 => 0.3 * damping,
            true => 0.0,
        };
        work.step.clear();
        work.step.extend(work.working.iter().zip(&work.quadratic.point).map(|(&c, v)| v - w[c]));
        let slope = predicted(&work.working, &work.step, &work.quadratic.point, &work.gradient, penalty, w);
        smooth.aim(&work.working, &work.step);
        let now = smooth.value() + penalty.value(w);
        // Values at nearly converged points differ only by rounding.
        let noise = 1e-14 * (1.0 + now.abs());
        let mut t = smooth.reach();
        let accepted = loop {
            work.trial.clear();
            work.trial.extend_from_slice(w);
            for (k, &c) in work.working.iter().enumerate() {
                // A full step reaches exact zeros.
                work.trial[c] = if t == 1.0 { work.quadratic.point[k] } else { w[c] + t * work.step[k] };
            }
            let value = smooth.probe(t) + penalty.value(&work.trial);
            if value <= now + 1e-4 * t * slope + noise {
                break true;
            }
            t *= 0.5;
            if t < 1e-12 {
                break false;
            }
        };
        ended.iterations += 1;
        if !accepted || (idle > 20 && -slope <= noise) {
            ended.termination = Termination::Stalled;
            return ended;
        }
        smooth.accept();
        w.copy_from_slice(&work.trial);
        ended.last_step = work.step.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    }
    ended
}

/// First-order change of the objective along the step; at most 0.
fn predicted(
    working: &[usize],
    step: &[f64],
    point: &[f64],
    gradient: &[f64],
    penalty: &Penalty,
    w: &[f64],
) -> f64 {
    let terms = working.iter().zip(step).zip(point).map(|((&c, step), v)| {
        (gradient[c] + penalty.l2[c] * w[c]) * step + penalty.l1[c] * (v.abs() - w[c].abs())
    });
    terms.sum::<f64>().min(0.0)
}
