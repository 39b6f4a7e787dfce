//! The keys of `[problem]`, and their conditions.

use std::sync::{Arc, OnceLock};

use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::heat::Heat;
use super::super::laplacian::Laplacian;
use super::super::sor::Stopping;
use super::{Offsets, Problem, Settings};

/// Maximum number of counts of a table, and of numbers in right-hand sides: a few hundred megabytes.
const LARGEST: f64 = 1e8;

/// Maximum number of intervals per side of a heat equation: 4 million unknowns.
const FINEST: usize = 2000;

/// Named distributions of the offset (Khodak et al.).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Variance {
    /// Beta(½, 3/2).
    High,
    /// Beta(2, 6).
    Low,
    /// Always `offset`.
    None,
}

/// Systems `(A + c I) x = b` with the 5-point Laplacian `A` and an offset `c`, solved by SOR.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SorWire {
    /// Number of systems in the sequence, at least 1.
    steps: usize,
    /// Number of points along each side of the grid, at least 2.
    #[serde(default = "ten")]
    grid: usize,
    /// Named distribution of the offset. Give this or `beta`.
    variance: Option<Variance>,
    /// Parameters `[a, b]` of a Beta distribution of the offset, both above 0. Give this or `variance`.
    beta: Option<[f64; 2]>,
    /// The offset (`variance = "none"` only). Default: 0.
    offset: Option<f64>,
    /// Number added to the scaled Beta variable. Default: −0.15.
    shift: Option<f64>,
    /// Factor of the Beta variable, above 0. Default: 0.6.
    scale: Option<f64>,
    /// Relative residual to reach, between 0 and 1.
    #[serde(default = "tolerance")]
    tolerance: f64,
    /// Maximum number of iterations of a solve, at least 1.
    #[serde(default = "cap")]
    cap: u32,
    /// Smallest ω of the grid, above 0.
    #[serde(default = "one")]
    omega_min: f64,
    /// Largest ω of the grid, below 2.
    #[serde(default = "omega_max")]
    omega_max: f64,
    /// Number of ω in the grid, evenly spaced, at least 2.
    #[serde(default = "arms")]
    arms: usize,
}

/// Implicit time steps of the heat equation, solved by SSOR-preconditioned conjugate gradients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeatWire {
    /// Number of time steps, at least 1.
    steps: usize,
    /// Number of intervals along each side, from 3 to 2000.
    nx: usize,
    /// Length of a time step, above 0.
    #[serde(default = "dt")]
    dt: f64,
    /// Relative residual to reach, between 0 and 1.
    #[serde(default = "tolerance")]
    tolerance: f64,
    /// Maximum number of iterations of a solve, at least 1.
    #[serde(default = "cap")]
    cap: u32,
    /// Smallest ω of the grid, above 0.
    #[serde(default = "one")]
    omega_min: f64,
    /// Largest ω of the grid, below 2.
    #[serde(default = "omega_max")]
    omega_max: f64,
    /// Number of ω in the grid, evenly spaced, at least 2.
    #[serde(default = "arms")]
    arms: usize,
}

fn ten() -> usize {
    10
}
fn tolerance() -> f64 {
    1e-8
}
fn cap() -> u32 {
    10_000
}
fn one() -> f64 {
    1.0
}
fn omega_max() -> f64 {
    1.95
}
fn arms() -> usize {
    20
}
fn dt() -> f64 {
    1e-3
}

/// Steps, stopping rule and grid of ω.
struct Common {
    steps: usize,
    tolerance: f64,
    cap: u32,
    omegas: (f64, f64, usize),
}

impl Common {
    fn check(&self) -> Result<(), Invalid> {
        let (from, to, arms) = self.omegas;
        if self.steps == 0 {
            return Err(Invalid::new("steps", "expected at least 1 system, found 0"));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            let message = format!("expected a relative residual between 0 and 1, found {}", self.tolerance);
            return Err(Invalid::new("tolerance", message));
        }
        if self.cap == 0 {
            return Err(Invalid::new("cap", "expected at least 1 iteration, found 0"));
        }
        for (key, omega) in [("omega_min", from), ("omega_max", to)] {
            if !(omega > 0.0 && omega < 2.0) {
                let message = format!("expected a relaxation between 0 and 2, found {omega}");
                return Err(Invalid::new(key, message));
            }
        }
        if from >= to {
            let message = format!("expected more than omega_min = {from}, found {to}");
            return Err(Invalid::new("omega_max", message));
        }
        if arms < 2 {
            let message = format!("expected at least 2 values of ω to choose from, found {arms}");
            return Err(Invalid::new("arms", message));
        }
        if self.steps as f64 * arms as f64 > LARGEST {
            let message = format!(
                "{} systems × {arms} values of ω exceed the limit of {LARGEST:.0e} solves",
                self.steps
            );
            return Err(Invalid::new("steps", message));
        }
        Ok(())
    }
}

