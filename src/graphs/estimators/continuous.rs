//! CoLiDE and DAGMA.

use remeasure_core::Invalid;
use remeasure_core::params::{self, Check};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, WeightEstimator, check_positive, check_threshold};
use crate::Method;
use crate::descent::{Adam, Path, Score, Stage};
use crate::matrix::Matrix;
use crate::sem::{Sample, WeightFit, prune};

/// An entry of this score.
macro_rules! descent {
    ($score:expr, $name:expr, $about:expr) => {
        Entry {
            name: $name,
            about: $about,
            schema: params::schema::<Settings>,
            read: |table| {
                let settings = params::read::<Settings>(table)?;
                if settings.sigma_floor.is_some() && $score == Score::LeastSquares {
                    let message = "this method estimates no scale of the noise: remove it";
                    return Err(Invalid::new("sigma_floor", message));
                }
                Ok(Box::new(Method::Weights(Box::new(Descent { score: $score, settings }))))
            },
        }
    };
}

/// CoLiDE for equal variances.
pub(super) const EQUAL: Entry =
    descent!(Score::Equal, "colide-ev", "CoLiDE-EV: weights and the one scale of the noise");

/// CoLiDE for unequal variances.
pub(super) const UNEQUAL: Entry =
    descent!(Score::Unequal, "colide-nv", "CoLiDE-NV: weights and a scale of the noise for each node");

/// DAGMA.
pub(super) const LEAST_SQUARES: Entry =
    descent!(Score::LeastSquares, "dagma", "DAGMA: least squares, by default with the settings of CoLiDE");

/// Settings of CoLiDE and DAGMA. Defaults are those of CoLiDE's code. DAGMA's own are `lambda = 0.03`,
/// `s = [1, 0.9, 0.8, 0.7, 0.6]`, `steps = 30000`, `last_steps = 60000`, `tolerance = 0`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Weight λ of the sum of |w|, at least 0.
    lambda: f64,
    /// Weight μ of score and penalty in the first stage, above 0.
    mu: f64,
    /// Factor of μ from stage to stage, above 0 and at most 1.
    mu_factor: f64,
    /// `s` of each stage, above 0; as many as stages.
    s: Vec<f64>,
    /// Maximum number of steps of each stage but the last, at least 1.
    steps: usize,
    /// Maximum number of steps of the last stage, at least 1.
    last_steps: usize,
    /// Step of Adam, above 0.
    rate: f64,
    /// The objective is looked at each time after so many steps, at least 1.
    checkpoint: usize,
    /// A stage ends when the objective changed by at most this, relatively, since the last look; at least 0.
    tolerance: f64,
    /// Weights of at most this size become 0, at least 0.
    threshold: f64,
    /// The data are multiplied by this number first, above 0.
    scale: f64,
    /// Smallest scale σ₀ of the noise, above 0 (CoLiDE only). The paper has one, its code has none; none by default.
    sigma_floor: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lambda: 0.05,
            mu: 1.0,
            mu_factor: 0.1,
            s: vec![1.0, 0.9, 0.8, 0.7],
            steps: 20_000,
            last_steps: 70_000,
            rate: 3e-4,
            checkpoint: 1000,
            tolerance: 1e-6,
            threshold: 0.3,
            scale: 1.0,
            sigma_floor: None,
        }
    }
}

impl Check for Settings {
    fn check(&self) -> Result<(), Invalid> {
        for (key, value) in [("lambda", self.lambda), ("tolerance", self.tolerance)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(Invalid::new(key, format!("expected a number of at least 0, found {value}")));
            }
        }
        check_threshold(self.threshold)?;
        for (key, value) in [("mu", self.mu), ("rate", self.rate), ("scale", self.scale)] {
            check_positive(key, value)?;
        }
        if !(self.mu_factor > 0.0 && self.mu_factor <= 1.0) {
            let message = format!("expected a number above 0 and at most 1, found {}", self.mu_factor);
            return Err(Invalid::new("mu_factor", message));
        }
        if self.s.is_empty() {
            return Err(Invalid::new("s", "expected a value for each stage, at least one"));
        }
        self.s.iter().try_for_each(|s| check_positive("s", *s))?;
        for (key, value) in
            [("steps", self.steps), ("last_steps", self.last_steps), ("checkpoint", self.checkpoint)]
        {
            if !(1..=10_000_000).contains(&value) {
                return Err(Invalid::new(key, format!("expected between 1 and 10000000, found {value}")));
            }
        }
        self.sigma_floor.map_or(Ok(()), |floor| check_positive("sigma_floor", floor))
    }
}

/// A method.
struct Descent {
    score: Score,
    settings: Settings,
}

impl Descent {
    fn path(&self) -> Path {
        let Settings { mu, mu_factor, steps, last_steps, .. } = self.settings;
        let last = self.settings.s.len() - 1;
        let mut now = mu;
        let stages = self.settings.s.iter().enumerate().map(|(i, s)| {
            let stage = Stage { mu: now, s: *s, steps: if i == last { last_steps } else { steps } };
            now *= mu_factor;
            stage
        });
        Path {
            score: self.score,
            lambda: self.settings.lambda,
            stages: stages.collect(),
            adam: Adam {
                rate: self.settings.rate,
                decay: (0.99, 0.999),
                epsilon: 1e-8,
                checkpoint: self.settings.checkpoint,
                tolerance: self.settings.tolerance,
            },
            floor: self.settings.sigma_floor,
        }
    }
}

impl WeightEstimator for Descent {
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit> {
        let mut covariance = Matrix::from_rows(sample.nodes, &sample.covariance);
        let square = self.settings.scale * self.settings.scale;
        covariance.values_mut().iter_mut().for_each(|v| *v *= square);
        let found = self.path().fit(&covariance)?;
        let mut weights = found.weights.to_rows();
        let norm = weights.iter().map(|w| w.abs()).sum();
        let dropped = prune(sample.nodes, &mut weights, self.settings.threshold);
        let mean = found.residuals.iter().sum::<f64>() / sample.nodes as f64;
        let variances = match self.score {
            Score::Equal => vec![mean / square; sample.nodes],
            Score::Unequal | Score::LeastSquares => found.residuals.iter().map(|q| q / square).collect(),
        };
        Ok(WeightFit {
            variances: Some(variances),
            objective: found.stages.last().map(|stage| stage.objective),
            norm: Some(norm),
            gradient: Some(found.gradient),
            acyclicity: Some(found.acyclicity),
            dropped: Some(dropped),
            steps: Some(found.stages.iter().map(|stage| stage.steps).sum()),
            shortfall: found.timed_out.then(|| "the time limit ended the path".to_owned()),
            ..WeightFit::of(weights)
        })
    }
}
