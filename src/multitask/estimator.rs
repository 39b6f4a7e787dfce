//! Input and output of the estimators of the multitask family.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use super::problem::{Instance, Problem};
use super::relevance::Relevance;
use super::representation::{self, Representation, Settings};
use super::statistics::Statistics;

/// The input of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The sources to sample, the target's sample and the budget; also the truth, for methods that need it.
    pub instance: &'a Instance,
    /// Streams of the trial.
    pub streams: &'a Streams,
}

/// Observations of the sources, collected in epochs.
#[derive(Debug)]
pub struct Collection<'a> {
    task: Task<'a>,
    epochs: usize,
    /// One per source.
    pub statistics: Vec<Statistics>,
}

impl<'a> Collection<'a> {
    /// A collection without any observations.
    #[must_use]
    pub fn new(task: Task<'a>) -> Self {
        let sources = &task.instance.sources;
        let statistics = vec![Statistics::empty(sources.dimension()); sources.tasks()];
        Self { task, epochs: 0, statistics }
    }

    /// Samples an epoch. Estimators of a trial use the same stream for the same task and epoch.
    pub fn collect(&mut self, sizes: &[u64]) {
        for (t, (&size, statistics)) in sizes.iter().zip(&mut self.statistics).enumerate() {
            if size > 0 {
                let mut stream = self.task.streams.stream(&format!("source {t} {}", self.epochs));
                self.task.instance.sources.sample(t, size, &mut stream, statistics);
            }
        }
        self.epochs += 1;
    }

    /// Discards all observations so far; the count of epochs continues.
    pub fn forget(&mut self) {
        let dimension = self.task.instance.sources.dimension();
        self.statistics.fill(Statistics::empty(dimension));
    }

    /// Number of observations of each source so far.
    #[must_use]
    pub fn sizes(&self) -> Vec<u64> {
        self.statistics.iter().map(Statistics::count).collect()
    }

    /// Learns the representation and the target's head from all collected observations.
    ///
    /// # Errors
    /// As [`representation::learn`].
    pub fn learn(&self, settings: Settings) -> anyhow::Result<(Representation, Vec<f64>)> {
        let learned = representation::learn(&self.statistics, self.task.instance.rank, settings)?;
        let head = representation::head(&self.task.instance.target, &learned.basis, 0.0)?;
        Ok((learned, head))
    }

    /// Makes the final fit.
    ///
    /// # Errors
    /// As [`Collection::learn`].
    pub fn finish(self, settings: Settings, relevance: Option<Relevance>) -> anyhow::Result<Fit> {
        let (representation, head) = self.learn(settings)?;
        let shortfall = (representation.stationarity > settings.tolerance).then(|| {
            format!(
                "stationarity {:.1e} is above {:.1e} after {} iterations",
                representation.stationarity, settings.tolerance, representation.iterations
            )
        });
        Ok(Fit { sizes: self.sizes(), epochs: self.epochs, representation, head, relevance, shortfall })
    }
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The representation learned from the sources.
    pub representation: Representation,
    /// Head of the target in its basis, length `k`.
    pub head: Vec<f64>,
    /// Number of observations of each source, length `T`.
    pub sizes: Vec<u64>,
    /// Number of sampling epochs.
    pub epochs: usize,
    /// The relevance that the last plan was based on, if any.
    pub relevance: Option<Relevance>,
    /// Why the fit stopped before meeting its stopping rule; `None` if it did not.
    pub shortfall: Option<String>,
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Samples the sources and fits.
    ///
    /// # Errors
    /// The method cannot handle the instance.
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _problem: &Problem) -> Result<(), Invalid> {
        Ok(())
    }
}

/// An estimator that configs can select.
pub type Entry = params::Entry<dyn Estimator>;
