//! Weights of a DAG by continuous optimisation over M-matrices: CoLiDE (Saboksayr, Mateos and Tepper, ICLR 2024, arXiv
//! 2310.02895) and DAGMA (Bello, Aragam and Ravikumar, NeurIPS 2022).
//!
//! With `C = X'X/n`, `R = C(I − W)` and `q = diag((I − W)'R)`, the objective is `μ(score + λ‖W‖₁) + h(W, s)`, where
//! `h = d log s − log det(sI − W∘W)` is 0 for a DAG and finite on a domain. A [`Path`] lowers μ stage by stage; each
//! stage is a run of Adam from the end of the last. The loop follows the authors' code; its faults are not rebuilt: data
//! and the list of `s` stay as they are.

mod domain;
mod kernels;
mod score;
mod stage;

pub use domain::Acyclicity;
pub use score::Score;
pub use stage::{Adam, Stage};

use anyhow::{bail, ensure};

use crate::matrix::Matrix;
use score::Residuals;
use stage::{Ended, State};

/// The settings of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The fit to the data.
    pub score: Score,
    /// Weight λ of `‖W‖₁`.
    pub lambda: f64,
    /// The stages, in order.
    pub stages: Vec<Stage>,
    /// Steps of Adam.
    pub adam: Adam,
    /// Smallest scale `σ₀` of the noise; the paper has one, the authors' code has none.
    pub floor: Option<f64>,
}

/// The end of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageEnd {
    /// The objective there.
    pub objective: f64,
    /// `s`, after restarts.
    pub s: f64,
    /// Steps of the stage, restarts included.
    pub steps: usize,
    /// How often the stage started again.
    pub restarts: usize,
}

/// The end of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Descended {
    /// Weights, `d × d`; none is exactly 0.
    pub weights: Matrix,
    /// Variance of the residuals of each column, `q`.
    pub residuals: Vec<f64>,
    /// The stages.
    pub stages: Vec<StageEnd>,
    /// Largest entry of the gradient where |w| > 0.01.
    pub gradient: f64,
    /// `h(W, s)` of the last stage.
    pub acyclicity: f64,
    /// Whether the time limit ended the fit.
    pub timed_out: bool,
}

/// Restarts of a stage before the fit is given up.
const MOST_RESTARTS: usize = 40;

/// Size of a weight below which its gradient is no sign of an unfinished fit.
const SMALL: f64 = 0.01;

impl Path {
    /// Estimates weights from a covariance, `d × d`.
    ///
    /// # Errors
    /// A residual variance vanishes, or a stage does not find its domain.
    pub fn fit(&self, covariance: &Matrix) -> anyhow::Result<Descended> {
        let d = covariance.side();
        let mut state = State::new(covariance, self.score);
        let mut stages = Vec::with_capacity(self.stages.len());
        let mut timed_out = false;
        for stage in &self.stages {
            let (start, scales) = (state.weights.clone(), state.scales.clone());
            let (mut s, mut rate, mut restarts, mut steps) = (stage.s, self.adam.rate, 0, 0);
            let objective = loop {
                let ended = state.run(self, stage, s, rate)?;
                steps += state.steps;
                match ended {
                    Ended::Finished(objective) => break objective,
                    Ended::TimedOut(objective) => {
                        timed_out = true;
                        break objective;
                    }
                    Ended::LeftDomain => {
                        restarts += 1;
                        ensure!(
                            restarts <= MOST_RESTARTS,
                            "no start of a stage lies in the domain of M-matrices: the variances of the columns are \
                             too different; try standardised data"
                        );
                        state.restart(&start, &scales);
                        rate *= 0.5;
                        s += 0.1;
                    }
                }
            };
            stages.push(StageEnd { objective, s, steps, restarts });
            if timed_out {
                break;
            }
        }
        let (Some(last), Some(end)) = (self.stages.get(stages.len().saturating_sub(1)), stages.last()) else {
            bail!("a path needs a stage");
        };
        let gradient = state.gradient(self, &Stage { s: end.s, ..*last })?;
        let largest = (0..d)
            .flat_map(|i| state.weights.row(i)[..d].iter().zip(&gradient.row(i)[..d]))
            .filter(|(w, _)| w.abs() > SMALL)
            .fold(0.0_f64, |m, (_, g)| m.max(g.abs()));
        Ok(Descended {
            residuals: state.residuals.variances()[..d].to_vec(),
            acyclicity: state.domain.value(),
            gradient: largest,
            weights: state.weights,
            stages,
            timed_out,
        })
    }

    /// `μ(score + λ‖W‖₁) + h`.
    fn value(&self, state: &State, mu: f64) -> f64 {
        let norm: f64 = state.weights.values().iter().map(|w| w.abs()).sum();
        let score = self.score.value(state.residuals.variances(), &state.scales);
        mu * (score + self.lambda * norm) + state.domain.value()
    }

    /// Objective and gradient of given weights at a stage, with the scales of the noise at their minimum; `None` outside
    /// its domain.
    #[must_use]
    pub fn evaluate(&self, covariance: &Matrix, weights: &Matrix, stage: &Stage) -> Option<(f64, Matrix)> {
        let mut state = State::new(covariance, self.score);
        let scales = state.scales.clone();
        state.restart(weights, &scales);
        state.rescale(self).ok()?;
        let gradient = state.gradient(self, stage).ok()?;
        Some((self.value(&state, stage.mu), gradient))
    }
}
