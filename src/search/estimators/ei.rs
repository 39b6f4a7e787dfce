//! Searches by the expected improvement of a model.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::entry;
use remeasure_core::numerics::statistics::{mean, sd};
use remeasure_core::params::Check;
use remeasure_core::stream::{Stream, Streams};
use remeasure_optim::gp::{Fit, Hyper, Process, expected_improvement};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, Search};
use crate::black_box::BlackBox;
use crate::models::forest::{Forest, Growth};

pub(super) const GP: Entry =
    entry!(Method::Search, GpEi, "gp-ei", "expected improvement of a Gaussian process (Matérn 5/2)");
pub(super) const FOREST: Entry =
    entry!(Method::Search, ForestEi, "forest-ei", "expected improvement of a random forest, as SMAC");

/// Candidates drawn from the whole box, and around the best point with this standard deviation (ours).
const UNIFORM: usize = 1000;
const LOCAL: usize = 200;
const SPREAD: f64 = 0.05;

/// What the expected improvement is measured from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Incumbent {
    /// The least standardised value.
    #[default]
    Standardised,
    /// The least value as it is, although the model has standardised ones: the error of the published baseline.
    Raw,
}

/// Gaussian process with a Matérn-5/2 kernel and one length scale per coordinate (.005 to 10; signal .01 to 100, noise 1e-6
/// to .5) on standardised values, fitted by maximal marginal likelihood from a fixed and a random start before each trial. The
/// next point has the largest expected improvement among 1000 uniform candidates and 200 near the best point.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GpEi {
    /// What the expected improvement is measured from.
    #[serde(default)]
    incumbent: Incumbent,
    /// Whether values y are replaced by sign(y)·ln(1 + |y|), for those that span decades.
    #[serde(default)]
    log: bool,
}

/// Random forest: 10 trees on bootstrap samples, 5/6 of the coordinates tried at each split, mean and standard deviation over
/// the trees; candidates as for gp-ei.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForestEi {
    /// Fewest rows of a leaf.
    #[serde(default)]
    leaf: Leaf,
}

/// Rules for the fewest rows of a leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Leaf {
    /// 1.
    #[default]
    One,
    /// 1 with fewer than 5 rows, else 3 (3 is our reading): with exactly 5 rows nothing can be split, so that the model is
    /// a constant.
    Published,
    /// 1 with at most 5 rows, as intended, else 3.
    Corrected,
}

impl Leaf {
    fn rows(self, n: usize) -> usize {
        match self {
            Self::One => 1,
            Self::Published => {
                if n < 5 {
                    1
                } else {
                    3
                }
            }
            Self::Corrected => {
                if n <= 5 {
                    1
                } else {
                    3
                }
            }
        }
    }

    /// Grows a forest.
    pub(super) fn forest(
        self,
        dimension: usize,
        points: &[f64],
        values: &[f64],
        stream: &mut Stream,
    ) -> Forest {
        let growth = Growth { trees: 10, leaf: self.rows(values.len()), features: 5.0 / 6.0 };
        Forest::grow(dimension, points, values, growth, stream)
    }
}

impl Check for GpEi {}

impl Check for ForestEi {}

