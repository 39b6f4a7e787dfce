//! What an estimator of the relaxation family is given and gives back.

use rand::Rng;
use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, deadline, params};

use super::bandits::Bandit;
use super::problem::{Problem, Sequence};

/// What an estimator may look at.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The systems, with the counts that their solves take.
    pub sequence: &'a Sequence,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// What a policy did.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The ω of each step; `None` where there is no preconditioner.
    pub omegas: Option<Vec<f64>>,
    /// Iterations of each step.
    pub counts: Vec<u32>,
    /// Rounds in which the probabilities of a bandit did not sum to one.
    pub improper: Option<usize>,
    /// The grid of ω with the mean count of always the same, for what compares them.
    pub profile: Vec<(f64, f64)>,
}

impl Fit {
    /// The fit of a rule that is no bandit.
    #[must_use]
    pub fn of_rule(omegas: Option<Vec<f64>>, counts: Vec<u32>) -> Self {
        Self { omegas, counts, improper: None, profile: Vec::new() }
    }
}

/// One policy with validated parameters.
pub trait Estimator: Send + Sync {
    /// Goes through the sequence.
    ///
    /// # Errors
    /// A sequence that the policy cannot handle.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Refuses a problem that the policy cannot run on.
    ///
    /// # Errors
    /// The key that does not fit, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// An estimator that configs can name.
pub type Entry = params::Entry<dyn Estimator>;

/// Lets a bandit choose on the grid. All bandits of a trial see the same draws.
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
