//! A linear one-class support vector machine at a node (Schölkopf et al. 2001).
//!
//! `f(w, r) = ½‖w‖² − r + Σ_s C_s max(0, r − wᵀx_s)` with `C_s = ω_s/ν`, so that `C = 1/(νn)` for one node. The step of
//! the alternating direction method, with `(ρ/2)‖(w, r) − (c, b)‖²` added, has the dual variables `0 ≤ α_s ≤ C_s`:
//! `w = (Σ αx + ρc)/(1 + ρ)` and `r = b + (1 − Σα)/ρ`. Alone, without that term, `w = Σ αx` and the constraint `Σα = 1`
//! returns. Both are solved by coordinate (or pair) descent and exact steps on the face of the free variables; with the
//! right face, the solution is exact.

use super::Node;
use super::face::Face;
use crate::rows::{Rows, add, dot};

/// Most rounds of a step.
const ROUNDS: usize = 500;

/// Gap, relative to `1 + |r|`, below which the minimum on the right face counts as the solution.
const EXACT: f64 = 1e-13;

/// Violation of the optimality conditions, relative to the largest `wᵀx`, at which the fit of one node stops.
const VIOLATION: f64 = 1e-12;

/// The loss with its dual variables, which each solution starts from.
#[derive(Clone, Debug)]
pub struct OneClass {
    rows: Rows,
    squares: Vec<f64>,
    bounds: Vec<f64>,
    /// `Σ C`, that is `1/ν`.
    most: f64,
    alpha: Vec<f64>,
    /// `wᵀx − r` in steps, `wᵀx` elsewhere.
    margins: Vec<f64>,
    face: Face,
}

impl OneClass {
    /// The loss of rows with weights `ω`, one each and 1 in all; `ν` is above 0 and at most 1.
    ///
    /// # Panics
    /// If the number of weights differs.
    #[must_use]
    pub fn new(rows: Rows, weights: &[f64], nu: f64) -> Self {
        assert_eq!(weights.len(), rows.count(), "one weight for each row");
        let bounds: Vec<f64> = weights.iter().map(|w| w / nu).collect();
        Self {
            squares: rows.iter().map(|x| dot(x, x)).collect(),
            most: bounds.iter().sum(),
            alpha: weights.to_vec(),
            margins: vec![0.0; weights.len()],
            face: Face::default(),
            bounds,
            rows,
        }
    }

    /// The dual variables `α` of the last solution.
    #[must_use]
    pub fn dual(&self) -> &[f64] {
        &self.alpha
    }

    /// The minimiser `(w, r)` for the present `α`, and the margins there.
    fn refresh(&mut self, weight: f64, centre: &[f64], a: &mut [f64]) {
        let d = self.rows.columns();
        let (w, r) = a.split_at_mut(d);
        for (w, c) in w.iter_mut().zip(centre) {
            *w = weight * c;
        }
        for (x, alpha) in self.rows.iter().zip(&self.alpha) {
            if *alpha > 0.0 {
                add(*alpha, x, w);
            }
        }
        let shrink = 1.0 / (1.0 + weight);
        w.iter_mut().for_each(|w| *w *= shrink);
        r[0] = centre[d] + (1.0 - self.alpha.iter().sum::<f64>()) / weight;
        for (m, x) in self.margins.iter_mut().zip(self.rows.iter()) {
            *m = dot(x, w) - r[0];
        }
    }

    /// Primal minus dual value of a step: as `(w, r)` minimises the Lagrangian, what the rows lack in complementarity.
    fn gap(&self) -> f64 {
        let terms = self.margins.iter().zip(&self.alpha).zip(&self.bounds);
        terms.map(|((m, alpha), bound)| if *m < 0.0 { (alpha - bound) * m } else { alpha * m }).sum()
    }

    /// A pass of coordinate descent in the dual variables.
    fn sweep(&mut self, weight: f64, a: &mut [f64]) {
        let d = self.rows.columns();
        let (w, r) = a.split_at_mut(d);
        let (kappa, sigma) = (1.0 / (1.0 + weight), 1.0 / weight);
        for (s, x) in self.rows.iter().enumerate() {
            let margin = dot(x, w) - r[0];
            let old = self.alpha[s];
            let new = (old - margin / (kappa * self.squares[s] + sigma)).clamp(0.0, self.bounds[s]);
            if new != old {
                self.alpha[s] = new;
                add(kappa * (new - old), x, w);
                r[0] -= sigma * (new - old);
            }
        }
    }

    /// Changes `α` as little as it takes, free variables first, so that they sum to `total`.
    fn fill(&mut self, total: f64) {
        let mut missing = total - self.alpha.iter().sum::<f64>();
        for only_free in [true, false] {
            for (alpha, bound) in self.alpha.iter_mut().zip(&self.bounds) {
                if only_free && !(*alpha > 0.0 && *alpha < *bound) {
                    continue;
                }
                let new = (*alpha + missing).clamp(0.0, *bound);
                missing -= new - *alpha;
                *alpha = new;
            }
        }
    }

