//! The multiply robust estimator with learned nuisances, cross-fitted, and a choice among learners.
//!
//! Rows are divided at random into folds. The nuisances of a fold are learned from the others. `β(X) = bᵀ(1, X)` and a
//! constant `η` are solved for on the other folds, with the nuisances that were learned without each row. Those of other
//! folds were learned with this one, so a fold is not wholly unseen by its own `β` and `η`; if `π` and `p` are right, these
//! need not be right.
//!
//! The criterion of the choice is recalled from Cui and Tchetgen Tchetgen (arXiv 1911.02029) and could not be checked:
//! the pseudo-risk of a combination is the largest squared change of the estimate when one nuisance is learned by
//! another candidate. The combination with the smallest is taken.

use anyhow::Context;
use rand::seq::SliceRandom;
use remeasure_core::Invalid;
use remeasure_core::numerics::statistics;
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::learners::Learner;
use super::parametric::{Inner, weak};
use super::robust::{self, Clipped, Moments, Nuisances};
use super::{AverageEffect, Estimate, Observed, Shape};

/// Number of folds, 5.
const FOLDS: usize = 5;

/// Predictions of one learner at rows that it was not trained on, each of length `n`.
#[derive(Clone, Debug)]
struct Learned {
    pi: Vec<f64>,
    p: [Vec<f64>; 2],
    m: Vec<f64>,
}

/// Rows of each fold.
fn folds(rows: usize, streams: &Streams) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut streams.stream("folds"));
    let mut folds = vec![Vec::new(); FOLDS];
    order.iter().enumerate().for_each(|(at, &i)| folds[at % FOLDS].push(i));
    folds.iter_mut().for_each(|rows| rows.sort_unstable());
    folds
}

/// What a learner is needed for.
#[derive(Clone, Copy, Debug)]
struct Needed {
    instrument: bool,
    arms: bool,
}

fn learn(data: &Observed, learner: Learner, needed: Needed, folds: &[Vec<usize>]) -> anyhow::Result<Learned> {
    let zeros = || vec![0.0; data.rows()];
    let mut out = Learned { pi: zeros(), p: [zeros(), zeros()], m: zeros() };
    for (k, held) in folds.iter().enumerate() {
        let mut rest: Vec<usize> =
            folds.iter().enumerate().filter(|(j, _)| *j != k).flat_map(|(_, rows)| rows).copied().collect();
        rest.sort_unstable();
        let query = data.x.take_rows(held);
        let pick = |values: &[f64], rows: &[usize]| -> Vec<f64> { rows.iter().map(|&i| values[i]).collect() };
        if needed.instrument {
            let z = pick(data.instrument(), &rest);
            let found = learner.predict(&data.x.take_rows(&rest), &[&z], &query)?;
            held.iter().zip(&found[0]).for_each(|(&i, v)| out.pi[i] = *v);
        }
        for arm in [0, 1].into_iter().filter(|_| needed.arms) {
            let own: Vec<usize> = rest.iter().copied().filter(|&i| data.arm(i) == arm).collect();
            anyhow::ensure!(own.len() > FOLDS, "too few rows with Z = {arm} to learn from");
            let (a, y) = (pick(&data.a, &own), pick(&data.y, &own));
            let found = learner.predict(&data.x.take_rows(&own), &[&a, &y], &query)?;
            for (at, &i) in held.iter().enumerate() {
                out.p[arm][i] = found[0][at];
                if data.arm(i) == arm {
                    out.m[i] = found[1][at];
                }
            }
        }
    }
    Ok(out)
}

/// Nuisances of which each may be of another learner.
fn combined(data: &Observed, pi: &Learned, p: &Learned, m: &Learned, inner: Inner) -> Nuisances {
    let q = if inner == Inner::Own { m } else { p };
    Nuisances {
        pi: pi.pi.clone(),
        p: p.p.clone(),
        m: m.m.clone(),
        inner: (0..data.rows()).map(|i| q.p[data.arm(i)][i]).collect(),
    }
}

