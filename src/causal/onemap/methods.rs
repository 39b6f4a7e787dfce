//! Effects from predictions: as they are, corrected, or combined with labels.

use anyhow::Context;
use remeasure_core::Invalid;
use remeasure_core::numerics::{kernels, statistics};
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::effects::Weights;
use super::score::{Score, deviation};
use super::upstream::{Epoch, Objective, Which};
use super::{OneMap, Series, Trial};

/// A method with validated parameters.
pub trait Debias: Send + Sync {
    /// Estimates the effect of one trial of a series.
    ///
    /// # Errors
    /// The method cannot handle the trial.
    fn effect(&self, trial: &Trial, series: &Series) -> anyhow::Result<Effect>;

    /// Rejects a problem that the method cannot run on.
    ///
    /// # Errors
    /// The key that does not suit the problem, and why.
    fn admit(&self, _problem: &OneMap) -> Result<(), Invalid> {
        Ok(())
    }
}

/// An estimated effect.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// `τ̂`.
    pub effect: f64,
    /// Slope of the predictions on the outcomes in validation, where the method uses it.
    pub calibration: Option<f64>,
    /// Largest error of the interpolated score, where the method uses it.
    pub score_error: Option<f64>,
    /// R² of the predictions on the outcomes of the test population, where they are used as they are.
    pub r2: Option<f64>,
}

/// How the known propensities weight the units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Weighting {
    /// Divided by the number of units, as published.
    #[default]
    HorvitzThompson,
    /// Divided by the sum of the weights of each arm.
    Hajek,
}

/// What of each unit of the test population is weighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Scores {
    /// Its true outcome, which no method has; a yardstick.
    Outcomes,
    /// Its prediction Ŷ.
    Predictions,
    /// Linear calibration correction: (Ŷ − m)/k, where Ŷ = m + kY by least squares in validation.
    Lcc,
    /// Tweedie's correction: Ŷ − σ² s(Ŷ), with the standard deviation σ of Ŷ − Y in validation and the score s of a kernel
    /// density estimate of the test predictions.
    Tweedie,
}

/// The effect on scores of the whole test population, weighted by the known propensities.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// What is weighted.
    scores: Scores,
    /// How the propensities weight it.
    #[serde(default)]
    weights: Weighting,
    /// The objective of the network whose predictions are used. Only "squares" for least squares.
    #[serde(default)]
    objective: Objective,
    /// Which weights of the network are used. Only "last" for least squares.
    #[serde(default)]
    epoch: Epoch,
}

/// The effect from units with labels: in each arm, the Hájek mean of the labels; with predictions, the Hájek mean of
/// the predictions of all other units plus that of label − prediction (prediction-powered inference).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// Whether predictions are used as well; without them it is a yardstick.
    predictions: bool,
}

impl Check for Weighted {}
impl Check for Labelled {}

/// Intercept `m` and slope `k` of predictions `p` on outcomes `y`.
///
/// # Errors
/// The outcomes do not differ.
pub fn calibrate(y: &[f64], p: &[f64]) -> anyhow::Result<(f64, f64)> {
    let (mean_y, mean_p) = (statistics::mean(y), statistics::mean(p));
    let (mut products, mut squares) = (0.0, 0.0);
    for (a, b) in y.iter().zip(p) {
        products += (a - mean_y) * (b - mean_p);
        squares += (a - mean_y).powi(2);
    }
    anyhow::ensure!(squares > 0.0, "the outcomes in validation do not differ");
    let k = products / squares;
    Ok((mean_p - k * mean_y, k))
}

/// Standard deviation of `Ŷ − Y`, divisor `n`.
#[must_use]
pub fn error_deviation(outcomes: &[f64], predicted: &[f64]) -> f64 {
    let errors: Vec<f64> = predicted.iter().zip(outcomes).map(|(p, y)| p - y).collect();
    deviation(&errors, 0.0)
}

/// R² of predictions on outcomes.
fn r_squared(outcomes: &[f64], predicted: &[f64]) -> f64 {
    let squares: f64 = predicted.iter().zip(outcomes).map(|(p, y)| (p - y).powi(2)).sum();
    1.0 - squares / (deviation(outcomes, 0.0).powi(2) * outcomes.len() as f64)
}

