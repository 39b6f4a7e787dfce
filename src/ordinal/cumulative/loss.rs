//! The mean loss of the cumulative logit model as a smooth function of `(δ, ψ)`.

use remeasure_core::numerics::kernels::Products;

use super::guard::Guard;
use crate::likelihood::{Columns, LogSum};
use crate::newton::Smooth;
use crate::training::Training;

/// Largest step, as a share of the distance to the nearest boundary of a row's own class.
const TO_BOUNDARY: f64 = 0.99;

/// Intermediate values of an evaluation, all of length `n`, with rows sorted by class.
#[derive(Clone, Debug)]
struct Rows {
    /// `b = η_{y−1}`; 0 for the first class.
    below: Vec<f64>,
    /// `d = ζ_y`; 0 for the last class.
    gap: Vec<f64>,
    score_below: Vec<f64>,
    score_gap: Vec<f64>,
    weight_below: Vec<f64>,
    weight_cross: Vec<f64>,
    weight_gap: Vec<f64>,
}

impl Rows {
    fn new(n: usize) -> Self {
        let zeros = || vec![0.0; n];
        Self {
            below: zeros(),
            gap: zeros(),
            score_below: zeros(),
            score_gap: zeros(),
            weight_below: zeros(),
            weight_cross: zeros(),
            weight_gap: zeros(),
        }
    }
}

/// `(1/n) Σ −log π_{y_i}(x_i)` plus the terms of the [`Guard`], evaluated at a point.
///
/// Coordinates: block `k`, for boundary `k`, holds the intercept difference `δ_k` and then `ψ_k`. With
/// `ζ_k = δ_k + xᵀψ_k`, a row of class `y` depends only on `b = Σ_{m<y} ζ_m` and `d = ζ_y`.
#[derive(Debug)]
pub(super) struct Loss<'a> {
    pub(super) training: &'a Training,
    pub(super) guard: Guard,
    at: Rows,
    trial: Rows,
    mean: f64,
    trial_mean: f64,
    /// Change of `below` and `gap` along the direction.
    slide_below: Vec<f64>,
    slide_gap: Vec<f64>,
    direction: Vec<f64>,
    products: Products,
    /// Parts of each row's loss.
    linear: Vec<f64>,
    factor: Vec<f64>,
    columns: Vec<usize>,
    grams: Vec<f64>,
}

impl<'a> Loss<'a> {
    pub(super) fn new(training: &'a Training, w: &[f64]) -> Self {
        let n = training.rows();
        let mut loss = Self {
            training,
            guard: Guard::new(training.width()),
            at: Rows::new(n),
            trial: Rows::new(n),
            mean: 0.0,
            trial_mean: 0.0,
            slide_below: vec![0.0; n],
            slide_gap: vec![0.0; n],
            direction: vec![0.0; w.len()],
            products: Products::default(),
            linear: vec![0.0; n],
            factor: vec![0.0; n],
            columns: Vec::new(),
            grams: Vec::new(),
        };
        loss.place(w);
        loss
    }

    /// Number of boundaries `K − 1` among the classes that occur.
    pub(super) fn blocks(&self) -> usize {
        self.training.groups.len() - 1
    }

    /// Moves to `w` and evaluates everything from scratch.
    pub(super) fn place(&mut self, w: &[f64]) {
        self.at.below.fill(0.0);
        self.at.gap.fill(0.0);
        self.slide(w);
        self.guard.reset();
        self.guard.aim(w);
        self.probe(1.0);
        self.accept();
    }

