//! Least squares, two-stage least squares, and yardsticks that know what no data set does.
//!
//! Standard errors are robust to heteroscedasticity (HC0).

use anyhow::{Context, ensure};
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels, statistics};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::algebra::{LeastSquares, columns, design};
use super::generators::Direct;
use super::population::Population;
use super::robust::{self, Clipped};
use super::{AverageEffect, Estimate, Observed, Shape};

/// What a difference is taken between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Contrast {
    /// Values of the treatment.
    #[default]
    Treatment,
    /// Values of the instrument.
    Instrument,
}

/// Which rows are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Among {
    /// All.
    #[default]
    All,
    /// Those with Z = 1.
    Encouraged,
}

fn yes() -> bool {
    true
}

/// Least squares of the outcome on the treatment and what it is adjusted for; without any of it, a difference of means.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    /// Whether it is adjusted for the covariates.
    #[serde(default = "yes")]
    covariates: bool,
    /// Whether it is adjusted for the instruments.
    #[serde(default = "yes")]
    instruments: bool,
    /// What the difference is taken between.
    #[serde(default)]
    contrast: Contrast,
    /// Which rows are used.
    #[serde(default)]
    among: Among,
}

/// Two-stage least squares, as if the instruments did not change the outcome; without covariates, Wald's ratio.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TwoStage {
    /// Whether it is adjusted for the covariates.
    #[serde(default = "yes")]
    covariates: bool,
}

/// Least squares with the confounder, and with products of treatment and covariates, so that the coefficient is an
/// average effect.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confounder {}

/// The multiply robust formula with the true nuisances and effects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oracle {}

impl Check for TwoStage {}
impl Check for Confounder {}
impl Check for Oracle {}

impl Check for Plain {
    fn check(&self) -> Result<(), Invalid> {
        if self.contrast == Contrast::Instrument && (self.instruments || self.among == Among::Encouraged) {
            let message = "the difference is between values of the instrument: set instruments = false and leave \
                           out `among`";
            return Err(Invalid::new("contrast", message));
        }
        Ok(())
    }
}

/// The coefficient of the last column of `x`, and its certificate, from `y` on `x`, where `first` is `x` or its
/// projection on instruments.
fn last_coefficient(x: &Design, first: &Design, y: &[f64], what: &str) -> anyhow::Result<Estimate> {
    let last = x.columns() - 1;
    let fit = LeastSquares::new(first, y);
    ensure!(fit.factor.kept()[last], "{what}");
    let rest: Vec<f64> = fit.at(x).iter().zip(y).map(|(f, y)| y - f).collect();
    let mut direction = vec![0.0; x.columns()];
    direction[last] = 1.0;
    fit.factor.solve(&mut direction);
    let mut weight = vec![0.0; x.rows()];
    first.mul(&direction, &mut weight);
    let square: f64 = weight.iter().zip(&rest).map(|(w, e)| (w * e).powi(2)).sum();
    let (mut score, mut whole) = (vec![0.0; x.columns()], vec![0.0; x.columns()]);
    first.tmul(&rest, &mut score);
    first.tmul(y, &mut whole);
    let size = kernels::squared_norm(&whole);
    let residual = if size > 0.0 { (kernels::squared_norm(&score) / size).sqrt() } else { 0.0 };
    Ok(Estimate {
        value: fit.coefficients[last],
        se: Some(square.sqrt()),
        residual: Some(residual),
        ..Estimate::default()
    })
}

impl AverageEffect for Plain {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let chosen;
        let data = match self.among {
            Among::All => data,
            Among::Encouraged => {
                chosen = data.take(&data.arms()?[1]);
                &chosen
            }
        };
        let n = data.rows();
        let ones = vec![1.0; n];
        let (lead, what) = match self.contrast {
            Contrast::Treatment => {
                (&data.a[..], "the treatment does not vary beyond what it is adjusted for")
            }
            Contrast::Instrument => (data.instrument(), "the instrument does not vary beyond the covariates"),
        };
        let covariates = columns(&data.x).filter(|_| self.covariates);
        let instruments = columns(&data.z).filter(|_| self.instruments);
        let all = std::iter::once(&ones[..]).chain(covariates).chain(instruments).chain([lead]);
        let x = design(n, all);
        last_coefficient(&x, &x, &data.y, what)
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        if shape.instruments != 1 && (self.contrast, self.among) != (Contrast::Treatment, Among::All) {
            let key = if self.contrast == Contrast::Instrument { "contrast" } else { "among" };
            return Err(Invalid::new(
                key,
                format!("it needs one instrument; there are {}", shape.instruments),
            ));
        }
        Ok(())
    }

    fn limit(&self, problem: &Direct) -> Option<f64> {
        let plain = self.covariates && self.instruments;
        (plain && (self.contrast, self.among) == (Contrast::Treatment, Among::All))
            .then(|| Population::new(problem).regression(false))?
    }
}

impl AverageEffect for TwoStage {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let n = data.rows();
        let ones = vec![1.0; n];
        let adjusted = || std::iter::once(&ones[..]).chain(columns(&data.x).filter(|_| self.covariates));
        let stage = design(n, adjusted().chain(columns(&data.z)));
        let projected = LeastSquares::new(&stage, &data.a).at(&stage);
        let x = design(n, adjusted().chain([&data.a[..]]));
        let first = design(n, adjusted().chain([&projected[..]]));
        last_coefficient(
            &x,
            &first,
            &data.y,
            "the instrument does not move the treatment, given the covariates",
        )
    }

    fn limit(&self, problem: &Direct) -> Option<f64> {
        self.covariates.then(|| Population::new(problem).regression(true))?
    }
}

impl AverageEffect for Confounder {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let hidden = data.hidden.as_ref().context("the confounder is not known")?;
        let n = data.rows();
        let ones = vec![1.0; n];
        let products: Vec<Vec<f64>> = columns(&data.x)
            .map(|x| {
                let mean = statistics::mean(x);
                x.iter().zip(&data.a).map(|(x, a)| (x - mean) * a).collect()
            })
            .collect();
        let others = columns(&data.x).chain(columns(&data.z)).chain([&hidden.confounder[..]]);
        let products = products.iter().map(Vec::as_slice);
        let all = std::iter::once(&ones[..]).chain(others).chain(products).chain([&data.a[..]]);
        let x = design(n, all);
        last_coefficient(&x, &x, &data.y, "the treatment does not vary beyond what it is adjusted for")
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        if !shape.confounder {
            return Err(Invalid::new("kind", "the confounder is known in drawn problems only"));
        }
        Ok(())
    }
}

impl AverageEffect for Oracle {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let hidden = data.hidden.as_ref().context("the nuisances are not known")?;
        let (Some(nuisances), Some((beta, eta))) = (&hidden.nuisances, &hidden.effects) else {
            anyhow::bail!("the nuisances are not known");
        };
        let mut phi = vec![0.0; data.rows()];
        let mut clipped = Clipped::default();
        robust::influences(data, nuisances, 0..data.rows(), |i| (beta[i], *eta), &mut phi, &mut clipped);
        let (value, se) = robust::summarise(&phi);
        let strength = Some(robust::strength(data, nuisances));
        Ok(Estimate { value, se: Some(se), strength, clipped: Some(clipped), ..Estimate::default() })
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        if !shape.nuisances {
            let message = "the nuisances are known in problems of kind = \"invalid-instrument\" only";
            return Err(Invalid::new("kind", message));
        }
        Ok(())
    }
}
