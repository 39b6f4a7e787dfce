//! Adam (Kingma and Ba 2015) with a learning rate for each kind of parameter.

use remeasure_core::Invalid;

use super::Real;
use super::kernels::{AdamStep, adam};
use super::network::{Group, Kind};

/// Learning rates by kind of parameter.
///
/// | Name | Default | Purpose | Range |
/// |---|---|---|---|
/// | `step` | 0.02 | steps, or their logarithms | ≥ 0 |
/// | `threshold` | 0.02 | thresholds, or their logarithms | ≥ 0 |
/// | `matrix` | 0.001 | entries of matrices | ≥ 0 |
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Learning rate of steps, or of their logarithms.
    pub step: f64,
    /// Learning rate of thresholds, or of their logarithms.
    pub threshold: f64,
    /// Learning rate of the entries of matrices.
    pub matrix: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self { step: 0.02, threshold: 0.02, matrix: 0.001 }
    }
}

impl Rates {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        for (key, rate) in [("step", self.step), ("threshold", self.threshold), ("matrix", self.matrix)] {
            if !(rate.is_finite() && rate >= 0.0) {
                return Err(Invalid::new(
                    format!("rates.{key}"),
                    format!("expected a finite number of at least 0, found {rate}"),
                ));
            }
        }
        Ok(())
    }

    fn of(&self, kind: Kind) -> f64 {
        match kind {
            Kind::Step => self.step,
            Kind::Threshold => self.threshold,
            Kind::Matrix => self.matrix,
        }
    }
}

/// The running means; decays 0.9 and 0.999, `ε = 1e-8`, with bias correction.
#[derive(Clone, Debug)]
pub(super) struct Adam<R> {
    rates: Rates,
    groups: Vec<Group>,
    mean: Vec<R>,
    square: Vec<R>,
    steps: i32,
}

const FIRST: f64 = 0.9;
const SECOND: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl<R: Real> Adam<R> {
    pub(super) fn new(rates: Rates, groups: Vec<Group>, parameters: usize) -> Self {
        let zeros = vec![R::ZERO; parameters];
        Self { rates, groups, mean: zeros.clone(), square: zeros, steps: 0 }
    }

    /// Forgets all previous gradients.
    pub(super) fn reset(&mut self) {
        self.mean.fill(R::ZERO);
        self.square.fill(R::ZERO);
        self.steps = 0;
    }

    /// Updates the first `prefix` parameters, which are whole groups.
    pub(super) fn update(&mut self, prefix: usize, gradient: &[R], parameters: &mut [R]) {
        self.steps = self.steps.saturating_add(1);
        let first = 1.0 - FIRST.powi(self.steps);
        let root = (1.0 - SECOND.powi(self.steps)).sqrt();
        for group in self.groups.iter().filter(|g| g.range.end <= prefix) {
            let rate = self.rates.of(group.kind) / first;
            let step = AdamStep { first: FIRST, second: SECOND, rate, root, epsilon: EPSILON };
            let range = group.range.clone();
            let (mean, square) = (&mut self.mean[range.clone()], &mut self.square[range.clone()]);
            adam(step, &gradient[range.clone()], mean, square, &mut parameters[range]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first step has the size of the learning rate, whatever the gradient's; the second follows by hand
    /// from the formulas of algorithm 1.
    #[test]
    fn the_first_two_steps_are_those_of_the_paper() {
        let groups = vec![
            Group { kind: Kind::Step, layer: Some(0), range: 0..1 },
            Group { kind: Kind::Matrix, layer: Some(0), range: 1..2 },
        ];
        let mut adam = Adam::<f64>::new(Rates::default(), groups, 2);
        let mut w = [1.0, 1.0];
        adam.update(2, &[4.0, -0.5], &mut w);
        assert!((w[0] - 0.98).abs() < 1e-9 && (w[1] - 1.001).abs() < 1e-9, "{w:?}");
        adam.update(2, &[1.0, -0.5], &mut w);
        let (m, v) = (0.9 * 0.4 + 0.1, 0.999 * 0.016 + 0.001);
        let (m, v): (f64, f64) = (m / (1.0 - 0.81), v / (1.0 - 0.999 * 0.999));
        let expected = 0.98 - 0.02 * m / (v.sqrt() + 1e-8);
        assert!((w[0] - expected).abs() < 1e-9, "{} {expected}", w[0]);
        adam.reset();
        let before = w;
        adam.update(1, &[-7.0, 3.0], &mut w);
        assert!((w[0] - before[0] - 0.02).abs() < 1e-9 && w[1] == before[1]);
    }
}
