//! `[problem]` of the relaxation family, and the sequence of systems drawn in a replicate.

mod wire;

use std::sync::{Arc, OnceLock};

use rand::Rng;
use rand_distr::{Beta, StandardNormal};
use remeasure_core::Invalid;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::{Stream, Streams};
use wire::{HeatWire, SorWire};

use super::heat::Heat;
use super::laplacian::Laplacian;
use super::sor::{self, Stopping, Systems};
use super::theory;

/// Distribution of the offsets `c_t` of a sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Offsets {
    /// `shift + scale · Beta(a, b)`.
    Beta {
        /// Parameters of the distribution.
        shape: [f64; 2],
        /// Smallest offset.
        shift: f64,
        /// Range of the offsets.
        scale: f64,
    },
    /// The same for all systems.
    Constant(f64),
}

/// Settings that all problems share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Number of systems in a sequence, `T`.
    pub steps: usize,
    /// The grid of ω, ascending: the arms of a bandit.
    pub omegas: Vec<f64>,
    /// Stopping rule of a solve.
    pub stopping: Stopping,
}

/// Iteration counts of a heat equation, once it has been solved.
type Solved = Arc<OnceLock<(Arc<Table>, Vec<u32>)>>;

/// A validated problem.
#[derive(Clone, Debug)]
pub enum Problem {
    /// SOR on `Laplacian + c_t I`, with Gaussian right-hand sides restricted to the ball of radius `√n`.
    Sor {
        /// Common settings.
        settings: Settings,
        /// The matrix without its offset.
        laplacian: Laplacian,
        /// Distribution of the offsets.
        offsets: Offsets,
    },
    /// Time steps of the heat equation, solved by SSOR-preconditioned conjugate gradients. It has no
    /// randomness, so it is solved once for all replicates.
    Heat {
        /// Common settings.
        settings: Settings,
        /// The simulation.
        heat: Heat,
        /// Counts on the grid, and without a preconditioner.
        solved: Solved,
    },
}

/// Iterations of every step at every ω of the grid.
#[derive(Clone, Debug)]
pub struct Table {
    omegas: Vec<f64>,
    counts: Vec<u32>,
}

impl Table {
    /// Makes a table of counts step by step, with ω varying fastest.
    ///
    /// # Panics
    /// If there are no ω, or the number of counts is not a multiple of theirs.
    #[must_use]
    pub fn new(omegas: Vec<f64>, counts: Vec<u32>) -> Self {
        assert!(!omegas.is_empty() && counts.len().is_multiple_of(omegas.len()), "whole steps");
        Self { omegas, counts }
    }

    /// The grid of ω.
    #[must_use]
    pub fn omegas(&self) -> &[f64] {
        &self.omegas
    }

    /// Number of systems.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.counts.len() / self.omegas.len()
    }

    /// Counts of a step, one per ω.
    #[must_use]
    pub fn step(&self, t: usize) -> &[u32] {
        &self.counts[t * self.omegas.len()..(t + 1) * self.omegas.len()]
    }

    /// Total number of iterations for each fixed ω.
    #[must_use]
    pub fn totals(&self) -> Vec<u64> {
        let mut totals = vec![0; self.omegas.len()];
        for t in 0..self.steps() {
            totals.iter_mut().zip(self.step(t)).for_each(|(sum, c)| *sum += u64::from(*c));
        }
        totals
    }

    /// Index of the ω with the least total; among ties, the smallest ω.
    #[must_use]
    pub fn best_fixed(&self) -> usize {
        let totals = self.totals();
        (0..totals.len()).min_by_key(|&i| totals[i]).unwrap_or(0)
    }
}

/// `ω*(β_t)` of every step, and its iteration counts.
#[derive(Clone, Debug)]
pub struct Optimal {
    /// The optimal relaxation of each step.
    pub omegas: Vec<f64>,
    /// Iterations with it.
    pub counts: Vec<u32>,
}

/// A sequence of linear systems.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The context of each system: its offset `c_t`, or the diffusion coefficient.
    pub contexts: Vec<f64>,
    /// Interval of the contexts.
    pub interval: [f64; 2],
    /// Counts on the grid of ω.
    pub table: Arc<Table>,
    /// The optimal relaxation, if it is known in closed form.
    pub optimal: Option<Optimal>,
    /// Counts without a preconditioner, if that is possible.
    pub plain: Option<Vec<u32>>,
    /// The systems themselves, for ω not on the grid.
    pub systems: Option<Systems>,
    /// Stopping rule of a solve.
    pub stopping: Stopping,
}

impl Sequence {
    /// Number of systems `T`.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.contexts.len()
    }

    /// Iterations of each step at one ω, on the grid or not.
    ///
    /// # Errors
    /// For a heat equation, ω is not on the grid.
    pub fn counts_at(&self, omega: f64) -> anyhow::Result<Vec<u32>> {
        if let Some(arm) = position(self.table.omegas(), omega) {
            return Ok((0..self.steps()).map(|t| self.table.step(t)[arm]).collect());
        }
        let systems = self.systems.as_ref();
        let systems = systems.ok_or_else(|| anyhow::anyhow!("ω = {omega} is not on the grid"))?;
        let jobs: Vec<sor::Job> = (0..self.steps()).map(|system| sor::Job { system, omega }).collect();
        Ok(systems.count(&jobs, self.stopping))
    }
}