impl Debias for Weighted {
    fn effect(&self, trial: &Trial, _: &Series) -> anyhow::Result<Effect> {
        let fit = trial.fit(Which { objective: self.objective, epoch: self.epoch })?;
        let (predicted, mut found) = (&fit.test, Effect::default());
        let corrected;
        let scores = match self.scores {
            Scores::Outcomes => &trial.test,
            Scores::Predictions => {
                found.calibration = Some(calibrate(&trial.validation, &fit.validation)?.1);
                found.r2 = Some(r_squared(&trial.test, predicted));
                predicted
            }
            Scores::Lcc => {
                let (m, k) = calibrate(&trial.validation, &fit.validation)?;
                anyhow::ensure!(k.abs() > 1e-6, "the predictions do not follow the outcomes: slope {k:.1e}");
                found.calibration = Some(k);
                corrected = predicted.iter().map(|p| (p - m) / k).collect::<Vec<f64>>();
                &corrected
            }
            Scores::Tweedie => {
                let variance = error_deviation(&trial.validation, &fit.validation).powi(2);
                let score = Score::new(predicted)?;
                found.score_error = Some(score.error());
                corrected = predicted.iter().map(|p| p - variance * score.at(*p)).collect();
                &corrected
            }
        };
        let weights = match self.weights {
            Weighting::HorvitzThompson => Weights::Plain,
            Weighting::Hajek => Weights::Normalised,
        };
        let units: Vec<usize> = (0..scores.len()).collect();
        found.effect = trial.assignment.effect(&units, &|unit| scores[unit], weights)?;
        Ok(found)
    }

    fn admit(&self, problem: &OneMap) -> Result<(), Invalid> {
        if !problem.fits(self.objective) {
            let message = "the problem trains no network for it: add it to problem.training.objectives, with \
                           upstream = \"mlp\"";
            return Err(Invalid::new("objective", message));
        }
        if self.epoch != Epoch::Last && !problem.has_epochs() {
            let message = "least squares has no epochs: set upstream = \"mlp\" in the problem, or remove it";
            return Err(Invalid::new("epoch", message));
        }
        Ok(())
    }
}

impl Debias for Labelled {
    fn effect(&self, trial: &Trial, series: &Series) -> anyhow::Result<Effect> {
        let outcomes = &trial.test;
        let predicted = &trial.fit(Which::default())?.test;
        let arms = |units: &[usize], score: &dyn Fn(usize) -> f64| {
            trial.assignment.effect(units, score, Weights::Normalised)
        };
        let effect = if self.predictions {
            let mut labelled = vec![false; outcomes.len()];
            series.labelled.iter().for_each(|unit| labelled[*unit] = true);
            let others: Vec<usize> = (0..labelled.len()).filter(|unit| !labelled[*unit]).collect();
            let missed = |unit: usize| outcomes[unit] - predicted[unit];
            arms(&others, &|unit| predicted[unit])? + arms(&series.labelled, &missed)?
        } else {
            arms(&series.labelled, &|unit| outcomes[unit])?
        };
        Ok(Effect { effect, ..Effect::default() })
    }
}

/// Least-squares line of effects on true effects, with their mean absolute error. Standard errors and the test take trials as
/// independent, which those of the authors are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Slope of `τ̂` on `τ`.
    pub slope: f64,
    /// Its standard error; `None` for two trials.
    pub slope_se: Option<f64>,
    /// Its intercept.
    pub intercept: f64,
    /// Mean of `|τ̂ − τ|`.
    pub error: f64,
    /// Its standard error.
    pub error_se: f64,
    /// The F test of intercept 0 and slope 1; `None` for two trials, or if all lie on a line.
    pub identity: Option<Identity>,
}

/// An F test of intercept 0 and slope 1, with 2 and `n − 2` degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identity {
    /// The statistic.
    pub f: f64,
    /// Its p-value, which has a closed form for 2 degrees of freedom.
    pub p: f64,
}

impl Line {
    /// The line through at least two different effects.
    ///
    /// # Errors
    /// There are none.
    pub fn through(truth: &[f64], estimates: &[f64]) -> anyhow::Result<Self> {
        let (intercept, slope) =
            calibrate(truth, estimates).context("the effects of the series do not differ")?;
        let mut difference = estimates.to_vec();
        kernels::axpy(-1.0, truth, &mut difference);
        let from_identity = kernels::dot(&difference, &difference);
        let residuals = truth.iter().zip(estimates).map(|(t, e)| e - intercept - slope * t);
        let from_line: f64 = residuals.map(|r| r * r).sum();
        difference.iter_mut().for_each(|v| *v = v.abs());
        let free = truth.len() as f64 - 2.0;
        let spread = deviation(truth, 0.0) * (truth.len() as f64).sqrt();
        let identity = || {
            let f = (from_identity - from_line) / 2.0 / (from_line / free);
            Identity { f, p: (1.0 + 2.0 * f / free).powf(-free / 2.0) }
        };
        Ok(Self {
            slope,
            slope_se: (free > 0.0).then(|| (from_line / free).sqrt() / spread),
            intercept,
            error: statistics::mean(&difference),
            error_se: statistics::standard_error(&difference),
            identity: (free > 0.0 && from_line > 0.0).then(identity),
        })
    }
}
