//! Models whose atoms add: binary, ternary and discrete sparse coding.

use std::sync::Arc;

use anyhow::ensure;
use remeasure_core::numerics::{Design, kernels};

use super::choice::{candidates, threshold};
use super::least_squares::LeastSquares;
use super::table::Table;
use super::weights::{sum, top, weigh};
use super::{Anneal, Learner, Parameters, Ranking, Step, Truncation, constant, mean_square, update};

/// What an active cause can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1 (BSC).
    Binary,
    /// −1 or 1, with the same probability (TSC).
    Ternary,
    /// 1 or 2, with shares that are learnt (DSC).
    Discrete,
}

impl Kind {
    /// The values.
    #[must_use]
    pub fn values(self) -> &'static [f64] {
        match self {
            Self::Binary => &[1.0],
            Self::Ternary => &[-1.0, 1.0],
            Self::Discrete => &[1.0, 2.0],
        }
    }
}

/// `y = W s + noise`. The candidates of a datum are the `H′` atoms with the largest cosine, of either sign in the ternary
/// model. Only the likelihood is tempered: `log q(s) = log p(s) − ‖y − W s‖² / (2σ²T)`.
///
/// Energies `‖y − W s‖² − ‖y‖²` of the sets of candidates and expectations over them come from one table of states.
#[derive(Clone, Debug)]
pub struct Linear {
    kind: Kind,
    ranking: Ranking,
    truncation: Truncation,
    y: Arc<Design>,
    scale: f64,
    squared_norms: Vec<f64>,
    table: Table,
    ones: Vec<f64>,
    // Of a step.
    /// `WᵀW`.
    gram: Vec<f64>,
    /// `log p(s)` less that of no cause, of the states of the table and of each value alone.
    prior: Vec<f64>,
    alone: Vec<f64>,
    solver: LeastSquares,
    // Of a datum.
    along: Vec<f64>,
    scores: Vec<f64>,
    order: Vec<usize>,
    coefficients: Vec<f64>,
    energy: Vec<f64>,
    weights: Vec<f64>,
    single_prior: Vec<f64>,
    single_energy: Vec<f64>,
    single: Vec<f64>,
    // Of each datum.
    evidence: Vec<f64>,
    sorted: Vec<f64>,
    chosen: Vec<usize>,
    features: Vec<f64>,
    means: Vec<f64>,
    squares: Vec<f64>,
    used: Vec<f64>,
    errors: Vec<f64>,
}

impl Linear {
    /// A model with its data, `D × N`, of `units` atoms.
    #[must_use]
    pub fn new(y: Arc<Design>, units: usize, kind: Kind, truncation: Truncation, ranking: Ranking) -> Self {
        let (pixels, n, values) = (y.rows(), y.columns(), kind.values().len());
        let Truncation { candidates, causes } = truncation;
        let table = Table::new(candidates, causes, kind.values());
        let (states, width) = (table.len(), table.width());
        Self {
            kind,
            ranking,
            truncation,
            scale: mean_square(&y),
            squared_norms: y.column_squared_norms(),
            ones: vec![1.0; states.max(units * values)],
            gram: vec![0.0; units * units],
            prior: vec![0.0; states],
            alone: vec![0.0; values],
            solver: LeastSquares::new(pixels, units),
            along: vec![0.0; units],
            scores: vec![0.0; units],
            order: vec![0; units],
            coefficients: vec![0.0; width],
            energy: vec![0.0; states],
            weights: vec![0.0; states],
            single_prior: vec![0.0; units * values],
            single_energy: vec![0.0; units * values],
            single: vec![0.0; units * values],
            evidence: vec![0.0; n],
            sorted: vec![0.0; n],
            chosen: vec![0; n * candidates],
            features: vec![0.0; n * width],
            means: vec![0.0; n * units],
            squares: vec![0.0; n * units],
            used: vec![0.0; n * values],
            errors: vec![0.0; n],
            table,
            y,
        }
    }

    /// What all data of a step share.
    fn prepare(&mut self, parameters: &Parameters) {
        let w = &parameters.dictionary;
        for (h, row) in self.gram.chunks_exact_mut(w.columns()).enumerate() {
            w.tmul(w.column(h), row);
        }
        for (alone, share) in self.alone.iter_mut().zip(&parameters.shares) {
            *alone = (parameters.prior * share / (1.0 - parameters.prior)).ln();
        }
        self.table.prior(&self.alone, &mut self.prior);
        for prior in self.single_prior.chunks_exact_mut(self.alone.len()) {
            prior.copy_from_slice(&self.alone);
        }
    }