/// Index of `omega` in the grid, up to rounding.
#[must_use]
pub fn position(omegas: &[f64], omega: f64) -> Option<usize> {
    omegas.iter().position(|o| (o - omega).abs() <= 1e-12)
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        vec![
            Kind::of::<SorWire>("sor", "shifted Laplacians, solved by successive over-relaxation"),
            Kind::of::<HeatWire>("heat", "steps of the heat equation, solved by conjugate gradients"),
        ]
    }

    /// Reads a `[problem]` table.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: toml::Table) -> Result<Self, Invalid> {
        match table.remove("kind").as_ref().and_then(|k| k.as_str()) {
            Some("sor") => Ok(params::read::<SorWire>(table)?.into()),
            Some("heat") => Ok(params::read::<HeatWire>(table)?.into()),
            _ => Err(Invalid::new("kind", "expected \"sor\" or \"heat\"")),
        }
    }

    /// Steps, grid and stopping rule.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        match self {
            Self::Sor { settings, .. } | Self::Heat { settings, .. } => settings,
        }
    }

    /// Draws one replicate and solves all its systems at every ω of the grid.
    ///
    /// # Errors
    /// The distribution cannot be sampled.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Sequence> {
        match self {
            Self::Sor { settings, laplacian, offsets } => {
                let systems =
                    draw_systems(settings.steps, *laplacian, *offsets, &mut streams.stream("systems"))?;
                Ok(sor_sequence(settings, systems, *offsets))
            }
            Self::Heat { settings, heat, solved } => {
                let (table, plain) = solved.get_or_init(|| solve(settings, *heat));
                Ok(Sequence {
                    contexts: heat.coefficients(settings.steps),
                    interval: [0.0, 10.0],
                    table: Arc::clone(table),
                    optimal: None,
                    plain: Some(plain.clone()),
                    systems: None,
                    stopping: settings.stopping,
                })
            }
        }
    }
}

/// A standard normal vector, redrawn until its norm is at most `√n`.
fn ball(n: usize, stream: &mut Stream, into: &mut Vec<f64>) {
    let start = into.len();
    loop {
        into.truncate(start);
        into.extend((0..n).map(|_| stream.sample::<f64, _>(StandardNormal)));
        if into[start..].iter().map(|v| v * v).sum::<f64>() <= n as f64 {
            return;
        }
    }
}

/// Draws offsets and right-hand sides, system by system.
///
/// # Errors
/// The distribution cannot be sampled.
pub fn draw_systems(
    steps: usize,
    laplacian: Laplacian,
    offsets: Offsets,
    stream: &mut Stream,
) -> anyhow::Result<Systems> {
    let beta = match offsets {
        Offsets::Beta { shape, .. } => Some(Beta::new(shape[0], shape[1])?),
        Offsets::Constant(_) => None,
    };
    let mut drawn = Vec::with_capacity(steps);
    let mut right_sides = Vec::with_capacity(steps * laplacian.unknowns());
    for _ in 0..steps {
        drawn.push(match (offsets, &beta) {
            (Offsets::Beta { shift, scale, .. }, Some(beta)) => shift + scale * stream.sample(beta),
            (Offsets::Constant(offset), _) | (Offsets::Beta { shift: offset, .. }, None) => offset,
        });
        ball(laplacian.unknowns(), stream, &mut right_sides);
    }
    Ok(Systems::new(laplacian, drawn, right_sides))
}

fn sor_sequence(settings: &Settings, systems: Systems, offsets: Offsets) -> Sequence {
    let jobs: Vec<sor::Job> = (0..settings.steps)
        .flat_map(|system| settings.omegas.iter().map(move |&omega| sor::Job { system, omega }))
        .collect();
    let counts = systems.count(&jobs, settings.stopping);
    let omega = |c: &f64| theory::optimal_omega(systems.laplacian().jacobi_radius(*c));
    let omegas: Vec<f64> = systems.offsets().iter().map(omega).collect();
    let jobs: Vec<sor::Job> =
        omegas.iter().enumerate().map(|(system, &omega)| sor::Job { system, omega }).collect();
    let optimal = Optimal { counts: systems.count(&jobs, settings.stopping), omegas };
    Sequence {
        contexts: systems.offsets().to_vec(),
        interval: match offsets {
            Offsets::Beta { shift, scale, .. } => [shift, shift + scale],
            Offsets::Constant(offset) => [offset, offset],
        },
        table: Arc::new(Table::new(settings.omegas.clone(), counts)),
        optimal: Some(optimal),
        plain: None,
        systems: Some(systems),
        stopping: settings.stopping,
    }
}

/// Solves a heat equation with every ω of the grid and without a preconditioner.
fn solve(settings: &Settings, heat: Heat) -> (Arc<Table>, Vec<u32>) {
    let with_plain: Vec<f64> = settings.omegas.iter().copied().chain([0.0]).collect();
    let all = heat.counts(settings.steps, &with_plain, settings.stopping);
    let rows = || all.chunks_exact(with_plain.len());
    let counts = rows().flat_map(|row| &row[..settings.omegas.len()]).copied().collect();
    let plain = rows().map(|row| row[settings.omegas.len()]).collect();
    (Arc::new(Table::new(settings.omegas.clone(), counts)), plain)
}
