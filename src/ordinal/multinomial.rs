//! The penalised multinomial logit: `(1/n)Σ −log π + λ Σ_k (a‖β_k‖₁ + (1−a)/2‖β_k‖²)`.

use std::ops::Range;

use remeasure_core::multiversion;
use remeasure_core::numerics::kernels::elementary::exp;
use remeasure_core::numerics::kernels::{self, Products};

use super::cumulative::{Kkt, Solved};
use super::likelihood::LogSum;
use super::model::Multinomial;
use super::newton::{Penalty, Smooth, Stopping, Workspace, largest_slope, minimise};
use super::training::Training;

/// How to make the overparametrised softmax unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Slopes for every class, which are unique because of their penalty; the last intercept is 0.
    Symmetric,
    /// The last class has neither slopes nor an intercept.
    Reference,
}

/// `(1/n) Σ −log softmax_{y_i}(η_i)`, evaluated at a point; block `k` of the coordinates is `(α_k, β_k)` of
/// the class.
#[derive(Debug)]
struct Loss<'a> {
    training: &'a Training,
    /// Class by class, `C × n`.
    scores: Vec<f64>,
    slide: Vec<f64>,
    trial: Vec<f64>,
    probabilities: Vec<f64>,
    trial_probabilities: Vec<f64>,
    value: f64,
    trial_value: f64,
    direction: Vec<f64>,
    weights: Vec<f64>,
    products: Products,
    columns: Vec<usize>,
    /// A Gram matrix for each pair of classes.
    grams: Vec<f64>,
    /// Sums of the columns over the rows of each class, class by class.
    events: Vec<f64>,
    /// Highest score and sum of exponentials, row by row.
    tops: Vec<f64>,
    sums: Vec<f64>,
}

impl<'a> Loss<'a> {
    fn new(training: &'a Training, w: &[f64]) -> Self {
        let n = training.rows();
        let all = vec![0.0; training.groups.len() * n];
        let mut events = vec![0.0; w.len()];
        for (block, own) in events.chunks_exact_mut(training.width()).zip(&training.groups) {
            training.add_transposed(own.clone(), &vec![1.0; own.len()], block);
        }
        let mut loss = Self {
            training,
            events,
            scores: all.clone(),
            slide: all.clone(),
            trial: all.clone(),
            probabilities: all.clone(),
            trial_probabilities: all,
            value: 0.0,
            trial_value: 0.0,
            direction: vec![0.0; w.len()],
            weights: vec![0.0; kernels::CHUNK],
            products: Products::default(),
            columns: Vec::new(),
            grams: Vec::new(),
            tops: vec![0.0; n],
            sums: vec![0.0; n],
        };
        loss.place(w);
        loss
    }

    fn place(&mut self, w: &[f64]) {
        self.scores.fill(0.0);
        self.glide(w);
        self.probe(1.0);
        self.accept();
    }

    fn glide(&mut self, w: &[f64]) {
        let n = self.training.rows();
        // All classes of some rows before the next rows, while these are in the cache.
        for start in (0..n).step_by(kernels::CHUNK) {
            let rows = start..(start + kernels::CHUNK).min(n);
            let blocks = w.chunks_exact(self.training.width());
            for (block, out) in blocks.zip(self.slide.chunks_exact_mut(n)) {
                self.training.product(rows.clone(), block, &mut out[rows.clone()]);
            }
        }
    }

