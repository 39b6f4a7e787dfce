//! Collects the numbers of one fit.

use std::time::Instant;

use super::Metric;

/// One recorded number.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    /// Index into the family's metrics.
    pub metric: u16,
    /// Position on a trajectory, such as the iteration; `None` for the final fit.
    pub coordinate: Option<f64>,
    /// The number.
    pub value: f64,
}

/// Collects the metrics and the fit time of one estimator in one trial.
#[derive(Debug)]
pub struct Recorder {
    metrics: &'static [Metric],
    rows: Vec<Measurement>,
    seconds: Option<f64>,
}

impl Recorder {
    /// An empty recorder for a family's metrics.
    #[must_use]
    pub fn new(metrics: &'static [Metric]) -> Self {
        Self { metrics, rows: Vec::new(), seconds: None }
    }

    /// The numbers recorded so far.
    #[must_use]
    pub fn rows(&self) -> &[Measurement] {
        &self.rows
    }

    /// The recorded numbers and the fit time in seconds.
    pub(super) fn into_parts(self) -> (Vec<Measurement>, Option<f64>) {
        (self.rows, self.seconds)
    }

    /// Records a number of the final fit.
    ///
    /// # Panics
    /// If `metric` belongs to another family.
    pub fn record(&mut self, metric: Metric, value: f64) {
        self.push(metric, None, value);
    }

    /// Records a number at a `coordinate`, such as an iteration.
    ///
    /// # Panics
    /// If `metric` belongs to another family.
    pub fn record_at(&mut self, metric: Metric, coordinate: f64, value: f64) {
        self.push(metric, Some(coordinate), value);
    }

    fn push(&mut self, metric: Metric, coordinate: Option<f64>, value: f64) {
        let Some(index) = self.metrics.iter().position(|m| m.name == metric.name) else {
            panic!("the metric `{}` is not among those its family declares", metric.name);
        };
        self.rows.push(Measurement { metric: index as u16, coordinate, value });
    }

    /// Runs `fit` and records its wall time, so that computing the metrics is not timed.
    pub fn timed<T>(&mut self, fit: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = fit();
        self.seconds = Some(self.seconds.unwrap_or(0.0) + start.elapsed().as_secs_f64());
        result
    }
}
