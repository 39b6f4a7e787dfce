//! One entry: the statistic of an estimator's values, with remarks.

use remeasure_core::family::Outcome;
use remeasure_core::format::{NONE, number, number_with_error};
use remeasure_core::numerics::statistics::{clopper_pearson, mean, quantile, standard_error};

use super::model::{Beside, Entry, Figure, Spread};
use crate::config::Statistic;
use crate::figures::ones;
use crate::records::Store;
use crate::summary::{Common, sample};

/// What the entries of a column show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Mean and Monte Carlo standard error.
    Mean,
    /// The mean of an event, with its exact interval.
    Rate,
    /// Median and quartiles.
    Median,
}

impl Shown {
    pub(super) fn of(statistic: Statistic, event: bool) -> Self {
        match statistic {
            Statistic::Mean if event => Self::Rate,
            Statistic::Mean => Self::Mean,
            Statistic::Median => Self::Median,
        }
    }
}

/// A rate with its exact 95 % interval, to two digits of the interval's width: `0.25 [0.09, 0.49]`.
fn rate(hits: u64, n: u64) -> Figure {
    let (low, high) = clopper_pearson(hits, n, 0.95);
    // The width lies in (0, 1], so there is at least one decimal.
    let decimals = (1.0 - (high - low).log10().floor()).clamp(1.0, 9.0) as usize;
    let text = |p: f64| if p == 0.0 || p == 1.0 { p.to_string() } else { format!("{p:.decimals$}") };
    let spread = Spread::Interval(text(low), text(high));
    Figure { value: text(hits as f64 / n as f64), spread, power: 0 }
}

/// The number that an entry shows, and the figure made of it.
fn statistic(shown: Shown, mut values: Vec<f64>) -> (Option<f64>, Figure) {
    if values.is_empty() {
        return (None, Figure::alone(NONE.to_owned()));
    }
    match shown {
        Shown::Rate => (Some(mean(&values)), rate(ones(&values), values.len() as u64)),
        Shown::Mean => {
            let parts = number_with_error(mean(&values), standard_error(&values));
            let spread = parts.error.map_or(Spread::Unknown, Spread::Error);
            (Some(mean(&values)), Figure { value: parts.value, spread, power: parts.power })
        }
        Shown::Median => {
            values.sort_by(f64::total_cmp);
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
            let spread = Spread::Interval(number(low), number(high));
            (Some(middle), Figure { value: number(middle), spread, power: 0 })
        }
    }
}

/// The entries of one cell and metric, one per estimator: the statistic over its own values, with
/// the number of missing values and, if other estimators lack some that it has, the statistic over
/// the common replicates. An estimator that the config skips has the entry `skipped`.
pub(super) fn entries(
    store: &Store,
    cell: usize,
    estimators: &[usize],
    metric: Option<usize>,
    shown: Shown,
) -> Vec<Entry> {
    let Some(metric) = metric else { return vec![Entry::word(Some(NONE)); estimators.len()] };
    let common = Common::of(store, cell, estimators, metric, None);
    let entry = |&estimator: &usize| {
        let sample = sample(store, cell, estimator, metric, None);
        if sample.skipped > 0 && sample.planned == 0 {
            return Entry::word(Some(Outcome::Skipped(String::new()).word()));
        }
        let (missing, n) = (sample.missing(), sample.values.len());
        let mut beside = Vec::new();
        if missing > 0 {
            beside.push(Beside::Missing(missing));
        }
        let shared = common.values(store, cell, estimator, metric, None);
        if shared.is_empty() && n > 0 {
            beside.push(Beside::NoneCommon);
        } else if shared.len() < n {
            beside.push(Beside::Common { n: shared.len(), figure: statistic(shown, shared).1 });
        }
        let (sort, figure) = statistic(shown, sample.values);
        Entry { figure: Some(figure), beside, n, sort, best: false, close: false }
    };
    estimators.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_zero_has_an_interval() {
        assert_eq!(rate(0, 20).text(), "0 [0, 0.17]");
        assert_eq!(rate(20, 20).text(), "1 [0.83, 1]");
        assert_eq!(rate(5, 20).text(), "0.25 [0.09, 0.49]");
    }
}