    /// Sets `grams` to `Xᵀdiag(π_kπ_l)X` on `columns`, for all pairs of classes.
    fn compute_grams(&mut self, side: usize) {
        let n = self.training.rows();
        let classes = self.training.groups.len();
        let size = side * side;
        self.grams.clear();
        self.grams.resize(classes * (classes - 1) / 2 * size, 0.0);
        let Self { training, probabilities, columns, grams, weights, products, .. } = self;
        let class = |k: usize| &probabilities[k * n..(k + 1) * n];
        // Where the fit is that of the intercepts alone, all weights of a pair are the same.
        if (0..classes).all(|k| class(k).iter().all(|p| *p == class(k)[0])) {
            let mut plain = vec![0.0; size];
            training.add_gram(0..n, columns, None, products, &mut plain);
            for ((k, l), gram) in pairs(classes).zip(grams.chunks_exact_mut(size)) {
                let weight = class(k)[0] * class(l)[0];
                gram.iter_mut().zip(&plain).for_each(|(g, v)| *g = weight * v);
            }
            return;
        }
        // All pairs of some rows before the next rows, while these are in the cache.
        for start in (0..n).step_by(kernels::CHUNK) {
            let rows = start..(start + kernels::CHUNK).min(n);
            for ((k, l), gram) in pairs(classes).zip(grams.chunks_exact_mut(size)) {
                let weights = &mut weights[..rows.len()];
                kernels::multiply(&class(k)[rows.clone()], &class(l)[rows.clone()], weights);
                training.add_gram(rows.clone(), columns, Some(weights), products, gram);
            }
        }
    }
}

/// All pairs of different classes.
fn pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..classes).flat_map(|k| (0..k).map(move |l| (k, l)))
}

/// `pi ← exp(scores − tops)`, and `sums ← sums + pi`.
fn add_exponentials(scores: &[f64], tops: &[f64], pi: &mut [f64], sums: &mut [f64]) {
    #[inline(always)]
    fn body(scores: &[f64], tops: &[f64], pi: &mut [f64], sums: &mut [f64]) {
        for (((pi, sum), score), top) in pi.iter_mut().zip(sums).zip(scores).zip(tops) {
            *pi = exp(score - top);
            *sum += *pi;
        }
    }
    multiversion!(
        kernels::level(),
        [] (scores: &[f64], tops: &[f64], pi: &mut [f64], sums: &mut [f64]) -> (),
        body(scores, tops, pi, sums)
    )
}

