//! Models of whose active atoms the largest wins: maximal causes analysis, and that of the largest magnitude.

use std::sync::Arc;

use anyhow::ensure;
use remeasure_core::numerics::{Design, kernels};
use schemars::JsonSchema;
use serde::Deserialize;

use super::choice::{candidates, threshold};
use super::states::for_each_set;
use super::weights::{sum, top, weigh};
use super::{Anneal, Learner, Parameters, Ranking, Step, Truncation, constant, mean_square, update};

/// Weight with which a pixel of an atom follows a datum that the atom explains alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Singletons {
    /// The square of the pixel of the atom, as in the library: much more than for states with several causes where the atom
    /// is large, and next to nothing where it is 0.
    AsPublished,
    /// 1, the derivative of the soft maximum.
    #[default]
    Corrected,
}

/// Least pixel of an atom, where atoms are not negative.
const FLOOR: f64 = 1e-4;

/// Most atoms: sets of causes are bits.
pub(crate) const MOST_UNITS: usize = 64;

/// A state with one cause or more.
#[derive(Clone, Copy, Debug)]
struct Set {
    bits: u64,
    /// Where its members are listed.
    first: usize,
    size: usize,
}

/// `y_d = W̄_d + noise`, where `W̄_d` is the largest `W_dh` of the active causes, smoothed to the power mean
/// `(Σ W_dh^ρ)^(1/ρ)` with `ρ = 1/(1 − 1/max(T, 1.05))`. In the signed model it is the `W_dh` of the largest magnitude,
/// smoothed alike, with its sign. The candidates are the `H′` atoms that exceed the datum least. The whole of
/// `log p(y, s)` is divided by `T`.
#[derive(Clone, Debug)]
pub struct Maximal {
    signed: bool,
    singletons: Singletons,
    ranking: Ranking,
    truncation: Truncation,
    y: Arc<Design>,
    scale: f64,
    squared_norms: Vec<f64>,
    sets: Vec<Set>,
    members: Vec<usize>,
    sizes: Vec<f64>,
    ones: Vec<f64>,
    // Of a step.
    /// `W̄`, a row for each set and a column for each pixel; and its squared norms.
    combined: Design,
    norms: Vec<f64>,
    /// Factors of the derivative of the soft maximum `(W_dh / W̄_d)^(ρ−1)`: of the set, and of the atom, `D × H`.
    by_set: Design,
    by_atom: Design,
    /// Sums of weights, and of weights times pixels, of each set.
    weight_sums: Vec<f64>,
    pixel_sums: Design,
    above: Vec<f64>,
    below: Vec<f64>,
    // Of a datum.
    scores: Vec<f64>,
    order: Vec<usize>,
    prior: Vec<f64>,
    energy: Vec<f64>,
    weights: [Vec<f64>; 4],
    evidence: Vec<f64>,
    sorted: Vec<f64>,
}

/// What is expected of a datum beside its weights.
#[derive(Clone, Copy, Debug)]
struct Expected {
    evidence: f64,
    causes: f64,
    error: f64,
}

impl Maximal {
    /// A model with its data, `D × N`, of at most 64 `units`; `signed` if the largest magnitude wins.
    ///
    /// # Panics
    /// If there are more units.
    #[must_use]
    pub fn new(
        y: Arc<Design>,
        units: usize,
        signed: bool,
        truncation: Truncation,
        (singletons, ranking): (Singletons, Ranking),
    ) -> Self {
        assert!(units <= MOST_UNITS, "at most {MOST_UNITS} atoms");
        let (pixels, n) = (y.rows(), y.columns());
        let (mut sets, mut members) = (Vec::new(), Vec::new());
        for_each_set(units, 1, truncation.causes, |set| {
            let bits = set.iter().fold(0, |bits, h| bits | 1 << h);
            sets.push(Set { bits, first: members.len(), size: set.len() });
            members.extend_from_slice(set);
        });
        let count = sets.len();
        let table = || Design::from_columns(count, pixels, vec![0.0; count * pixels]);
        Self {
            signed,
            singletons,
            ranking,
            truncation,
            scale: mean_square(&y),
            squared_norms: y.column_squared_norms(),
            sizes: sets.iter().map(|set| set.size as f64).collect(),
            ones: vec![1.0; count],
            combined: table(),
            norms: vec![0.0; count],
            by_set: table(),
            by_atom: Design::from_columns(pixels, units, vec![0.0; pixels * units]),
            weight_sums: vec![0.0; count],
            pixel_sums: table(),
            above: vec![0.0; units],
            below: vec![0.0; units],
            scores: vec![0.0; units],
            order: vec![0; units],
            prior: vec![0.0; count],
            energy: vec![0.0; count],
            weights: std::array::from_fn(|_| vec![0.0; count]),
            evidence: vec![0.0; n],
            sorted: vec![0.0; n],
            sets,
            members,
            y,
        }
    }

