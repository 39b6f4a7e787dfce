//! The loss `f` of one node, with what the alternating direction method and the certificate need of it.

mod face;
mod logistic;
mod one_class;
mod ridge;

use schemars::JsonSchema;
use serde::Deserialize;

pub use logistic::Logistic;
pub use one_class::OneClass;
pub use ridge::Ridge;

use crate::problem::Sample;

/// What kind of model the nodes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ridge regression.
    Ridge,
    /// Logistic regression with a ridge.
    Logistic,
    /// A linear one-class support vector machine.
    OneClass,
}

/// The model of the nodes with its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// `f(a) = (1/2n)‖y − Xa‖² + μ‖a‖²`.
    Ridge {
        /// `μ`, above 0.
        ridge: f64,
    },
    /// `f(a) = (1/n) Σ log(1 + exp(−y xᵀa)) + μ‖a‖²` with labels `y = ±1`.
    Logistic {
        /// `μ`, above 0.
        ridge: f64,
    },
    /// `f(w, r) = ½‖w‖² − r + (1/νn) Σ max(0, r − wᵀx)`; the score of a row is `wᵀx − r`, and below 0 it is an alarm.
    OneClass {
        /// `ν`, above 0 and at most 1.
        nu: f64,
    },
}

impl Model {
    /// Its kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Ridge { .. } => Kind::Ridge,
            Self::Logistic { .. } => Kind::Logistic,
            Self::OneClass { .. } => Kind::OneClass,
        }
    }

    /// Number of unknowns of a node, `p`, with `features` features.
    #[must_use]
    pub fn size(self, features: usize) -> usize {
        features + usize::from(self.kind() == Kind::OneClass)
    }

    /// The mean of the losses of some nodes, each of which counts alike; with one sample that node's own loss.
    #[must_use]
    pub fn node(self, samples: &[&Sample]) -> Box<dyn Node> {
        let parts = samples.len() as f64;
        let columns = samples.first().map_or(1, |s| s.rows.columns());
        let mut values = Vec::new();
        let (mut labels, mut weights) = (Vec::new(), Vec::new());
        for sample in samples {
            let n = sample.rows.count();
            values.extend_from_slice(sample.rows.as_slice());
            labels.extend_from_slice(&sample.labels);
            weights.resize(weights.len() + n, 1.0 / (parts * n as f64));
        }
        let rows = crate::Rows::new(columns, values);
        match self {
            Self::Ridge { ridge } => Box::new(Ridge::new(&rows, &labels, &weights, ridge)),
            Self::Logistic { ridge } => Box::new(Logistic::new(rows, labels, weights, ridge)),
            Self::OneClass { nu } => Box::new(OneClass::new(rows, &weights, nu)),
        }
    }

    /// The score of a row: the prediction, the logit, or the distance from the plane in units of `1/‖w‖`.
    #[must_use]
    pub fn score(self, a: &[f64], row: &[f64]) -> f64 {
        let inner = crate::rows::dot(&a[..row.len()], row);
        if self.kind() == Kind::OneClass { inner - a[row.len()] } else { inner }
    }
}

/// A convex loss `f` of `p` unknowns. Every bound that is returned is certified: it holds whatever the rounding of the
/// iterations, up to that of the bound itself.
pub trait Node: Send {
    /// Number of unknowns `p`.
    fn size(&self) -> usize;

    /// `f(a)`.
    fn value(&self, a: &[f64]) -> f64;

    /// A subgradient of `f` at `a`, the gradient where there is one.
    fn gradient(&self, a: &[f64], out: &mut [f64]);

    /// Size of the second derivative of `f`: a bound of its curvature, or 1 for a loss that is not smooth.
    fn curvature(&self) -> f64;

    /// Replaces `a` by the minimiser of `f(a) + (weight/2)‖a − centre‖²`, `weight` above 0, to an optimality gap of at
    /// most `tolerance` where rounding allows it; returns a bound of the gap. `a` may be anything before. Allocates
    /// nothing after the first call with a weight.
    fn step(&mut self, weight: f64, centre: &[f64], tolerance: f64, a: &mut [f64]) -> f64;

    /// Replaces `a` by a minimiser of `f`; returns a bound of the gap.
    fn alone(&mut self, a: &mut [f64]) -> f64;

    /// The largest `t ≤ 1` for which the conjugate `f*(t g)` is finite.
    fn reach(&self, g: &[f64]) -> f64;

    /// An upper bound of the conjugate `f*(g) = sup_b gᵀb − f(b)`, tight if `a` is where the supremum is attained.
    fn conjugate(&mut self, g: &[f64], a: &[f64]) -> f64;

    /// Numbers that are held, for the memory of a network.
    fn held(&self) -> usize;
}