impl Smooth for Loss<'_> {
    fn size(&self) -> usize {
        self.training.groups.len() * self.training.width()
    }

    fn value(&self) -> f64 {
        self.value
    }

    fn gradient(&self, out: &mut [f64]) {
        let n = self.training.rows();
        out.fill(0.0);
        let class = |k: usize| &self.probabilities[k * n..(k + 1) * n];
        self.training.add_transposed_each(0..n, self.training.groups.len(), class, out);
        out.iter_mut().zip(&self.events).for_each(|(g, sum)| *g = (*g - sum) / n as f64);
    }

    fn hessian(&mut self, working: &[usize], out: &mut [f64]) {
        let (n, width, m) = (self.training.rows() as f64, self.training.width(), working.len());
        self.columns.clear();
        self.columns.extend(working.iter().map(|c| c % width));
        self.columns.sort_unstable();
        self.columns.dedup();
        let side = self.columns.len();
        let places: Vec<usize> =
            working.iter().map(|c| self.columns.binary_search(&(c % width)).unwrap_or(0)).collect();
        let range = |k: usize| {
            working.partition_point(|c| c / width < k)..working.partition_point(|c| c / width <= k)
        };
        let pairs = pairs(self.training.groups.len());
        self.compute_grams(side);
        out.fill(0.0);
        // Block (k, l) of two classes is −Xᵀdiag(π_kπ_l)X, and the blocks of each row of blocks add up to 0.
        for ((k, l), gram) in pairs.zip(self.grams.chunks_exact(side * side)) {
            let mut add = |rows: Range<usize>, columns: Range<usize>, sign: f64| {
                for i in rows {
                    for j in columns.clone() {
                        let (a, b) = (places[i].min(places[j]), places[i].max(places[j]));
                        out[i * m + j] += sign * gram[a * side + b] / n;
                    }
                }
            };
            add(range(k), range(l), -1.0);
            add(range(l), range(k), -1.0);
            add(range(k), range(k), 1.0);
            add(range(l), range(l), 1.0);
        }
    }

    fn curvature_cost(&self) -> f64 {
        // Pairs of classes times columns, against one product with each class in either direction.
        (self.training.groups.len() - 1) as f64 * self.training.width() as f64 / 8.0
    }

    fn aim(&mut self, working: &[usize], step: &[f64]) {
        let mut direction = std::mem::take(&mut self.direction);
        direction.fill(0.0);
        working.iter().zip(step).for_each(|(&c, s)| direction[c] = *s);
        self.glide(&direction);
        self.direction = direction;
    }

    fn reach(&self) -> f64 {
        1.0
    }

    fn probe(&mut self, t: f64) -> f64 {
        let n = self.training.rows();
        let scores = self.scores.iter().zip(&self.slide);
        self.trial.iter_mut().zip(scores).for_each(|(to, (at, by))| *to = at + t * by);
        self.tops.fill(f64::NEG_INFINITY);
        for class in self.trial.chunks_exact(n) {
            self.tops.iter_mut().zip(class).for_each(|(top, v)| *top = if *v > *top { *v } else { *top });
        }
        self.sums.fill(0.0);
        let classes = self.trial.chunks_exact(n).zip(self.trial_probabilities.chunks_exact_mut(n));
        for (class, pi) in classes {
            add_exponentials(class, &self.tops, pi, &mut self.sums);
        }
        let mut sum = LogSum::new();
        for (own, class) in self.training.groups.iter().zip(self.trial.chunks_exact(n)) {
            own.clone().for_each(|i| sum.add(self.tops[i] - class[i], self.sums[i]));
        }
        for pi in self.trial_probabilities.chunks_exact_mut(n) {
            pi.iter_mut().zip(&self.sums).for_each(|(p, s)| *p /= s);
        }
        self.trial_value = sum.value() / n as f64;
        self.trial_value
    }

    fn accept(&mut self) {
        std::mem::swap(&mut self.scores, &mut self.trial);
        std::mem::swap(&mut self.probabilities, &mut self.trial_probabilities);
        self.value = self.trial_value;
    }
}

/// A warm-started solver for one training sample.
pub(super) struct Solver<'a> {
    loss: Loss<'a>,
    w: Vec<f64>,
    penalty: Penalty,
    gradient: Vec<f64>,
    work: Workspace,
}

impl<'a> Solver<'a> {
    /// Starts at the fit of the intercepts alone.
    pub(super) fn new(training: &'a Training, coding: Coding) -> Self {
        let (width, classes) = (training.width(), training.groups.len());
        let size = classes * width;
        let mut w = vec![0.0; size];
        let last = training.groups[classes - 1].len() as f64;
        for (block, rows) in w.chunks_exact_mut(width).zip(&training.groups) {
            block[0] = (rows.len() as f64 / last).ln();
        }
        let base = (classes - 1) * width;
        let allowed = |c: usize| c < base || (coding == Coding::Symmetric && c > base);
        let penalty = Penalty::none(size, allowed);
        let loss = Loss::new(training, &w);
        Self { loss, w, penalty, gradient: vec![0.0; size], work: Workspace::default() }
    }

    /// `max |∂f/∂β|` at the current point, which is `λ_max` at the fit of the intercepts alone.
    pub(super) fn largest_score(&mut self) -> f64 {
        self.loss.gradient(&mut self.gradient);
        largest_slope(&self.gradient, self.loss.training.width())
    }

