//! Weighted ℓ1 minimisation under equations, by a revised simplex method.
//!
//! `min Σ_t c_t |ν_t|` subject to `Wν = w`, with `W` of shape `r × T` and rank `r`. In the standard form
//! `ν_t = ν_t⁺ − ν_t⁻` there are `2T` columns, but as a weight may have either sign, every `r` independent
//! columns are a feasible basis: no first phase is needed, and if rounding changes a sign, flipping it
//! restores feasibility. The dual is `max wᵀy` subject to `|W_tᵀy| ≤ c_t`.

use faer::Mat;
use faer::linalg::solvers::DenseSolveCore;
use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::span::Span;

/// Relative violation from which a dual constraint counts as violated.
const VIOLATION: f64 = 1e-11;

/// An entry of a direction cannot be a pivot below this share of the largest entry.
const PIVOT: f64 = 1e-10;

/// How far to perturb the target at a degenerate vertex, relative to its largest value.
const PERTURBATION: f64 = 1e-11;

/// The contribution of a basic variable to the target is a rounded zero below this share of the target.
const ROUNDING: f64 = 1e-13;

/// Number of pivots between two factorisations of the basis.
const REFACTOR: usize = 50;

/// An optimal vertex.
pub(super) struct Optimum {
    /// Weights, length `T`, at most `r` of them non-zero.
    pub(super) weights: Vec<f64>,
    /// Duality gap at a feasible dual point, relative to the objective.
    pub(super) gap: f64,
}

struct Simplex<'a> {
    span: &'a Span<'a>,
    /// The target, possibly perturbed.
    target: Vec<f64>,
    costs: &'a [f64],
    /// The tasks of the `r` basic variables, and their signs.
    basis: Vec<usize>,
    signs: Vec<f64>,
    is_basic: Vec<bool>,
    /// `|ν|` of the basic variables.
    values: Vec<f64>,
    /// `B⁻¹`, row by row.
    inverse: Vec<Vec<f64>>,
    /// `y`, length `r`.
    dual: Vec<f64>,
    /// `Wᵀy`, length `T`.
    prices: Vec<f64>,
    lengths: Vec<f64>,
}

/// Solves the problem; `costs` are positive.
pub(super) fn minimise(span: &Span<'_>, costs: &[f64]) -> anyhow::Result<Optimum> {
    let (rank, tasks) = (span.heads.rows(), span.heads.columns());
    let mut simplex = Simplex {
        span,
        target: span.target.to_vec(),
        costs,
        basis: span.independent.clone(),
        signs: vec![1.0; rank],
        is_basic: (0..tasks).map(|t| span.independent.contains(&t)).collect(),
        values: vec![0.0; rank],
        inverse: vec![vec![0.0; rank]; rank],
        dual: vec![0.0; rank],
        prices: vec![0.0; tasks],
        lengths: span.heads.column_squared_norms().iter().map(|v| v.sqrt()).collect(),
    };
    simplex.factor()?;
    let most = 1000 + 50 * (rank + tasks);
    let mut since_factored = 0;
    let mut without_progress = 0;
    for pivot in 0..most {
        simplex.price();
        // At a vertex where many bases meet, pivoting can cycle, and if rounding decides the signs of its
        // zeros, no pivoting rule prevents that. A slightly perturbed target has no such vertex.
        if without_progress > 2 * rank + 10 {
            simplex.perturb();
            without_progress = 0;
        }
        let Some(entering) = simplex.entering() else {
            if since_factored == 0 {
                return simplex.optimum();
            }
            simplex.factor()?;
            since_factored = 0;
            continue;
        };
        let step = simplex.step(entering)?;
        let size = kernels::max_abs(&simplex.values);
        without_progress = if step > 1e-13 * size { 0 } else { without_progress + 1 };
        since_factored += 1;
        if since_factored == REFACTOR {
            simplex.factor()?;
            since_factored = 0;
        }
        anyhow::ensure!(pivot % REFACTOR != 0 || !deadline::passed(), "the time limit was reached");
    }
    anyhow::bail!("exact relevance: no optimum of the linear program was found within {most} pivots")
}

