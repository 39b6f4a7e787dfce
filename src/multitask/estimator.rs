//! What an estimator of the multitask family is given and gives back.

use remeasure_core::stream::Streams;
use remeasure_core::{Invalid, params};

use super::problem::{Instance, Problem};
use super::relevance::Relevance;
use super::representation::{self, Representation, Settings};
use super::statistics::Statistics;

/// What an estimator may look at.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Sources to be sampled, the target's sample, the budget; the truth for what is told it.
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
    /// Without any observation.
    #[must_use]
    pub fn new(task: Task<'a>) -> Self {
        let sources = &task.instance.sources;
        let statistics = vec![Statistics::empty(sources.dimension()); sources.tasks()];
        Self { task, epochs: 0, statistics }
    }

    /// Samples an epoch. Estimators of a trial draw from the same stream for the same task and epoch.
    pub fn collect(&mut self, sizes: &[u64]) {
        for (t, (&size, statistics)) in sizes.iter().zip(&mut self.statistics).enumerate() {
            if size > 0 {
                let mut stream = self.task.streams.stream(&format!("source {t} {}", self.epochs));
                self.task.instance.sources.sample(t, size, &mut stream, statistics);
            }
        }
        self.epochs += 1;
    }

    /// Throws away all observations so far; epochs go on being counted.
    pub fn forget(&mut self) {
        let dimension = self.task.instance.sources.dimension();
        self.statistics.fill(Statistics::empty(dimension));
    }

    /// Observations of each source so far.
    #[must_use]
    pub fn sizes(&self) -> Vec<u64> {
        self.statistics.iter().map(Statistics::count).collect()
    }

    /// Learns the representation and the target's head from all that was collected.
    ///
    /// # Errors
    /// As [`representation::learn`].
    pub fn learn(&self, settings: Settings) -> anyhow::Result<(Representation, Vec<f64>)> {
        let learned = representation::learn(&self.statistics, self.task.instance.rank, settings)?;
        let head = representation::head(&self.task.instance.target, &learned.basis, 0.0)?;
        Ok((learned, head))
    }

    /// The fit at the end.
    ///
    /// # Errors
    /// As [`Collection::learn`].
    pub fn finish(self, settings: Settings, relevance: Option<Relevance>) -> anyhow::Result<Fit> {
        let (representation, head) = self.learn(settings)?;
        let shortfall = (representation.stationarity > settings.tolerance).then(|| {
            format!(
                "stationarity {:.1e} above {:.1e} after {} iterations",
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
    /// Observations of each source, length `T`.
    pub sizes: Vec<u64>,
    /// Epochs of sampling.
    pub epochs: usize,
    /// The relevance that the last plan came from, where there was one.
    pub relevance: Option<Relevance>,
    /// Why the fit stopped short, if it did.
    pub shortfall: Option<String>,
}

/// One estimator with validated parameters.
pub trait Estimator: Send + Sync {
    /// Samples the sources and fits.
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
}

/// An estimator that configs can name.
pub type Entry = params::Entry<dyn Estimator>;