    /// Minimises with `l1·‖β‖₁ + l2/2·‖β‖²` from the last solution.
    pub(super) fn solve(&mut self, l1: f64, l2: f64, stopping: Stopping) -> Solved {
        self.penalty.charge_slopes(self.loss.training.width(), l1, l2);
        let ended = minimise(&mut self.loss, &self.penalty, &mut self.w, stopping, &mut self.work);
        self.loss.place(&self.w);
        self.loss.gradient(&mut self.gradient);
        let stationarity = self.penalty.stationarity(&self.w, &self.gradient);
        Solved {
            objective: self.loss.value() + self.penalty.value(&self.w),
            kkt: Kkt { stationarity, ..Kkt::default() },
            iterations: ended.iterations,
            termination: ended.termination,
            touching: 0,
            escapes: self.penalty.is_none() && ended.escapes(&self.w),
        }
    }

    /// The duality gap of the last solution, penalised with `l1·‖β‖₁ + l2/2·‖β‖²`, relative to the mean loss of the
    /// intercepts alone; infinite if no dual point is found.
    ///
    /// The conjugate of the loss of a row at `u` is `Σ_k a_k ln a_k`, where `a = u + y` is a distribution over the
    /// classes. The dual point is `u = s (q − y)`: `q` are the probabilities, corrected so that `u` adds up to 0 over
    /// the rows, as free intercepts demand, and `s ≤ 1` makes `|Xᵀu|/n ≤ l1` where there is no ridge.
    pub(super) fn gap(&mut self, l1: f64, l2: f64) -> f64 {
        let Self { loss, gradient, .. } = self;
        let training = loss.training;
        let (n, width, classes) = (training.rows(), training.width(), training.groups.len());
        loss.gradient(gradient);
        let mut q = loss.probabilities.clone();
        let mut room: Vec<f64> =
            (0..n).map(|i| (0..classes).fold(1.0, |m: f64, k| m.min(q[k * n + i]))).collect();
        let whole: f64 = room.iter().sum();
        room.iter_mut().for_each(|m| *m *= n as f64 / whole);
        for (k, column) in q.chunks_exact_mut(n).enumerate() {
            column.iter_mut().zip(&room).for_each(|(v, by)| *v -= gradient[k * width] * by);
        }
        if !q.iter().all(|v| *v >= 0.0) {
            return f64::INFINITY;
        }
        gradient.fill(0.0);
        training.add_transposed_each(0..n, classes, |k| &q[k * n..(k + 1) * n], gradient);
        gradient.iter_mut().zip(&loss.events).for_each(|(g, sum)| *g = (*g - sum) / n as f64);
        let largest = largest_slope(gradient, width);
        let scale = if l2 > 0.0 || largest <= l1 { 1.0 } else { l1 / largest };
        let mut entropy = 0.0;
        for (column, own) in q.chunks_exact(n).zip(&training.groups) {
            for (i, v) in column.iter().enumerate() {
                let a = scale * v + if own.contains(&i) { 1.0 - scale } else { 0.0 };
                entropy -= if a > 0.0 { a * a.ln() } else { 0.0 };
            }
        }
        let mut dual = entropy / n as f64;
        if l2 > 0.0 {
            let slopes = gradient.iter().enumerate().filter(|(c, _)| !c.is_multiple_of(width));
            dual -= slopes.map(|(_, g)| (g.abs() - l1).max(0.0).powi(2)).sum::<f64>() / (2.0 * l2);
        }
        let share = |rows: &Range<usize>| rows.len() as f64 / n as f64;
        let alone: f64 = training.groups.iter().map(|rows| -share(rows) * share(rows).ln()).sum();
        ((loss.value + self.penalty.value(&self.w) - dual) / alone).max(0.0)
    }

    /// The model on the raw scale.
    pub(super) fn model(&self) -> Multinomial {
        let training = self.loss.training;
        let mut intercepts = vec![f64::NEG_INFINITY; training.classes];
        let mut slopes = vec![vec![0.0; training.features]; training.classes];
        for (block, &class) in self.w.chunks_exact(training.width()).zip(&training.present) {
            let (raw, shift) = training.raw_slopes(block);
            intercepts[class] = block[0] - shift;
            slopes[class] = raw;
        }
        Multinomial { intercepts, slopes }
    }
}
