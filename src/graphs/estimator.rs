//! Input and output of the estimators.

use remeasure_core::{Invalid, params};

use crate::dropouts::{ClassEstimator, Dropout, Expression, FisherTest};
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
    /// For expression levels: an equivalence class.
    Class(Box<dyn ClassEstimator>),
    /// For a fork of three variables: one test.
    Test(Box<FisherTest>),
}

impl Method {
    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    pub fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let (suits, dropout, meant) = match self {
            Self::Weights(_) => {
                let suits = matches!(problem, Problem::LinearSem(_) | Problem::FileSem(_));
                (suits, Dropout::None, "\"linear-sem\" or \"csv\"")
            }
            Self::Class(estimator) => {
                let meant = "\"dropouts\", \"dropouts-fork\" or \"expression-csv\"";
                (matches!(problem, Problem::Expression(_)), estimator.dropout(), meant)
            }
            Self::Test(test) => {
                let fork = matches!(problem, Problem::Expression(Expression::Fork(_)));
                (fork, test.dropout, "\"dropouts-fork\"")
            }
        };
        if !suits {
            let message =
                format!("this estimator is for problems of kind = {meant}, not \"{}\"", problem.kind());
            return Err(Invalid::new("kind", message));
        }
        let problem = match (self, problem) {
            (Self::Weights(estimator), Problem::FileSem(problem))
                if estimator.needs_truth() && problem.sample.truth.is_none() =>
            {
                let message =
                    "this estimator reads the true graph: give the file `truth` in [problem], or remove it";
                return Err(Invalid::new("kind", message));
            }
            (_, Problem::Expression(problem)) => problem,
            _ => return Ok(()),
        };
        if dropout != Dropout::None && matches!(problem, Expression::Own(_)) {
            let message = "your own data are seen as they are: remove this key";
            return Err(Invalid::new("dropout", message));
        }
        match self {
            Self::Class(estimator) if estimator.needs_truth() && !problem.has_truth() => {
                let message = "this estimator reads the true graph: give it as `edges` in [problem], or leave the estimator out";
                Err(Invalid::new("kind", message))
            }
            _ => Ok(()),
        }
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<Method>;
