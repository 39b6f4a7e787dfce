//! Input and output of the estimators of the selection family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use crate::problem::{Data, Problem};

/// The rows that a rule selects at one level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Positions of test rows, ascending, from 0.
    pub rows: Vec<usize>,
    /// p-values of all test rows under their chosen models, of rules that have them.
    pub p: Vec<f64>,
    /// e-values of all test rows, of rules that have them.
    pub e: Vec<f64>,
}

impl Selection {
    /// A set without p-values or e-values.
    #[must_use]
    pub fn of(rows: Vec<usize>) -> Self {
        Self { rows, ..Self::default() }
    }
}

/// A rule that selects test rows, with validated parameters.
pub trait Estimator: Send + Sync {
    /// Selects at each level of the problem.
    ///
    /// # Errors
    /// The data cannot be handled.
    fn select(&self, data: &Data, levels: &[f64], streams: &Streams) -> anyhow::Result<Vec<Selection>>;

    /// Rejects a problem that the rule cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, problem: &Problem) -> Result<(), Invalid>;
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
