//! GENIUS: one effect, from the covariance that differs between values of the instruments (Tchetgen Tchetgen, Sun and
//! Walter; the method of the package MR-GENIUS).
//!
//! With residuals `r = Z − E(Z|X)` and `e = A − E(A|Z, X)`, the moments are `Σ r e (Y − βA) = 0`. One instrument gives
//! `β = Σ r e Y / Σ r e A`; several are combined by iterated GMM. The sandwich variance counts the estimation of both
//! regressions. That the weights of GMM are the inverse covariance of moments which count it too is our choice.

use anyhow::Context;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, kernels};
use remeasure_core::params::Check;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::Deserialize;

use super::algebra::{Factor, LeastSquares, Logistic, columns, gram};
use super::generators::Direct;
use super::parametric::weak;
use super::population::Population;
use super::robust::with_ones;
use super::{AverageEffect, Estimate, Observed, Shape};

/// Maximum number of iterations of GMM.
const MOST_ITERATIONS: usize = 200;

/// Size of the summed moment, relative to the sizes of its terms, below which it is rounding.
const ROUNDING: f64 = 1e-12;

/// A model of the treatment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Model {
    /// Least squares.
    #[default]
    Linear,
    /// A logistic regression.
    Logit,
}

fn yes() -> bool {
    true
}

/// GENIUS: one effect, the same for all.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Genius {
    /// Model of the treatment: within Z = 0 and Z = 1 for one instrument, else with all instruments side by side.
    #[serde(default)]
    exposure: Model,
    /// Whether it is adjusted for the covariates. Instruments of 0 or 1 then have logistic models.
    #[serde(default = "yes")]
    covariates: bool,
}

impl Check for Genius {}

/// Rows with a regression of their own.
struct Group {
    rows: Vec<usize>,
    design: Design,
    /// Of `XᵀWX`, where `W` holds the slopes.
    factor: Factor,
}

/// A regression with what its influence needs.
struct Regression {
    /// Observed less fitted, length `n`.
    rest: Vec<f64>,
    /// Derivative of the fitted value by the linear predictor, length `n`.
    slope: Vec<f64>,
    groups: Vec<Group>,
    converged: bool,
}

impl Regression {
    /// Regresses `target` on columns within groups of rows.
    fn new(target: &[f64], columns: &Design, groups: Vec<Vec<usize>>, model: Model) -> Self {
        let n = target.len();
        let mut out = Self { rest: vec![0.0; n], slope: vec![1.0; n], groups: Vec::new(), converged: true };
        for rows in groups {
            let own: Vec<f64> = rows.iter().map(|&i| target[i]).collect();
            let constant = own.iter().all(|v| *v == own[0]);
            let design = if constant {
                // Fitted exactly, by any model; nothing is estimated.
                Design::from_columns(rows.len(), 0, Vec::new())
            } else {
                columns.take_rows(&rows)
            };
            let (fitted, slopes) = match model {
                _ if constant => (own.clone(), vec![0.0; rows.len()]),
                Model::Linear => (LeastSquares::new(&design, &own).at(&design), vec![1.0; rows.len()]),
                Model::Logit => {
                    let fit = Logistic::new(&design, &own);
                    out.converged &= fit.converged;
                    let slopes = fit.fitted.iter().map(|p| p * (1.0 - p)).collect();
                    (fit.fitted, slopes)
                }
            };
            for ((&i, fitted), slope) in rows.iter().zip(&fitted).zip(&slopes) {
                (out.rest[i], out.slope[i]) = (target[i] - fitted, *slope);
            }
            let factor = Factor::new(design.columns(), &gram(&design, Some(&slopes)));
            out.groups.push(Group { rows, design, factor });
        }
        out
    }

    /// Subtracts from `moment` what the estimation of this regression contributes to its sum, where the sum has the
    /// derivative `−Σ sensitivity · slope · x` by the coefficients.
    fn correct(&self, sensitivity: impl Fn(usize) -> f64, moment: &mut [f64]) {
        for group in &self.groups {
            let weights: Vec<f64> = group.rows.iter().map(|&i| sensitivity(i) * self.slope[i]).collect();
            let mut direction = vec![0.0; group.design.columns()];
            group.design.tmul(&weights, &mut direction);
            group.factor.solve(&mut direction);
            let mut along = vec![0.0; group.rows.len()];
            group.design.mul(&direction, &mut along);
            for (&i, along) in group.rows.iter().zip(&along) {
                moment[i] -= along * self.rest[i];
            }
        }
    }
}

/// The regressions of the instruments and of the treatment.
struct Residuals {
    instruments: Vec<Regression>,
    treatment: Regression,
}

