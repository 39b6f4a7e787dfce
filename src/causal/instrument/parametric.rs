//! Plug-in and multiply robust estimates with parametric nuisances, of which some can be made wrong.
//!
//! `π` is a logistic regression on `(1, X)`, `p_z` least squares on `(1, X)` within `z`, `m_z` least squares on
//! `(1, X)`, squares and products within `z`, `β(X) = bᵀ(1, X)`, `η` a constant.

use std::fmt::Write as _;

use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, statistics};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::algebra::{LeastSquares, Logistic, columns};
use super::generators::Direct;
use super::population::Population;
use super::robust::{self, Clipped, Effects, Moments, Nuisances, with_ones};
use super::{AverageEffect, Estimate, Observed, Shape};

/// A part of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// π, the probability of the instrument.
    Instrument,
    /// p, the probability of treatment.
    Treatment,
    /// m, the mean outcome, and q if it is its own.
    Outcome,
    /// β, the effect.
    Effect,
}

/// The regression of the treatment inside the residual of the outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inner {
    /// That of the treatment's own model, p.
    #[default]
    Shared,
    /// One of its own, q, by the model of the outcome: errors of p then meet only errors of the outcome's model.
    Own,
}

/// Which parts are wrong: they leave out the covariates.
#[derive(Clone, Debug, Default)]
pub struct Wrong(Vec<Part>);

impl Wrong {
    /// The given parts.
    #[must_use]
    pub fn new(parts: &[Part]) -> Self {
        Self(parts.to_vec())
    }

    /// Whether a part is wrong.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.0.contains(&part)
    }
}

/// 1, the covariates, their squares, and their products.
#[must_use]
pub fn quadratic(x: &Design) -> Design {
    let p = x.columns();
    let product = |(i, j): (usize, usize)| -> Vec<f64> {
        x.column(i).iter().zip(x.column(j)).map(|(a, b)| a * b).collect()
    };
    let products: Vec<Vec<f64>> = (0..p).flat_map(|i| (i..p).map(move |j| (i, j))).map(product).collect();
    with_ones(x.rows(), columns(x).chain(products.iter().map(Vec::as_slice)))
}

/// Fits the nuisances; the flag says whether the regression of the instrument converged.
///
/// # Errors
/// The instrument does not vary.
pub fn fit(data: &Observed, wrong: &Wrong, inner: Inner) -> anyhow::Result<(Nuisances, bool)> {
    let arms = data.arms()?;
    let ones = with_ones(data.rows(), std::iter::empty());
    let linear = with_ones(data.rows(), columns(&data.x));
    let chosen = |part: Part| if wrong.has(part) { &ones } else { &linear };
    let logistic = Logistic::new(chosen(Part::Instrument), data.instrument());
    let rich = if wrong.has(Part::Outcome) { ones.clone() } else { quadratic(&data.x) };
    let treatment = chosen(Part::Treatment);
    let mut out = Nuisances::zeros(data.rows());
    out.pi = logistic.fitted;
    for (z, rows) in arms.iter().enumerate() {
        let pick = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&i| values[i]).collect() };
        let (a, y) = (pick(&data.a), pick(&data.y));
        out.p[z] = LeastSquares::new(&treatment.take_rows(rows), &a).at(treatment);
        let own = rich.take_rows(rows);
        let outcome = LeastSquares::new(&own, &y);
        let fitted = outcome.at(&own);
        rows.iter().zip(&fitted).for_each(|(&i, v)| out.m[i] = *v);
        if inner == Inner::Own {
            let mut q = vec![0.0; own.columns()];
            own.tmul(&a, &mut q);
            outcome.factor.solve(&mut q);
            let mut fitted = vec![0.0; rows.len()];
            own.mul(&q, &mut fitted);
            rows.iter().zip(&fitted).for_each(|(&i, v)| out.inner[i] = *v);
        } else {
            rows.iter().for_each(|&i| out.inner[i] = out.p[z][i]);
        }
    }
    Ok((out, logistic.converged))
}