    /// For every block, the largest `max(0, −ζ_k)` over the rows outside class `k`; calls `visit(row, block)`
    /// where it exceeds `tolerance`.
    pub(super) fn crossings(
        &self,
        w: &[f64],
        tolerance: f64,
        mut visit: impl FnMut(usize, usize),
    ) -> Vec<f64> {
        let width = self.training.width();
        let mut worst = vec![0.0; self.blocks()];
        let mut zeta = vec![0.0; self.training.rows()];
        for (k, worst) in worst.iter_mut().enumerate().skip(1) {
            let block = &w[k * width..(k + 1) * width];
            // Parallel curves with δ > 0 do not cross.
            if block[1..].iter().all(|v| *v == 0.0) {
                continue;
            }
            self.training.product(0..self.training.rows(), block, &mut zeta);
            let own = &self.training.groups[k];
            for (i, z) in zeta.iter().enumerate().filter(|(i, z)| **z < 0.0 && !own.contains(i)) {
                *worst = f64::max(*worst, -z);
                if -z > tolerance {
                    visit(i, k);
                }
            }
        }
        worst
    }

    /// Sets the change of the rows' predictors along `w`.
    fn slide(&mut self, w: &[f64]) {
        let (width, blocks) = (self.training.width(), self.blocks());
        let mut sum = vec![0.0; width];
        for (y, rows) in self.training.groups.iter().enumerate() {
            if y > 0 {
                let before = &w[(y - 1) * width..y * width];
                sum.iter_mut().zip(before).for_each(|(s, v)| *s += v);
                self.training.product(rows.clone(), &sum, &mut self.slide_below[rows.clone()]);
            }
            if y < blocks {
                let own = &w[y * width..(y + 1) * width];
                self.training.product(rows.clone(), own, &mut self.slide_gap[rows.clone()]);
            }
        }
    }

    /// The mean loss without the added terms.
    pub(super) fn mean_loss(&self) -> f64 {
        self.mean
    }

    /// Gradient of the mean loss without the added terms.
    pub(super) fn mean_gradient(&self, out: &mut [f64]) {
        let (width, blocks) = (self.training.width(), self.blocks());
        out.fill(0.0);
        // The scores of a class below its lower boundary belong to all blocks below the class.
        for (y, rows) in self.training.groups.iter().enumerate() {
            if y > 0 {
                let block = &mut out[(y - 1) * width..y * width];
                self.training.add_transposed(rows.clone(), &self.at.score_below[rows.clone()], block);
            }
        }
        for k in (0..blocks - 1).rev() {
            let (lower, upper) = out.split_at_mut((k + 1) * width);
            lower[k * width..].iter_mut().zip(&upper[..width]).for_each(|(l, u)| *l += u);
        }
        for (y, rows) in self.training.groups.iter().enumerate().take(blocks) {
            let block = &mut out[y * width..(y + 1) * width];
            self.training.add_transposed(rows.clone(), &self.at.score_gap[rows.clone()], block);
        }
        let n = self.training.rows() as f64;
        out.iter_mut().for_each(|g| *g /= n);
    }

    /// Evaluates the rows of class `y` at `t` times the direction.
    fn evaluate(&mut self, y: usize, t: f64, sum: &mut LogSum) {
        let rows = self.training.groups[y].clone();
        let (at, to) = (&self.at, &mut self.trial);
        for (to, (at, by)) in
            [(&mut to.below, (&at.below, &self.slide_below)), (&mut to.gap, (&at.gap, &self.slide_gap))]
        {
            let pairs = at[rows.clone()].iter().zip(&by[rows.clone()]);
            to[rows.clone()].iter_mut().zip(pairs).for_each(|(to, (at, by))| *to = at + t * by);
        }
        let mut out = Columns {
            linear: &mut self.linear[rows.clone()],
            factor: &mut self.factor[rows.clone()],
            score_below: &mut to.score_below[rows.clone()],
            score_gap: &mut to.score_gap[rows.clone()],
            below: &mut to.weight_below[rows.clone()],
            cross: &mut to.weight_cross[rows.clone()],
            gap: &mut to.weight_gap[rows.clone()],
        };
        out.evaluate(y, self.training.groups.len(), &to.below[rows.clone()], &to.gap[rows], sum);
    }
}

