//! Gradient descent with inexact hypergradients and a line search based on bounds (Salehi et al., algorithms 3.1 and
//! 3.2).

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_count, check_positive, check_share, default_iterations, norm, squared_distance};
use crate::bounds::Bounds;
use crate::estimator::{Entry, Estimator, Fit, Task, Trace};
use crate::inexact::LowerSolver;
use crate::oracle::{Evaluation, Halt, Hypergradient, Oracle};

/// Registers the method with adaptive accuracies.
pub(super) const ADAPTIVE: Entry = entry!(
    Maid,
    "maid",
    "gradient descent that adapts the accuracies of lower level and hypergradient to each step"
);

/// Registers the method with fixed accuracies.
pub(super) const FIXED: Entry = entry!(
    Fixed,
    "implicit-gradient",
    "MAID with fixed accuracies: stops when the line search finds no certain decrease"
);

/// Parameters of both methods: `decrease` is the λ of the sufficient decrease, `backtrack` is ρ and `growth`
/// is ρ̄.
#[derive(Clone, Debug)]
struct Descent {
    lower: LowerSolver,
    accuracy: f64,
    residual: f64,
    step: f64,
    backtrack: f64,
    growth: f64,
    decrease: f64,
    backtracks: usize,
    iterations: usize,
    adaption: Option<Adaption>,
}

/// Parameters of the adaptation: `shrink` is ν, `relax` is ν̄ and `margin` is η.
#[derive(Clone, Debug)]
struct Adaption {
    shrink: f64,
    relax: f64,
    margin: f64,
}

/// MAID (Salehi et al.). The default constants are those of the authors' code for the quadratic.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Maid {
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
    /// Initial accuracy ε₀ of the lower level.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Initial accuracy δ₀ of the linear system. Default: `accuracy`.
    residual: Option<f64>,
    /// Initial step α₀.
    #[serde(default = "default_step")]
    step: f64,
    /// Factor ρ of a step that fails, between 0 and 1.
    #[serde(default = "default_backtrack")]
    backtrack: f64,
    /// Factor ρ̄ of the next step after one that succeeds, at least 1.
    #[serde(default = "default_growth")]
    growth: f64,
    /// Factor ν of the accuracies if the line search fails, between 0 and 1.
    #[serde(default = "default_shrink")]
    shrink: f64,
    /// Factor ν̄ of the accuracies if the line search succeeds, at least 1.
    #[serde(default = "default_relax")]
    relax: f64,
    /// Margin η of the test that the hypergradient is a descent direction, between 0 and 1.
    #[serde(default = "default_margin")]
    margin: f64,
    /// Parameter λ of the sufficient decrease, above 0 and below `margin`.
    #[serde(default = "default_decrease")]
    decrease: f64,
    /// Maximum number of trials of a line search before the accuracies are refined; one more after each
    /// refinement.
    #[serde(default = "default_backtracks")]
    backtracks: usize,
    /// Maximum number of outer iterations.
    #[serde(default = "default_iterations")]
    iterations: usize,
}

/// The line search of MAID with fixed accuracies.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fixed {
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
    /// Accuracy ε of the lower level.
    accuracy: f64,
    /// Accuracy δ of the linear system. Default: `accuracy`.
    residual: Option<f64>,
    /// Initial step α₀.
    #[serde(default = "default_step")]
    step: f64,
    /// Factor ρ of a step that fails, between 0 and 1.
    #[serde(default = "default_backtrack")]
    backtrack: f64,
    /// Factor ρ̄ of the next step after one that succeeds, at least 1.
    #[serde(default = "default_growth")]
    growth: f64,
    /// Parameter λ of the sufficient decrease, between 0 and 1.
    #[serde(default = "default_decrease")]
    decrease: f64,
    /// Maximum number of trials of a line search, after which the method ends.
    #[serde(default = "default_fixed_backtracks")]
    backtracks: usize,
    /// Maximum number of outer iterations.
    #[serde(default = "default_iterations")]
    iterations: usize,
}

