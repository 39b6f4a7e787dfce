//! Spike and slab: binary causes times normal numbers.

use std::sync::Arc;

use anyhow::ensure;
use remeasure_core::numerics::dense::Cholesky;
use remeasure_core::numerics::{Design, kernels};

use super::choice::{candidates, threshold};
use super::least_squares::LeastSquares;
use super::states::for_each_set;
use super::{Anneal, Learner, Parameters, Step, Truncation, constant, mean_square, update};

/// Most causes of a state.
pub(crate) const MOST_CAUSES: usize = 8;

/// A state with one cause or more, and its posterior of the active numbers `z`.
#[derive(Clone, Copy, Debug)]
struct Set {
    bits: u64,
    first: usize,
    size: usize,
    /// Where its covariance `(G/σ² + I)⁻¹` is, row by row.
    covariance: usize,
    /// `log p(y, s)` without what depends on the datum, less that of no cause.
    constant: f64,
}

/// `y = W (s ∘ z) + noise` with `z_h ~ N(μ_h, 1)`. Given a state, `z` is normal; its moments are exact. The candidates of a
/// datum are the `H′` causes that have the largest evidence alone. Only the likelihood is tempered, and the posterior of `z`
/// is not.
///
/// The variances of the slab are 1 without loss of generality: after each step the atoms take up their scale, and their
/// sign, so that the means are not negative. This, the candidates and the tempering are choices of ours.
#[derive(Clone, Debug)]
pub struct Slab {
    truncation: Truncation,
    y: Arc<Design>,
    scale: f64,
    squared_norms: Vec<f64>,
    sets: Vec<Set>,
    members: Vec<usize>,
    covariances: Vec<f64>,
    // Of a step.
    gram: Vec<f64>,
    solver: LeastSquares,
    square: Vec<f64>,
    factor: Cholesky,
    // Of a datum.
    pull: Vec<f64>,
    scores: Vec<f64>,
    order: Vec<usize>,
    seen: Vec<usize>,
    weights: Vec<f64>,
    posterior: Vec<[f64; MOST_CAUSES]>,
    // Of each datum.
    evidence: Vec<f64>,
    sorted: Vec<f64>,
    /// `⟨s⟩`, `⟨s ∘ z⟩`, each `N × H`, and the upper triangle of `⟨(s ∘ z)(s ∘ z)ᵀ⟩`, `N × H × H`.
    active: Vec<f64>,
    means: Vec<f64>,
    products: Vec<f64>,
    errors: Vec<f64>,
}

impl Slab {
    /// A model with its data, `D × N`, of at most 64 `units` and states of at most 8 causes.
    ///
    /// # Panics
    /// If there are more.
    #[must_use]
    pub fn new(y: Arc<Design>, units: usize, truncation: Truncation) -> Self {
        assert!(units <= super::maximal::MOST_UNITS && truncation.causes <= MOST_CAUSES, "a smaller model");
        let (pixels, n) = (y.rows(), y.columns());
        let (mut sets, mut members, mut room) = (Vec::new(), Vec::new(), 0);
        for_each_set(units, 1, truncation.causes, |set| {
            let bits = set.iter().fold(0, |bits, h| bits | 1 << h);
            let (first, size) = (members.len(), set.len());
            sets.push(Set { bits, first, size, covariance: room, constant: 0.0 });
            members.extend_from_slice(set);
            room += size * size;
        });
        Self {
            truncation,
            scale: mean_square(&y),
            squared_norms: y.column_squared_norms(),
            covariances: vec![0.0; room],
            gram: vec![0.0; units * units],
            solver: LeastSquares::new(pixels, units),
            square: vec![0.0; MOST_CAUSES * MOST_CAUSES],
            factor: Cholesky::new(1, &[1.0]).unwrap_or_else(|| unreachable!("1 is definite")),
            pull: vec![0.0; units],
            scores: vec![0.0; units],
            order: vec![0; units],
            seen: Vec::with_capacity(sets.len()),
            weights: vec![0.0; sets.len()],
            posterior: vec![[0.0; MOST_CAUSES]; sets.len()],
            evidence: vec![0.0; n],
            sorted: vec![0.0; n],
            active: vec![0.0; n * units],
            means: vec![0.0; n * units],
            products: vec![0.0; n * units * units],
            errors: vec![0.0; n],
            sets,
            members,
            y,
        }
    }

