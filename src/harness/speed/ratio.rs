//! The ratio of two estimators' times.

use remeasure_core::numerics::statistics::{Estimate, quantile, trimmed_mean};

use super::rounds::{Times, Work};

/// Fraction of the rounds to trim at each end.
const TRIM: f64 = 0.2;

/// The time of an estimator as a multiple of another's.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeRatio {
    /// Logarithm of the ratio: trimmed mean over the rounds, with its standard error.
    pub log_ratio: Estimate,
    /// Number of rounds, without the warm-up.
    pub rounds: u32,
    /// Number of replicates that every round fits.
    pub replicates: u32,
    /// Seconds of one fit of each estimator: median over the rounds.
    pub fit_seconds: [f64; 2],
}

impl TimeRatio {
    /// Computes the ratio from the times of rounds with the same `work`; all times must be above 0.
    #[must_use]
    pub fn of(times: &[Times], work: Work) -> Self {
        let logs: Vec<f64> = times.iter().map(|t| (t.seconds[0] / t.seconds[1]).ln()).collect();
        let fit_seconds = [0, 1].map(|i| {
            let mut all: Vec<f64> = times.iter().map(|t| t.seconds[i]).collect();
            all.sort_by(f64::total_cmp);
            quantile(&all, 0.5) / work.fits()
        });
        Self {
            log_ratio: trimmed_mean(&logs, TRIM),
            rounds: times.len() as u32,
            replicates: work.replicates,
            fit_seconds,
        }
    }

    /// The ratio of the times.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.log_ratio.value.exp()
    }

    /// Confidence interval of the ratio.
    #[must_use]
    pub fn interval(&self, level: f64) -> (f64, f64) {
        let (low, high) = self.log_ratio.interval(level);
        (low.exp(), high.exp())
    }
}
