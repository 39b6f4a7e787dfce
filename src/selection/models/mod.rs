//! Candidate models of the published settings, and the laws that their data are drawn from.

pub mod forest;
pub mod jin;
pub mod kernel;
pub mod liang;
pub mod linear;
pub mod quantile;

use remeasure_core::numerics::Design;
use remeasure_core::stream::Streams;

/// A function of the rows of a design, with one number for each.
pub type Predictor = Box<dyn Fn(&Design) -> Vec<f64>>;

/// A fitted model: it scores rows by `μ̂(x)`, or by `μ̂(x)/σ̂(x)`.
pub struct Model {
    /// Name in messages and tables.
    pub name: String,
    /// `μ̂`.
    pub mean: Predictor,
    /// `σ̂`, as fitted.
    pub scale: Option<Predictor>,
    /// A smaller `σ̂` is replaced by this; minus infinity leaves all as they are.
    pub floor: f64,
}

impl Model {
    /// A model without a scale.
    #[must_use]
    pub fn plain(name: impl Into<String>, mean: Predictor) -> Self {
        Self { name: name.into(), mean, scale: None, floor: f64::NEG_INFINITY }
    }

    /// Scores of the rows of a design, and how many of their fitted scales are not positive.
    #[must_use]
    pub fn score(&self, design: &Design) -> (Vec<f64>, usize) {
        let mut scores = (self.mean)(design);
        let Some(scale) = &self.scale else { return (scores, 0) };
        let mut negative = 0;
        for (score, sigma) in scores.iter_mut().zip(scale(design)) {
            negative += usize::from(sigma <= 0.0);
            *score /= sigma.max(self.floor);
        }
        (scores, negative)
    }
}

/// Rows with their labels.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Features, one row for each label.
    pub x: Design,
    /// Labels; those above 0 are of interest.
    pub y: Vec<f64>,
}

/// A law of data, with the models that are fitted to it.
pub trait Setting: Send + Sync {
    /// Draws independent rows; `role` names the random stream.
    fn draw(&self, rows: usize, streams: &Streams, role: &str) -> Labelled;

    /// Fits the models to `train`, and scale models to the absolute residuals of `fresh`. Returns the largest certificate
    /// of quantile regressions, 0 if there are none.
    ///
    /// # Errors
    /// A fit fails.
    fn fit(&self, train: &Labelled, fresh: &Labelled, streams: &Streams)
    -> anyhow::Result<(Vec<Model>, f64)>;

    /// The position of the model that stands for "one fixed model".
    fn plain(&self) -> usize;

    /// What is added to the scores of rows of interest.
    fn offset(&self) -> f64;
}