    /// The soft maxima of all sets, at temperature `t` of at least 1.05: `ρ = t/(t − 1)`.
    fn combine(&mut self, w: &Design, t: f64) {
        let rho = t / (t - 1.0);
        let units = w.columns();
        self.norms.fill(0.0);
        for d in 0..w.rows() {
            let largest = (0..units).fold(0.0, |most: f64, h| most.max(w.column(h)[d].abs()));
            // Relative to the largest, so that no power leaves the range of numbers.
            let relative = |h: usize| if largest > 0.0 { w.column(h)[d].abs() / largest } else { 0.0 };
            for h in 0..units {
                self.above[h] = relative(h).powf(rho);
                self.by_atom.column_mut(h)[d] = relative(h).powf(rho - 1.0);
            }
            let (combined, by_set) = (self.combined.column_mut(d), self.by_set.column_mut(d));
            for (s, set) in self.sets.iter().enumerate() {
                let members = &self.members[set.first..set.first + set.size];
                if let [h] = members {
                    (combined[s], by_set[s]) = (w.column(*h)[d], 0.0);
                } else {
                    let power: f64 = members.iter().map(|h| self.above[*h]).sum();
                    // (Σ W^ρ)^(1/ρ), as 1/ρ = 1 − 1/t; and (Σ W^ρ)^(−1/t) of the derivative, as (ρ − 1)/ρ = 1/t.
                    by_set[s] = if power > 0.0 { power.powf(-1.0 / t) } else { 0.0 };
                    let size = largest * power * by_set[s];
                    let strongest = members
                        .iter()
                        .copied()
                        .fold(members[0], |best, h| if self.above[h] > self.above[best] { h } else { best });
                    combined[s] = if w.column(strongest)[d] < 0.0 { -size } else { size };
                }
                self.norms[s] += combined[s] * combined[s];
            }
        }
    }

    /// The weights of the states of datum `n`, into the buffer `slot`.
    fn expect(&mut self, n: usize, w: &Design, (odds, rate): (f64, f64), slot: usize) -> Expected {
        let y = self.y.column(n);
        for (h, score) in self.scores.iter_mut().enumerate() {
            let beyond = |(w, y): (&f64, &f64)| if *w < 0.0 { (y - w).max(0.0) } else { (w - y).max(0.0) };
            *score = -w.column(h).iter().zip(y).map(beyond).sum::<f64>();
        }
        let count = self.truncation.candidates;
        candidates(&self.scores, count, &mut self.order);
        let outside = !self.order[..count].iter().fold(0_u64, |bits, h| bits | 1 << h);
        for ((prior, set), size) in self.prior.iter_mut().zip(&self.sets).zip(&self.sizes) {
            let is_seen = set.size == 1 || set.bits & outside == 0;
            *prior = if is_seen { size * odds } else { f64::NEG_INFINITY };
        }
        self.energy.copy_from_slice(&self.norms);
        self.combined.add_mul(-2.0, y.iter().copied().enumerate(), &mut self.energy);
        let most = top(&self.prior, &self.energy, rate, 0.0);
        let weights = &mut self.weights[slot];
        weigh(&self.prior, &self.energy, rate, most, weights);
        let total = (-most).exp() + sum(weights, &self.ones);
        weights.iter_mut().for_each(|q| *q /= total);
        let norm = self.squared_norms[n];
        Expected {
            evidence: most + total.ln() - rate * norm,
            causes: kernels::dot(weights, &self.sizes),
            error: norm + kernels::dot(weights, &self.energy),
        }
    }

