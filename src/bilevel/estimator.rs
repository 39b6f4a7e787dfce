//! Input and output of the methods of the bilevel family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};
use remeasure_external::Reported;

use super::cost::Cost;
use super::oracle::{Evaluation, Halt, Hypergradient, Oracle};
use super::problem::{Instance, Problem};

/// The input of a method.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The problem with its start, bounds and budget.
    pub instance: &'a Instance,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// One outer iterate.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Total cost when it was reached.
    pub cost: Cost,
    /// The hyperparameters.
    pub theta: Vec<f64>,
    /// `g(x̃)` as computed by the method.
    pub value: f64,
    /// Bound `ε` for that value; NaN if the method has none.
    pub accuracy: f64,
    /// The hypergradient computed there, if any.
    pub hypergradient: Option<Hypergradient>,
}

/// The outer iterates of a method, in order; for a search, its improvements.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    steps: Vec<Step>,
    iterations: Vec<usize>,
}

/// The iterations `⌈10^{j/64}⌉`, without repetition, at which a method with very many iterations records its
/// iterate.
pub fn looks() -> impl Iterator<Item = usize> {
    let mut last = 0;
    (0..).filter_map(move |j: u32| {
        let iteration = 10_f64.powf(f64::from(j) / 64.0).ceil() as usize;
        (std::mem::replace(&mut last, iteration) < iteration).then_some(iteration)
    })
}

impl Trace {
    /// Adds an iterate with the oracle's values.
    pub fn push(&mut self, oracle: &dyn Oracle, theta: &[f64], at: &Evaluation) {
        self.push_step(Step {
            cost: oracle.cost(),
            theta: theta.to_vec(),
            value: at.value,
            accuracy: at.accuracy,
            hypergradient: None,
        });
    }

    /// Adds an iterate; its iteration is the number of iterates so far.
    pub fn push_step(&mut self, step: Step) {
        self.push_step_after(self.steps.len(), step);
    }

    /// Adds the iterate of `iteration`, for a method that does not record all iterates.
    pub fn push_step_after(&mut self, iteration: usize, step: Step) {
        self.steps.push(step);
        self.iterations.push(iteration);
    }

    /// Adds the hypergradient at the last iterate.
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

    /// The fit of a method that returns its last iterate. Running out of budget is a normal end; if the lower
    /// level failed, the iterates so far are kept, with the reason.
    ///
    /// # Errors
    /// There is no iterate.
    pub fn finish(self, cost: Cost, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let answer = self.steps.len().saturating_sub(1);
        self.finish_at(answer, cost, end)
    }

    /// The fit of a method that returns its best iterate, by the values it computed.
    ///
    /// # Errors
    /// There is no iterate.
    pub fn finish_best(self, cost: Cost, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let best = (0..self.steps.len()).min_by(|&a, &b| self.steps[a].value.total_cmp(&self.steps[b].value));
        self.finish_at(best.unwrap_or(0), cost, end)
    }

    /// The fit of a method that returns its iterate number `answer`.
    ///
    /// # Errors
    /// There is no iterate.
    pub fn finish_at(self, answer: usize, cost: Cost, end: Result<(), Halt>) -> anyhow::Result<Fit> {
        let shortfall = match end {
            Ok(()) | Err(Halt::Budget | Halt::Deadline) => None,
            Err(Halt::Failed(message)) => Some(message),
        };
        if self.steps.is_empty() {
            anyhow::bail!(
                shortfall.unwrap_or_else(|| "the budget is too small for one evaluation".to_owned())
            );
        }
        Ok(Fit {
            reported: Reported::default(),
            steps: self.steps,
            iterations: self.iterations,
            answer,
            cost,
            shortfall,
        })
    }
}

/// The result of a method, and its trajectory.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The recorded steps, at least one.
    pub steps: Vec<Step>,
    /// For each step, the number of iterations before it, ascending.
    pub iterations: Vec<usize>,
    /// Index of the result among the steps.
    pub answer: usize,
    /// Total cost.
    pub cost: Cost,
    /// Why the method stopped before meeting its stopping rule; `None` if it did not.
    pub shortfall: Option<String>,
    /// What an external method reported of itself.
    pub reported: Reported,
}

/// A method with validated parameters.
pub trait Estimator: Send + Sync {
    /// Runs until it converges or the budget is spent.
    ///
    /// # Errors
    /// The method cannot handle the instance.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Gets ready to fit on this thread before the time is taken; by default there is nothing to do.
    fn ready(&self) {}

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }

    /// Whether the steps are points of a curve, to record one by one against the only hyperparameter.
    fn draws_curve(&self) -> bool {
        false
    }
}

/// A method that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
