//! Selection with a model chosen for each test point (Bai and Jin, algorithm MSel), and the pruning of its e-values.
//!
//! All counts are whole numbers. An auxiliary p-value is `c/(n+1)` with `c` a count of calibration scores plus 0 or 1, so
//! that for a fixed model the p-values of all test points but one are sorted by one sort, whichever point is left out.

use rand::Rng;
use remeasure_core::stream::Stream;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::bh::{at_most, benjamini_hochberg};
use crate::scores::Scores;

/// How e-values are pruned to a set with a bounded false discovery rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pruning {
    /// e-BH on the e-values `e_j`.
    Deterministic,
    /// e-BH on `e_j / U_j` with independent uniform `U_j`.
    Heterogeneous,
    /// e-BH on `e_j / U` with one uniform `U`.
    Homogeneous,
}

/// Which of several models with equally many rejections is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// One of them at random.
    #[default]
    Random,
    /// The first.
    Lowest,
}

/// Which calibration scores count for the final p-value of a test point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Final {
    /// Those below that of the test point, as in the authors' code.
    #[default]
    Strict,
    /// Those up to it, which is safe if scores can be equal.
    Weak,
}

/// One model's scores, ranked.
#[derive(Clone, Debug)]
pub struct Ranked {
    rows: usize,
    /// Test points by ascending score `V̂`.
    order: Vec<usize>,
    /// By position in `order`: calibration scores up to `V̂`.
    up_to: Vec<usize>,
    /// By position: calibration scores below `V̂`.
    below: Vec<usize>,
    /// By position: the first position with the same `V̂`.
    first: Vec<usize>,
}

impl Ranked {
    /// Ranks the scores of model `k`.
    #[must_use]
    pub fn new(scores: &Scores, k: usize) -> Self {
        let negated: Vec<f64> = scores.test[k].iter().map(|s| -s).collect();
        Self::of(&scores.conformity(k), &negated)
    }

    /// Ranks test scores `V̂` among the calibration scores `v`, which ascend.
    #[must_use]
    pub fn of(v: &[f64], test: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..test.len()).collect();
        order.sort_unstable_by(|&a, &b| test[a].total_cmp(&test[b]).then(a.cmp(&b)));
        let (mut up_to, mut below) = (Vec::with_capacity(test.len()), Vec::with_capacity(test.len()));
        let mut first: Vec<usize> = Vec::with_capacity(test.len());
        let (mut low, mut high) = (0, 0);
        for (position, &j) in order.iter().enumerate() {
            let score = test[j];
            while low < v.len() && v[low] < score {
                low += 1;
            }
            while high < v.len() && v[high] <= score {
                high += 1;
            }
            below.push(low);
            up_to.push(high);
            let same = position > 0 && test[order[position - 1]] == score;
            first.push(if same { first[position - 1] } else { position });
        }
        Self { rows: v.len(), order, up_to, below, first }
    }

    /// The number of rejections `R_j` of BH at level `q` for each test point `j`, by its index: the p-value of `j` is 0,
    /// that of another point `l` is `(#{i: V_i ≤ V̂_l} + 1{V̂_j ≤ V̂_l}) / (n + 1)`. At least 1.
    pub fn rejections(&self, q: f64, out: &mut [usize]) {
        let m = self.order.len();
        let step = q * (self.rows + 1) as f64 / m as f64;
        let met = |count: usize, rank: usize| at_most(count as f64, step * rank as f64);
        // Points with a larger or equal score: at position `i`, rank `i + 1` and one more count. The largest rank that
        // is met does not depend on which point is left out, as long as it lies behind it.
        let most_behind = (0..m).rev().find(|&i| met(self.up_to[i] + 1, i + 1)).unwrap_or(0);
        // Points with a smaller score: rank `i + 2`, because the point left out comes first.
        let mut most_before = 1;
        for i in 0..m {
            // All positions before `first[i]` are smaller; they have been visited.
            let start = self.first[i];
            if start == i && i > 0 {
                for l in self.first[i - 1]..i {
                    if met(self.up_to[l], l + 2) {
                        most_before = l + 2;
                    }
                }
            }
            // Of the points with the same score, the one left out counts as the first of them.
            let behind = if most_behind > start { most_behind + 1 } else { 1 };
            out[self.order[i]] = most_before.max(behind);
        }
    }

    /// For each test point, the calibration scores below its own, or up to it.
    #[must_use]
    pub fn counts(&self, which: Final) -> Vec<usize> {
        let by_position = if which == Final::Strict { &self.below } else { &self.up_to };
        let mut counts = vec![0; self.order.len()];
        for (position, &j) in self.order.iter().enumerate() {
            counts[j] = by_position[position];
        }
        counts
    }
}