fn default_accuracy() -> f64 {
    0.1
}

fn default_step() -> f64 {
    0.01
}

fn default_backtrack() -> f64 {
    0.5
}

fn default_growth() -> f64 {
    10.0 / 9.0
}

fn default_shrink() -> f64 {
    0.5
}

fn default_relax() -> f64 {
    1.25
}

fn default_margin() -> f64 {
    1e-4
}

fn default_decrease() -> f64 {
    0.5e-4
}

fn default_backtracks() -> usize {
    5
}

/// As it cannot refine the accuracy, a line search must try more steps before it gives up.
fn default_fixed_backtracks() -> usize {
    60
}

impl Check for Maid {
    fn check(&self) -> Result<(), Invalid> {
        check_share("shrink", self.shrink)?;
        if !(self.relax.is_finite() && self.relax >= 1.0) {
            return Err(Invalid::new(
                "relax",
                format!("expected a number of at least 1, found {}", self.relax),
            ));
        }
        check_share("margin", self.margin)?;
        if self.decrease >= self.margin {
            let message = format!("expected less than margin = {}, found {}", self.margin, self.decrease);
            return Err(Invalid::new("decrease", message));
        }
        self.descent().check()
    }
}

impl Check for Fixed {
    fn check(&self) -> Result<(), Invalid> {
        self.descent().check()
    }
}

impl Maid {
    fn descent(&self) -> Descent {
        Descent {
            lower: self.lower,
            accuracy: self.accuracy,
            residual: self.residual.unwrap_or(self.accuracy),
            step: self.step,
            backtrack: self.backtrack,
            growth: self.growth,
            decrease: self.decrease,
            backtracks: self.backtracks,
            iterations: self.iterations,
            adaption: Some(Adaption { shrink: self.shrink, relax: self.relax, margin: self.margin }),
        }
    }
}

impl Fixed {
    fn descent(&self) -> Descent {
        Descent {
            lower: self.lower,
            accuracy: self.accuracy,
            residual: self.residual.unwrap_or(self.accuracy),
            step: self.step,
            backtrack: self.backtrack,
            growth: self.growth,
            decrease: self.decrease,
            backtracks: self.backtracks,
            iterations: self.iterations,
            adaption: None,
        }
    }
}

impl Estimator for Maid {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        self.descent().fit(task)
    }
}

impl Estimator for Fixed {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        self.descent().fit(task)
    }
}

/// The current point of a descent.
struct State {
    theta: Vec<f64>,
    at: Evaluation,
    accuracy: f64,
    residual: f64,
    step: f64,
}

/// How a line search ended.
enum Search {
    /// At a point with a certain decrease, with this step.
    Found(Vec<f64>, Evaluation, f64),
    /// No tried step is certain to decrease `f`.
    Nothing,
    /// The box allows no step.
    Blocked,
}

/// Accuracies below this share of the initial ones are out of reach in double precision.
const LEAST: f64 = 1e-13;

impl Descent {
    fn check(&self) -> Result<(), Invalid> {
        check_positive("accuracy", self.accuracy)?;
        check_positive("residual", self.residual)?;
        check_positive("step", self.step)?;
        check_share("backtrack", self.backtrack)?;
        if !(self.growth.is_finite() && self.growth >= 1.0) {
            return Err(Invalid::new(
                "growth",
                format!("expected a number of at least 1, found {}", self.growth),
            ));
        }
        check_share("decrease", self.decrease)?;
        check_count("backtracks", self.backtracks)?;
        check_count("iterations", self.iterations)
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let mut oracle = instance.model.oracle(self.lower, instance.budget);
        let mut trace = Trace::default();
        let end = self.run(oracle.as_mut(), &instance.start, &instance.bounds, &mut trace);
        trace.finish(oracle.cost(), end)
    }