    /// The posterior covariance of every set.
    fn prepare(&mut self, parameters: &Parameters, temperature: f64) -> anyhow::Result<()> {
        let w = &parameters.dictionary;
        let (units, precision) = (w.columns(), 1.0 / (parameters.sigma * parameters.sigma));
        for (h, row) in self.gram.chunks_exact_mut(units).enumerate() {
            w.tmul(w.column(h), row);
        }
        let odds = (parameters.prior / (1.0 - parameters.prior)).ln();
        for set in &mut self.sets {
            let (size, members) = (set.size, &self.members[set.first..set.first + set.size]);
            for (i, &h) in members.iter().enumerate() {
                for (j, &other) in members.iter().enumerate() {
                    let diagonal = if i == j { 1.0 } else { 0.0 };
                    self.square[i * size + j] = self.gram[h * units + other] * precision + diagonal;
                }
            }
            ensure!(self.factor.replace(size, &self.square), "a posterior covariance is singular");
            for i in 0..size {
                let row = &mut self.covariances[set.covariance + i * size..][..size];
                row.fill(0.0);
                row[i] = 1.0;
                self.factor.solve(row);
            }
            let slab: f64 = members.iter().map(|h| parameters.means[*h] * parameters.means[*h]).sum();
            let likelihood = -0.5 * (self.factor.log_determinant() + slab);
            set.constant = size as f64 * odds + likelihood / temperature;
        }
        Ok(())
    }

    /// `log p(y, s)` of set `s`, less the constant of the datum, and the posterior means of its numbers.
    fn look(&mut self, s: usize, temperature: f64) {
        let set = self.sets[s];
        let members = &self.members[set.first..set.first + set.size];
        let mut quadratic = 0.0;
        for (i, &h) in members.iter().enumerate() {
            let row = &self.covariances[set.covariance + i * set.size..][..set.size];
            let mean: f64 = row.iter().zip(members).map(|(c, other)| c * self.pull[*other]).sum();
            self.posterior[s][i] = mean;
            quadratic += mean * self.pull[h];
        }
        self.weights[s] = set.constant + 0.5 * quadratic / temperature;
    }

    fn expect(&mut self, n: usize, parameters: &Parameters, temperature: f64) {
        let (w, units) = (&parameters.dictionary, parameters.dictionary.columns());
        let precision = 1.0 / (parameters.sigma * parameters.sigma);
        w.tmul(self.y.column(n), &mut self.pull);
        for (pull, mean) in self.pull.iter_mut().zip(&parameters.means) {
            *pull = *pull * precision + mean;
        }
        self.seen.clear();
        for s in 0..units {
            self.look(s, temperature);
            self.scores[s] = self.weights[s];
            self.seen.push(s);
        }
        let count = self.truncation.candidates;
        candidates(&self.scores, count, &mut self.order);
        let outside = !self.order[..count].iter().fold(0_u64, |bits, h| bits | 1 << h);
        for s in units..self.sets.len() {
            if self.sets[s].bits & outside == 0 {
                self.look(s, temperature);
                self.seen.push(s);
            }
        }
        let most = self.seen.iter().fold(0.0, |most: f64, s| most.max(self.weights[*s]));
        let total = (-most).exp() + self.seen.iter().map(|s| (self.weights[*s] - most).exp()).sum::<f64>();
        let norm = self.squared_norms[n];
        self.evidence[n] = most + total.ln() - 0.5 * precision * norm / temperature;

        let active = &mut self.active[n * units..(n + 1) * units];
        let means = &mut self.means[n * units..(n + 1) * units];
        let products = &mut self.products[n * units * units..(n + 1) * units * units];
        active.fill(0.0);
        means.fill(0.0);
        products.fill(0.0);
        for &s in &self.seen {
            let q = (self.weights[s] - most).exp() / total;
            if q == 0.0 {
                continue;
            }
            let (set, posterior) = (self.sets[s], &self.posterior[s]);
            let members = &self.members[set.first..set.first + set.size];
            for (i, &h) in members.iter().enumerate() {
                active[h] += q;
                means[h] += q * posterior[i];
                let covariance = &self.covariances[set.covariance + i * set.size..][..set.size];
                for (j, &other) in members.iter().enumerate().skip(i) {
                    products[h * units + other] += q * (covariance[j] + posterior[i] * posterior[j]);
                }
            }
        }
        // ‖y‖² − 2 yᵀW⟨s∘z⟩ + tr(WᵀW⟨(s∘z)(s∘z)ᵀ⟩).
        let mut error = norm;
        for h in 0..units {
            let along = (self.pull[h] - parameters.means[h]) / precision;
            error += self.gram[h * units + h] * products[h * units + h] - 2.0 * along * means[h];
            for other in h + 1..units {
                error += 2.0 * self.gram[h * units + other] * products[h * units + other];
            }
        }
        self.errors[n] = error;
    }
}