/// Refuses a part that is named twice.
fn check_parts(parts: &[Part]) -> Result<(), Invalid> {
    for (i, part) in parts.iter().enumerate() {
        if parts[..i].contains(part) {
            let mut name = format!("{part:?}");
            name.make_ascii_lowercase();
            return Err(Invalid::new("wrong", format!("\"{name}\" is named twice")));
        }
    }
    Ok(())
}

/// The mean of β(X), with β from the moments of parametric nuisances. It has no standard error.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlugIn {
    /// Parts of the model that leave out the covariates.
    #[serde(default)]
    wrong: Vec<Part>,
}

/// The multiply robust estimator with parametric nuisances.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiplyRobust {
    /// Parts of the model that leave out the covariates.
    #[serde(default)]
    wrong: Vec<Part>,
    /// The regression of the treatment inside the residual of the outcome.
    #[serde(default)]
    inner: Inner,
}

impl Check for PlugIn {
    fn check(&self) -> Result<(), Invalid> {
        check_parts(&self.wrong)
    }
}

impl Check for MultiplyRobust {
    fn check(&self) -> Result<(), Invalid> {
        check_parts(&self.wrong)
    }
}

/// What both estimators start with: nuisances, the basis of `β`, `β` and `η`, and a shortfall.
fn prepare(
    data: &Observed,
    wrong: &Wrong,
    inner: Inner,
) -> anyhow::Result<(Nuisances, Design, Effects, Option<String>)> {
    let (nuisances, converged) = fit(data, wrong, inner)?;
    let basis = robust::basis(data, wrong.has(Part::Effect));
    let mut moments = Moments::empty(basis.columns());
    moments.add(data, &basis, &nuisances, 0..data.rows());
    let effects = moments.solve()?;
    let mut shortfall = String::new();
    if !converged {
        shortfall
            .push_str("the logistic regression of the instrument has no maximum: covariates separate it");
    }
    Ok((nuisances, basis, effects, (!shortfall.is_empty()).then_some(shortfall)))
}

/// Adds what a weak contrast of variances means.
pub(super) fn weak(strength: f64, shortfall: Option<String>) -> Option<String> {
    if strength >= 1.0 {
        return shortfall;
    }
    let mut text = shortfall.map_or_else(String::new, |s| s + "; ");
    let _ = write!(
        text,
        "nothing shows that the variance of the treatment differs between values of the instrument (F = {strength:.2})"
    );
    Some(text)
}

impl AverageEffect for PlugIn {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let (nuisances, basis, effects, shortfall) = prepare(data, &Wrong::new(&self.wrong), Inner::Shared)?;
        let strength = robust::strength(data, &nuisances);
        Ok(Estimate {
            value: statistics::mean(&robust::effects_at(&basis, &effects.b)),
            residual: Some(effects.residual),
            strength: Some(strength),
            shortfall: weak(strength, shortfall),
            ..Estimate::default()
        })
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        shape.simple()
    }

    fn limit(&self, problem: &Direct) -> Option<f64> {
        Population::new(problem).limits(&Wrong::new(&self.wrong), Inner::Shared).map(|l| l.plug_in)
    }
}

impl AverageEffect for MultiplyRobust {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let (nuisances, basis, effects, shortfall) = prepare(data, &Wrong::new(&self.wrong), self.inner)?;
        let beta = robust::effects_at(&basis, &effects.b);
        let mut phi = vec![0.0; data.rows()];
        let mut clipped = Clipped::default();
        let at = |i: usize| (beta[i], effects.eta);
        robust::influences(data, &nuisances, 0..data.rows(), at, &mut phi, &mut clipped);
        let (value, se) = robust::summarise(&phi);
        let strength = robust::strength(data, &nuisances);
        Ok(Estimate {
            value,
            se: Some(se),
            residual: Some(effects.residual),
            strength: Some(strength),
            clipped: Some(clipped),
            shortfall: weak(strength, shortfall),
            ..Estimate::default()
        })
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        shape.simple()
    }

    fn limit(&self, problem: &Direct) -> Option<f64> {
        Population::new(problem).limits(&Wrong::new(&self.wrong), self.inner).map(|l| l.robust)
    }
}
