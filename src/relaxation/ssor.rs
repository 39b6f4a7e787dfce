//! Counts the iterations of conjugate gradients, preconditioned by symmetric SOR (SSOR).
//!
//! The matrix is `A = (1 + 4a) I − a N`, where `N` is the adjacency matrix of the grid.
//! `M = (D + ωL) D⁻¹ (D + ωLᵀ)/(ω(2 − ω))`; a factor of `M` affects neither the count nor the stopping rule,
//! so the sweeps solve with `I − gN_L` and `I − gN_Lᵀ`, `g = ωa/(1 + 4a)`. With `ω = 0` this is plain
//! conjugate gradients. The code of Khodak et al. has the two factors in the opposite order, which is the
//! same iteration on the grid rotated by 180°. Solves run in lanes, as in [`sor`](super::sor).

use std::array::from_fn;

use remeasure_core::numerics::kernels::level;
use remeasure_core::{deadline, multiversion};

use super::sor::Stopping;

/// One solve of `A x = b` from a starting point.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// `a` of the matrix, at least 0.
    pub coupling: f64,
    /// `r = b − A x₀`, row by row.
    pub residual: &'a [f64],
    /// `‖b‖`: the solve stops at `‖r‖ ≤ tolerance · ‖b‖`.
    pub scale: f64,
    /// Relaxation `ω` in (0, 2), or 0 for no preconditioner.
    pub omega: f64,
}