impl Learner for Slab {
    fn step(&mut self, parameters: &mut Parameters, anneal: Anneal) -> anyhow::Result<Step> {
        self.prepare(parameters, anneal.temperature)?;
        let (n, units) = (self.y.columns(), parameters.dictionary.columns());
        for datum in 0..n {
            self.expect(datum, parameters, anneal.temperature);
        }
        let constant = constant(self.y.rows(), units, parameters.prior, parameters.sigma);
        let likelihood = constant + self.evidence.iter().sum::<f64>() / n as f64;
        let sizes = (units, self.truncation.causes, parameters.prior);
        let least = threshold(&self.evidence, sizes, anneal.cut, &mut self.sorted);
        self.solver.clear();
        // Reuses two vectors of a datum for sums over the data.
        let (active, means) = (&mut self.pull, &mut self.scores);
        active.fill(0.0);
        means.fill(0.0);
        let (mut kept, mut errors) = (0, 0.0);
        for datum in (0..n).filter(|&datum| self.evidence[datum] >= least) {
            kept += 1;
            errors += self.errors[datum];
            let own = datum * units..(datum + 1) * units;
            kernels::axpy(1.0, &self.active[own.clone()], active);
            kernels::axpy(1.0, &self.means[own.clone()], means);
            for (h, mean) in self.means[own].iter().enumerate() {
                kernels::axpy(*mean, self.y.column(datum), self.solver.cross.column_mut(h));
            }
            let products = &self.products[datum * units * units..(datum + 1) * units * units];
            kernels::axpy(1.0, products, &mut self.solver.gram);
        }
        let causes: f64 = active.iter().sum();
        ensure!(causes.is_finite() && errors.is_finite(), "an expectation is not finite");
        update(parameters, (causes, errors), kept, self.truncation.causes, self.scale);
        // The variances of the slab, before the sums of products are used up by the solver.
        let spread = |h: usize| self.solver.gram[h * units + h];
        for h in 0..units {
            let mean = means[h] / active[h];
            let variance = spread(h) / active[h] - mean * mean;
            // Of a cause that is never active, nothing is known.
            let known = active[h] > 1e-9 && variance > 0.0;
            let deviation = if known { variance.sqrt() } else { 1.0 };
            (active[h], means[h]) =
                if known { (deviation, mean / deviation) } else { (1.0, parameters.means[h]) };
        }
        self.solver.solve(&mut parameters.dictionary)?;
        for h in 0..units {
            let sign = if means[h] < 0.0 { -1.0 } else { 1.0 };
            parameters.means[h] = sign * means[h];
            parameters.dictionary.column_mut(h).iter_mut().for_each(|w| *w *= sign * active[h]);
        }
        Ok(Step { likelihood, kept })
    }
}
