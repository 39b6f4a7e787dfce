//! Search on an even grid.

use remeasure_core::params::Check;
use remeasure_core::{Invalid, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Search, check_bounded, check_points, check_positive, default_accuracy};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::inexact::LowerSolver;
use crate::oracle::Halt;
use crate::problem::Problem;

/// Registers the method.
pub(in crate::methods) const ENTRY: Entry =
    entry!(Grid, "grid", "the best point of an even grid in the box, evaluated from the upper end down");

/// Maximum number of points of a product of grids.
const MOST: usize = 1_000_000;

/// A search on a grid over the box.
///
/// The first point is the upper end (the strongest penalty, if hyperparameters are logarithms of penalties).
/// A product grid is traversed such that consecutive points differ by one step in one hyperparameter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Grid {
    /// Number of points along each hyperparameter including both ends, at least 2.
    points: usize,
    /// Whether all hyperparameters have the same position in their intervals; otherwise the grid is a product.
    #[serde(default)]
    shared: bool,
    /// Accuracy ε of the lower-level solution.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
}

impl Check for Grid {
    fn check(&self) -> Result<(), Invalid> {
        check_points(self.points, 2)?;
        check_positive("accuracy", self.accuracy)
    }
}

/// `points^dimension`; `None` if that exceeds [`MOST`].
fn count(points: usize, dimension: usize) -> Option<usize> {
    let mut product = 1_usize;
    for _ in 0..dimension {
        product = product.checked_mul(points).filter(|p| *p <= MOST)?;
    }
    Some(product)
}

/// Point `number` of the traversal: a reflected Gray code counted down from the upper corner.
fn place(mut number: usize, points: usize, position: &mut [f64]) {
    for p in position.iter_mut().rev() {
        let (digit, prefix) = (number % points, number / points);
        let down = if prefix % 2 == 0 { digit } else { points - 1 - digit };
        *p = 1.0 - down as f64 / (points - 1) as f64;
        number = prefix;
    }
}

impl Estimator for Grid {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let mut search = Search::new(task, self.lower, self.accuracy, self.shared)?;
        let mut position = vec![0.0; search.dimension()];
        let total = count(self.points, position.len())
            .ok_or_else(|| anyhow::anyhow!("a grid of more than {MOST} points"))?;
        let end = (0..total).try_for_each(|number| -> Result<(), Halt> {
            place(number, self.points, &mut position);
            search.evaluate(&position).map(|_| ())
        });
        search.finish(end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        check_bounded(problem)?;
        let parameters = problem.spec().parameters();
        if !self.shared && count(self.points, parameters).is_none() {
            let message = format!(
                "{} points for each of {parameters} hyperparameters make more than {MOST}: take fewer, or \
                 `shared = true` for one value for all",
                self.points
            );
            return Err(Invalid::new("points", message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_starts_at_the_top_makes_single_steps_and_sees_every_point_once() {
        for (points, dimension) in [(2, 1), (7, 1), (3, 2), (4, 3)] {
            let mut seen: Vec<Vec<f64>> = Vec::new();
            for number in 0..count(points, dimension).unwrap() {
                let mut position = vec![0.5; dimension];
                place(number, points, &mut position);
                if let Some(before) = seen.last() {
                    let apart: f64 = before.iter().zip(&position).map(|(a, b)| (a - b).abs()).sum();
                    assert!((apart * (points - 1) as f64 - 1.0).abs() < 1e-12, "{before:?} {position:?}");
                }
                assert!(!seen.contains(&position));
                seen.push(position);
            }
            assert_eq!(seen[0], vec![1.0; dimension]);
            assert!(seen.contains(&vec![0.0; dimension]));
        }
    }

    #[test]
    fn a_grid_too_large_is_not_counted() {
        assert_eq!(count(10, 6), Some(MOST));
        assert_eq!(count(10, 7), None);
        assert_eq!(count(2, 640), None);
    }
}