impl Smooth for Loss<'_> {
    fn size(&self) -> usize {
        self.blocks() * self.training.width()
    }

    fn value(&self) -> f64 {
        self.mean + self.guard.value()
    }

    fn gradient(&self, out: &mut [f64]) {
        self.mean_gradient(out);
        self.guard.add_gradient(out);
    }

    fn hessian(&mut self, working: &[usize], out: &mut [f64]) {
        let (width, blocks, m) = (self.training.width(), self.blocks(), working.len());
        self.columns.clear();
        self.columns.extend(working.iter().map(|c| c % width));
        self.columns.sort_unstable();
        self.columns.dedup();
        let side = self.columns.len();
        // For every boundary: its diagonal block, and the one it shares with those below.
        self.grams.clear();
        self.grams.resize((2 * blocks + 1) * side * side, 0.0);
        let (shared, own) = self.grams.split_at_mut(side * side);
        for y in (0..=blocks).rev() {
            let rows = self.training.groups[y].clone();
            let weights = [&self.at.weight_below, &self.at.weight_cross, &self.at.weight_gap];
            let [below_weights, cross_weights, gap_weights] = weights.map(|w| &w[rows.clone()]);
            let mut add = |weights: &[f64], into: &mut [f64]| {
                self.training.add_gram(rows.clone(), &self.columns, Some(weights), &mut self.products, into);
            };
            if y < blocks {
                let (cross, gap) = own[2 * y * side * side..][..2 * side * side].split_at_mut(side * side);
                // `shared` is the sum over the classes above `y`.
                cross.copy_from_slice(shared);
                gap.copy_from_slice(shared);
                add(gap_weights, gap);
                if y > 0 {
                    add(cross_weights, cross);
                    add(below_weights, shared);
                }
            } else {
                add(below_weights, shared);
            }
        }
        let n = self.training.rows() as f64;
        let place = |c: usize| self.columns.binary_search(&(c % width)).unwrap_or(0);
        let places: Vec<usize> = working.iter().map(|&c| place(c)).collect();
        for (i, &c) in working.iter().enumerate() {
            for (j, &d) in working.iter().enumerate().take(i + 1) {
                let (high, low) = (c / width, d / width);
                let gram = &own[(2 * high + usize::from(high == low)) * side * side..][..side * side];
                let (a, b) = (places[i].min(places[j]), places[i].max(places[j]));
                let value = gram[a * side + b] / n;
                out[i * m + j] = value;
                out[j * m + i] = value;
            }
        }
        self.guard.add_hessian(working, out);
    }

    fn aim(&mut self, working: &[usize], step: &[f64]) {
        let mut direction = std::mem::take(&mut self.direction);
        direction.fill(0.0);
        working.iter().zip(step).for_each(|(&c, s)| direction[c] = *s);
        self.slide(&direction);
        self.guard.aim(&direction);
        self.direction = direction;
    }

    fn reach(&self) -> f64 {
        let middle = self.training.groups[0].end..self.training.groups[self.blocks()].start;
        let pairs = self.at.gap[middle.clone()].iter().zip(&self.slide_gap[middle]);
        // Largest relative decrease of a gap; needs no division inside the loop.
        let shrink = pairs.fold(0.0, |m: f64, (d, by)| m.max(-by / d));
        if shrink > TO_BOUNDARY { TO_BOUNDARY / shrink } else { 1.0 }
    }

    fn probe(&mut self, t: f64) -> f64 {
        let mut sum = LogSum::new();
        for y in 0..=self.blocks() {
            self.evaluate(y, t, &mut sum);
        }
        self.trial_mean = sum.value() / self.training.rows() as f64;
        self.trial_mean + self.guard.probe(t)
    }

    fn accept(&mut self) {
        std::mem::swap(&mut self.at, &mut self.trial);
        self.mean = self.trial_mean;
        self.guard.accept();
    }
}
