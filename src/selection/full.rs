//! Selection without a split: every labelled row has a leave-one-out prediction, and so has each test point, which joins
//! the labelled rows with label 0 (the "Full" experiment of the authors' code, here with kernel ridge regression as the
//! learner).

use remeasure_core::numerics::Design;
use remeasure_core::stream::{Stream, Streams};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::competitors;
use crate::models::kernel::{Kernel, KernelRidge};
use crate::models::{Labelled, Setting};
use crate::msel::{Evalues, Ranked};
use crate::scores::Scores;

/// What the authors add to the scores of rows of interest.
const OFFSET: f64 = 1000.0;

/// The learner: kernel ridge regression of 1{Y > 0}.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Learner {
    /// `γ` of the kernel `1 + exp(−γ‖x − z‖²)`, above 0.
    #[serde(default = "tenth")]
    pub gamma: f64,
    /// Weight `λ` of the ridge penalty, above 0.
    #[serde(default = "one")]
    pub lambda: f64,
}

fn tenth() -> f64 {
    0.1
}

fn one() -> f64 {
    1.0
}

impl Default for Learner {
    fn default() -> Self {
        Self { gamma: tenth(), lambda: one() }
    }
}

/// Labelled rows and test rows, of which none is set aside.
#[derive(Clone, Debug)]
pub struct FullSample {
    /// The labelled rows.
    pub labelled: Labelled,
    /// As many fresh labelled rows, which only the oracle sees.
    pub fresh: Labelled,
    /// The test rows.
    pub test: Design,
    /// Which test labels are of interest.
    pub truth: Vec<bool>,
    /// The learner.
    pub learner: Learner,
}

fn indicators(y: &[f64]) -> Vec<f64> {
    y.iter().map(|v| if *v > 0.0 { 1.0 } else { 0.0 }).collect()
}

impl FullSample {
    /// Draws `n` labelled rows, `m` test rows and the oracle's rows.
    #[must_use]
    pub fn draw(setting: &dyn Setting, n: usize, m: usize, learner: Learner, streams: &Streams) -> Self {
        let test = setting.draw(m, streams, "test");
        Self {
            labelled: setting.draw(n, streams, "labelled"),
            fresh: setting.draw(n, streams, "fresh"),
            test: test.x,
            truth: test.y.iter().map(|y| *y > 0.0).collect(),
            learner,
        }
    }

    fn fit(&self, rows: &Labelled) -> anyhow::Result<KernelRidge> {
        let kernel = Kernel { gamma: self.learner.gamma };
        let matrix = kernel.between(&rows.x, &rows.x);
        KernelRidge::fit(&matrix, &indicators(&rows.y), self.learner.lambda)
    }

    /// E-values of the test rows at each level.
    ///
    /// # Errors
    /// The learner cannot be fitted.
    pub fn evalues(&self, levels: &[f64], beta: f64) -> anyhow::Result<Vec<Evalues>> {
        let kernel = Kernel { gamma: self.learner.gamma };
        let fit = self.fit(&self.labelled)?;
        let inverse = fit.inverse();
        let labels = indicators(&self.labelled.y);
        let cross = kernel.between(&self.labelled.x, &self.test);
        // Without the point itself, the model is the same for all test points.
        let test: Vec<f64> = fit.predict(&cross).iter().map(|mu| -mu).collect();
        let (n, m) = (labels.len(), test.len());
        let mut found = vec![Evalues::with_capacity(m); levels.len()];
        let mut rejections = vec![0; m];
        for j in 0..m {
            let predicted =
                fit.leave_one_out_with(&inverse, &labels, cross.column(j), 2.0, self.learner.lambda);
            let mut v: Vec<f64> =
                predicted.iter().zip(&labels).map(|(mu, label)| OFFSET * label - mu).collect();
            v.sort_unstable_by(f64::total_cmp);
            let below = v.partition_point(|c| *c < test[j]);
            let ranked = Ranked::of(&v, &test);
            for (found, q) in found.iter_mut().zip(levels) {
                ranked.rejections(*q, &mut rejections);
                found.push(0, rejections[j], below, (n, m), q * beta);
            }
        }
        Ok(found)
    }

    /// BH with a model fitted to `train` and calibrated by `calibration`.
    fn split(
        &self,
        train: &Labelled,
        calibration: &Labelled,
        levels: &[f64],
        stream: &mut Stream,
    ) -> anyhow::Result<Vec<Vec<usize>>> {
        let kernel = Kernel { gamma: self.learner.gamma };
        let fit = self.fit(train)?;
        let scores = Scores {
            calibration: vec![fit.predict(&kernel.between(&train.x, &calibration.x))],
            test: vec![fit.predict(&kernel.between(&train.x, &self.test))],
            positive: calibration.y.iter().map(|y| *y > 0.0).collect(),
            offset: OFFSET,
        };
        Ok(competitors::fixed(&scores, 0, levels, stream))
    }

    /// Trains on the first `share` of the labelled rows, at least one, and calibrates by the others.
    ///
    /// # Errors
    /// The learner cannot be fitted.
    pub fn sample_split(
        &self,
        share: f64,
        levels: &[f64],
        stream: &mut Stream,
    ) -> anyhow::Result<Vec<Vec<usize>>> {
        let n = self.labelled.y.len();
        let cut = ((share * n as f64).round() as usize).clamp(1, (n - 1).max(1));
        let part = |rows: std::ops::Range<usize>| {
            let rows: Vec<usize> = rows.collect();
            Labelled {
                x: self.labelled.x.take_rows(&rows),
                y: rows.iter().map(|&i| self.labelled.y[i]).collect(),
            }
        };
        self.split(&part(0..cut), &part(cut..n), levels, stream)
    }

    /// Trains on all labelled rows and calibrates by as many fresh ones: what twice the labels would give.
    ///
    /// # Errors
    /// The learner cannot be fitted.
    pub fn oracle(&self, levels: &[f64], stream: &mut Stream) -> anyhow::Result<Vec<Vec<usize>>> {
        self.split(&self.labelled, &self.fresh, levels, stream)
    }
}
