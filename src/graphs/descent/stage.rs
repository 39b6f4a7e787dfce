//! One stage: Adam at fixed μ and s.

use anyhow::ensure;
use remeasure_core::numerics::kernels::level;
use remeasure_core::{deadline, multiversion};

use super::kernels::{self, Step, Terms};
use super::{Acyclicity, Path, Residuals, Score};
use crate::matrix::Matrix;

/// A stage of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Weight μ of score and penalty.
    pub mu: f64,
    /// `s` of the domain.
    pub s: f64,
    /// Maximum number of steps.
    pub steps: usize,
}

/// Settings of Adam and of its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// The step.
    pub rate: f64,
    /// Decay `β₁` of the mean of gradients and `β₂` of that of their squares.
    pub decay: (f64, f64),
    /// What is added to the root of the second.
    pub epsilon: f64,
    /// The objective is looked at each time after so many steps.
    pub checkpoint: usize,
    /// A stage ends when the objective changed by at most this, relatively, since the last look.
    pub tolerance: f64,
}

/// How a stage ended, with the objective.
pub(super) enum Ended {
    /// By its own rule.
    Finished(f64),
    /// By the time limit.
    TimedOut(f64),
    /// It must start again.
    LeftDomain,
}

/// Rates below this are none.
const LEAST_RATE: f64 = 1e-16;

/// Largest `s` at which a stage that leaves its domain starts again whatever the step.
const RESTARTED: f64 = 0.9;

/// Iterates and everything computed from them.
pub(super) struct State {
    pub(super) weights: Matrix,
    /// `σ_j`, one for each column.
    pub(super) scales: Vec<f64>,
    pub(super) residuals: Residuals,
    pub(super) domain: Acyclicity,
    /// Steps of the last run.
    pub(super) steps: usize,
    first: Matrix,
    second: Matrix,
    slopes: Vec<f64>,
}

impl State {
    pub(super) fn new(covariance: &Matrix, score: Score) -> Self {
        let d = covariance.side();
        let zeros = || Matrix::zeros(d);
        let mut residuals = Residuals::new(covariance);
        residuals.update(&zeros());
        Self {
            weights: zeros(),
            scales: score.first_scales(covariance),
            residuals,
            domain: Acyclicity::new(d),
            steps: 0,
            first: zeros(),
            second: zeros(),
            slopes: vec![0.0; covariance.stride()],
        }
    }

    /// Goes back to these weights and scales.
    pub(super) fn restart(&mut self, weights: &Matrix, scales: &[f64]) {
        self.weights.values_mut().copy_from_slice(weights.values());
        self.scales.copy_from_slice(scales);
        self.residuals.update(&self.weights);
    }

    /// Sets the scales to their minimum.
    pub(super) fn rescale(&mut self, path: &Path) -> anyhow::Result<()> {
        let residuals = &self.residuals.variances()[..self.scales.len()];
        if let Some(column) = residuals.iter().position(|q| !(*q > 0.0)) {
            anyhow::bail!(
                "the residual variance of column {} vanishes: it is a combination of other columns",
                column + 1
            );
        }
        path.score.scales(residuals, &mut self.scales);
        if let Some(floor) = path.floor {
            self.scales.iter_mut().for_each(|s| *s = s.max(floor));
        }
        Ok(())
    }

    fn set_slopes(&mut self, mu: f64) {
        for (slope, scale) in self.slopes.iter_mut().zip(&self.scales) {
            *slope = mu / scale;
        }
    }

    /// The gradient of the objective at the present weights and scales.
    pub(super) fn gradient(&mut self, path: &Path, stage: &Stage) -> anyhow::Result<Matrix> {
        ensure!(self.domain.update(&self.weights, stage.s), "the weights are outside the domain");
        self.set_slopes(stage.mu);
        let mut out = Matrix::zeros(self.weights.side());
        kernels::gradient(self.weights.values(), self.terms(), stage.mu * path.lambda, out.values_mut());
        Ok(out)
    }

    fn terms(&self) -> Terms<'_> {
        Terms {
            products: self.residuals.products().values(),
            factor: self.domain.factor().values(),
            slopes: &self.slopes,
        }
    }

    /// One step of Adam.
    fn advance(&mut self, step: Step) {
        let (weights, first) = (self.weights.values_mut(), self.first.values_mut());
        let second = self.second.values_mut();
        let terms = Terms {
            products: self.residuals.products().values(),
            factor: self.domain.factor().values(),
            slopes: &self.slopes,
        };
        multiversion!(
            level(),
            [] (weights: &mut [f64], first: &mut [f64], second: &mut [f64], terms: Terms<'_>, step: Step) -> (),
            kernels::step(weights, (first, second), terms, step)
        );
    }

    /// Adds a multiple of the last direction to the weights.
    fn shift(&mut self, step: Step, rate: f64) {
        let (weights, first) = (self.weights.values_mut(), self.first.values());
        kernels::shift(weights, first, self.second.values(), step, rate);
    }

    /// Runs a stage from the present weights.
    pub(super) fn run(&mut self, path: &Path, stage: &Stage, s: f64, rate: f64) -> anyhow::Result<Ended> {
        let Adam { decay, epsilon, checkpoint, tolerance, .. } = path.adam;
        self.first.values_mut().fill(0.0);
        self.second.values_mut().fill(0.0);
        let mut step = Step { decay, bias: (0.0, 0.0), rate, epsilon, penalty: stage.mu * path.lambda };
        let mut before = 1e16;
        let mut powers = (1.0, 1.0);
        for at in 1..=stage.steps {
            self.steps = at;
            while !self.domain.update(&self.weights, s) {
                if at == 1 || s <= RESTARTED {
                    return Ok(Ended::LeftDomain);
                }
                self.shift(step, step.rate);
                step.rate *= 0.5;
                if step.rate <= LEAST_RATE {
                    self.residuals.update(&self.weights);
                    self.rescale(path)?;
                    self.domain.update(&self.weights, s);
                    return Ok(Ended::Finished(path.value(self, stage.mu)));
                }
                self.shift(step, -step.rate);
                self.residuals.update(&self.weights);
                self.rescale(path)?;
            }
            powers = (powers.0 * decay.0, powers.1 * decay.1);
            step.bias = (1.0 / (1.0 - powers.0), 1.0 / (1.0 - powers.1));
            self.set_slopes(stage.mu);
            self.advance(step);
            self.residuals.update(&self.weights);
            self.rescale(path)?;
            if at % checkpoint == 0 || at == stage.steps {
                // Outside, the objective is not defined; the next step mends that.
                if !self.domain.update(&self.weights, s) {
                    if at == stage.steps {
                        return Ok(Ended::LeftDomain);
                    }
                    continue;
                }
                let value = path.value(self, stage.mu);
                ensure!(value.is_finite(), "the objective is not finite");
                if ((before - value) / before).abs() <= tolerance {
                    return Ok(Ended::Finished(value));
                }
                before = value;
                if deadline::passed() {
                    return Ok(Ended::TimedOut(value));
                }
            }
        }
        Ok(Ended::Finished(before))
    }
}
