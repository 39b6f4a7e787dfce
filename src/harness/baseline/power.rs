//! The changes that a check could have detected.

use remeasure_core::numerics::statistics::{benjamini_yekutieli_alone, quantile};

use super::compare::{Comparison, Rules};
use super::difference::anew;
use super::snapshot::Snapshot;

/// The smallest change of a metric that would have been detected with power [`Rules::power`] if it alone
/// had changed, as a fraction of the baseline's mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Power {
    /// The metric.
    pub metric: String,
    /// Number of cells × estimators that equal the baseline to the last bit; there any change would show.
    pub identical: usize,
    /// Median and maximum over the comparisons of this check; `None` if there were none. Infinite if the
    /// replicates are too few to detect any change.
    pub here: Option<(f64, f64)>,
    /// The same over all cells and estimators, for a check on other data such as another seed.
    pub anew: Option<(f64, f64)>,
}

/// Median and maximum.
fn spread(mut shares: Vec<f64>) -> Option<(f64, f64)> {
    shares.retain(|s| !s.is_nan());
    shares.sort_by(f64::total_cmp);
    let last = *shares.last()?;
    Some((quantile(&shares, 0.5), last))
}

fn share(change: f64, mean: f64) -> f64 {
    if mean == 0.0 { f64::NAN } else { change / mean.abs() }
}

/// The power of a check, for each of the `headline` metrics in the baseline.
pub(super) fn power(
    before: &Snapshot,
    comparisons: &[Comparison],
    identical: &[bool],
    headline: &[String],
    rules: &Rules,
) -> Vec<Power> {
    let every: usize = before.fits.iter().map(|f| f.series.len() + 2).sum();
    let alpha = benjamini_yekutieli_alone(every, rules.rate);
    let mut found = Vec::new();
    for metric in headline {
        let finals = |f: &usize| {
            let series = &before.fits[*f].series;
            series.iter().find(|s| s.coordinate.is_none() && s.metric == *metric && s.count > 0)
        };
        let having: Vec<usize> = (0..before.fits.len()).filter(|f| finals(f).is_some()).collect();
        if having.is_empty() {
            continue;
        }
        let of_metric = comparisons.iter().filter(|c| c.metric == *metric && c.coordinate.is_none());
        let here = of_metric.map(|c| share(c.smallest, c.before)).collect();
        let on_new = having.iter().filter_map(finals);
        let on_new =
            on_new.map(|s| share(anew(s, rules.tolerance).detectable(alpha, rules.power), s.mean)).collect();
        found.push(Power {
            metric: metric.clone(),
            identical: having.iter().filter(|f| identical[**f]).count(),
            here: spread(here),
            anew: spread(on_new),
        });
    }
    found
}