impl Residuals {
    fn new(data: &Observed, method: &Genius) -> anyhow::Result<Self> {
        let n = data.rows();
        let covariates = || columns(&data.x).filter(|_| method.covariates);
        let adjusted = with_ones(n, covariates());
        let everything = || vec![(0..n).collect::<Vec<usize>>()];
        let instruments = columns(&data.z).map(|z| {
            let binary = z.iter().all(|v| *v == 0.0 || *v == 1.0);
            let model = if binary && adjusted.columns() > 1 { Model::Logit } else { Model::Linear };
            Regression::new(z, &adjusted, everything(), model)
        });
        let instruments = instruments.collect();
        let treatment = if data.z.columns() == 1 {
            Regression::new(&data.a, &adjusted, data.arms()?.into(), method.exposure)
        } else {
            let all = with_ones(n, columns(&data.z).chain(covariates()));
            Regression::new(&data.a, &all, everything(), method.exposure)
        };
        Ok(Self { instruments, treatment })
    }

    /// For each instrument, `r e h` with `h` at every row.
    fn moments(&self, h: &[f64]) -> Vec<Vec<f64>> {
        let of = |z: &Regression| -> Vec<f64> {
            z.rest.iter().zip(&self.treatment.rest).zip(h).map(|((r, e), h)| r * e * h).collect()
        };
        self.instruments.iter().map(of).collect()
    }

    /// The covariance of the summed moments with `h`, which counts the estimation of the regressions; `k × k`.
    fn covariance(&self, h: &[f64]) -> Vec<f64> {
        let mut moments = self.moments(h);
        for (z, moment) in self.instruments.iter().zip(&mut moments) {
            self.treatment.correct(|i| z.rest[i] * h[i], moment);
            z.correct(|i| self.treatment.rest[i] * h[i], moment);
        }
        let pairs = moments.iter().flat_map(|a| moments.iter().map(move |b| (a, b)));
        pairs.map(|(a, b)| kernels::dot(a, b)).collect()
    }
}

fn sums(moments: &[Vec<f64>]) -> Vec<f64> {
    moments.iter().map(|m| m.iter().sum()).collect()
}

/// `aᵀ Ω⁻¹ b` for the factor of `Ω`.
fn weighted(factor: &Factor, a: &[f64], b: &[f64]) -> f64 {
    let mut solved = b.to_vec();
    factor.solve(&mut solved);
    kernels::dot(a, &solved)
}

impl AverageEffect for Genius {
    fn estimate(&self, data: &Observed, _: &Streams) -> anyhow::Result<Estimate> {
        let residuals = Residuals::new(data, self)?;
        let (by_a, by_y) = (residuals.moments(&data.a), residuals.moments(&data.y));
        let (lead, right) = (sums(&by_a), sums(&by_y));
        let size = |m: &Vec<f64>| m.iter().map(|v| v.abs()).sum::<f64>();
        let known = lead.iter().zip(&by_a).any(|(sum, m)| sum.abs() > ROUNDING * size(m));
        let k = lead.len();
        let factor_of = |h: &[f64]| Factor::new(k, &residuals.covariance(h));
        let by_lead = factor_of(&data.a);
        let strength = weighted(&by_lead, &lead, &lead) / k as f64;
        let rest =
            |beta: f64| -> Vec<f64> { data.y.iter().zip(&data.a).map(|(y, a)| y - beta * a).collect() };
        let ratio = |factor: &Factor| weighted(factor, &lead, &right) / weighted(factor, &lead, &lead);
        let mut beta = ratio(&by_lead);
        (known && beta.is_finite()).then_some(()).context(
            "the variance of the treatment does not differ between values of the instrument: the effect is not \
             identified",
        )?;
        let mut settled = k == 1;
        let mut omega = factor_of(&rest(beta));
        for _ in 0..MOST_ITERATIONS {
            if settled {
                break;
            }
            let next = ratio(&omega);
            settled = (next - beta).abs() <= 1e-12 * (1.0 + next.abs());
            beta = next;
            omega = factor_of(&rest(beta));
        }
        let solved = residuals.moments(&rest(beta));
        let terms: f64 = solved.iter().map(size).sum();
        let left = if k == 1 {
            sums(&solved)[0].abs() / terms.max(f64::MIN_POSITIVE)
        } else {
            let miss = weighted(&omega, &lead, &sums(&solved)).abs();
            miss / (weighted(&omega, &lead, &lead) * (1.0 + beta.abs()))
        };
        let mut shortfall = (!residuals.treatment.converged
            || residuals.instruments.iter().any(|z| !z.converged))
        .then(|| "a logistic regression has no maximum: its columns separate the values".to_owned());
        if !settled {
            shortfall = Some(format!("GMM did not settle in {MOST_ITERATIONS} iterations"));
        }
        Ok(Estimate {
            value: beta,
            se: Some(weighted(&omega, &lead, &lead).sqrt().recip()),
            residual: Some(left),
            strength: Some(strength),
            shortfall: weak(strength, shortfall),
            ..Estimate::default()
        })
    }

    fn admit(&self, shape: &Shape) -> Result<(), Invalid> {
        if self.exposure == Model::Logit && !shape.binary {
            let message = "the treatment is a number, not 0 or 1: use \"linear\"";
            return Err(Invalid::new("exposure", message));
        }
        Ok(())
    }

    fn limit(&self, problem: &Direct) -> Option<f64> {
        (self.covariates && self.exposure == Model::Linear).then(|| Population::new(problem).genius())
    }
}
