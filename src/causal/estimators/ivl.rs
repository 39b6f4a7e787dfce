//! Regularised instrumental regression on augmented data, and the ways to choose its weight.

use std::collections::BTreeMap;

use anyhow::Context;
use rand::Rng;
use remeasure_core::Invalid;
use remeasure_core::numerics::kernels;
use remeasure_core::numerics::split;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Method, Task, check_draws, entry, is_largest, smallest, ten};
use crate::confounding::{Search, confounding};
use crate::moments::{Features, Moments, Sample};
use crate::stage::{self, Stage};
use crate::theory::{self, Limit};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Method::Regression,
    Ivl,
    "da-ivl",
    "instrumental regression with weight α of the ordinary loss, the augmentation noise as instruments"
);

/// Share of the rows, or of the levels of the instruments, that is held out to choose `α`.
const HELD_OUT: f64 = 0.2;

/// Weights near those that are chosen from ten on [1e-4, 1], by validation and by the confounding. They serve to compare
/// errors between models, and change no estimate.
const TYPICAL: [f64; 2] = [0.5, 0.2];

/// How to choose `α` among those drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// Least error of the original y on the original X in a fifth of the rows, held out once.
    Cv,
    /// The same with a fifth of the distinct levels of the binned instruments held out, which are then also the
    /// instruments of the fit.
    LevelCv,
    /// The norm nearest to that which Janzing's estimate of the confounding leaves of the fit to augmented data.
    Confounding,
    /// The largest; a yardstick.
    Largest,
    /// The one with the least causal error, which needs the effect; a yardstick.
    Oracle,
}

/// IVL on augmented data (Akbar et al.): `argmin ‖Π(y − X̃h)‖² + α‖y − X̃h‖²`, with the projection Π onto the
/// augmentation noise.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ivl {
    /// Weight α, above 0. Give this or `choice`.
    alpha: Option<f64>,
    /// How to choose α among those drawn. Give this or `alpha`.
    choice: Option<Choice>,
    /// Number of α drawn, uniformly on the log scale; the same for all estimators of a trial. From 1 to 1000.
    #[serde(default = "ten")]
    draws: usize,
    /// Interval of the α drawn, above 0.
    #[serde(default = "range")]
    range: [f64; 2],
    /// How the estimate of the confounding maximises its density (`choice = "confounding"` only).
    #[serde(default)]
    search: Search,
}

fn range() -> [f64; 2] {
    [1e-4, 1.0]
}

impl Check for Ivl {
    fn check(&self) -> Result<(), Invalid> {
        if self.alpha.is_some() == self.choice.is_some() {
            return Err(Invalid::new("alpha", "give either `alpha` or `choice`"));
        }
        if let Some(alpha) = self.alpha.filter(|a| !(a.is_finite() && *a > 0.0)) {
            return Err(Invalid::new("alpha", format!("expected a number above 0, found {alpha}")));
        }
        check_draws(self.draws)?;
        let [low, high] = self.range;
        if !(low > 0.0 && low < high && high.is_finite()) {
            let message = format!("expected two ascending numbers above 0, found [{low}, {high}]");
            return Err(Invalid::new("range", message));
        }
        if self.search != Search::Global && self.choice != Some(Choice::Confounding) {
            return Err(Invalid::new("search", "only choice = \"confounding\" has this key"));
        }
        Ok(())
    }
}

/// Number of `count` items that are held out, rounded up; at least one is left.
fn held_out(count: usize) -> usize {
    ((HELD_OUT * count as f64).ceil() as usize).min(count.saturating_sub(1))
}

/// Rows that are held out, where rows with the same instruments stay together.
fn held_out_levels(sample: &Sample, task: Task<'_>) -> Vec<usize> {
    let mut levels: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for row in 0..sample.rows() {
        // A binned column has two values, of different signs.
        let level = (0..sample.instruments).map(|i| sample.instrument(i)[row] > 0.0).collect();
        levels.entry(level).or_default().push(row);
    }
    let levels: Vec<Vec<usize>> = levels.into_values().collect();
    let mut stream = task.streams.stream("split of the levels");
    let (_, test) = split::train_test(levels.len(), held_out(levels.len()), &mut stream);
    test.into_iter().flat_map(|level| levels[level].iter().copied()).collect()
}

