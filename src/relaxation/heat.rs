//! The heat equation `∂u/∂t = κ(t) Δu + f` on the unit square, Crank–Nicolson in time.
//!
//! As in the code of Khodak et al. (arXiv 2310.02246): `κ(t) = max{.1 sin 2πt, −10 sin 2πt}`; a bump of
//! height 32 and radius 1/8 that circles the centre at distance 1/4 eight times per unit of time; initially a
//! bump of radius 1/4 in the middle; zero on the boundary; each solve starts from `u` of the last step and
//! stops at a relative residual of 1e-8.
//!
//! A policy's own errors, of relative size 1e-8, would change the systems that it meets. Here all policies
//! meet the same systems: `u` follows the exact solutions, in the sine basis, so that the count of a step
//! depends only on the step and `ω`. (The code of the paper does so only to find each step's best ω.)

use std::f64::consts::PI;

use remeasure_core::deadline;
use remeasure_core::numerics::kernels;

use super::sor::Stopping;
use super::ssor::{self, Job};

/// Number of steps whose systems are kept at a time.
const CHUNK: usize = 64;

/// The simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    /// Number of intervals along a side: `nx − 1` interior points.
    pub nx: usize,
    /// Length of a time step.
    pub dt: f64,
}

/// `exp(1 − 1/(1 − d²/radius²))` within the radius, 0 outside; 1 at the centre.
fn bump(x: [f64; 2], centre: [f64; 2], radius: f64) -> f64 {
    let squared = ((x[0] - centre[0]).powi(2) + (x[1] - centre[1]).powi(2)) / (radius * radius);
    if squared < 1.0 { (1.0 - 1.0 / (1.0 - squared)).exp() } else { 0.0 }
}

/// Diffusion coefficient `κ(t)`.
#[must_use]
pub fn coefficient(t: f64) -> f64 {
    let s = (2.0 * PI * t).sin();
    (0.1 * s).max(-10.0 * s)
}

/// The system of one time step, `A = (1 + 4a) I − a N`.
#[derive(Clone, Debug)]
pub struct Step {
    /// `a = κ dt nx²/2` at the middle of the step.
    pub coupling: f64,
    /// `b − A u`, where `u` is the solution of the previous step.
    pub residual: Vec<f64>,
    /// `‖b‖`.
    pub scale: f64,
}

/// The exact solution over time.
#[derive(Debug)]
pub struct Simulation {
    heat: Heat,
    side: usize,
    /// `√(2/nx) sin(jkπ/nx)`, symmetric and its own inverse.
    sines: Vec<f64>,
    /// Coefficients of `u` in the sine basis, and `u` itself.
    spectrum: Vec<f64>,
    state: Vec<f64>,
    step: usize,
}

impl Simulation {
    /// Starts at time 0.
    #[must_use]
    pub fn new(heat: Heat) -> Self {
        let side = heat.nx - 1;
        let h = PI / heat.nx as f64;
        let scale = (2.0 / heat.nx as f64).sqrt();
        // Reduced to one period, so that large products keep their digits.
        let sine = |k: usize| ((k % (2 * heat.nx)) as f64 * h).sin();
        let sines = (0..side * side).map(|k| scale * sine((k / side + 1) * (k % side + 1))).collect();
        let mut simulation =
            Self { heat, side, sines, spectrum: Vec::new(), state: vec![0.0; side * side], step: 0 };
        simulation.add_bump([0.5, 0.5], 0.25, 1.0);
        simulation.spectrum = simulation.transformed(&simulation.state);
        simulation
    }

    /// `u`, row by row.
    #[must_use]
    pub fn state(&self) -> &[f64] {
        &self.state
    }

    fn add_bump(&mut self, centre: [f64; 2], radius: f64, height: f64) {
        let dx = 1.0 / self.heat.nx as f64;
        for (k, value) in self.state.iter_mut().enumerate() {
            let x = [(k / self.side + 1) as f64 * dx, (k % self.side + 1) as f64 * dx];
            *value += height * bump(x, centre, radius);
        }
    }

