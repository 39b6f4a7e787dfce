//! The upstream model: least squares, or networks by what they are trained to minimise.

use anyhow::Context;
use remeasure_core::Invalid;
use remeasure_core::numerics::{Design, dense, kernels, statistics};
use remeasure_core::stream::Stream;
use schemars::JsonSchema;
use serde::Deserialize;

use super::map::FEATURES;
use super::network::{Fit, GROUPS, Loss, Recipe, Rows, Shape, predict, train};
use super::score::deviation;

/// Widths of the network's layers before its output.
const WIDTHS: [usize; 4] = [FEATURES, 64, 32, 32];

/// Weight of the penalty on the bias of quintiles.
const PENALTY: f64 = 2.0;

/// What predicts outcomes from features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Upstream {
    /// Least squares with an intercept.
    #[default]
    Ols,
    /// A network 100-64-32-32-1 with ReLU, trained by Adam on mini-batches; the authors take the whole training set
    /// in each of thousands of steps.
    Mlp,
}

/// What a network is trained to minimise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// The mean squared error.
    #[default]
    Squares,
    /// Plus 2 times the largest squared mean error over the quintiles of the outcomes that it is fitted to (Ratledge).
    Ratledge,
    /// Plus 4 times that, as the authors' code applies the weight 2 twice, with the quintiles of one population with
    /// τ = 2 in all trials. Outcomes beyond its extremes are in no quintile.
    RatledgePublished,
}

/// Which weights of a trained network are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Epoch {
    /// Those after the last epoch: the authors' code means to keep the best but keeps a reference to the current ones.
    #[default]
    Last,
    /// Those after the epoch with the least loss in validation.
    Best,
}

/// A fit of the upstream model: by its objective, and by its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// What it minimises.
    pub objective: Objective,
    /// Which weights it has.
    pub epoch: Epoch,
}

/// How networks are trained, and which.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// A network is trained for each of these objectives, from the same weights and on the same mini-batches.
    objectives: Vec<Objective>,
    /// Rows of a mini-batch, at least 1.
    batch: usize,
    /// Learning rate, above 0.
    rate: f64,
    /// Number of times that all rows are used, from 1 to 10,000.
    epochs: usize,
    /// Multiple of the weights and biases that is added to their gradient, at least 0.
    decay: f64,
}

impl Default for Training {
    fn default() -> Self {
        Self { objectives: vec![Objective::Squares], batch: 250, rate: 1e-3, epochs: 20, decay: 1e-2 }
    }
}

impl Training {
    /// The first invalid key.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        if !self.objectives.contains(&Objective::Squares) {
            let message = "\"squares\" must be among them: the methods that correct predictions use it";
            return Err(Invalid::new("training.objectives", message));
        }
        if self.batch == 0 {
            return Err(Invalid::new("training.batch", "expected at least 1 row, found 0"));
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            let message = format!("expected a number above 0, found {}", self.rate);
            return Err(Invalid::new("training.rate", message));
        }
        if !(1..=10_000).contains(&self.epochs) {
            let message = format!("expected between 1 and 10000 epochs, found {}", self.epochs);
            return Err(Invalid::new("training.epochs", message));
        }
        if !(self.decay.is_finite() && self.decay >= 0.0) {
            let message = format!("expected a number of at least 0, found {}", self.decay);
            return Err(Invalid::new("training.decay", message));
        }
        Ok(())
    }

    /// Whether a network is trained for an objective.
    pub(super) fn trains(&self, objective: Objective) -> bool {
        self.objectives.contains(&objective)
    }
}

/// Predictions of one fit.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Which fit.
    pub which: Which,
    /// In validation, one for each outcome there.
    pub validation: Vec<f64>,
    /// In the test population.
    pub test: Vec<f64>,
}

/// Features of a training population with its outcomes, and of a test population.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    pub(super) features: &'a Design,
    pub(super) outcomes: &'a [f64],
    /// The first rows are fitted, the others are for validation.
    pub(super) fitted: usize,
    pub(super) test: &'a Design,
}