/// E-values of the test points at one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Evalues {
    /// The chosen model of each test point.
    pub chosen: Vec<usize>,
    /// Auxiliary rejections `R_j` of that model.
    pub rejections: Vec<usize>,
    /// p-values under that model.
    pub p: Vec<f64>,
    /// `1/e_j = β q R_j / m`; infinite where `p_j` is above it.
    pub inverse: Vec<f64>,
}

/// Candidate models, ranked once for all levels.
#[derive(Clone, Debug)]
pub struct Candidates {
    ranked: Vec<Ranked>,
    counts: Vec<Vec<usize>>,
}

impl Candidates {
    /// Ranks all models.
    #[must_use]
    pub fn new(scores: &Scores, which: Final) -> Self {
        let ranked: Vec<Ranked> = (0..scores.models()).map(|k| Ranked::new(scores, k)).collect();
        let counts = ranked.iter().map(|r| r.counts(which)).collect();
        Self { ranked, counts }
    }

    /// Auxiliary rejections `R_jk` at level `q`: for each model, one number for each test point.
    #[must_use]
    pub fn rejections(&self, q: f64) -> Vec<Vec<usize>> {
        let of = |r: &Ranked| {
            let mut out = vec![0; r.order.len()];
            r.rejections(q, &mut out);
            out
        };
        self.ranked.iter().map(of).collect()
    }

    /// Chooses for each test point the model with the most auxiliary rejections at level `q`, and makes e-values. Only
    /// ties draw from `stream`.
    pub fn evalues(&self, q: f64, beta: f64, ties: Ties, stream: &mut Stream) -> Evalues {
        let all = self.rejections(q);
        let m = all.first().map_or(0, Vec::len);
        let n = self.ranked.first().map_or(0, |r| r.rows);
        let mut found = Evalues::with_capacity(m);
        let mut best = Vec::with_capacity(all.len());
        for j in 0..m {
            let most = all.iter().map(|r| r[j]).max().unwrap_or(1);
            best.clear();
            best.extend((0..all.len()).filter(|&k| all[k][j] == most));
            let k = match ties {
                Ties::Random if best.len() > 1 => best[stream.gen_range(0..best.len())],
                _ => best.first().copied().unwrap_or(0),
            };
            found.push(k, most, self.counts[k][j], (n, m), q * beta);
        }
        found
    }
}

impl Evalues {
    /// No test points yet.
    #[must_use]
    pub fn with_capacity(m: usize) -> Self {
        Self {
            chosen: Vec::with_capacity(m),
            rejections: Vec::with_capacity(m),
            p: Vec::with_capacity(m),
            inverse: Vec::with_capacity(m),
        }
    }

    /// Adds a test point with its chosen model, auxiliary rejections and count of calibration scores below its own;
    /// `scaled` is `β q`.
    pub fn push(&mut self, k: usize, rejections: usize, count: usize, (n, m): (usize, usize), scaled: f64) {
        let p = (count + 1) as f64 / (n + 1) as f64;
        let threshold = scaled * rejections as f64 / m as f64;
        self.chosen.push(k);
        self.rejections.push(rejections);
        self.p.push(p);
        self.inverse.push(if at_most(p, threshold) { threshold } else { f64::INFINITY });
    }

    /// The e-values.
    #[must_use]
    pub fn e(&self) -> Vec<f64> {
        self.inverse.iter().map(|v| 1.0 / v).collect()
    }

    /// The rows selected at level `q`, ascending. `uniform` is drawn from as often as the pruning says.
    pub fn pruned(&self, q: f64, pruning: Pruning, uniform: &mut dyn FnMut() -> f64) -> Vec<usize> {
        let one = if pruning == Pruning::Homogeneous { uniform() } else { 1.0 };
        let of = |v: &f64| v * if pruning == Pruning::Heterogeneous { uniform() } else { one };
        let scaled: Vec<f64> = self.inverse.iter().map(of).collect();
        benjamini_hochberg(&scaled, q)
    }
}