    /// Minimises `½‖q + Σ αx‖²` over `0 ≤ α ≤ C` with `Σα = total`; replaces `w` by `q + Σ αx` and returns `r`, the
    /// multiplier of the sum.
    fn settle(&mut self, q: &[f64], total: f64, w: &mut [f64]) -> f64 {
        self.fill(total);
        let d = self.rows.columns();
        let sigma = self.squares.iter().sum::<f64>() / self.squares.len() as f64;
        let mut just_aimed = false;
        let mut level = 0.0;
        for _ in 0..10_000 + 50 * self.alpha.len() {
            w.copy_from_slice(q);
            for (x, alpha) in self.rows.iter().zip(&self.alpha) {
                if *alpha > 0.0 {
                    add(*alpha, x, w);
                }
            }
            let (mut up, mut down) = ((f64::INFINITY, 0), (f64::NEG_INFINITY, 0));
            let mut largest = 0.0_f64;
            for (s, x) in self.rows.iter().enumerate() {
                let m = dot(x, w);
                self.margins[s] = m;
                largest = largest.max(m.abs());
                if self.alpha[s] < self.bounds[s] && m < up.0 {
                    up = (m, s);
                }
                if self.alpha[s] > 0.0 && m > down.0 {
                    down = (m, s);
                }
            }
            // With all variables at one bound, only one side limits the multiplier.
            level = match (up.0.is_finite(), down.0.is_finite()) {
                (true, true) => 0.5 * (up.0 + down.0),
                (true, false) => up.0,
                _ => down.0,
            };
            if !(down.0 - up.0 > VIOLATION * largest) {
                break;
            }
            if !just_aimed
                && self.face.gather(&self.alpha, &self.bounds, d, 2)
                && self.face.aim(&self.rows, &self.margins, (1.0, sigma), true)
            {
                // The sum is kept, so the term with sigma changes nothing but the condition of the matrix.
                just_aimed = self.face.go(&mut self.alpha, &self.bounds);
                continue;
            }
            just_aimed = false;
            let (i, j) = (up.1, down.1);
            let apart: f64 =
                self.rows.row(i).iter().zip(self.rows.row(j)).map(|(a, b)| (a - b) * (a - b)).sum();
            let room = (self.bounds[i] - self.alpha[i]).min(self.alpha[j]);
            let wanted = if apart > 0.0 { (down.0 - up.0) / apart } else { f64::INFINITY };
            if wanted < room {
                self.alpha[i] += wanted;
                self.alpha[j] -= wanted;
            } else if self.bounds[i] - self.alpha[i] <= self.alpha[j] {
                self.alpha[j] -= room;
                self.alpha[i] = self.bounds[i];
            } else {
                self.alpha[i] += room;
                self.alpha[j] = 0.0;
            }
        }
        level
    }
}

impl Node for OneClass {
    fn size(&self) -> usize {
        self.rows.columns() + 1
    }

    fn value(&self, a: &[f64]) -> f64 {
        let (w, r) = a.split_at(self.rows.columns());
        let missed = self.rows.iter().zip(&self.bounds).map(|(x, c)| c * (r[0] - dot(x, w)).max(0.0));
        0.5 * dot(w, w) - r[0] + missed.sum::<f64>()
    }

    fn gradient(&self, a: &[f64], out: &mut [f64]) {
        let d = self.rows.columns();
        out.copy_from_slice(a);
        out[d] = -1.0;
        for (x, c) in self.rows.iter().zip(&self.bounds) {
            if dot(x, &a[..d]) < a[d] {
                add(-c, x, &mut out[..d]);
                out[d] += c;
            }
        }
    }

    fn curvature(&self) -> f64 {
        1.0
    }

    fn step(&mut self, weight: f64, centre: &[f64], tolerance: f64, a: &mut [f64]) -> f64 {
        let d = self.rows.columns();
        let scales = (1.0 / (1.0 + weight), 1.0 / weight);
        self.refresh(weight, centre, a);
        let mut gap = self.gap();
        for _ in 0..ROUNDS {
            if gap <= tolerance {
                break;
            }
            let mut whole = false;
            while !whole
                && self.face.gather(&self.alpha, &self.bounds, d, 1)
                && self.face.aim(&self.rows, &self.margins, scales, false)
            {
                whole = self.face.go(&mut self.alpha, &self.bounds);
                self.refresh(weight, centre, a);
            }
            gap = self.gap();
            if gap <= tolerance || (whole && gap <= EXACT * (1.0 + a[d].abs())) {
                break;
            }
            self.sweep(weight, a);
            self.sweep(weight, a);
            self.refresh(weight, centre, a);
            gap = self.gap();
        }
        gap
    }

    fn alone(&mut self, a: &mut [f64]) -> f64 {
        let d = self.rows.columns();
        let (w, r) = a.split_at_mut(d);
        r[0] = self.settle(&vec![0.0; d], 1.0, w);
        let terms = self.margins.iter().zip(&self.alpha).zip(&self.bounds);
        terms.map(|((m, alpha), c)| alpha * (m - r[0]) + c * (r[0] - m).max(0.0)).sum()
    }

    fn reach(&self, g: &[f64]) -> f64 {
        let slope = g[self.rows.columns()];
        if slope < 0.0 {
            (-1.0 / slope).min(1.0)
        } else if slope > 0.0 {
            ((self.most - 1.0).max(0.0) / slope).min(1.0)
        } else {
            1.0
        }
    }

    /// The least `½‖g_w + Σ αx‖²` with `Σα = 1 + g_r`; any such `α` gives an upper bound. The dual variables are left as
    /// they were.
    fn conjugate(&mut self, g: &[f64], _: &[f64]) -> f64 {
        let d = self.rows.columns();
        let total = 1.0 + g[d];
        if !(-1e-12..=self.most + 1e-12).contains(&total) {
            return f64::INFINITY;
        }
        let before = self.alpha.clone();
        let mut w = vec![0.0; d];
        self.settle(&g[..d], total.clamp(0.0, self.most), &mut w);
        self.alpha = before;
        0.5 * dot(&w, &w)
    }

    fn held(&self) -> usize {
        self.rows.as_slice().len() + 4 * self.alpha.len()
    }
}