fn estimate(data: &Observed, nuisances: &Nuisances, folds: &[Vec<usize>]) -> anyhow::Result<Estimate> {
    let basis = robust::basis(data, false);
    let mut whole = Moments::empty(basis.columns());
    whole.add(data, &basis, nuisances, 0..data.rows());
    let mut phi = vec![0.0; data.rows()];
    let mut clipped = Clipped::default();
    let mut residual: f64 = 0.0;
    for rows in folds {
        let mut own = Moments::empty(basis.columns());
        own.add(data, &basis, nuisances, rows.iter().copied());
        let effects = whole.without(&own).solve()?;
        residual = residual.max(effects.residual);
        let beta = robust::effects_at(&basis, &effects.b);
        let at = |i: usize| (beta[i], effects.eta);
        robust::influences(data, nuisances, rows.iter().copied(), at, &mut phi, &mut clipped);
    }
    let (value, se) = robust::summarise(&phi);
    let strength = robust::strength(data, nuisances);
    Ok(Estimate {
        value,
        se: Some(se),
        residual: Some(residual),
        strength: Some(strength),
        clipped: Some(clipped),
        shortfall: weak(strength, None),
        ..Estimate::default()
    })
}

/// Estimates by all combinations of learners for π, p and m.
#[derive(Clone, Debug)]
pub struct Combinations {
    learners: Vec<Learner>,
    inner: Inner,
    /// For learner `i` of π, `j` of p and `k` of m, at `(i L + j) L + k`.
    estimates: Vec<Estimate>,
}

impl Combinations {
    fn new(data: &Observed, learners: &[Learner], inner: Inner, streams: &Streams) -> anyhow::Result<Self> {
        let folds = folds(data.rows(), streams);
        let everything = Needed { instrument: true, arms: true };
        let learned: Vec<Learned> =
            learners.iter().map(|l| learn(data, *l, everything, &folds)).collect::<anyhow::Result<_>>()?;
        let mut estimates = Vec::with_capacity(learned.len().pow(3));
        for pi in &learned {
            for p in &learned {
                for m in &learned {
                    estimates.push(estimate(data, &combined(data, pi, p, m, inner), &folds)?);
                }
            }
        }
        Ok(Self { learners: learners.to_vec(), inner, estimates })
    }

    /// Runs `with` on the combinations of these data, which are made once for each list of learners.
    fn with<T>(
        data: &Observed,
        learners: &[Learner],
        inner: Inner,
        streams: &Streams,
        with: impl FnOnce(&Self) -> T,
    ) -> anyhow::Result<T> {
        let same = |found: &&(u32, Self)| {
            found.0 == streams.replicate && found.1.learners == learners && found.1.inner == inner
        };
        if let Some((_, known)) = data.combinations.get().filter(same) {
            return Ok(with(known));
        }
        let made = Self::new(data, learners, inner, streams)?;
        let result = with(&made);
        // Another list of learners may be there already; then these are only used once.
        let _ = data.combinations.set((streams.replicate, made));
        Ok(result)
    }

    fn values(&self) -> Vec<f64> {
        self.estimates.iter().map(|e| e.value).collect()
    }

    /// The combination with the smallest pseudo-risk; the first among equals.
    fn selected(&self) -> usize {
        let risks = pseudo_risks(&self.values(), self.learners.len());
        risks.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at)
    }
}

/// For each combination of `count` learners for three nuisances, the largest squared change of the estimate when one
/// of the three is exchanged.
#[must_use]
pub fn pseudo_risks(estimates: &[f64], count: usize) -> Vec<f64> {
    let strides = [count * count, count, 1];
    let risk = |at: usize| {
        let neighbours = strides.iter().flat_map(|&stride| {
            let first = at - (at / stride % count) * stride;
            (0..count).map(move |other| first + other * stride)
        });
        neighbours.map(|other| (estimates[other] - estimates[at]).powi(2)).fold(0.0, f64::max)
    };
    (0..estimates.len()).map(risk).collect()
}

/// The multiply robust estimator with learned nuisances, cross-fitted on five folds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossFitted {
    /// Learner of all nuisances, unless one of the next three says otherwise.
    learner: Option<Learner>,
    /// Learner of π, the probability of the instrument.
    instrument: Option<Learner>,
    /// Learner of p, the probability of treatment.
    treatment: Option<Learner>,
    /// Learner of m, the mean outcome.
    outcome: Option<Learner>,
    /// The regression of the treatment inside the residual of the outcome.
    #[serde(default)]
    inner: Inner,
}