/// Iterations of every job, in order, on a `side × side` grid; 0 if the starting point is accurate enough.
#[must_use]
pub fn count(side: usize, jobs: &[Job<'_>], stopping: Stopping) -> Vec<u32> {
    let mut counts = vec![0; jobs.len()];
    if jobs.len() == 1 {
        one(side, jobs, stopping, &mut counts);
    } else {
        many(side, jobs, stopping, &mut counts);
    }
    counts
}

fn many(side: usize, jobs: &[Job<'_>], stopping: Stopping, counts: &mut [u32]) {
    multiversion!(level(), [] (side: usize, jobs: &[Job<'_>], stopping: Stopping, counts: &mut [u32]) -> (), run::<8>(side, jobs, stopping, counts))
}

fn one(side: usize, jobs: &[Job<'_>], stopping: Stopping, counts: &mut [u32]) {
    multiversion!(level(), [] (side: usize, jobs: &[Job<'_>], stopping: Stopping, counts: &mut [u32]) -> (), run::<1>(side, jobs, stopping, counts))
}

/// `z = M⁻¹ r` up to a factor; see the module.
pub fn precondition(side: usize, coupling: f64, omega: f64, residual: &[f64], out: &mut [f64]) {
    let g = [omega * coupling / (1.0 + 4.0 * coupling)];
    let from: Vec<[f64; 1]> = residual.iter().map(|r| [*r]).collect();
    let mut z = vec![[0.0]; residual.len()];
    forward(side, g, &from, &mut z);
    backward(side, g, &from, &mut z);
    out.iter_mut().zip(&z).for_each(|(to, z)| *to = z[0]);
}

/// The current state of the lanes.
struct State<const L: usize> {
    /// Residuals, directions, `A` times the directions, and preconditioned residuals.
    r: Vec<[f64; L]>,
    p: Vec<[f64; L]>,
    q: Vec<[f64; L]>,
    z: Vec<[f64; L]>,
    /// A row beyond the boundary.
    none: Vec<[f64; L]>,
    diagonal: [f64; L],
    coupling: [f64; L],
    factor: [f64; L],
    goal: [f64; L],
    /// `r·z`, and the weight of the last direction in the next one.
    rho: [f64; L],
    beta: [f64; L],
    job: [Option<usize>; L],
    /// `None` until the initial residual has been preconditioned.
    made: [Option<u32>; L],
}

impl<const L: usize> State<L> {
    fn new(side: usize) -> Self {
        let zero = || vec![[0.0; L]; side * side];
        Self {
            r: zero(),
            p: zero(),
            q: zero(),
            z: zero(),
            none: vec![[0.0; L]; side],
            diagonal: [1.0; L],
            coupling: [0.0; L],
            factor: [0.0; L],
            goal: [0.0; L],
            rho: [0.0; L],
            beta: [0.0; L],
            job: [None; L],
            made: [None; L],
        }
    }

    /// Sets directions and preconditioned residuals to zero, so that the next round leaves the residual
    /// unchanged.
    fn set(&mut self, lane: usize, job: Option<(usize, &Job<'_>)>, tolerance: f64) {
        for k in 0..self.r.len() {
            self.r[k][lane] = job.map_or(0.0, |(_, j)| j.residual[k]);
            self.p[k][lane] = 0.0;
            self.z[k][lane] = 0.0;
        }
        self.beta[lane] = 0.0;
        self.rho[lane] = 0.0;
        self.made[lane] = None;
        self.job[lane] = job.map(|(index, _)| index);
        if let Some((_, job)) = job {
            self.diagonal[lane] = 1.0 + 4.0 * job.coupling;
            self.coupling[lane] = job.coupling;
            self.factor[lane] = job.omega * job.coupling / self.diagonal[lane];
            self.goal[lane] = (tolerance * job.scale).powi(2);
        }
    }

    /// `p ← z + β p`, `q = A p`; returns `p·q`.
    #[inline(always)]
    fn direct(&mut self, side: usize) -> [f64; L] {
        let (beta, diagonal, coupling) = (self.beta, self.diagonal, self.coupling);
        for (p, z) in self.p.iter_mut().zip(&self.z) {
            *p = from_fn(|l| z[l] + beta[l] * p[l]);
        }
        let mut product = [0.0; L];
        for i in 0..side {
            let row = &self.p[i * side..(i + 1) * side];
            let above = if i > 0 { &self.p[(i - 1) * side..i * side] } else { &self.none[..] };
            let below = if i + 1 < side { &self.p[(i + 1) * side..(i + 2) * side] } else { &self.none[..] };
            let out = &mut self.q[i * side..(i + 1) * side];
            let mut left = [0.0; L];
            for j in 0..side {
                let right = if j + 1 < side { row[j + 1] } else { [0.0; L] };
                let here = row[j];
                let around: [f64; L] = from_fn(|l| (left[l] + right[l]) + (above[j][l] + below[j][l]));
                let value: [f64; L] = from_fn(|l| diagonal[l] * here[l] - coupling[l] * around[l]);
                product = from_fn(|l| product[l] + here[l] * value[l]);
                out[j] = value;
                left = here;
            }
        }
        product
    }

    /// `r ← r − α q`; returns `‖r‖²`.
    #[inline(always)]
    fn descend(&mut self, alpha: [f64; L]) -> [f64; L] {
        let mut norm = [0.0; L];
        for (r, q) in self.r.iter_mut().zip(&self.q) {
            *r = from_fn(|l| r[l] - alpha[l] * q[l]);
            norm = from_fn(|l| norm[l] + r[l] * r[l]);
        }
        norm
    }
}

/// Solves `(I − gN_L) z = r`.
#[inline(always)]
fn forward<const L: usize>(side: usize, g: [f64; L], r: &[[f64; L]], z: &mut [[f64; L]]) {
    for i in 0..side {
        let (before, after) = z.split_at_mut(i * side);
        let row = &mut after[..side];
        let from = &r[i * side..(i + 1) * side];
        let mut left = [0.0; L];
        for j in 0..side {
            let up = if i > 0 { before[(i - 1) * side + j] } else { [0.0; L] };
            left = from_fn(|l| (from[j][l] + g[l] * up[l]) + g[l] * left[l]);
            row[j] = left;
        }
    }
}

/// Solves `(I − gN_Lᵀ) z = z` in place; returns `r·z`.
#[inline(always)]
fn backward<const L: usize>(side: usize, g: [f64; L], r: &[[f64; L]], z: &mut [[f64; L]]) -> [f64; L] {
    let mut product = [0.0; L];
    for i in (0..side).rev() {
        let (before, after) = z.split_at_mut((i + 1) * side);
        let row = &mut before[i * side..];
        let from = &r[i * side..(i + 1) * side];
        let mut right = [0.0; L];
        for j in (0..side).rev() {
            let down = if i + 1 < side { after[j] } else { [0.0; L] };
            right = from_fn(|l| (row[j][l] + g[l] * down[l]) + g[l] * right[l]);
            row[j] = right;
            product = from_fn(|l| product[l] + from[j][l] * right[l]);
        }
    }
    product
}

#[inline(always)]
fn run<const L: usize>(side: usize, jobs: &[Job<'_>], stopping: Stopping, counts: &mut [u32]) {
    let mut state = State::<L>::new(side);
    let (mut next, mut running) = (0, 0);
    let mut refill = |state: &mut State<L>, lane: usize| {
        let job = jobs.get(next).map(|job| (next, job));
        state.set(lane, job, stopping.tolerance);
        next += 1;
        job.is_some()
    };
    for lane in 0..L {
        running += usize::from(refill(&mut state, lane));
    }
    while running > 0 {
        let curvature = state.direct(side);
        let alpha = from_fn(|l| if curvature[l] > 0.0 { state.rho[l] / curvature[l] } else { 0.0 });
        let norm = state.descend(alpha);
        forward(side, state.factor, &state.r, &mut state.z);
        let rho = backward(side, state.factor, &state.r, &mut state.z);
        for lane in 0..L {
            let Some(index) = state.job[lane] else { continue };
            let made = state.made[lane].map_or(0, |made| made + 1);
            let stuck = made > 0 && !(curvature[lane] > 0.0);
            if norm[lane] <= state.goal[lane] || made >= stopping.cap || stuck {
                counts[index] = if stuck { stopping.cap } else { made };
                if deadline::passed() {
                    return;
                }
                running -= usize::from(!refill(&mut state, lane));
            } else {
                state.beta[lane] = if made > 0 { rho[lane] / state.rho[lane] } else { 0.0 };
                state.rho[lane] = rho[lane];
                state.made[lane] = Some(made);
            }
        }
    }
}
