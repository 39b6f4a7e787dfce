//! Constraints at the boundary of the domain, where cumulative curves cross at a row of another class.
//!
//! A row itself keeps the curves next to its own class apart: its loss is infinite where they meet. At rows
//! of other classes, `ζ_k(x_i) = δ_k + x_iᵀψ_k ≥ 0` is a linear constraint, enforced by the method of
//! multipliers (Rockafellar 1973): `1/(2ρ)·(max(0, u − ρζ)² − u²)` is added to the objective, and
//! `u ← max(0, u − ρζ)` after each minimisation. Only constraints that have been violated are included.

/// The active constraints.
#[derive(Debug)]
pub(super) struct Guard {
    width: usize,
    weight: f64,
    /// Row and block of each constraint.
    pub(super) places: Vec<(usize, usize)>,
    /// The rows' features, `width` values per constraint.
    features: Vec<f64>,
    /// `ζ` at the point, along the direction and at the trial point.
    at: Vec<f64>,
    slide: Vec<f64>,
    trial: Vec<f64>,
    /// `u ≥ 0`.
    pub(super) multipliers: Vec<f64>,
}

impl Guard {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            weight: FIRST_WEIGHT,
            places: Vec::new(),
            features: Vec::new(),
            at: Vec::new(),
            slide: Vec::new(),
            trial: Vec::new(),
            multipliers: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds the constraint of `row` and `block`; `x` are the row's values, including a leading 1. It takes
    /// effect the next time the loss is placed at a point.
    pub(super) fn add(&mut self, row: usize, block: usize, x: impl Iterator<Item = f64>) {
        self.places.push((row, block));
        self.features.extend(x);
        for v in [&mut self.at, &mut self.slide, &mut self.trial, &mut self.multipliers] {
            v.push(0.0);
        }
    }

    /// Drops the constraints without a multiplier and resets the penalty weight to its first value.
    pub(super) fn relax(&mut self) {
        let old = std::mem::replace(self, Self::new(self.width));
        for (c, &(row, block)) in old.places.iter().enumerate().filter(|(c, _)| old.multipliers[*c] > 0.0) {
            self.add(row, block, old.row(c).iter().copied());
            if let Some(u) = self.multipliers.last_mut() {
                *u = old.multipliers[c];
            }
        }
    }

    fn row(&self, c: usize) -> &[f64] {
        &self.features[c * self.width..(c + 1) * self.width]
    }

    /// Updates the multipliers at the point; returns the largest error of constraints and multipliers, `max
    /// |min(ζ, u/ρ)|`.
    pub(super) fn update(&mut self) -> f64 {
        let mut worst = 0.0_f64;
        for (u, z) in self.multipliers.iter_mut().zip(&self.at) {
            worst = worst.max(z.min(*u / self.weight).abs());
            *u = (*u - self.weight * z).max(0.0);
        }
        worst
    }

    /// Makes the penalty weight ten times larger.
    pub(super) fn tighten(&mut self) {
        self.weight *= 10.0;
    }

    pub(super) fn aim(&mut self, direction: &[f64]) {
        let Self { width, places, features, slide, .. } = self;
        for ((by, x), (_, block)) in slide.iter_mut().zip(features.chunks_exact(*width)).zip(places) {
            let part = &direction[*block * *width..(*block + 1) * *width];
            *by = x.iter().zip(part).map(|(x, v)| x * v).sum();
        }
    }

    /// Value of the added terms at the point.
    pub(super) fn value(&self) -> f64 {
        self.multipliers.iter().zip(&self.at).map(|(u, z)| self.term(*u, *z)).sum()
    }

    fn term(&self, u: f64, z: f64) -> f64 {
        let pull = (u - self.weight * z).max(0.0);
        (pull * pull - u * u) / (2.0 * self.weight)
    }

    /// Value of the added terms at the point plus `t` times the direction.
    pub(super) fn probe(&mut self, t: f64) -> f64 {
        for (c, z) in self.trial.iter_mut().enumerate() {
            *z = self.at[c] + t * self.slide[c];
        }
        self.multipliers.iter().zip(&self.trial).map(|(u, z)| self.term(*u, *z)).sum()
    }

    pub(super) fn accept(&mut self) {
        std::mem::swap(&mut self.at, &mut self.trial);
    }

    /// Resets the point: the next step starts from `w = 0`.
    pub(super) fn reset(&mut self) {
        self.at.fill(0.0);
    }

    /// `u − ρζ` of constraint `c`.
    fn pull(&self, c: usize) -> f64 {
        self.multipliers[c] - self.weight * self.at[c]
    }

    /// Contribution of the multipliers to the gradient of the Lagrangian: `−Σ u (1, x)`.
    pub(super) fn add_multipliers(&self, out: &mut [f64]) {
        for (c, (_, block)) in self.places.iter().enumerate() {
            let part = &mut out[block * self.width..(block + 1) * self.width];
            part.iter_mut().zip(self.row(c)).for_each(|(g, x)| *g -= self.multipliers[c] * x);
        }
    }

    /// `max u·|ζ|` at the point.
    pub(super) fn complementarity(&self) -> f64 {
        self.multipliers.iter().zip(&self.at).fold(0.0, |m: f64, (u, z)| m.max(u * z.abs()))
    }

    pub(super) fn add_gradient(&self, out: &mut [f64]) {
        for (c, (_, block)) in self.places.iter().enumerate() {
            let pull = self.pull(c);
            if pull > 0.0 {
                let part = &mut out[block * self.width..(block + 1) * self.width];
                part.iter_mut().zip(self.row(c)).for_each(|(g, x)| *g -= pull * x);
            }
        }
    }

    pub(super) fn add_hessian(&self, working: &[usize], out: &mut [f64]) {
        let m = working.len();
        for (c, (_, block)) in self.places.iter().enumerate().filter(|(c, _)| self.pull(*c) > 0.0) {
            let row = self.row(c);
            let first = working.partition_point(|w| w / self.width < *block);
            let end = working.partition_point(|w| w / self.width <= *block);
            for i in first..end {
                for j in first..end {
                    out[i * m + j] +=
                        self.weight * row[working[i] % self.width] * row[working[j] % self.width];
                }
            }
        }
    }
}

/// Initial `ρ`: large compared with the curvature of the mean loss along a row, which is below 1.
const FIRST_WEIGHT: f64 = 10.0;
