//! The Lasso restricted to the features added so far, solved with their Gram matrix.
//!
//! Coordinate descent (Friedman, Hastie and Tibshirani 2010, "covariance updates") finds the signs. Newton
//! steps on the support, either projected onto the signs or with an exact search over the kinks of the ℓ1
//! norm, then find the values. Where sweeps get nowhere, as with near-duplicates, features enter one by one.

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::factor::Factor;
use super::gram::Gram;
use super::kinks::search_kinks;
use crate::certificate::{Certificate, GapParts};
use crate::penalty::soft_threshold;

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

/// Number of sweeps without reducing the gap by a tenth after which features enter one by one.
const IDLE: usize = 500;

/// Newton steps then, at most, in multiples of the size of the working set.
const PURSUIT: usize = 4;

/// Coefficients and slopes of the working set, by Gram position.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorkingSet {
    /// Coefficients `u`.
    pub(crate) coefficients: Vec<f64>,
    /// `X_Aᵀ(y − X_A u) − nλ₂u`.
    pub(crate) slopes: Vec<f64>,
    /// `X_Aᵀy`.
    pub(crate) correlations: Vec<f64>,
    /// Number of multiplications so far; the `k`-th row of the factor counts as `k²/2`.
    pub(crate) multiplications: f64,
    factor: Factor,
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

    /// One sweep of coordinate descent; returns whether a sign changed, and how many coefficients moved.
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
            let next = soft_threshold(curvature * u + slope, weights.l1) / curvature;
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
        self.multiplications += ((moved + 1) * gram.len()) as f64;
        (turned, moved)
    }

    /// Decreases the subproblem's gap to `target`, in at most `limit` sweeps, each with at most one Newton
    /// step; returns the number of sweeps.
    pub(crate) fn solve(&mut self, gram: &Gram, weights: &Weights, target: f64, limit: usize) -> usize {
        let (mut spent, mut barren) = (0.0, 0.0);
        let mut best = f64::INFINITY;
        let mut idle = 0;
        let mut patience = 1.0;
        for sweeps in 0..limit {
            if deadline::passed() {
                return sweeps;
            }
            let gap = self.certificate(weights).gap;
            if gap <= target {
                return sweeps;
            }
            // Rounding sets a floor below which no step helps.
            idle = if gap < 0.9 * best { 0 } else { idle + 1 };
            best = best.min(gap);
            if idle == 0 {
                barren = 0.0;
            }
            if idle > IDLE {
                return sweeps + self.pursue(gram, weights, target, limit - sweeps);
            }
            let (turned, moved) = self.sweep(gram, weights);
            if moved == 0 {
                return sweeps + 1;
            }
            spent += (moved * gram.len()) as f64;
            barren += (moved * gram.len()) as f64;
            // Make a Newton step when the signs have settled, or when sweeps have cost as much as it would:
            // then the total stays within twice that of the better method. Each step cut short by a kink
            // doubles the wait for the next.
            if !turned || spent >= patience * self.newton_cost(gram, weights) {
                let mut whole = self.newton_step(gram, weights);
                patience = if whole { 1.0 } else { 2.0 * patience };
                spent = 0.0;
                // If sweeps bring too little, follow the kinks as an active-set method would, at no more than
                // the cost of those sweeps.
                while !whole && idle > 0 && barren > 0.0 && !deadline::passed() {
                    barren -= self.newton_cost(gram, weights);
                    whole = self.newton_step(gram, weights);
                }
            }
        }
        limit
    }

    /// Lets the worst violator enter alone and then minimises over the support, until there is none; returns how often (Lee,
    /// Battle, Raina and Ng 2007, "feature-sign search"). Each step decreases the objective and no face comes twice, so that it
    /// ends where sweeps over near-duplicates turn their signs without end.
    fn pursue(&mut self, gram: &Gram, weights: &Weights, target: f64, limit: usize) -> usize {
        let mut steps = PURSUIT * gram.len();
        for entered in 0..limit {
            self.minimise_on_support(gram, weights, &mut steps);
            if steps == 0 || deadline::passed() || self.certificate(weights).gap <= target {
                return entered;
            }
            let outside = (0..self.coefficients.len()).filter(|&p| self.coefficients[p] == 0.0);
            let worst = outside.max_by(|&a, &b| self.slopes[a].abs().total_cmp(&self.slopes[b].abs()));
            let Some(worst) = worst.filter(|&p| self.slopes[p].abs() > weights.l1 * (1.0 + 1e-12)) else {
                return entered;
            };
            let row = gram.row(worst);
            let curvature = row[worst] + weights.ridge;
            let change = soft_threshold(self.slopes[worst], weights.l1) / curvature;
            self.coefficients[worst] = change;
            kernels::axpy(-change, row, &mut self.slopes);
            self.slopes[worst] -= weights.ridge * change;
            self.multiplications += (2 * gram.len()) as f64;
        }
        limit
    }

    /// At most `steps` Newton steps, until the slopes on the support are `nλ₁` times the signs, or rounding ends it.
    fn minimise_on_support(&mut self, gram: &Gram, weights: &Weights, steps: &mut usize) {
        let mut best = f64::INFINITY;
        let mut idle = 0;
        while idle < 3 && *steps > 0 && !deadline::passed() {
            *steps -= 1;
            let whole = self.newton_step(gram, weights);
            let pairs = self.coefficients.iter().zip(&self.slopes).filter(|(u, _)| **u != 0.0);
            let residual = pairs.map(|(u, s)| (s - weights.l1 * u.signum()).abs()).fold(0.0, f64::max);
            if residual <= 1e-9 * weights.l1 {
                return;
            }
            // A step to a kink shrinks the support, which is progress.
            idle = if !whole || residual < 0.5 * best { 0 } else { idle + 1 };
            best = best.min(residual);
        }
    }

    /// Number of nonzero coefficients.
    pub(crate) fn support(&self) -> usize {
        self.coefficients.iter().filter(|u| **u != 0.0).count()
    }

    /// Number of multiplications of the next Newton step; those of the factor count less, because blocks keep
    /// them in the cache.
    fn newton_cost(&self, gram: &Gram, weights: &Weights) -> f64 {
        let valid = self.factor.valid_rows(weights.ridge, |p| self.coefficients[p] != 0.0) as f64;
        let support = self.support();
        // If there are more coefficients than observations, the excess must leave one by one.
        let leaving = if weights.ridge > 0.0 { 0 } else { support.saturating_sub(weights.rows) };
        let factors = 1.0 + leaving as f64 / 3.0;
        let support = support as f64;
        (factors * support.powi(3) - valid.powi(3)) / 16.0 + support * gram.len() as f64
    }

    /// Updates the factor to the current support; returns the positions left out because they depend on the
    /// others.
    fn factorise(&mut self, gram: &Gram, ridge: f64) -> Vec<usize> {
        let u = &self.coefficients;
        let valid = self.factor.valid_rows(ridge, |p| u[p] != 0.0);
        let mut kept = vec![false; u.len()];
        for &position in &self.factor.order()[..valid] {
            kept[position] = true;
        }
        let mut candidates: Vec<usize> = (0..u.len()).filter(|&p| u[p] != 0.0 && !kept[p]).collect();
        // The smallest coefficients are the most likely to leave, so they go last.
        candidates.sort_by(|&a, &b| u[b].abs().total_cmp(&u[a].abs()).then(a.cmp(&b)));
        let dependent = self.factor.update(gram, ridge, valid, &candidates);
        let (size, known) = (self.factor.order().len() as f64, valid as f64);
        self.multiplications += (size.powi(3) - known.powi(3)) / 6.0;
        dependent
    }

    /// The positions factored.
    pub(crate) fn order(&self) -> &[usize] {
        self.factor.order()
    }

    /// The factored support, by Gram position; `None` if it is dependent.
    pub(crate) fn independent_support(&mut self, gram: &Gram, ridge: f64) -> Option<&[usize]> {
        self.factorise(gram, ridge).is_empty().then(|| self.factor.order())
    }

    /// Solves `(G_SS + ridge·I) q = rhs` in place on the last factored support, in its order; returns the
    /// recomputed norm of the residual.
    pub(crate) fn solve_on_support(&mut self, gram: &Gram, ridge: f64, rhs: &mut [f64]) -> f64 {
        let before = rhs.to_vec();
        self.factor.solve(rhs);
        let order = self.factor.order();
        let mut squared = 0.0;
        for (i, &p) in order.iter().enumerate() {
            let row = gram.row(p);
            let image: f64 = order.iter().zip(rhs.iter()).map(|(&at, q)| row[at] * q).sum();
            squared += (before[i] - image - ridge * rhs[i]).powi(2);
        }
        self.multiplications += 2.0 * (order.len() as f64).powi(2);
        squared.sqrt()
    }

    /// `tr (G_SS + ridge·I)⁻¹` on the last factored support.
    pub(crate) fn inverse_trace(&mut self) -> f64 {
        self.multiplications += (self.factor.order().len() as f64).powi(3) / 6.0;
        self.factor.inverse_trace()
    }

    /// Makes the support linearly independent and factors it. Along a direction in which the fit hardly
    /// changes, the objective decreases until its minimum, or until a coefficient becomes 0 before. Each such move
    /// removes one; if the minimum comes first, the columns only nearly depend on each other, and one stays out of the factor.
    fn make_independent(&mut self, gram: &Gram, weights: &Weights) {
        // Every iteration but the last shrinks the support.
        while !deadline::passed() {
            let spares = self.factorise(gram, weights.ridge);
            if !spares.into_iter().any(|spare| self.exchange(gram, weights, spare)) {
                return;
            }
        }
    }

    /// Moves along the direction in which the factored support compensates `spare`; returns whether a coefficient became 0.
    fn exchange(&mut self, gram: &Gram, weights: &Weights, spare: usize) -> bool {
        let products = gram.row(spare);
        let mut change: Vec<f64> = self.factor.order().iter().map(|&p| -products[p]).collect();
        self.factor.solve(&mut change);
        let mut terms: Vec<(usize, f64)> = self.factor.order().iter().copied().zip(change).collect();
        terms.push((spare, 1.0));
        let rate = |&(p, c): &(usize, f64)| c * (self.slopes[p] - weights.l1 * self.coefficients[p].signum());
        let mut descent = terms.iter().map(rate).sum::<f64>();
        if descent < 0.0 {
            terms.iter_mut().for_each(|term| term.1 = -term.1);
            descent = -descent;
        }
        let along = image(gram, weights, &terms);
        let curvature: f64 = terms.iter().map(|&(p, c)| along[p] * c).sum();
        // Below that, it is rounding.
        let scale: f64 = terms.iter().map(|&(p, c)| gram.row(p)[p] * c * c).sum();
        let free = if curvature > 1e-14 * scale { descent / curvature } else { f64::INFINITY };
        let kink = |&(p, c): &(usize, f64)| (-self.coefficients[p] / c, p);
        let ahead = terms.iter().map(kink).filter(|k| k.0 > 0.0 && k.0.is_finite());
        let nearest = ahead.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let landed = nearest.filter(|k| k.0 <= free);
        let length = landed.map_or(free, |k| k.0);
        if !length.is_finite() {
            return false;
        }
        for (p, c) in &mut terms {
            *c *= length;
            self.coefficients[*p] += *c;
        }
        if let Some((_, leaver)) = landed {
            self.coefficients[leaver] = 0.0;
        }
        let image = image(gram, weights, &terms);
        kernels::axpy(-1.0, &image, &mut self.slopes);
        landed.is_some()
    }

    /// Makes one Newton step on the support; returns false if a kink cut it short.
    fn newton_step(&mut self, gram: &Gram, weights: &Weights) -> bool {
        self.make_independent(gram, weights);
        let u = &self.coefficients;
        let order = self.factor.order();
        let rhs = |p: usize| self.slopes[p] - weights.l1 * u[p].signum();
        let mut direction: Vec<f64> = order.iter().map(|&p| rhs(p)).collect();
        self.factor.solve(&mut direction);
        let descent: f64 = order.iter().zip(&direction).map(|(&p, d)| rhs(p) * d).sum();
        if descent.is_nan() || descent <= 0.0 {
            return true;
        }
        let mut kinks = Vec::new();
        for (k, (&p, &d)) in order.iter().zip(&direction).enumerate() {
            let at = -u[p] / d;
            if at > 0.0 && at.is_finite() {
                kinks.push((at, k));
            }
        }
        let search = search_kinks(&mut kinks, descent, weights.l1, &direction);
        let mut steps: Vec<(usize, f64)> = order.iter().copied().zip(direction).collect();
        if search.length < 1.0 && self.projected_step(gram, weights, &steps, search.decrease) {
            return true;
        }
        for (p, d) in &mut steps {
            *d *= search.length;
            self.coefficients[*p] += *d;
        }
        if let Some(k) = search.landed {
            self.coefficients[steps[k].0] = 0.0;
        }
        let image = image(gram, weights, &steps);
        self.multiplications += ((steps.len() + 2) * steps.len() + steps.len() * gram.len()) as f64;
        kernels::axpy(-1.0, &image, &mut self.slopes);
        search.length >= 1.0
    }

    /// Makes the whole Newton step with every coefficient that would change sign set to 0, if that decreases
    /// the objective by more than `least`.
    fn projected_step(&mut self, gram: &Gram, weights: &Weights, steps: &[(usize, f64)], least: f64) -> bool {
        let mut changes = Vec::with_capacity(steps.len());
        let (mut linear, mut norm) = (0.0, 0.0);
        for &(p, d) in steps {
            let u = self.coefficients[p];
            let next = if sign(u + d) == sign(u) { u + d } else { 0.0 };
            changes.push((p, next - u));
            linear += self.slopes[p] * (next - u);
            norm += next.abs() - u.abs();
        }
        let image = image(gram, weights, &changes);
        self.multiplications += (changes.len() * gram.len()) as f64;
        let curvature: f64 = changes.iter().map(|&(p, c)| image[p] * c).sum();
        if linear - 0.5 * curvature - weights.l1 * norm <= least {
            return false;
        }
        for (p, c) in changes {
            let u = &mut self.coefficients[p];
            *u = if c == -*u { 0.0 } else { *u + c };
        }
        kernels::axpy(-1.0, &image, &mut self.slopes);
        true
    }

    /// Allocates room for `positions` features in total.
    pub(crate) fn grow(&mut self, positions: usize) {
        self.coefficients.resize(positions, 0.0);
        self.slopes.resize(positions, 0.0);
    }
}

/// `(G + ridge·I) change`, with the change given as pairs of position and value.
fn image(gram: &Gram, weights: &Weights, change: &[(usize, f64)]) -> Vec<f64> {
    let mut image = vec![0.0; gram.len()];
    for block in change.chunks(4) {
        if let &[a, b, c, d] = block {
            let rows = [gram.row(a.0), gram.row(b.0), gram.row(c.0), gram.row(d.0)];
            kernels::combine([a.1, b.1, c.1, d.1], rows, &mut image);
        } else {
            for &(p, c) in block {
                kernels::axpy(c, gram.row(p), &mut image);
            }
        }
        for &(p, c) in block {
            image[p] += weights.ridge * c;
        }
    }
    image
}

fn sign(x: f64) -> i8 {
    i8::from(x > 0.0) - i8::from(x < 0.0)
}