impl From<Common> for Settings {
    fn from(common: Common) -> Self {
        let (from, to, arms) = common.omegas;
        let omega = |k: usize| from + (to - from) * k as f64 / (arms - 1) as f64;
        Self {
            steps: common.steps,
            omegas: (0..arms).map(omega).collect(),
            stopping: Stopping { tolerance: common.tolerance, cap: common.cap },
        }
    }
}

impl SorWire {
    fn common(&self) -> Common {
        Common {
            steps: self.steps,
            tolerance: self.tolerance,
            cap: self.cap,
            omegas: (self.omega_min, self.omega_max, self.arms),
        }
    }

    fn offsets(&self) -> Offsets {
        let shape = match (self.variance, self.beta) {
            (Some(Variance::High), _) => [0.5, 1.5],
            (Some(Variance::Low), _) => [2.0, 6.0],
            (_, Some(shape)) => shape,
            _ => return Offsets::Constant(self.offset.unwrap_or(0.0)),
        };
        Offsets::Beta { shape, shift: self.shift.unwrap_or(-0.15), scale: self.scale.unwrap_or(0.6) }
    }
}

impl Check for SorWire {
    fn check(&self) -> Result<(), Invalid> {
        self.common().check()?;
        if self.grid < 2 {
            return Err(Invalid::new(
                "grid",
                format!("expected at least 2 points a side, found {}", self.grid),
            ));
        }
        let numbers = (self.grid as f64).powi(2) * self.steps as f64;
        if numbers > LARGEST {
            let message =
                format!("right-hand sides of {numbers:.1e} numbers: expected at most {LARGEST:.0e}");
            return Err(Invalid::new("grid", message));
        }
        if self.variance.is_some() == self.beta.is_some() {
            let message = "give either `variance = \"high\" | \"low\" | \"none\"` or `beta = [a, b]`";
            return Err(Invalid::new("variance", message));
        }
        if let Some([a, b]) = self.beta.filter(|s| !s.iter().all(|v| v.is_finite() && *v > 0.0)) {
            return Err(Invalid::new("beta", format!("expected two numbers above 0, found [{a}, {b}]")));
        }
        let constant = self.variance == Some(Variance::None);
        let given = [
            ("offset", self.offset, constant, "variance = \"none\""),
            ("shift", self.shift, !constant, "an offset that varies"),
            ("scale", self.scale, !constant, "an offset that varies"),
        ];
        for (key, value, fits, with) in given {
            let Some(value) = value else { continue };
            if !fits {
                return Err(Invalid::new(key, format!("only {with} has this key: remove it")));
            }
            if !value.is_finite() || key == "scale" && value <= 0.0 {
                let what = if key == "scale" { "a number above 0" } else { "a finite number" };
                return Err(Invalid::new(key, format!("expected {what}, found {value}")));
            }
        }
        let (key, least) = match self.offsets() {
            Offsets::Beta { shift, .. } => ("shift", shift),
            Offsets::Constant(offset) => ("offset", offset),
        };
        let bound = -Laplacian::new(self.grid).smallest_eigenvalue();
        if least <= bound {
            let message = format!(
                "the matrix is positive definite for offsets above {bound:.6}, but the smallest is {least}"
            );
            return Err(Invalid::new(key, message));
        }
        Ok(())
    }
}

impl From<SorWire> for Problem {
    fn from(wire: SorWire) -> Self {
        let offsets = wire.offsets();
        Self::Sor { laplacian: Laplacian::new(wire.grid), offsets, settings: wire.common().into() }
    }
}

impl HeatWire {
    fn common(&self) -> Common {
        Common {
            steps: self.steps,
            tolerance: self.tolerance,
            cap: self.cap,
            omegas: (self.omega_min, self.omega_max, self.arms),
        }
    }
}

impl Check for HeatWire {
    fn check(&self) -> Result<(), Invalid> {
        self.common().check()?;
        if self.nx < 3 || self.nx > FINEST {
            let message = format!("expected between 3 and {FINEST} intervals a side, found {}", self.nx);
            return Err(Invalid::new("nx", message));
        }
        if !(self.dt.is_finite() && self.dt > 0.0) {
            return Err(Invalid::new("dt", format!("expected a time above 0, found {}", self.dt)));
        }
        Ok(())
    }
}

impl From<HeatWire> for Problem {
    fn from(wire: HeatWire) -> Self {
        Self::Heat {
            heat: Heat { nx: wire.nx, dt: wire.dt },
            settings: wire.common().into(),
            solved: Arc::new(OnceLock::new()),
        }
    }
}
