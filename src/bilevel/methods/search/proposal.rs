//! Search by a Gaussian process (Snoek, Larochelle and Adams, NeurIPS 2012, without their integration over
//! the parameters of the process).

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::params::Check;
use remeasure_core::stream::Stream;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::surrogate::{Kernel, Surrogate, expected_improvement};
use super::{Search, check_bounded, check_points, check_positive, default_accuracy, uniform};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::inexact::LowerSolver;
use crate::methods::check_count;
use crate::oracle::Halt;
use crate::problem::Problem;

/// Registers the method.
pub(in crate::methods) const ENTRY: Entry = entry!(
    GaussianProcess,
    "gaussian-process",
    "the best of points at which a Gaussian process expects the greatest improvement"
);

/// Evaluates `points` points. The first `initial` ones are those of the random search of the same trial. Each
/// further point has the largest expected improvement among `candidates`, most of which are uniform and the
/// others scattered around the best point so far.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GaussianProcess {
    /// Total number of points.
    points: usize,
    /// Number of initial points, those of the random search of the same trial; at least 2.
    #[serde(default = "default_initial")]
    initial: usize,
    /// Correlation of two points.
    #[serde(default)]
    kernel: Kernel,
    /// Number of candidates for the next point.
    #[serde(default = "default_candidates")]
    candidates: usize,
    /// Whether all hyperparameters have the same position in their intervals.
    #[serde(default)]
    shared: bool,
    /// Accuracy ε of the lower-level solution.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// Iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
}

fn default_initial() -> usize {
    5
}

fn default_candidates() -> usize {
    1000
}

/// Maximum number of points: the process is refitted with every point, and a larger Cholesky factor takes too
/// long.
const MOST: usize = 500;

/// One in this many candidates is near the best point.
const AROUND: usize = 4;

impl Check for GaussianProcess {
    fn check(&self) -> Result<(), Invalid> {
        check_points(self.points, 1)?;
        if self.points > MOST {
            return Err(Invalid::new("points", format!("expected at most {MOST}, found {}", self.points)));
        }
        if self.initial < 2 {
            return Err(Invalid::new("initial", format!("expected at least 2, found {}", self.initial)));
        }
        check_count("candidates", self.candidates)?;
        check_positive("accuracy", self.accuracy)
    }
}

/// A candidate: uniform, or near `best` at a distance of any order of magnitude from 1 to 10⁻³.
fn candidate(number: usize, best: &[f64], stream: &mut Stream) -> Vec<f64> {
    if !number.is_multiple_of(AROUND) {
        return uniform(best.len(), stream);
    }
    let spread = 10_f64.powf(-3.0 * stream.r#gen::<f64>());
    best.iter().map(|b| (b + spread * stream.sample::<f64, _>(StandardNormal)).clamp(0.0, 1.0)).collect()
}

impl GaussianProcess {
    /// The candidate with the largest expected improvement; if none is expected anywhere, the one with the
    /// largest uncertainty; without a process, the first.
    fn propose(&self, points: &[Vec<f64>], values: &[f64], stream: &mut Stream) -> Vec<f64> {
        let least = (0..values.len()).min_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0);
        let mut process = Surrogate::fit(self.kernel, points, values);
        let mut chosen: Option<(Vec<f64>, f64, f64)> = None;
        for number in 0..self.candidates {
            let at = candidate(number, &points[least], stream);
            let (mean, deviation) = process.as_mut().map_or((0.0, 0.0), |p| p.predict(&at));
            let gain = expected_improvement(values[least], mean, deviation);
            if chosen.as_ref().is_none_or(|(_, g, d)| (gain, deviation) > (*g, *d)) {
                chosen = Some((at, gain, deviation));
            }
        }
        chosen.map_or_else(|| points[least].clone(), |(at, _, _)| at)
    }
}

impl Estimator for GaussianProcess {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let mut initial = task.streams.stream("search");
        let mut further = task.streams.stream("candidates");
        let mut search = Search::new(task, self.lower, self.accuracy, self.shared)?;
        let (mut points, mut values) = (Vec::new(), Vec::new());
        let end = (0..self.points).try_for_each(|number| -> Result<(), Halt> {
            if deadline::passed() {
                return Err(Halt::Deadline);
            }
            let position = if number < self.initial || points.is_empty() {
                uniform(search.dimension(), &mut initial)
            } else {
                self.propose(&points, &values, &mut further)
            };
            // If the lower level fails, give the process the worst value so far, so that it avoids the point.
            let worst = values.iter().copied().reduce(f64::max);
            if let Some(value) = search.evaluate(&position)?.or(worst) {
                points.push(position);
                values.push(value);
            }
            Ok(())
        });
        search.finish(end)
    }

    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        check_bounded(problem)
    }
}