    /// Adds what the first `filled` buffers, those of the given data, expect.
    fn gather(&mut self, data: [usize; 4], filled: usize) {
        for weights in &mut self.weights[filled..] {
            weights.fill(0.0);
        }
        let weights = self.weights.each_ref().map(Vec::as_slice);
        kernels::combine([1.0; 4], weights, &mut self.weight_sums);
        for d in 0..self.y.rows() {
            let pixels = data.map(|n| self.y.column(n)[d]);
            kernels::combine(pixels, weights, self.pixel_sums.column_mut(d));
        }
    }

    /// The new atoms: for each pixel the mean of the data, weighted by the derivative of the soft maximum.
    fn maximise(&mut self, w: &mut Design) {
        for d in 0..w.rows() {
            self.above.fill(0.0);
            self.below.fill(0.0);
            let (by_set, pixels) = (self.by_set.column(d), self.pixel_sums.column(d));
            for (s, set) in self.sets.iter().enumerate() {
                let members = &self.members[set.first..set.first + set.size];
                if let [h] = members {
                    let weight = match self.singletons {
                        Singletons::AsPublished => w.column(*h)[d] * w.column(*h)[d],
                        Singletons::Corrected => 1.0,
                    };
                    self.above[*h] += weight * pixels[s];
                    self.below[*h] += weight * self.weight_sums[s];
                    continue;
                }
                let (above, below) = (by_set[s] * pixels[s], by_set[s] * self.weight_sums[s]);
                for &h in members {
                    let factor = self.by_atom.column(h)[d];
                    self.above[h] += factor * above;
                    self.below[h] += factor * below;
                }
            }
            for h in 0..w.columns() {
                // A pixel on which nothing depends stays.
                if self.below[h] > 0.0 {
                    w.column_mut(h)[d] = self.above[h] / self.below[h];
                }
            }
        }
    }
}

impl Learner for Maximal {
    fn step(&mut self, parameters: &mut Parameters, anneal: Anneal) -> anyhow::Result<Step> {
        if !self.signed {
            parameters.dictionary.as_mut_slice().iter_mut().for_each(|w| *w = w.max(FLOOR));
        }
        let temperature = anneal.temperature;
        let odds = (parameters.prior / (1.0 - parameters.prior)).ln() / temperature;
        let rate = 1.0 / (2.0 * parameters.sigma * parameters.sigma * temperature);
        self.combine(&parameters.dictionary, temperature.max(1.05));
        self.weight_sums.fill(0.0);
        self.pixel_sums.as_mut_slice().fill(0.0);

        let (n, w) = (self.y.columns(), &parameters.dictionary);
        let (units, pixels) = (w.columns(), w.rows());
        let sizes = (units, self.truncation.causes, parameters.prior);
        // Without a cut, one pass is enough.
        let cuts = anneal.cut > 0.0;
        let (mut least, mut kept, mut causes, mut errors) = (f64::NEG_INFINITY, 0, 0.0, 0.0);
        for pass in 0..=usize::from(cuts) {
            let gathers = pass == usize::from(cuts);
            let (mut data, mut filled) = ([0; 4], 0);
            for datum in 0..n {
                if pass == 1 && self.evidence[datum] < least {
                    continue;
                }
                let expected = self.expect(datum, w, (odds, rate), filled);
                self.evidence[datum] = self.ranking.of(expected.evidence);
                if gathers {
                    kept += 1;
                    causes += expected.causes;
                    errors += expected.error;
                    data[filled] = datum;
                    filled += 1;
                    if filled == 4 {
                        self.gather(data, filled);
                        filled = 0;
                    }
                }
            }
            if filled > 0 {
                self.gather(data, filled);
            }
            if !gathers {
                least = threshold(&self.evidence, sizes, anneal.cut, &mut self.sorted);
            }
        }
        let constant = constant(pixels, units, parameters.prior, parameters.sigma);
        let likelihood = constant + self.evidence.iter().sum::<f64>() / n as f64;
        ensure!(causes.is_finite() && errors.is_finite(), "an expectation is not finite");
        update(parameters, (causes, errors), kept, self.truncation.causes, self.scale);
        self.maximise(&mut parameters.dictionary);
        ensure!(parameters.dictionary.as_slice().iter().all(|w| w.is_finite()), "an atom is not finite");
        Ok(Step { likelihood, kept })
    }
}
