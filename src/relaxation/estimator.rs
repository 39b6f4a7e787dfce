//! Input and output of the estimators of the relaxation family.

use rand::Rng;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, deadline, params};

use super::bandits::Bandit;
use super::problem::{Problem, Sequence};

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The systems, with the iteration counts of their solves.
    pub sequence: &'a Sequence,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// The choices of a policy.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The ω of each step; `None` without a preconditioner.
    pub omegas: Option<Vec<f64>>,
    /// Iterations of each step.
    pub counts: Vec<u32>,
    /// Number of rounds in which the probabilities of a bandit did not sum to one.
    pub improper: Option<usize>,
    /// The grid of ω with the mean count of each when fixed, for policies that compare them.
    pub profile: Vec<(f64, f64)>,
}

impl Fit {
    /// The fit of a rule that is not a bandit.
    #[must_use]
    pub fn of_rule(omegas: Option<Vec<f64>>, counts: Vec<u32>) -> Self {
        Self { omegas, counts, improper: None, profile: Vec::new() }
    }
}

/// One policy with validated parameters.
pub trait Estimator: Send + Sync {
    /// Runs through the sequence.
    ///
    /// # Errors
    /// The policy cannot handle the sequence.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Rejects a problem that the policy cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;

/// Lets a bandit choose on the grid. All bandits of a trial use the same random numbers.
#[must_use]
pub fn play(bandit: &mut dyn Bandit, task: Task<'_>) -> Fit {
    let sequence = task.sequence;
    let mut stream = task.streams.stream("policy");
    let mut omegas = Vec::with_capacity(sequence.steps());
    let mut counts = Vec::with_capacity(sequence.steps());
    for (t, context) in sequence.contexts.iter().enumerate() {
        if t % 64 == 0 && deadline::passed() {
            break;
        }
        let arm = bandit.choose(*context, stream.gen_range(0.0..1.0));
        let count = sequence.table.step(t)[arm];
        bandit.update(f64::from(count));
        omegas.push(sequence.table.omegas()[arm]);
        counts.push(count);
    }
    Fit { omegas: Some(omegas), counts, improper: Some(bandit.improper()), profile: Vec::new() }
}