    fn run(
        &self,
        oracle: &mut dyn Oracle,
        start: &[f64],
        bounds: &Bounds,
        trace: &mut Trace,
    ) -> Result<(), Halt> {
        let mut theta = start.to_vec();
        bounds.project(&mut theta);
        let at = oracle.evaluate(&theta, self.accuracy)?;
        trace.push(oracle, &theta, &at);
        let mut state =
            State { theta, at, accuracy: self.accuracy, residual: self.residual, step: self.step };
        for _ in 0..self.iterations {
            if !self.advance(oracle, bounds, &mut state, trace)? {
                return Ok(());
            }
            trace.push(oracle, &state.theta, &state.at);
        }
        Ok(())
    }

    /// Makes one outer step; returns false if none is possible.
    fn advance(
        &self,
        oracle: &mut dyn Oracle,
        bounds: &Bounds,
        state: &mut State,
        trace: &mut Trace,
    ) -> Result<bool, Halt> {
        for tries in self.backtracks.. {
            let Some(z) = self.hypergradient(oracle, state)? else { return Ok(false) };
            trace.note(&z);
            if norm(&z.vector) == 0.0 {
                return Ok(false);
            }
            match self.search(oracle, bounds, state, &z, tries)? {
                Search::Found(theta, at, step) => {
                    (state.theta, state.at) = (theta, at);
                    state.step = step * self.growth;
                    if let Some(adaption) = &self.adaption {
                        state.accuracy *= adaption.relax;
                        state.residual *= adaption.relax;
                    }
                    return Ok(true);
                }
                Search::Blocked => return Ok(false),
                Search::Nothing => {
                    if !self.refine(oracle, state)? {
                        return Ok(false);
                    }
                }
            }
        }
        unreachable!("the accuracies run out first")
    }

    /// A hypergradient that is certainly a descent direction, if accuracies adapt.
    fn hypergradient(
        &self,
        oracle: &mut dyn Oracle,
        state: &mut State,
    ) -> Result<Option<Hypergradient>, Halt> {
        loop {
            let z = oracle.hypergradient(state.residual)?;
            let margin = self.adaption.as_ref().map(|a| a.margin);
            if margin.is_none_or(|eta| z.bound <= (1.0 - eta) * norm(&z.vector)) {
                return Ok(Some(z));
            }
            if !self.refine(oracle, state)? {
                return Ok(None);
            }
        }
    }

    /// Solves the lower level more accurately; returns false if that is impossible.
    fn refine(&self, oracle: &mut dyn Oracle, state: &mut State) -> Result<bool, Halt> {
        let Some(adaption) = &self.adaption else { return Ok(false) };
        state.accuracy *= adaption.shrink;
        state.residual *= adaption.shrink;
        if state.accuracy < LEAST * self.accuracy.min(1.0) {
            return Ok(false);
        }
        state.at = oracle.evaluate(&state.theta, state.accuracy)?;
        Ok(true)
    }

    /// Tries steps `α, αρ, …` until one certainly decreases `f`.
    fn search(
        &self,
        oracle: &mut dyn Oracle,
        bounds: &Bounds,
        state: &State,
        z: &Hypergradient,
        tries: usize,
    ) -> Result<Search, Halt> {
        oracle.keep();
        let mut step = state.step;
        for _ in 0..tries {
            let mut theta: Vec<f64> = state.theta.iter().zip(&z.vector).map(|(t, z)| t - step * z).collect();
            bounds.project(&mut theta);
            // Without bounds this is λα‖z‖².
            let moved = squared_distance(&theta, &state.theta);
            if moved == 0.0 {
                return Ok(Search::Blocked);
            }
            let at = oracle.evaluate(&theta, state.accuracy)?;
            if at.most() - state.at.least() + self.decrease * moved / step <= 0.0 {
                return Ok(Search::Found(theta, at, step));
            }
            oracle.restore();
            step *= self.backtrack;
        }
        Ok(Search::Nothing)
    }
}