/// Candidates of a trial, point by point.
struct Candidates {
    points: Vec<f64>,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Candidates {
    fn new(dimension: usize) -> Self {
        let count = UNIFORM + LOCAL;
        Self { points: vec![0.0; count * dimension], means: vec![0.0; count], deviations: vec![0.0; count] }
    }

    fn draw(&mut self, best: &[f64], stream: &mut Stream) {
        let (uniform, local) = self.points.split_at_mut(UNIFORM * best.len());
        uniform.fill_with(|| stream.r#gen());
        for point in local.chunks_exact_mut(best.len()) {
            for (x, at) in point.iter_mut().zip(best) {
                *x = (at + SPREAD * Distribution::<f64>::sample(&StandardNormal, stream)).clamp(0.0, 1.0);
            }
        }
    }

    /// The first candidate with the largest expected improvement.
    fn choose(&self, dimension: usize, best: f64) -> &[f64] {
        let (mut chosen, mut most) = (0, f64::NEG_INFINITY);
        for (k, (mean, deviation)) in self.means.iter().zip(&self.deviations).enumerate() {
            let gain = expected_improvement(best, *mean, *deviation);
            if gain > most {
                (chosen, most) = (k, gain);
            }
        }
        &self.points[chosen * dimension..][..dimension]
    }
}

/// Values minus their mean, over their sample standard deviation where it is not 0.
pub(super) fn standardise(values: &mut [f64]) -> (f64, f64) {
    let centre = mean(values);
    let spread = if values.len() > 1 { sd(values) } else { 0.0 };
    let scale = if spread > 1e-14 * centre.abs() && spread.is_normal() { spread } else { 1.0 };
    values.iter_mut().for_each(|v| *v = (*v - centre) / scale);
    (centre, scale)
}

/// The process of largest likelihood from a fixed and a random start.
pub(super) fn fit(dimension: usize, points: &[f64], values: &[f64], stream: &mut Stream) -> Option<Process> {
    let fit = Fit::default();
    let mut within =
        |(low, high): (f64, f64)| (low * (high / low).powf(stream.r#gen::<f64>())).clamp(low, high);
    let drawn = Hyper {
        lengths: (0..dimension).map(|_| within(fit.lengths)).collect(),
        signal: within(fit.signal),
        noise: within(fit.noise),
    };
    let plain = Hyper { lengths: vec![0.5; dimension], signal: 1.0, noise: 1e-3 };
    fit.run(dimension, points, values, &[plain, drawn])
}

/// The trials of a search that proposes points once there is a finite value, and draws them before.
fn each_trial(
    function: &mut BlackBox<'_>,
    streams: &Streams,
    mut propose: impl FnMut(&mut BlackBox<'_>, Vec<f64>, &mut Candidates) -> Vec<f64>,
) -> anyhow::Result<()> {
    let mut candidates = Candidates::new(function.dimension());
    let mut stream = streams.stream("candidates");
    while function.left() > 0 {
        candidates.draw(function.best(), &mut stream);
        let point = match function.usable() {
            Some(values) => propose(function, values, &mut candidates),
            None => candidates.points[..function.dimension()].to_vec(),
        };
        function.evaluate(&point)?;
    }
    Ok(())
}

impl Search for GpEi {
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()> {
        let d = function.dimension();
        let mut stream = streams.stream("gp-ei");
        each_trial(function, streams, |function, mut values, candidates| {
            if self.log {
                values.iter_mut().for_each(|v| *v = v.abs().ln_1p().copysign(*v));
            }
            let raw = values.iter().copied().fold(f64::INFINITY, f64::min);
            let (centre, scale) = standardise(&mut values);
            let best = match self.incumbent {
                Incumbent::Standardised => (raw - centre) / scale,
                Incumbent::Raw => raw,
            };
            let Some(mut process) = fit(d, function.points(), &values, &mut stream) else {
                return candidates.points[..d].to_vec();
            };
            if process.jitter() > 0.0 {
                function.note_jitter();
            }
            process.predict_all(&candidates.points, &mut candidates.means, &mut candidates.deviations);
            candidates.choose(d, best).to_vec()
        })
    }
}

impl Search for ForestEi {
    fn search(&self, function: &mut BlackBox<'_>, streams: &Streams) -> anyhow::Result<()> {
        let d = function.dimension();
        let mut stream = streams.stream("forest-ei");
        each_trial(function, streams, |function, values, candidates| {
            let best = values.iter().copied().fold(f64::INFINITY, f64::min);
            let forest = self.leaf.forest(d, function.points(), &values, &mut stream);
            let outs = candidates.means.iter_mut().zip(&mut candidates.deviations);
            for (point, (mean, deviation)) in candidates.points.chunks_exact(d).zip(outs) {
                (*mean, *deviation) = forest.predict(point);
            }
            candidates.choose(d, best).to_vec()
        })
    }
}
