//! Counts the iterations of SOR: `x ← x + (D/ω + L)⁻¹(b − A x)` from `x = 0`, until `‖b − A x‖/‖b‖ < tolerance`.
//!
//! The residual follows its own recursion: with `(D/ω + L) δ = r`, the next one is `((1/ω − 1)D − U) δ`, as
//! `A = L + D + U`. So neither `x` nor a product with `A` is needed for counting, and one pass over the grid
//! computes the step and its residual. The sweep is the lexicographic one of the definition.
//!
//! A Gauss–Seidel sweep is a chain in which every unknown waits for the one before it, so a single solve
//! leaves the processor idle. Independent solves use the idle time: they run in lanes, one number of each in
//! `[f64; L]`. No operation crosses lanes and none is fused, so a solve gives the same bits in any lane, with
//! any neighbours, and on any instruction set.

use std::array::from_fn;

use remeasure_core::numerics::kernels::level;
use remeasure_core::{deadline, multiversion};

use super::laplacian::Laplacian;

/// Stopping rule of SOR.
#[derive(Clone, Copy, Debug)]
pub struct Stopping {
    /// Relative residual to fall below.
    pub tolerance: f64,
    /// Maximum number of iterations, which is also the count of a solve that does not converge.
    pub cap: u32,
}

/// Systems `(Laplacian + c_t I) x = b_t`.
#[derive(Clone, Debug)]
pub struct Systems {
    laplacian: Laplacian,
    offsets: Vec<f64>,
    /// Right-hand sides, contiguous.
    right_sides: Vec<f64>,
}

/// One solve.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Index of the system.
    pub system: usize,
    /// Relaxation `ω`, in (0, 2).
    pub omega: f64,
}

impl Systems {
    /// Systems with offsets `c_t` and contiguous right-hand sides of length `n`.
    ///
    /// # Panics
    /// If the lengths do not match.
    #[must_use]
    pub fn new(laplacian: Laplacian, offsets: Vec<f64>, right_sides: Vec<f64>) -> Self {
        assert_eq!(
            right_sides.len(),
            offsets.len() * laplacian.unknowns(),
            "right-hand sides of all systems"
        );
        Self { laplacian, offsets, right_sides }
    }

    /// The matrix without its offsets.
    #[must_use]
    pub fn laplacian(&self) -> Laplacian {
        self.laplacian
    }

    /// Offsets `c_t`.
    #[must_use]
    pub fn offsets(&self) -> &[f64] {
        &self.offsets
    }

    /// Right-hand side `b_t`.
    #[must_use]
    pub fn right_side(&self, system: usize) -> &[f64] {
        let n = self.laplacian.unknowns();
        &self.right_sides[system * n..(system + 1) * n]
    }

    /// Iterations of every job, in order.
    #[must_use]
    pub fn count(&self, jobs: &[Job], stopping: Stopping) -> Vec<u32> {
        let mut counts = vec![0; jobs.len()];
        if jobs.len() == 1 {
            one(self, jobs, stopping, &mut counts);
        } else {
            many(self, jobs, stopping, &mut counts);
        }
        counts
    }
}

fn many(systems: &Systems, jobs: &[Job], stopping: Stopping, counts: &mut [u32]) {
    multiversion!(level(), [] (systems: &Systems, jobs: &[Job], stopping: Stopping, counts: &mut [u32]) -> (), run::<16>(systems, jobs, stopping, counts))
}

fn one(systems: &Systems, jobs: &[Job], stopping: Stopping, counts: &mut [u32]) {
    multiversion!(level(), [] (systems: &Systems, jobs: &[Job], stopping: Stopping, counts: &mut [u32]) -> (), run::<1>(systems, jobs, stopping, counts))
}

/// The current state of the lanes.
struct State<const L: usize> {
    residual: Vec<[f64; L]>,
    /// `ω/d`, the inverse of the diagonal of `D/ω + L`.
    step: [f64; L],
    /// `(1/ω − 1) d`.
    kept: [f64; L],
    /// Squared norms to fall below.
    goal: [f64; L],
    job: [Option<usize>; L],
    made: [u32; L],
}

