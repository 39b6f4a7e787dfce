//! Input and output of the estimators of the meta family.

use remeasure_core::{Invalid, params};

use crate::extraction::{Comparison, Scores};
use crate::pooling::Pooled;
use crate::problem::{Data, Problem};

/// How far a pooled log odds ratio is from that of the annotators' numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// `|Δ log OR|`; `None` if nothing could be pooled, as for the other fields.
    pub shift: Option<f64>,
    /// Whether p < .05 holds for one of both and not for the other.
    pub flipped: Option<bool>,
    /// Whether the two log odds ratios have opposite signs.
    pub reversed: Option<bool>,
    /// Trials whose numbers could not be used; `None` for a rule that uses none.
    pub dropped: Option<usize>,
}

/// What an estimator found.
#[derive(Clone, Debug)]
pub enum Fit {
    /// Scores of answers, and their comparison with those of another source.
    Scores(Scores, Option<Comparison>),
    /// The outcome of a pseudo meta-analysis.
    Shift(Shift),
    /// A pooled estimate.
    Pooled(Box<Pooled>),
}

/// A source of answers, or a method of pooling, with validated parameters.
pub trait Estimator: Send + Sync {
    /// Grades or pools the data of a replicate.
    ///
    /// # Errors
    /// The data cannot be handled.
    fn fit(&self, data: &Data) -> anyhow::Result<Fit>;

    /// Rejects a problem that the estimator cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, problem: &Problem) -> Result<(), Invalid>;
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
