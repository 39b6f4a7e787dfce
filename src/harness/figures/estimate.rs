//! The point and the band of a line, and the numbers of a box.

use remeasure_chart::BoxStats;
use remeasure_core::numerics::statistics::{Estimate, clopper_pearson, mean, median_interval, quantile};

use super::line::Band;
use crate::select::Statistic;

const LEVEL: f64 = 0.95;

/// How a line summarises the values at one of its places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) statistic: Statistic,
    pub(super) band: Band,
    /// Whether the metric is 0 or 1, so that its mean is a rate.
    pub(super) event: bool,
    /// Whether it is drawn on a log scale.
    pub(super) log: bool,
}

impl Reading {
    /// The value and its band; limits that cannot be given are infinite.
    pub(super) fn of(&self, values: &mut [f64]) -> (f64, (f64, f64)) {
        values.sort_by(f64::total_cmp);
        let center = match self.statistic {
            Statistic::Mean => mean(values),
            Statistic::Median => quantile(values, 0.5),
        };
        // On a log scale the interval is that of the logarithm (delta method), so that it stays positive.
        let around = |half: f64| match self.log && center > 0.0 {
            true => (center * (-half / center).exp(), center * (half / center).exp()),
            false => (center - half, center + half),
        };
        let of_mean = || Estimate::of_mean(values, 0.0);
        let band = match self.band {
            Band::Ci95 if self.statistic == Statistic::Median => {
                median_interval(values, LEVEL).unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
            }
            // Exact for rates, because a t interval could extend beyond 0 and 1.
            Band::Ci95 if self.event => clopper_pearson(ones(values), values.len() as u64, LEVEL),
            Band::Ci95 => around(of_mean().interval(LEVEL).1 - of_mean().value),
            Band::Se => around(of_mean().se),
            Band::Quartiles => (quantile(values, 0.25), quantile(values, 0.75)),
            Band::None => (center, center),
        };
        (center, band)
    }
}

/// Number of values that are 1.
pub(crate) fn ones(values: &[f64]) -> u64 {
    values.iter().filter(|v| **v == 1.0).count() as u64
}

/// Tukey's box. The quartiles are those of all values, as in `summary.csv`; the whiskers
/// reach 1.5 interquartile ranges on the scale of the axis.
pub(super) fn box_stats(at: f64, mut values: Vec<f64>, log: bool) -> Option<BoxStats> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let [q1, median, q3] = [0.25, 0.5, 0.75].map(|q| quantile(&values, q));
    let place = |v: f64| match log {
        true if v > 0.0 => v.log10(),
        true => f64::NEG_INFINITY,
        false => v,
    };
    let reach = 1.5 * (place(q3) - place(q1));
    let inside =
        |v: &&f64| !reach.is_finite() || (place(q1) - reach..=place(q3) + reach).contains(&place(**v));
    let low = values.iter().find(inside).copied().unwrap_or(q1);
    let high = values.iter().rev().find(inside).copied().unwrap_or(q3);
    let outliers = values.iter().filter(|v| !inside(v)).copied().collect();
    Some(BoxStats { at, low, q1, median, q3, high, outliers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(statistic: Statistic, event: bool, log: bool, values: &[f64]) -> (f64, f64) {
        Reading { statistic, band: Band::Ci95, event, log }.of(&mut values.to_vec()).1
    }

    #[test]
    fn the_interval_of_a_mean_uses_students_t() {
        // t(0.975, 3) = 3.18245; the standard error of 1, 2, 3, 4 is √(5/12).
        let half = 3.182_446 * (5.0_f64 / 12.0).sqrt();
        let (low, high) = band(Statistic::Mean, false, false, &[1.0, 2.0, 3.0, 4.0]);
        assert!((low - (2.5 - half)).abs() < 1e-5 && (high - (2.5 + half)).abs() < 1e-5, "{low} {high}");
        let (low, high) = band(Statistic::Mean, false, true, &[1.0, 2.0, 3.0, 4.0]);
        assert!(low > 0.0 && (low * high - 2.5 * 2.5).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn the_interval_of_a_rate_is_exact_and_only_for_events() {
        // 1 − 0.025^(1/20)
        let (low, high) = band(Statistic::Mean, true, false, &[0.0; 20]);
        assert!(low == 0.0 && (high - 0.168_433).abs() < 1e-5, "{high}");
        // A score that happens to be 1 throughout is not a rate.
        assert_eq!(band(Statistic::Mean, false, false, &[1.0; 20]), (1.0, 1.0));
    }

    #[test]
    fn the_interval_of_a_median_lies_between_order_statistics() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        // P(Bin(10, ½) ≤ 1) = 11/1024 ≤ 0.025 < P(Bin(10, ½) ≤ 2).
        assert_eq!(band(Statistic::Median, false, false, &values), (2.0, 9.0));
        assert_eq!(band(Statistic::Median, false, false, &values[..5]), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn a_box_on_a_log_scale_has_the_quartiles_of_all_values() {
        let values = vec![0.0, 0.0, 1.0, 2.0, 3.0];
        let log = box_stats(0.0, values.clone(), true).unwrap();
        assert_eq!((log.low, log.q1, log.median, log.q3, log.high), (0.0, 0.0, 1.0, 2.0, 3.0));
        assert_eq!(log.outliers, [0.0; 0]);
        // Fences on the scale drawn: 1000 is far out on a linear scale only.
        let spread = vec![1.0, 10.0, 20.0, 100.0, 1000.0];
        assert_eq!(box_stats(0.0, spread.clone(), false).unwrap().outliers, [1000.0]);
        assert_eq!(box_stats(0.0, spread, true).unwrap().outliers, [0.0; 0]);
        // A zero below positive quartiles lies beyond any fence.
        let zero = vec![0.0, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5];
        assert_eq!(box_stats(0.0, zero, true).unwrap().outliers, [0.0]);
    }
}