    /// `S v S`, which is its own inverse; rows of zeros are skipped.
    fn transformed(&self, values: &[f64]) -> Vec<f64> {
        let m = self.side;
        let (mut half, mut out) = (vec![0.0; m * m], vec![0.0; m * m]);
        for i in 0..m {
            let target = &mut half[i * m..(i + 1) * m];
            for (k, v) in values[i * m..(i + 1) * m].iter().enumerate().filter(|(_, v)| **v != 0.0) {
                kernels::axpy(*v, &self.sines[k * m..(k + 1) * m], target);
            }
        }
        let rows: Vec<usize> =
            (0..m).filter(|k| half[k * m..(k + 1) * m].iter().any(|v| *v != 0.0)).collect();
        for i in 0..m {
            let target = &mut out[i * m..(i + 1) * m];
            for &k in &rows {
                kernels::axpy(self.sines[i * m + k], &half[k * m..(k + 1) * m], target);
            }
        }
        out
    }

    /// Returns the next system and advances to its exact solution.
    pub fn advance(&mut self) -> Step {
        let (m, nx, dt) = (self.side, self.heat.nx as f64, self.heat.dt);
        let middle = (self.step as f64 + 0.5) * dt;
        let coupling = 0.5 * coefficient(middle) * dt * nx * nx;
        let before = std::mem::take(&mut self.state);
        self.state = vec![0.0; m * m];
        let angle = 16.0 * PI * middle;
        self.add_bump([0.5 + angle.cos() / 4.0, 0.5 + angle.sin() / 4.0], 0.125, 32.0 * dt);
        let force = std::mem::take(&mut self.state);
        // b = u + a N u − 4a u + dt f, and A u = u − a N u + 4a u.
        let mut residual = vec![0.0; m * m];
        let mut scale = 0.0;
        for i in 0..m {
            for j in 0..m {
                let at = i * m + j;
                let mut around = if j > 0 { before[at - 1] } else { 0.0 };
                around += if j + 1 < m { before[at + 1] } else { 0.0 };
                around += if i > 0 { before[at - m] } else { 0.0 };
                around += if i + 1 < m { before[at + m] } else { 0.0 };
                let flow = coupling * (around - 4.0 * before[at]);
                residual[at] = 2.0 * flow + force[at];
                scale += (before[at] + flow + force[at]).powi(2);
            }
        }
        let force = self.transformed(&force);
        let cosine = |k: usize| (k as f64 * PI / nx).cos();
        let cosines: Vec<f64> = (1..=m).map(cosine).collect();
        for i in 0..m {
            for j in 0..m {
                let at = i * m + j;
                let eigenvalue = coupling * (4.0 - 2.0 * cosines[i] - 2.0 * cosines[j]);
                self.spectrum[at] = ((1.0 - eigenvalue) * self.spectrum[at] + force[at]) / (1.0 + eigenvalue);
            }
        }
        self.state = self.transformed(&self.spectrum);
        self.step += 1;
        Step { coupling, residual, scale: scale.sqrt() }
    }
}

impl Heat {
    /// Diffusion coefficient of each of `steps` systems.
    #[must_use]
    pub fn coefficients(&self, steps: usize) -> Vec<f64> {
        (0..steps).map(|t| coefficient((t as f64 + 0.5) * self.dt)).collect()
    }

    /// Iterations of each of `steps` systems at each `ω`: step by step, with `ω` varying fastest.
    #[must_use]
    pub fn counts(&self, steps: usize, omegas: &[f64], stopping: Stopping) -> Vec<u32> {
        let mut simulation = Simulation::new(*self);
        let mut counts = Vec::with_capacity(steps * omegas.len());
        while counts.len() < steps * omegas.len() {
            let length = CHUNK.min(steps - counts.len() / omegas.len());
            let chunk: Vec<Step> = (0..length).map(|_| simulation.advance()).collect();
            let jobs: Vec<Job<'_>> = chunk
                .iter()
                .flat_map(|step| {
                    omegas.iter().map(move |&omega| Job {
                        coupling: step.coupling,
                        residual: &step.residual,
                        scale: step.scale,
                        omega,
                    })
                })
                .collect();
            counts.extend(ssor::count(simulation.side, &jobs, stopping));
            if deadline::passed() {
                counts.resize(steps * omegas.len(), 0);
            }
        }
        counts
    }
}
