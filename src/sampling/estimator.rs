//! Input and output of the estimators of the sampling family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::exact::Moments;
use crate::problem::{Data, Problem};
use crate::smc::Runs;

/// What repeated draws of one token give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    /// Mean constraint evaluations of a draw, accepted ones included.
    pub calls: f64,
    /// Their closed form, where there is one.
    pub expected_calls: Option<f64>,
    /// The closed form is an upper bound only.
    pub bound_only: bool,
    /// The estimates `Ẑ` of the draws; empty if the method has none.
    pub weights: Vec<f64>,
    /// `Ẑ·(token + 1)` of the draws, tokens from 0; 0 without a token.
    pub tested: Vec<f64>,
    /// Draws of a token that the constraint does not accept, or of none.
    pub failed: usize,
    /// Number of draws.
    pub draws: usize,
    /// Exact moments by enumeration, of problems with a handful of tokens.
    pub exact: Option<Moments>,
}

/// What an estimator found.
#[derive(Clone, Debug, PartialEq)]
pub enum Figures {
    /// Draws of one token.
    Tokens(Tokens),
    /// Runs that make strings.
    Strings(Runs),
    /// Laws of length and first token that need no runs.
    Laws {
        /// Law of the number of tokens.
        length: Vec<f64>,
        /// Law of the first token, the last entry for the empty string.
        first: Vec<f64>,
    },
}

/// What an estimator works on.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The law or model with its constraint.
    pub data: &'a Data,
    /// Draws or runs.
    pub draws: usize,
    /// Particles of an estimator that names no number, if the problem does.
    pub particles: Option<usize>,
    /// Random streams.
    pub streams: &'a Streams,
}

/// A way to generate under a constraint, with validated parameters.
pub trait Estimator: Send + Sync {
    /// Generates as often as the problem says.
    ///
    /// # Errors
    /// The data are not of the kind that [`Estimator::admit`] lets through.
    fn generate(&self, task: Task<'_>) -> anyhow::Result<Figures>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, problem: &Problem) -> Result<(), Invalid>;
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
