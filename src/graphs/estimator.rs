//! Input and output of the estimators.

use remeasure_core::{Invalid, params};

use crate::problem::Problem;
use crate::sem::{Sample, WeightFit};

/// An estimator of the weights of a linear structural equation model, with validated parameters.
pub trait WeightEstimator: Send + Sync {
    /// Estimates the weights; those that are not zero form a DAG.
    ///
    /// # Errors
    /// The method cannot handle the data.
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit>;

    /// Whether the method reads the true graph, so that it needs a problem that has one.
    fn needs_truth(&self) -> bool {
        false
    }
}

/// What a config can select, by the kind of problem that it is for.
pub enum Method {
    /// For data of a linear structural equation model: weights, and so a DAG.
    Weights(Box<dyn WeightEstimator>),
}

impl Method {
    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    pub fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        match (self, problem) {
            (Self::Weights(_), Problem::LinearSem(_)) => Ok(()),
        }
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<Method>;

/// The [`Entry`] of a parameter struct that is the method itself: the variant of [`Method`], the struct, its name in
/// configs, and a one-line description.
macro_rules! entry {
    ($variant:ident, $parameters:ty, $name:expr, $about:expr) => {
        $crate::estimator::Entry {
            name: $name,
            about: $about,
            schema: remeasure_core::params::schema::<$parameters>,
            read: |table| {
                let parameters = remeasure_core::params::read::<$parameters>(table)?;
                Ok(Box::new($crate::estimator::Method::$variant(Box::new(parameters))))
            },
        }
    };
}

pub(crate) use entry;
