//! Paths of coefficients: how they are recorded, for figures of `kind = "path"`.

use super::{Metric, Recorder};

/// Places in a coordinate: `step · STEP + block · BLOCK + feature`.
const STEP: f64 = 1e9;
const BLOCK: f64 = 1e6;

/// The coordinate of a coefficient: `step` and `feature` count from 1, `block` (such as a class, each with its own
/// coefficients) from 0. Features are below a million, blocks below a thousand.
#[must_use]
pub fn coordinate(step: usize, block: usize, feature: usize) -> f64 {
    step as f64 * STEP + block as f64 * BLOCK + feature as f64
}

/// Step, block and feature of a [`coordinate`]; `None` if it is not one.
#[must_use]
pub fn parts(coordinate: f64) -> Option<(usize, usize, usize)> {
    let whole = coordinate.fract() == 0.0 && (STEP..9e15).contains(&coordinate);
    let (step, rest) = ((coordinate / STEP).floor(), coordinate % STEP);
    let (block, feature) = ((rest / BLOCK).floor(), rest % BLOCK);
    (whole && feature >= 1.0).then_some((step as usize, block as usize, feature as usize))
}

impl Recorder {
    /// Records the next step of a path of coefficients: `penalty`, the λ of the step, as the metric `lambda` at the
    /// coordinate `step` (from 1, in descending order of λ), and every coefficient that is not 0 as the metric
    /// `coefficient` at its [`coordinate`]. A model with one vector of coefficients has one block.
    ///
    /// # Panics
    /// If a metric belongs to another family.
    pub fn record_step<'a>(
        &mut self,
        [coefficient, lambda]: [Metric; 2],
        step: usize,
        penalty: f64,
        blocks: impl IntoIterator<Item = &'a [f64]>,
    ) {
        self.record_at(lambda, step as f64, penalty);
        for (block, values) in blocks.into_iter().enumerate() {
            for (j, &value) in values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                self.record_at(coefficient, coordinate(step, block, j + 1), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_can_be_read_back() {
        for at in [(1, 0, 1), (100, 2, 999_999), (3, 999, 7), (1_000_000, 0, 20)] {
            assert_eq!(parts(coordinate(at.0, at.1, at.2)), Some(at));
        }
        for other in [0.0, 5.0, 1e9, 1e9 + 0.5, 2e9 + 3e6, f64::NAN, -1e9 - 1.0, 1e16] {
            assert_eq!(parts(other), None, "{other}");
        }
    }

    #[test]
    fn a_step_has_its_penalty_and_its_coefficients_that_are_not_zero() {
        crate::metrics! {
            /// Of a path.
            ALL:
            VALUE = Neither, "path", "a coefficient";
            LAMBDA = Neither, "path_lambda", "λ";
        }
        let mut recorder = Recorder::new(ALL);
        recorder.record_step([VALUE, LAMBDA], 2, 0.5, [&[0.0, 3.0][..], &[-1.0, 0.0][..]]);
        let rows: Vec<_> = recorder.rows().iter().map(|r| (r.metric, r.coordinate, r.value)).collect();
        let at = |block, feature| Some(coordinate(2, block, feature));
        assert_eq!(rows, [(1, Some(2.0), 0.5), (0, at(0, 2), 3.0), (0, at(1, 1), -1.0)]);
    }
}