    /// The weights of the states of datum `n`, and what is expected under them.
    fn expect(&mut self, n: usize, parameters: &Parameters, rate: f64) {
        let (w, values) = (&parameters.dictionary, self.kind.values());
        let (units, count) = (w.columns(), self.truncation.candidates);
        let gram = |i: usize, j: usize| self.gram[i * units + j];
        w.tmul(self.y.column(n), &mut self.along);
        for h in 0..units {
            let (cosine, norm) = (self.along[h], gram(h, h).sqrt());
            let cosine = if self.kind == Kind::Ternary { cosine.abs() } else { cosine };
            self.scores[h] = if norm > 0.0 { cosine / norm } else { f64::NEG_INFINITY };
            for (v, value) in values.iter().enumerate() {
                self.single_energy[h * values.len() + v] = value * (value * gram(h, h) - 2.0 * self.along[h]);
            }
        }
        candidates(&self.scores, count, &mut self.order);
        let chosen = &mut self.chosen[n * count..(n + 1) * count];
        chosen.copy_from_slice(&self.order[..count]);
        let (squares, mut at) = (self.table.squares(), self.table.products());
        for (i, &h) in chosen.iter().enumerate() {
            self.coefficients[squares.start + i] = gram(h, h);
            let linear = -2.0 * self.along[h];
            self.coefficients[i] = if self.table.binary() { linear + gram(h, h) } else { linear };
            for &other in &chosen[i + 1..] {
                self.coefficients[at] = 2.0 * gram(h, other);
                at += 1;
            }
        }
        self.table.energies(&self.coefficients, &mut self.energy);

        let most = top(&self.single_prior, &self.single_energy, rate, 0.0);
        let most = top(&self.prior, &self.energy, rate, most);
        weigh(&self.prior, &self.energy, rate, most, &mut self.weights);
        weigh(&self.single_prior, &self.single_energy, rate, most, &mut self.single);
        let total = (-most).exp()
            + sum(&self.single, &self.ones[..self.single.len()])
            + sum(&self.weights, &self.ones[..self.weights.len()]);
        let norm = self.squared_norms[n];
        self.evidence[n] = self.ranking.of(most + total.ln() - rate * norm);

        let width = self.coefficients.len();
        let features = &mut self.features[n * width..(n + 1) * width];
        self.table.expectations(&self.weights, features);
        features.iter_mut().for_each(|f| *f /= total);
        let (means, squared) = (&mut self.means[n * units..], &mut self.squares[n * units..]);
        let used = &mut self.used[n * values.len()..(n + 1) * values.len()];
        self.table.counts.tmul(&self.weights, used);
        used.iter_mut().for_each(|u| *u /= total);
        for h in 0..units {
            (means[h], squared[h]) = (0.0, 0.0);
            for (v, value) in values.iter().enumerate() {
                let q = self.single[h * values.len() + v] / total;
                means[h] += value * q;
                squared[h] += value * value * q;
                used[v] += q;
            }
        }
        for (i, &h) in chosen.iter().enumerate() {
            means[h] += features[i];
            squared[h] += features[squares.start + i];
        }
        let energy =
            kernels::dot(&self.weights, &self.energy) + kernels::dot(&self.single, &self.single_energy);
        self.errors[n] = norm + energy / total;
    }
}

impl Learner for Linear {
    fn step(&mut self, parameters: &mut Parameters, anneal: Anneal) -> anyhow::Result<Step> {
        let variance = parameters.sigma * parameters.sigma;
        let rate = 1.0 / (2.0 * variance * anneal.temperature);
        self.prepare(parameters);
        let n = self.y.columns();
        for datum in 0..n {
            self.expect(datum, parameters, rate);
        }
        let (units, pixels) = (parameters.dictionary.columns(), parameters.dictionary.rows());
        let constant = constant(pixels, units, parameters.prior, parameters.sigma);
        let likelihood = constant + self.evidence.iter().sum::<f64>() / n as f64;
        let gamma = self.truncation.causes;
        let sizes = (units, gamma, parameters.prior);
        let least = threshold(&self.evidence, sizes, anneal.cut, &mut self.sorted);

        let (values, width, count) = (self.alone.len(), self.coefficients.len(), self.truncation.candidates);
        let products = self.table.products();
        self.solver.clear();
        self.alone.fill(0.0);
        let (mut kept, mut errors) = (0, 0.0);
        for datum in (0..n).filter(|&datum| self.evidence[datum] >= least) {
            kept += 1;
            errors += self.errors[datum];
            for (sum, used) in self.alone.iter_mut().zip(&self.used[datum * values..]) {
                *sum += used;
            }
            let LeastSquares { cross, gram, .. } = &mut self.solver;
            for h in 0..units {
                let mean = self.means[datum * units + h];
                if mean != 0.0 {
                    kernels::axpy(mean, self.y.column(datum), cross.column_mut(h));
                }
                gram[h * units + h] += self.squares[datum * units + h];
            }
            let mut at = datum * width + products;
            let chosen = &self.chosen[datum * count..(datum + 1) * count];
            for (i, &h) in chosen.iter().enumerate() {
                for &other in &chosen[i + 1..] {
                    gram[h * units + other] += self.features[at];
                    at += 1;
                }
            }
        }
        let causes: f64 = self.alone.iter().sum();
        if self.kind == Kind::Discrete && causes > 0.0 {
            for (share, used) in parameters.shares.iter_mut().zip(&self.alone) {
                *share = (used / causes).max(super::LEAST);
            }
        }
        ensure!(causes.is_finite() && errors.is_finite(), "an expectation is not finite");
        update(parameters, (causes, errors), kept, gamma, self.scale);
        self.solver.solve(&mut parameters.dictionary)?;
        Ok(Step { likelihood, kept })
    }
}