impl<const L: usize> State<L> {
    fn new(unknowns: usize) -> Self {
        Self {
            residual: vec![[0.0; L]; unknowns],
            step: [0.0; L],
            kept: [0.0; L],
            goal: [0.0; L],
            job: [None; L],
            made: [0; L],
        }
    }

    fn begin(&mut self, lane: usize, index: usize, job: Job, systems: &Systems, stopping: Stopping) {
        let diagonal = 4.0 + systems.offsets[job.system];
        let mut norm = 0.0;
        for (to, from) in self.residual.iter_mut().zip(systems.right_side(job.system)) {
            to[lane] = *from;
            norm += from * from;
        }
        self.step[lane] = job.omega / diagonal;
        self.kept[lane] = (1.0 / job.omega - 1.0) * diagonal;
        self.goal[lane] = stopping.tolerance * stopping.tolerance * norm;
        self.job[lane] = Some(index);
        self.made[lane] = 0;
    }

    fn rest(&mut self, lane: usize) {
        self.residual.iter_mut().for_each(|r| r[lane] = 0.0);
        self.job[lane] = None;
    }

    /// Makes one iteration in all lanes; returns the squared norms of the new residuals.
    #[inline(always)]
    fn sweep(&mut self, side: usize) -> [f64; L] {
        let (step, kept) = (self.step, self.kept);
        let mut norm = [0.0; L];
        // An entry holds the old residual before the sweep reaches it, then δ, and the new residual one row
        // later.
        for i in 0..side {
            let (before, after) = self.residual.split_at_mut(i * side);
            let row = &mut after[..side];
            let mut left = [0.0; L];
            if i == 0 {
                for place in row.iter_mut() {
                    left = from_fn(|l| step[l] * (place[l] + left[l]));
                    *place = left;
                }
                continue;
            }
            let above = &mut before[(i - 1) * side..];
            let mut up = above[0];
            for (j, place) in row.iter_mut().enumerate() {
                left = from_fn(|l| step[l] * ((place[l] + up[l]) + left[l]));
                *place = left;
                let right = if j + 1 < side { above[j + 1] } else { [0.0; L] };
                let new: [f64; L] = from_fn(|l| (kept[l] * up[l] + right[l]) + left[l]);
                norm = from_fn(|l| norm[l] + new[l] * new[l]);
                above[j] = new;
                up = right;
            }
        }
        let last = &mut self.residual[(side - 1) * side..];
        for j in 0..side {
            let right = if j + 1 < side { last[j + 1] } else { [0.0; L] };
            let new: [f64; L] = from_fn(|l| kept[l] * last[j][l] + right[l]);
            norm = from_fn(|l| norm[l] + new[l] * new[l]);
            last[j] = new;
        }
        norm
    }
}

#[inline(always)]
fn run<const L: usize>(systems: &Systems, jobs: &[Job], stopping: Stopping, counts: &mut [u32]) {
    let side = systems.laplacian.side();
    let mut state = State::<L>::new(systems.laplacian.unknowns());
    let mut next = 0;
    let mut running = 0;
    let mut refill = |state: &mut State<L>, lane: usize| {
        let found = next < jobs.len();
        if found {
            state.begin(lane, next, jobs[next], systems, stopping);
            next += 1;
        } else {
            state.rest(lane);
        }
        found
    };
    for lane in 0..L {
        running += usize::from(refill(&mut state, lane));
    }
    while running > 0 {
        let norm = state.sweep(side);
        for (lane, reached) in norm.into_iter().enumerate() {
            let Some(index) = state.job[lane] else { continue };
            state.made[lane] += 1;
            // An exact solution also counts as converged, whatever the right-hand side.
            let done = reached < state.goal[lane] || reached == 0.0;
            if done || state.made[lane] >= stopping.cap {
                counts[index] = state.made[lane];
                if deadline::passed() {
                    return;
                }
                running -= usize::from(!refill(&mut state, lane));
            }
        }
    }
}
