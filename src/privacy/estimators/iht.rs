//! Iterative hard thresholding in rounds.

use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{LOOK, clip_y, one, positive, yes};
use crate::estimator::{Entry, Estimator, Fit, Task};
use crate::problem::Problem;
use crate::randomizer::Ball;

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Iht,
    "ldp-iht",
    "iterative hard thresholding in rounds, each with messages of other users (algorithm 2 of arXiv 2310.07367)"
);

/// How many rounds there are.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Rounds {
    /// So many.
    Count(usize),
    /// A word.
    Named(Named),
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Named {
    /// `⌈ln n⌉`, as the theory has it.
    LogN,
}

/// LDP-IHT. The users are divided into T batches of ⌊n/T⌋; those of round t send the gradient of their squared error at
/// the present θ, randomized; θ goes a step against the mean message, keeps its largest coefficients, and is projected on
/// the unit ball.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Iht {
    /// Number of rounds T, from 1 to n; or `"log-n"`, which is ⌈ln n⌉.
    rounds: Rounds,
    /// Number of coefficients kept, from 1 to d. Default: k. The theory has 8k.
    keep: Option<usize>,
    /// Bound τ₁ of the features, above 0: larger values are clipped.
    #[serde(default = "one")]
    clip_x: f64,
    /// Bound τ₂ of the responses, above 0. Default: √k, so that with features of ±1 only noise is clipped.
    clip_y: Option<f64>,
    /// Step η, above 0.
    #[serde(default = "one")]
    step: f64,
    /// `false`: users send their gradients as they are.
    #[serde(default = "yes")]
    private: bool,
}

impl Check for Iht {
    fn check(&self) -> Result<(), Invalid> {
        if matches!(self.rounds, Rounds::Count(0)) {
            return Err(Invalid::new("rounds", "expected at least 1, found 0"));
        }
        if self.keep == Some(0) {
            return Err(Invalid::new("keep", "expected at least 1 coefficient, found 0"));
        }
        positive("clip_x", self.clip_x)?;
        positive("clip_y", self.clip_y.unwrap_or(1.0))?;
        positive("step", self.step)
    }
}

/// Sets all but the `keep` largest values to 0; the first ones among equal ones are kept.
fn hard_threshold(theta: &mut [f64], keep: usize) {
    let mut order: Vec<usize> = (0..theta.len()).collect();
    order.sort_by(|&a, &b| theta[b].abs().total_cmp(&theta[a].abs()).then(a.cmp(&b)));
    order.iter().skip(keep).for_each(|&j| theta[j] = 0.0);
}

impl Iht {
    fn rounds(&self, n: usize) -> usize {
        match self.rounds {
            Rounds::Count(rounds) => rounds,
            Rounds::Named(Named::LogN) => ((n as f64).ln().ceil() as usize).max(1),
        }
    }
}

impl Estimator for Iht {
    fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
        let rounds = self.rounds(problem.n);
        if rounds > problem.n {
            let message = format!("{rounds} rounds need as many users, found n = {}", problem.n);
            return Err(Invalid::new("rounds", message));
        }
        match self.keep {
            Some(keep) if keep > problem.d => {
                Err(Invalid::new("keep", format!("cannot keep {keep} of d = {} coefficients", problem.d)))
            }
            _ => Ok(()),
        }
    }

    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let Problem { n, d, k, epsilon, .. } = *task.problem;
        let (keep, rounds) = (self.keep.unwrap_or(k), self.rounds(n));
        let (bound, batch) = (clip_y(self.clip_y, k), n / rounds);
        // |xᵀθ| ≤ τ₁‖θ‖₁ ≤ τ₁√keep, as θ has `keep` coefficients and norm at most 1.
        let radius = (d as f64).sqrt() * self.clip_x * ((keep as f64).sqrt() * self.clip_x + bound);
        let ball = Ball::new(d, radius, epsilon);
        let stream = &mut task.streams.stream("messages");
        let (mut theta, mut sum) = (vec![0.0; d], vec![0.0; d]);
        let (mut x, mut z) = (vec![0.0; d], vec![0.0; d]);
        let (mut clipped_x, mut clipped_y, mut longest) = (0, 0, 0.0_f64);
        let mut path = Vec::with_capacity(rounds);
        for t in 0..rounds {
            sum.fill(0.0);
            for i in t * batch..(t + 1) * batch {
                if i % LOOK == 0 && deadline::passed() {
                    break;
                }
                for (to, &from) in x.iter_mut().zip(&task.users.rows[i * d..(i + 1) * d]) {
                    clipped_x += usize::from(from.abs() > self.clip_x);
                    *to = from.clamp(-self.clip_x, self.clip_x);
                }
                let y = task.users.responses[i];
                clipped_y += usize::from(y.abs() > bound);
                let slope = kernels::dot(&x, &theta) - y.clamp(-bound, bound);
                x.iter_mut().for_each(|v| *v *= slope);
                longest = longest.max(kernels::squared_norm(&x));
                if self.private {
                    let factor = ball.draw(&x, stream, &mut z);
                    kernels::axpy(factor, &z, &mut sum);
                } else {
                    kernels::axpy(1.0, &x, &mut sum);
                }
            }
            kernels::axpy(-self.step / batch as f64, &sum, &mut theta);
            hard_threshold(&mut theta, keep);
            let norm = kernels::squared_norm(&theta).sqrt();
            if norm > 1.0 {
                theta.iter_mut().for_each(|v| *v /= norm);
            }
            path.push(theta.clone());
        }
        let reach = longest.sqrt() / radius;
        anyhow::ensure!(
            reach <= 1.0 + 1e-9,
            "a gradient is {reach} times as long as the randomizer's radius"
        );
        let used = (rounds * batch) as f64;
        Ok(Fit {
            rounds: path,
            clipped_x: Some(clipped_x as f64 / (used * d as f64)),
            clipped_y: Some(clipped_y as f64 / used),
            reach: Some(reach),
            used: Some(used / n as f64),
            ..Fit::of(theta)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_values_stay_and_the_first_among_equals() {
        let mut theta = [0.5, -2.0, 2.0, -0.5, 0.1];
        hard_threshold(&mut theta, 3);
        assert_eq!(theta, [0.5, -2.0, 2.0, 0.0, 0.0]);
    }
}
