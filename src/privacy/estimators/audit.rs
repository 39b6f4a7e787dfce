//! The privacy of the randomizer, by counting.

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::numerics::kernels;
use remeasure_core::params::Check;
use remeasure_core::{Invalid, deadline, entry};
use schemars::JsonSchema;
use serde::Deserialize;

use super::LOOK;
use crate::estimator::{Audit, Entry, Estimator, Fit, Task};
use crate::randomizer::Ball;

/// Registers the estimator.
pub(super) const ENTRY: Entry =
    entry!(Count, "randomizer", "counts messages of the randomizer to check its privacy; estimates nothing");

/// Draws messages of `r·e₁`, of `−r·e₁`, between which the ratio of densities is largest, and of a random vector in the
/// ball, for the problem's d and ε.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Count {
    /// Messages drawn of each vector, at least 2.
    #[serde(default = "messages")]
    messages: usize,
}

fn messages() -> usize {
    20_000
}

impl Check for Count {
    fn check(&self) -> Result<(), Invalid> {
        if self.messages < 2 {
            return Err(Invalid::new("messages", format!("expected at least 2, found {}", self.messages)));
        }
        Ok(())
    }
}

impl Estimator for Count {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let d = task.problem.d;
        let ball = Ball::new(d, 1.0, task.problem.epsilon);
        let stream = &mut task.streams.stream("audit");
        let mut v: Vec<f64> = (0..d).map(|_| stream.sample(StandardNormal)).collect();
        // Uniform in direction, and in length from 0 to r.
        let scale = stream.r#gen::<f64>() / kernels::squared_norm(&v).sqrt();
        v.iter_mut().for_each(|v| *v *= scale);
        let (mut first, mut z) = (vec![0.0; d], vec![0.0; d]);
        let (mut sum, mut squares) = (vec![0.0; d], vec![0.0; d]);
        let (mut up, mut down, mut norm_error) = (0, 0, 0.0_f64);
        for i in 0..self.messages {
            if i % LOOK == 0 && deadline::passed() {
                break;
            }
            first[0] = 1.0;
            up += usize::from(ball.draw(&first, stream, &mut z) * z[0] > 0.0);
            first[0] = -1.0;
            down += usize::from(ball.draw(&first, stream, &mut z) * z[0] > 0.0);
            let factor = ball.draw(&v, stream, &mut z);
            let norm = factor.abs() * kernels::squared_norm(&z).sqrt();
            norm_error = norm_error.max((norm / ball.norm() - 1.0).abs());
            kernels::axpy(factor, &z, &mut sum);
            squares.iter_mut().zip(&z).for_each(|(s, z)| *s += (factor * z).powi(2));
        }
        let count = self.messages as f64;
        let score = |j: usize| {
            let mean = sum[j] / count;
            (mean - v[j]).powi(2) / ((squares[j] / count - mean * mean) / (count - 1.0))
        };
        let audit = Audit {
            up: up as f64 / count,
            down: down as f64 / count,
            bias: (0..d).map(score).sum::<f64>() / d as f64,
            norm_error,
        };
        Ok(Fit { audit: Some(audit), ..Fit::default() })
    }
}