/// Position of the `α` with the least error on the rows `test`, fitted on the others.
fn validate(alphas: &[f64], sample: &Sample, all: &Moments, test: &[usize]) -> anyhow::Result<usize> {
    let held = sample.moments_of(test);
    let stage = Stage::new(&all.clone().plus(-1.0, &held))?;
    let risks: anyhow::Result<Vec<f64>> =
        alphas.iter().map(|a| Ok(held.risk(Features::Original, &stage.ivl(*a)?.h))).collect();
    smallest(risks?).context("no α was drawn")
}

impl Ivl {
    fn alphas(&self, task: Task<'_>) -> Vec<f64> {
        let mut stream = task.streams.stream("alphas");
        let [low, high] = self.range.map(f64::ln);
        (0..self.draws).map(|_| stream.gen_range(low..high).exp()).collect()
    }

    /// Chooses by the solutions `fits` of all `α`.
    fn nearest(&self, task: Task<'_>, fits: &[Vec<f64>]) -> anyhow::Result<(usize, f64)> {
        let moments = &task.instance.moments;
        let w = stage::least_squares(moments, Features::Augmented)?.h;
        let found = confounding(&moments.covariance(Features::Augmented), &w, self.search)?;
        let norm = found.squared_norm.sqrt();
        let distance = |h: &Vec<f64>| (kernels::squared_norm(h).sqrt() - norm).abs();
        let at = smallest(fits.iter().map(distance)).context("no α was drawn")?;
        Ok((at, found.beta))
    }
}

impl Estimator for Ivl {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let instance = task.instance;
        let (sample, moments) = match self.choice {
            Some(Choice::LevelCv) => (&instance.binned().0, &instance.binned().1),
            _ => (&instance.sample, &instance.moments),
        };
        let stage = Stage::new(moments)?;
        let Some(choice) = self.choice else {
            let alpha = self.alpha.context("no weight is given")?;
            let fit = Fit::of(stage.ivl(alpha)?).towards(Limit::ivl(instance.gamma, alpha));
            return Ok(Fit { weight: Some(alpha), ..fit });
        };
        let alphas = self.alphas(task);
        let fits = || alphas.iter().map(|a| Ok(stage.ivl(*a)?.h)).collect::<anyhow::Result<Vec<_>>>();
        let (at, beta) = match choice {
            Choice::Cv => {
                let rows = sample.rows();
                let (_, test) = split::train_test(rows, held_out(rows), &mut task.streams.stream("split"));
                (validate(&alphas, sample, moments, &test)?, None)
            }
            Choice::LevelCv => (validate(&alphas, sample, moments, &held_out_levels(sample, task))?, None),
            Choice::Confounding => {
                let (at, beta) = self.nearest(task, &fits()?)?;
                (at, Some(beta))
            }
            Choice::Largest => (smallest(alphas.iter().map(|a| -a)).context("no α was drawn")?, None),
            Choice::Oracle => {
                let effect = &instance.model.effect;
                (smallest(fits()?.iter().map(|h| theory::ncer(h, effect))).context("no α was drawn")?, None)
            }
        };
        let fit = Fit::of(stage.ivl(alphas[at])?);
        let typical = match choice {
            Choice::Cv | Choice::LevelCv | Choice::Largest => Some(TYPICAL[0]),
            Choice::Confounding => Some(TYPICAL[1]),
            Choice::Oracle => None,
        };
        let control = typical.map(|alpha| Limit::ivl(instance.gamma, alpha));
        Ok(Fit { weight: Some(alphas[at]), largest: Some(is_largest(&alphas, at)), beta, control, ..fit })
    }
}
