//! What networks are trained to minimise.

use remeasure_core::numerics::statistics;

/// Number of groups of targets in Ratledge's penalty.
pub const GROUPS: usize = 5;

/// The loss of predictions of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// `mean (ŷ − y)²`.
    Squares,
    /// Plus `weight · max_q (mean of ŷ − y over the targets in quintile q)²` (Ratledge et al.'s penalty, as the authors
    /// use it). Of a batch, quintiles without targets do not count.
    Ratledge {
        /// Weight of the penalty.
        weight: f64,
        /// Ascending limits of the quintiles, the outer ones included. Targets beyond them are in no quintile.
        limits: [f64; GROUPS + 1],
    },
}

/// The quintiles of outcomes with their extremes.
#[must_use]
pub fn quintiles(outcomes: &[f64]) -> [f64; GROUPS + 1] {
    let mut sorted = outcomes.to_vec();
    sorted.sort_by(f64::total_cmp);
    std::array::from_fn(|q| statistics::quantile(&sorted, q as f64 / GROUPS as f64))
}

/// The quintile of a target, if it is in one.
fn group(limits: &[f64; GROUPS + 1], y: f64) -> Option<usize> {
    let within = limits[0] <= y && y <= limits[GROUPS];
    within.then(|| limits[1..GROUPS].iter().filter(|limit| **limit <= y).count())
}

impl Loss {
    /// The quintile with the largest squared bias: its number, bias, and number of targets.
    fn worst(limits: &[f64; GROUPS + 1], outcomes: &[f64], predicted: &[f64]) -> Option<(usize, f64, f64)> {
        let (mut sums, mut counts) = ([0.0; GROUPS], [0.0; GROUPS]);
        for (y, p) in outcomes.iter().zip(predicted) {
            if let Some(q) = group(limits, *y) {
                sums[q] += p - y;
                counts[q] += 1.0;
            }
        }
        let filled = (0..GROUPS).filter(|q| counts[*q] > 0.0);
        let biases = filled.map(|q| (q, sums[q] / counts[q], counts[q]));
        biases.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
    }

    /// The loss of at least one prediction.
    #[must_use]
    pub fn value(&self, outcomes: &[f64], predicted: &[f64]) -> f64 {
        let pairs = outcomes.iter().zip(predicted);
        let squares = pairs.map(|(y, p)| (p - y).powi(2)).sum::<f64>() / outcomes.len() as f64;
        match self {
            Self::Squares => squares,
            Self::Ratledge { weight, limits } => {
                let worst = Self::worst(limits, outcomes, predicted);
                squares + weight * worst.map_or(0.0, |(_, bias, _)| bias * bias)
            }
        }
    }

    /// Writes the derivative of the loss by each prediction to `out`.
    pub fn gradient(&self, outcomes: &[f64], predicted: &[f64], out: &mut [f64]) {
        let each = 2.0 / outcomes.len() as f64;
        for ((out, y), p) in out.iter_mut().zip(outcomes).zip(predicted) {
            *out = each * (p - y);
        }
        let Self::Ratledge { weight, limits } = self else { return };
        let Some((worst, bias, count)) = Self::worst(limits, outcomes, predicted) else { return };
        for (out, y) in out.iter_mut().zip(outcomes) {
            if group(limits, *y) == Some(worst) {
                *out += 2.0 * weight * bias / count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quintiles_hold_a_fifth_each_and_nothing_beyond_them() {
        let outcomes: Vec<f64> = (0..=100).map(|i| f64::from(i) / 10.0).collect();
        let limits = quintiles(&outcomes);
        assert_eq!(limits, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(
            [-0.1, 0.0, 1.9, 2.0, 10.0, 10.1].map(|y| group(&limits, y)),
            [None, Some(0), Some(0), Some(1), Some(4), None]
        );
    }

    #[test]
    fn the_penalty_is_that_of_the_worst_quintile() {
        let limits = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let loss = Loss::Ratledge { weight: 3.0, limits };
        // Biases .1 in the first quintile, −.5 in the second; the last target is in none.
        let (y, p) = ([0.5, 0.6, 1.5, 9.0], [0.6, 0.7, 1.0, 0.0]);
        let squares = (0.01 + 0.01 + 0.25 + 81.0) / 4.0;
        assert!((Loss::Squares.value(&y, &p) - squares).abs() < 1e-14);
        assert!((loss.value(&y, &p) - squares - 3.0 * 0.25).abs() < 1e-14);
        // No target in any quintile.
        assert!((loss.value(&[9.0], &[8.0]) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let y: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.9).sin() * 3.0).collect();
        let p: Vec<f64> = y.iter().enumerate().map(|(i, y)| 0.5 * y + (i as f64 * 2.3).cos()).collect();
        for loss in [Loss::Squares, Loss::Ratledge { weight: 4.0, limits: quintiles(&y[..25]) }] {
            let mut gradient = vec![0.0; y.len()];
            loss.gradient(&y, &p, &mut gradient);
            for (i, found) in gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut p = p.clone();
                    p[i] += by;
                    loss.value(&y, &p)
                };
                let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((found - expected).abs() < 1e-8, "{loss:?} {i}: {found} {expected}");
            }
        }
    }
}