impl CrossFitted {
    fn learners(&self) -> Option<[Learner; 3]> {
        let of = |own: Option<Learner>| own.or(self.learner);
        Some([of(self.instrument)?, of(self.treatment)?, of(self.outcome)?])
    }
}

impl Check for CrossFitted {
    fn check(&self) -> Result<(), Invalid> {
        if self.learners().is_none() {
            let message = "give a learner, or one each for instrument, treatment and outcome";
            return Err(Invalid::new("learner", message));
        }
        Ok(())
    }
}

fn all() -> Vec<Learner> {
    Learner::ALL.to_vec()
}

/// Refuses fewer than two learners, and one that is named twice.
fn check_learners(learners: &[Learner]) -> Result<(), Invalid> {
    let twice = learners.iter().enumerate().any(|(i, l)| learners[..i].contains(l));
    if learners.len() < 2 || twice {
        return Err(Invalid::new("learners", "expected at least two different learners"));
    }
    Ok(())
}

/// The estimate of the combination of learners that a criterion selects, recalled from Cui and Tchetgen Tchetgen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selected {
    /// Candidates for each nuisance. Default: all.
    #[serde(default = "all")]
    learners: Vec<Learner>,
    /// The regression of the treatment inside the residual of the outcome.
    #[serde(default)]
    inner: Inner,
}

/// The yardstick of the selection: the median estimate over all combinations, and as its absolute error the median of
/// theirs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typical {
    /// Candidates for each nuisance. Default: all.
    #[serde(default = "all")]
    learners: Vec<Learner>,
    /// The regression of the treatment inside the residual of the outcome.
    #[serde(default)]
    inner: Inner,
}

impl Check for Selected {
    fn check(&self) -> Result<(), Invalid> {
        check_learners(&self.learners)
    }
}

impl Check for Typical {
    fn check(&self) -> Result<(), Invalid> {
        check_learners(&self.learners)
    }
}

/// Refuses data without covariates, from which nothing is learned.
fn admit(shape: &Shape) -> Result<(), Invalid> {
    shape.simple()?;
    if shape.covariates == 0 {
        let message = "there are no covariates to learn from: use \"genius\"";
        return Err(Invalid::new("kind", message));
    }
    Ok(())
}

impl AverageEffect for CrossFitted {
    fn estimate(&self, data: &Observed, streams: &Streams) -> anyhow::Result<Estimate> {
        data.arms()?;
        let [pi, p, m] = self.learners().context("a learner is missing")?;
        let folds = folds(data.rows(), streams);
        let one = learn(data, pi, Needed { instrument: true, arms: p == pi || m == pi }, &folds)?;
        let arms = Needed { instrument: false, arms: true };
        let two = if p == pi { one.clone() } else { learn(data, p, arms, &folds)? };
        let three = match m {
            _ if m == pi => one.clone(),
            _ if m == p => two.clone(),
            _ => learn(data, m, arms, &folds)?,
        };
        estimate(data, &combined(data, &one, &two, &three, self.inner), &folds)
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        admit(shape)
    }
}

impl AverageEffect for Selected {
    fn estimate(&self, data: &Observed, streams: &Streams) -> anyhow::Result<Estimate> {
        data.arms()?;
        Combinations::with(data, &self.learners, self.inner, streams, |all| Estimate {
            combinations: all.values(),
            ..all.estimates[all.selected()].clone()
        })
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        admit(shape)
    }
}

impl AverageEffect for Typical {
    fn estimate(&self, data: &Observed, streams: &Streams) -> anyhow::Result<Estimate> {
        data.arms()?;
        let values = Combinations::with(data, &self.learners, self.inner, streams, Combinations::values)?;
        let mut ascending = values.clone();
        ascending.sort_unstable_by(f64::total_cmp);
        let value = statistics::quantile(&ascending, 0.5);
        Ok(Estimate { value, combinations: values, typical: true, ..Estimate::default() })
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        admit(shape)
    }
}
