//! What a method is given and gives back.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use super::cost::Cost;
use super::oracle::{Evaluation, Halt, Hypergradient, Oracle};
use super::problem::{Instance, Problem};

/// What a method may look at.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The problem, its start, bounds and budget.
    pub instance: &'a Instance,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// One outer iterate.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What had been charged when it was reached.
    pub cost: Cost,
    /// The hyperparameters.
    pub theta: Vec<f64>,
    /// `g(x̃)` as the method knew it.
    pub value: f64,
    /// `ε` of that value; NaN where the method has none.
    pub accuracy: f64,
    /// The hypergradient computed there, if one was.
    pub hypergradient: Option<Hypergradient>,
}

/// The outer iterates of a method, in order; of a search, its improvements.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: Vec<Step>,
    iterations: Vec<usize>,
}

/// Iterations after which a method that makes very many shows its iterate: `⌈10^{j/64}⌉`, each once.
pub fn looks() -> impl Iterator<Item = usize> {
    let mut last = 0;
    (0..).filter_map(move |j: u32| {
        let iteration = 10_f64.powf(f64::from(j) / 64.0).ceil() as usize;
        (std::mem::replace(&mut last, iteration) < iteration).then_some(iteration)
    })
}

impl Trace {
    /// Adds an iterate as the oracle knows it.
    pub fn push(&mut self, oracle: &dyn Oracle, theta: &[f64], at: &Evaluation) {
        self.push_step(Step {
            cost: oracle.cost(),
            theta: theta.to_vec(),
            value: at.value,
            accuracy: at.accuracy,
            hypergradient: None,
        });
    }

    /// Adds an iterate, the one after as many iterations as there are iterates so far.
    pub fn push_step(&mut self, step: Step) {
        self.push_step_after(self.steps.len(), step);
    }

    /// Adds the iterate after `iteration` of them, of a method that does not show all.
    pub fn push_step_after(&mut self, iteration: usize, step: Step) {
        self.steps.push(step);
        self.iterations.push(iteration);
    }

    /// Notes the hypergradient at the last iterate.
    pub fn note(&mut self, hypergradient: &Hypergradient) {
        if let Some(last) = self.steps.last_mut() {
            last.hypergradient = Some(hypergradient.clone());
        }
    }

    /// The iterates so far.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The fit of a method that answers with its last iterate. A spent budget is a regular end; where the lower level
    /// failed, the iterates up to there stand, with the reason.
    ///
    /// # Errors
    /// If there is no iterate at all.
    pub fn finish(self, cost: Cost, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let answer = self.steps.len().saturating_sub(1);
        self.finish_at(answer, cost, end)
    }

    /// The fit of a method that answers with its best iterate, by the values it knew.
    ///
    /// # Errors
    /// If there is no iterate at all.
    pub fn finish_best(self, cost: Cost, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let best = (0..self.steps.len()).min_by(|&a, &b| self.steps[a].value.total_cmp(&self.steps[b].value));
        self.finish_at(best.unwrap_or(0), cost, end)
    }

    fn finish_at(self, answer: usize, cost: Cost, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let shortfall = match end {
            Ok(()) | Err(Halt::Budget | Halt::Deadline) => None,
            Err(Halt::Failed(message)) => Some(message),
        };
        if self.steps.is_empty() {
            anyhow::bail!(
                shortfall.unwrap_or_else(|| "the budget does not suffice for one evaluation".to_owned())
            );
        }
        Ok(Fit { steps: self.steps, iterations: self.iterations, answer, cost, shortfall })
    }
}

/// What a method found, and the way there.
#[derive(Clone, Debug)]
pub struct Fit {
    /// At least one.
    pub steps: Vec<Step>,
    /// For each of them the iterations before it, ascending.
    pub iterations: Vec<usize>,
    /// Position of the answer among the steps.
    pub answer: usize,
    /// What was charged in all.
    pub cost: Cost,
    /// Why the method stopped short, if it did.
    pub shortfall: Option<String>,
}

/// A method with validated parameters.
pub trait Estimator: Send + Sync {
    /// Runs until it converges or the budget is spent.
    ///
    /// # Errors
    /// An instance that the method cannot handle.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Refuses a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not fit, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    /// Whether the steps are points of a curve, to be recorded one by one along the only hyperparameter.
    fn draws_curve(&self) -> bool {
        false
    }
}

/// A method that configs can name.
pub type Entry = params::Entry<dyn Estimator>;
