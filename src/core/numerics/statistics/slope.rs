//! Rates: slopes on log–log scales.

use super::student::Estimate;

/// How the points of a slope are weighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Equal weights: the slope does not depend on how noisy each point is, even if the points do not lie on
    /// a line.
    Equal,
    /// Inverse-variance weights: the most precise if the points lie on a line.
    Precision,
}

/// Slope of log mean against log x, by least squares.
///
/// The logarithm of a mean has standard error se/mean (delta method); the slope is a contrast of independent
/// log means, with Satterthwaite's degrees of freedom. `None` if there are fewer than two distinct x, if an x
/// or a mean is not positive, or if precision weights are requested and a standard error is 0 or unknown.
#[must_use]
pub fn log_log_slope(points: &[(f64, Estimate)], weights: Weights) -> Option<Estimate> {
    let mut logs = Vec::with_capacity(points.len());
    for (x, m) in points {
        if !(*x > 0.0 && x.is_finite() && m.value > 0.0 && m.value.is_finite()) {
            return None;
        }
        let y = Estimate { value: m.value.ln(), se: m.se / m.value, ..*m };
        let weight = match weights {
            Weights::Equal => 1.0,
            Weights::Precision => 1.0 / (y.se * y.se),
        };
        if !weight.is_finite() {
            return None;
        }
        logs.push((x.ln(), y, weight));
    }
    let total: f64 = logs.iter().map(|(_, _, w)| w).sum();
    let centre = logs.iter().map(|(x, _, w)| w * x).sum::<f64>() / total;
    let spread: f64 = logs.iter().map(|(x, _, w)| w * (x - centre).powi(2)).sum();
    let width = logs.iter().map(|(x, ..)| (x - centre).abs()).fold(0.0, f64::max);
    if !(spread > 0.0 && width > 1e-12 * centre.abs()) {
        return None;
    }
    let terms: Vec<(f64, Estimate)> = logs.iter().map(|(x, y, w)| (w * (x - centre) / spread, *y)).collect();
    Some(Estimate::contrast(&terms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn point(x: f64, value: f64, se: f64, df: f64) -> (f64, Estimate) {
        (x, Estimate { value, se, df, n: df as u64 + 1 })
    }

    // Reference: NumPy 2, `polyfit(log x, log m, 1, w)` for the slopes; the standard errors and degrees of
    // freedom from the weighted least-squares contrast written out with arrays.
    #[test]
    fn slopes_agree_with_numpy() {
        let points = [
            point(10.0, 5.0, 0.2, 9.0),
            point(20.0, 2.6, 0.1, 9.0),
            point(40.0, 1.2, 0.06, 19.0),
            point(80.0, 0.64, 0.02, 19.0),
        ];
        for (weights, slope, se, df) in [
            (Weights::Equal, -1.001_283_007_140_620_2, 0.023_779_690_081_110_87, 26.668_324_484_548_716),
            (Weights::Precision, -0.996_604_456_452_043, 0.023_097_376_024_146_146, 29.257_366_543_446_13),
        ] {
            let ours = log_log_slope(&points, weights).unwrap();
            assert_relative_eq!(ours.value, slope, max_relative = 1e-12);
            assert_relative_eq!(ours.se, se, max_relative = 1e-12);
            assert_relative_eq!(ours.df, df, max_relative = 1e-12);
        }
    }

    #[test]
    fn a_power_law_is_found_exactly() {
        let points: Vec<_> = [1.0, 3.0, 10.0].map(|x: f64| point(x, 7.0 * x.powf(-0.5), 0.0, 9.0)).into();
        let slope = log_log_slope(&points, Weights::Equal).unwrap();
        assert_relative_eq!(slope.value, -0.5, max_relative = 1e-14);
        assert_eq!(slope.se, 0.0);
        assert!(log_log_slope(&points, Weights::Precision).is_none());
    }

    #[test]
    fn no_slope_through_one_x_or_through_zero() {
        let same = [point(2.0, 1.0, 0.1, 9.0), point(2.0, 2.0, 0.1, 9.0)];
        assert!(log_log_slope(&same, Weights::Equal).is_none());
        let zero = [point(1.0, 0.0, 0.1, 9.0), point(2.0, 2.0, 0.1, 9.0)];
        assert!(log_log_slope(&zero, Weights::Equal).is_none());
        assert!(log_log_slope(&[], Weights::Equal).is_none());
    }
}
