//! `[problem]` of the bilevel family, and what one replicate draws.

use std::fmt::Debug;

use remeasure_core::Invalid;
use remeasure_core::family::Metric;
use remeasure_core::params::{self, Kind};
use remeasure_core::stream::Streams;
use toml::Table;

use super::bounds::Bounds;
use super::cost::Currency;
use super::inexact::LowerSolver;
use super::oracle::Oracle;
use super::problems::ENTRIES;
use super::smooth::Smooth;

/// A validated problem.
pub trait Spec: Debug + Send + Sync {
    /// Draws one replicate, a function of `streams` alone.
    ///
    /// # Errors
    /// Data that make no problem.
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance>;

    /// The data sets read, each with its SHA-256.
    fn inputs(&self) -> &[(String, String)] {
        &[]
    }

    /// Number of hyperparameters.
    fn parameters(&self) -> usize;

    /// Whether [`Model::smooth`] gives the problem's functions, as penalty methods need them.
    fn is_smooth(&self) -> bool;

    /// Whether there is a penalty function, from smooth functions or by [`Model::penalised`].
    fn is_penalised(&self) -> bool {
        self.is_smooth()
    }

    /// Whether searches find a finite box.
    fn is_bounded(&self) -> bool;
}

/// A validated `[problem]`.
#[derive(Debug)]
pub struct Problem {
    spec: Box<dyn Spec>,
}

/// One drawn problem.
pub trait Model: Debug + Send + Sync {
    /// The unit in which budgets are counted.
    fn currency(&self) -> Currency {
        Currency::Evaluations
    }

    /// An oracle with its lower level at its start, that stops when `budget` is spent. Where the lower level has a
    /// solver of its own, `solver` does not matter.
    fn oracle(&self, solver: LowerSolver, budget: f64) -> Box<dyn Oracle + '_>;

    /// The functions behind it, where they are smooth.
    fn smooth(&self) -> Option<Box<dyn Smooth + '_>>;

    /// `ψ_σ(θ) = (min(σg + h) − min h)/σ` in closed form, where the functions are not smooth but this is known.
    fn penalised(&self, _theta: &[f64], _sigma: f64) -> Option<f64> {
        None
    }

    /// What is true of a `θ`, as exactly as it can be had.
    fn truth(&self) -> Box<dyn Truth + '_>;
}

/// What is true at one `θ`.
#[derive(Clone, Debug, PartialEq)]
pub struct Exact {
    /// `f(θ)`.
    pub value: f64,
    /// `∇f(θ)`; `None` where there is none.
    pub gradient: Option<Vec<f64>>,
}

/// The truth about a drawn problem, which nobody is charged for; warm-started from one question to the next.
pub trait Truth {
    /// `f(θ)` and, if asked for, `∇f(θ)`.
    ///
    /// # Errors
    /// If the lower level cannot be solved there.
    fn exact(&mut self, theta: &[f64], with_gradient: bool) -> anyhow::Result<Exact>;

    /// Whether that costs next to nothing, so that every step of a method can be looked at.
    fn is_cheap(&self) -> bool {
        false
    }

    /// Further numbers of the solution at `theta`, by the names of metrics: PSNR, test error and the like.
    ///
    /// # Errors
    /// If the lower level cannot be solved there.
    fn measures(&mut self, _theta: &[f64]) -> anyhow::Result<Vec<(Metric, f64)>> {
        Ok(Vec::new())
    }

    /// A picture of the solution at `theta`, where the problem is about pictures.
    ///
    /// # Errors
    /// If the lower level cannot be solved there.
    fn picture(&mut self, _theta: &[f64]) -> anyhow::Result<Option<Picture>> {
        Ok(None)
    }
}

/// A picture before, with and after noise; each row by row, of the same size.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels in a row.
    pub width: usize,
    /// The truth.
    pub original: Vec<f64>,
    /// What the methods are given.
    pub noisy: Vec<f64>,
    /// What a method's answer makes of that.
    pub recovered: Vec<f64>,
}

/// A value of `f` whose cost is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// What configs and records call it: the value itself, or the share of `f(θ₀)` that it is.
    pub name: f64,
    /// The value.
    pub value: f64,
}

impl Threshold {
    /// Thresholds that are called by their values.
    #[must_use]
    pub fn at(values: &[f64]) -> Vec<Self> {
        values.iter().map(|&value| Self { name: value, value }).collect()
    }
}

/// What one replicate draws.
#[derive(Debug)]
pub struct Instance {
    /// The problem.
    pub model: Box<dyn Model>,
    /// `θ₀`.
    pub start: Vec<f64>,
    /// Where `θ` may go.
    pub bounds: Bounds,
    /// What a method may spend, in the problem's currency.
    pub budget: f64,
    /// Values of `f` whose cost is measured.
    pub thresholds: Vec<Threshold>,
    /// `min f`, where it is known.
    pub minimum: Option<f64>,
}

impl Problem {
    /// The kinds that [`Problem::read`] knows.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        ENTRIES.iter().map(Entry::kind).collect()
    }

    /// Reads a `[problem]` table; `kind` says which.
    ///
    /// # Errors
    /// The first unusable key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let names = || ENTRIES.iter().map(|k| format!("\"{}\"", k.name)).collect::<Vec<_>>().join(", ");
        let Some(kind) = table.remove("kind") else {
            return Err(Invalid::new("kind", format!("missing; expected one of {}", names())));
        };
        let found: Option<&Entry> = ENTRIES.iter().find(|k| Some(k.name) == kind.as_str());
        let Some(entry) = found else {
            return Err(Invalid::new("kind", format!("expected one of {}, found {kind}", names())));
        };
        Ok(Self { spec: (entry.read)(table)? })
    }

    /// The data sets read, each with its SHA-256.
    #[must_use]
    pub fn inputs(&self) -> &[(String, String)] {
        self.spec.inputs()
    }

    /// What is known of it before it is drawn.
    #[must_use]
    pub fn spec(&self) -> &dyn Spec {
        self.spec.as_ref()
    }

    /// Draws one replicate, a function of `streams` alone.
    ///
    /// # Errors
    /// As [`Spec::draw`].
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        self.spec.draw(streams)
    }
}

/// A problem that configs can name.
pub type Entry = params::Entry<dyn Spec>;
