//! `[problem]` of the bilevel family, and the data of one replicate.

use std::fmt::Debug;

use remeasure_core::Invalid;
use remeasure_core::family::{Input, Metric};
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
    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// The data do not define a problem.
    fn draw(&self, streams: &Streams) -> anyhow::Result<Instance>;

    /// Name and SHA-256 of each data set.
    fn inputs(&self) -> &[Input] {
        &[]
    }

    /// The metrics that [`Truth::measures`] and [`Truth::picture`] give.
    fn measures(&self) -> &'static [Metric] {
        &[]
    }

    /// Number of hyperparameters.
    fn parameters(&self) -> usize;

    /// Whether [`Model::smooth`] returns the problem's functions, which penalty methods need.
    fn is_smooth(&self) -> bool;

    /// Whether there is a penalty function, either of smooth functions or from [`Model::penalised`].
    fn is_penalised(&self) -> bool {
        self.is_smooth()
    }

    /// Whether the box is finite, as searches need.
    fn is_bounded(&self) -> bool;
}

/// A validated `[problem]`.
#[derive(Debug)]
pub struct Problem {
    spec: Box<dyn Spec>,
}

/// One drawn problem.
pub trait Model: Debug + Send + Sync {
    /// The unit of budgets.
    fn currency(&self) -> Currency {
        Currency::Evaluations
    }

    /// An oracle with its lower level at its start, which stops when `budget` is spent. If the lower level
    /// has its own solver, `solver` is ignored.
    fn oracle(&self, solver: LowerSolver, budget: f64) -> Box<dyn Oracle + '_>;

    /// The functions of the problem, if they are smooth.
    fn smooth(&self) -> Option<Box<dyn Smooth + '_>>;

    /// `ψ_σ(θ) = (min(σg + h) − min h)/σ` in closed form, if the functions are not smooth but this is known.
    fn penalised(&self, _theta: &[f64], _sigma: f64) -> Option<f64> {
        None
    }

    /// Evaluates the truth at a `θ`, as exactly as possible.
    fn truth(&self) -> Box<dyn Truth + '_>;
}

/// The truth at one `θ`.
#[derive(Clone, Debug, PartialEq)]
pub struct Exact {
    /// `f(θ)`.
    pub value: f64,
    /// `∇f(θ)`; `None` if it does not exist.
    pub gradient: Option<Vec<f64>>,
}

/// The truth about a drawn problem, which methods are not charged for; warm-started from one query to the next.
pub trait Truth {
    /// `f(θ)` and, on request, `∇f(θ)`.
    ///
    /// # Errors
    /// The lower level cannot be solved there.
    fn exact(&mut self, theta: &[f64], with_gradient: bool) -> anyhow::Result<Exact>;

    /// Whether evaluating it is so cheap that every step of a method can be evaluated.
    fn is_cheap(&self) -> bool {
        false
    }

    /// Further metrics of the solution at `theta`: PSNR, test error and the like.
    ///
    /// # Errors
    /// The lower level cannot be solved there.
    fn measures(&mut self, _theta: &[f64]) -> anyhow::Result<Vec<(Metric, f64)>> {
        Ok(Vec::new())
    }

    /// A picture of the solution at `theta`, if the problem is about pictures.
    ///
    /// # Errors
    /// The lower level cannot be solved there.
    fn picture(&mut self, _theta: &[f64]) -> anyhow::Result<Option<Picture>> {
        Ok(None)
    }
}

/// A picture without noise, with noise, and denoised; each row by row, of the same size.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Number of pixels per row.
    pub width: usize,
    /// The picture without noise.
    pub original: Vec<f64>,
    /// The picture with noise, as given to the methods.
    pub noisy: Vec<f64>,
    /// The picture denoised with a method's result.
    pub recovered: Vec<f64>,
}

/// A value of `f`; the cost to reach it is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Its name in configs and records: the value itself, or its share of `f(θ₀)`.
    pub name: f64,
    /// The value.
    pub value: f64,
}

impl Threshold {
    /// Thresholds that are named by their values.
    #[must_use]
    pub fn at(values: &[f64]) -> Vec<Self> {
        values.iter().map(|&value| Self { name: value, value }).collect()
    }
}

/// The data of one replicate.
#[derive(Debug)]
pub struct Instance {
    /// The problem.
    pub model: Box<dyn Model>,
    /// `θ₀`.
    pub start: Vec<f64>,
    /// The box of `θ`.
    pub bounds: Bounds,
    /// The budget of a method, in the problem's currency.
    pub budget: f64,
    /// Values of `f`; the cost to reach each is measured.
    pub thresholds: Vec<Threshold>,
    /// `min f`, if it is known.
    pub minimum: Option<f64>,
}

impl Problem {
    /// The kinds that [`Problem::read`] accepts.
    #[must_use]
    pub fn kinds() -> Vec<Kind> {
        ENTRIES.iter().map(Entry::kind).collect()
    }

    /// Reads a `[problem]` table, including its `kind`.
    ///
    /// # Errors
    /// The first invalid key.
    pub fn read(mut table: Table) -> Result<Self, Invalid> {
        let names = || ENTRIES.iter().map(|k| format!("\"{}\"", k.name)).collect::<Vec<_>>().join(", ");
        let Some(kind) = table.remove("kind") else {
            return Err(Invalid::new("kind", format!("missing: expected one of {}", names())));
        };
        let found: Option<&Entry> = ENTRIES.iter().find(|k| Some(k.name) == kind.as_str());
        let Some(entry) = found else {
            return Err(Invalid::new("kind", format!("expected one of {}, found {kind}", names())));
        };
        Ok(Self { spec: (entry.read)(table)? })
    }

    /// Name and SHA-256 of each data set.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        self.spec.inputs()
    }

    /// What is known about the problem before it is drawn.
    #[must_use]
    pub fn spec(&self) -> &dyn Spec {
        self.spec.as_ref()
    }

    /// Draws one replicate, which depends only on `streams`.
    ///
    /// # Errors
    /// As [`Spec::draw`].
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Instance> {
        self.spec.draw(streams)
    }
}

/// A problem that configs can select.
pub type Entry = params::Entry<dyn Spec>;
