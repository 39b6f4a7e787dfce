//! Search by a Gaussian process (Snoek, Larochelle and Adams, NeurIPS 2012, without their integration over the
//! process's own parameters).

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

/// Registration.
pub(in crate::methods) const ENTRY: Entry = entry!(
    GaussianProcess,
    "gaussian-process",
    "the best of points at which a Gaussian process expects the greatest improvement"
);

/// `points` in all, of which the first `initial` are those of the random search of the same trial; after them each
/// point has the greatest expected improvement among `candidates`, most of them uniform, the others scattered around
/// the best point so far.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GaussianProcess {
    /// Points in all.
    points: usize,
    /// Points at the start, those of the random search of the same trial.
    #[serde(default = "default_initial")]
    initial: usize,
    /// The correlation of two points.
    #[serde(default)]
    kernel: Kernel,
    /// Candidates for the next point.
    #[serde(default = "default_candidates")]
    candidates: usize,
    /// One place for all hyperparameters.
    #[serde(default)]
    shared: bool,
    /// ε to which the lower level is solved.
    #[serde(default = "default_accuracy")]
    accuracy: f64,
    /// The iteration that solves the lower level.
    #[serde(default)]
    lower: LowerSolver,
}

fn default_initial() -> usize {
    5
}

fn default_candidates() -> usize {
    1000
}

/// Points whose process is fitted anew with every point; a Cholesky factor of more takes too long.
const MOST: usize = 500;

/// One in so many candidates lies around the best point.
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

/// A candidate: uniform, or around `best` at a distance of any order of magnitude from 1 to 10⁻³.
fn candidate(number: usize, best: &[f64], stream: &mut Stream) -> Vec<f64> {
    if !number.is_multiple_of(AROUND) {
        return uniform(best.len(), stream);
    }
    let spread = 10_f64.powf(-3.0 * stream.r#gen::<f64>());
    best.iter().map(|b| (b + spread * stream.sample::<f64, _>(StandardNormal)).clamp(0.0, 1.0)).collect()
}

impl GaussianProcess {
    /// The candidate with the greatest expected improvement; where none is expected anywhere, that about which least
    /// is known; without a process, the first.
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
            // Where the lower level fails, the process is told the worst value seen, so that it keeps away.
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