/// Least squares with an intercept, fitted to the first rows of `features`.
fn least_squares(features: &Design, outcomes: &[f64], fitted: usize) -> anyhow::Result<(Vec<f64>, f64)> {
    let (p, n) = (features.columns(), features.rows());
    let side = p + 2;
    let ones = vec![1.0; n];
    let column = |j: usize| match j {
        j if j < p => features.column(j),
        j if j == p => &ones[..],
        _ => outcomes,
    };
    let mut products = vec![0.0; side * side];
    kernels::Products::default().add_gram(side, 0..fitted, None, column, &mut products);
    let at = |i: usize, j: usize| products[i.min(j) * side + i.max(j)];
    let matrix: Vec<f64> =
        (0..=p).flat_map(|i| (0..=p).map(move |j| (i, j))).map(|(i, j)| at(i, j)).collect();
    let mut solution: Vec<f64> = (0..=p).map(|i| at(i, p + 1)).collect();
    let factor =
        dense::Cholesky::new(p + 1, &matrix).context("the features of the map are linearly dependent")?;
    factor.solve(&mut solution);
    let intercept = solution.pop().unwrap_or(0.0);
    Ok((solution, intercept))
}

/// The fit by least squares.
///
/// # Errors
/// The features are linearly dependent.
pub(super) fn by_least_squares(sides: Sides<'_>) -> anyhow::Result<Vec<Fitted>> {
    let (weights, intercept) = least_squares(sides.features, sides.outcomes, sides.fitted)?;
    let predict = |features: &Design| {
        let mut out = vec![0.0; features.rows()];
        features.mul(&weights, &mut out);
        out.iter_mut().for_each(|v| *v += intercept);
        out
    };
    let validation = predict(sides.features).split_off(sides.fitted);
    Ok(vec![Fitted { which: Which::default(), validation, test: predict(sides.test) }])
}

/// Rows of 32-bit features, standardised by mean and standard deviation (divisor `n`) of the columns of `by`.
fn standardised(features: &Design, by: &Design) -> Vec<f32> {
    let p = features.columns();
    let mut rows = vec![0.0; features.rows() * p];
    for j in 0..p {
        let (mean, spread) = (statistics::mean(by.column(j)), deviation(by.column(j), 0.0));
        let scale = if spread > 0.0 { 1.0 / spread } else { 0.0 };
        for (row, value) in rows.chunks_exact_mut(p).zip(features.column(j)) {
            #[allow(clippy::cast_possible_truncation)]
            let single = ((value - mean) * scale) as f32;
            row[j] = single;
        }
    }
    rows
}

/// The networks of a trial. All objectives start from the same weights and see the same mini-batches. `published` are
/// the limits of the quintiles that the authors' code uses.
pub(super) fn by_networks(
    sides: Sides<'_>,
    training: &Training,
    published: [f64; GROUPS + 1],
    stream: &mut Stream,
) -> anyhow::Result<Vec<Fitted>> {
    let shape = Shape::new(&WIDTHS);
    let rows = standardised(sides.features, sides.features);
    let test = standardised(sides.test, sides.features);
    let (fitted, held_out) = rows.split_at(sides.fitted * FEATURES);
    let (outcomes, beyond) = sides.outcomes.split_at(sides.fitted);
    let start = shape.draw::<f32>(stream);
    let recipe =
        Recipe { batch: training.batch, rate: training.rate, epochs: training.epochs, decay: training.decay };
    let mut found = Vec::with_capacity(2 * training.objectives.len());
    for &objective in &training.objectives {
        let loss = match objective {
            Objective::Squares => Loss::Squares,
            Objective::Ratledge => {
                Loss::Ratledge { weight: PENALTY, limits: super::network::quintiles(outcomes) }
            }
            Objective::RatledgePublished => Loss::Ratledge { weight: PENALTY * PENALTY, limits: published },
        };
        let fitted = Rows { features: fitted, outcomes };
        let validation = Rows { features: held_out, outcomes: beyond };
        let mut order = stream.clone();
        let Fit { last, best, .. } =
            train(&shape, start.clone(), fitted, validation, (&loss, &recipe), &mut order);
        anyhow::ensure!(
            last.iter().all(|v| v.is_finite()),
            "the training of a network diverged: reduce training.rate"
        );
        for (epoch, parameters) in [(Epoch::Last, &last), (Epoch::Best, &best)] {
            found.push(Fitted {
                which: Which { objective, epoch },
                validation: predict(&shape, parameters, held_out),
                test: predict(&shape, parameters, &test),
            });
        }
    }
    Ok(found)
}