impl Simplex<'_> {
    fn rank(&self) -> usize {
        self.basis.len()
    }

    /// Recomputes `B⁻¹` and the values.
    fn factor(&mut self) -> anyhow::Result<()> {
        let rank = self.rank();
        let matrix = Mat::from_fn(rank, rank, |i, j| self.span.heads.column(self.basis[j])[i]);
        let inverse = matrix.partial_piv_lu().inverse();
        for i in 0..rank {
            for j in 0..rank {
                self.inverse[i][j] = inverse[(i, j)];
            }
            let value = kernels::dot(&self.inverse[i], &self.target);
            anyhow::ensure!(value.is_finite(), "exact relevance: the heads are nearly dependent");
            self.values[i] = value.abs();
            if value * self.signs[i] < 0.0 {
                self.signs[i] = -self.signs[i];
            }
        }
        Ok(())
    }

    /// Computes the dual point of the basis, and the tasks' prices.
    fn price(&mut self) {
        self.dual.fill(0.0);
        for (i, row) in self.inverse.iter().enumerate() {
            kernels::axpy(self.signs[i] * self.costs[self.basis[i]], row, &mut self.dual);
        }
        self.span.heads.tmul(&self.dual, &mut self.prices);
    }

    /// Perturbs the target so that all basic values are positive and distinct.
    fn perturb(&mut self) {
        let size = kernels::max_abs(&self.values);
        for i in 0..self.rank() {
            // Multiples of the golden ratio, a pattern that heads are unlikely to have.
            let share = 1.0 + ((i + 1) as f64 * 0.618_033_988_749_894_9).fract();
            let amount = PERTURBATION * size * share;
            self.values[i] += amount;
            kernels::axpy(self.signs[i] * amount, self.span.heads.column(self.basis[i]), &mut self.target);
        }
    }

    /// The task with the largest violation of its dual constraint, relative to its cost.
    fn entering(&self) -> Option<usize> {
        let noise = 8.0 * f64::EPSILON * kernels::squared_norm(&self.dual).sqrt();
        let mut worst = None;
        let mut most = 1.0;
        for t in (0..self.prices.len()).filter(|&t| !self.is_basic[t]) {
            let (price, cost) = (self.prices[t].abs(), self.costs[t]);
            if price > most * cost && price - cost > VIOLATION * cost + noise * self.lengths[t] {
                (worst, most) = (Some(t), price / cost);
            }
        }
        worst
    }

    /// Pivots: `entering` replaces the basic variable that reaches 0 first; returns the weight it gets.
    fn step(&mut self, entering: usize) -> anyhow::Result<f64> {
        let rank = self.rank();
        let head = self.span.heads.column(entering);
        let sign = self.prices[entering].signum();
        let column: Vec<f64> = self.inverse.iter().map(|row| kernels::dot(row, head)).collect();
        // Rate at which each basic value decreases.
        let falls = |i: usize| self.signs[i] * sign * column[i];
        let least = PIVOT * kernels::max_abs(&column);
        let candidates = || (0..rank).filter(|&i| falls(i) > least);
        let nearest = candidates().map(|i| self.values[i] / falls(i)).fold(f64::INFINITY, f64::min);
        let size = kernels::max_abs(&self.values);
        let tied =
            candidates().filter(|&i| self.values[i] / falls(i) <= nearest * (1.0 + 1e-12) + 1e-15 * size);
        let leaving = tied.max_by(|&a, &b| falls(a).total_cmp(&falls(b)).then(b.cmp(&a)));
        let Some(leaving) = leaving else {
            anyhow::bail!("exact relevance: the costs or the heads differ too much in size to pivot");
        };
        let step = self.values[leaving] / falls(leaving);
        let signed = self.values.iter_mut().zip(&self.signs);
        for ((value, own), along) in signed.zip(&column) {
            *value = (*value - step * own * sign * along).max(0.0);
        }
        self.values[leaving] = step;
        self.is_basic[self.basis[leaving]] = false;
        self.is_basic[entering] = true;
        self.basis[leaving] = entering;
        self.signs[leaving] = sign;
        let mut row = std::mem::take(&mut self.inverse[leaving]);
        row.iter_mut().for_each(|v| *v /= column[leaving]);
        for (i, other) in self.inverse.iter_mut().enumerate().filter(|(i, _)| *i != leaving) {
            kernels::axpy(-column[i], &row, other);
        }
        self.inverse[leaving] = row;
        Ok(step)
    }

    /// The vertex of the optimal basis, and the prices for which it is optimal.
    ///
    /// The prices do not depend on the target. If it was perturbed, a value that is positive only because of
    /// the perturbation may come out slightly negative; the gap includes the effect.
    fn optimum(mut self) -> anyhow::Result<Optimum> {
        self.target.copy_from_slice(&self.span.target);
        self.factor()?;
        let mut weights = vec![0.0; self.costs.len()];
        let nothing = ROUNDING * kernels::squared_norm(&self.span.target).sqrt();
        for (i, &t) in self.basis.iter().enumerate() {
            if self.values[i] * self.lengths[t] > nothing {
                weights[t] = self.signs[i] * self.values[i];
            }
        }
        let objective: f64 = weights.iter().zip(self.costs).map(|(v, c)| v.abs() * c).sum();
        // The dual point, scaled down until it is feasible.
        let excess = self.prices.iter().zip(self.costs).fold(1.0, |m: f64, (p, c)| m.max(p.abs() / c));
        let dual = kernels::dot(&self.span.target, &self.dual) / excess;
        Ok(Optimum { weights, gap: ((objective - dual) / objective).max(0.0) })
    }
}
