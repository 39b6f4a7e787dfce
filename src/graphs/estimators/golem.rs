//! GOLEM.

use anyhow::Context;
use remeasure_core::Invalid;
use remeasure_core::deadline;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Method, WeightEstimator, check_positive, check_threshold, entry};
use crate::matrix::{Exponential, Matrix, add_product};
use crate::sem::{Sample, WeightFit, prune};

/// GOLEM with the settings of a third party.
pub(super) const ENTRY: Entry = entry!(
    Method::Weights,
    Golem,
    "golem",
    "GOLEM: Gaussian likelihood with penalties for |w| and for cycles; settings second-hand"
);

/// Whose variances are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Variances {
    /// Those of all nodes (GOLEM-EV).
    Equal,
    /// None (GOLEM-NV), from the estimate for equal ones.
    Unequal,
}

/// GOLEM (Ng, Ghassami and Zhang, NeurIPS 2020). The authors' settings were not seen: defaults are those of a third party's
/// code, except for Adam's decays, which are the usual ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Golem {
    /// Which variances of the noise are assumed to be equal.
    variances: Variances,
    /// Weight of the sum of |w|, at least 0. Default: 0.02 for equal variances, 0.002 for others.
    lambda: Option<f64>,
    /// Weight of `tr exp(W∘W) − d`, above 0.
    #[serde(default = "default_cycles")]
    cycles: f64,
    /// Steps of Adam, at least 1; as many again for unequal variances.
    #[serde(default = "default_steps")]
    steps: usize,
    /// Step of Adam, above 0.
    #[serde(default = "default_rate")]
    rate: f64,
    /// Weights of at most this size become 0, at least 0.
    #[serde(default = "default_threshold")]
    threshold: f64,
}

fn default_cycles() -> f64 {
    5.0
}

fn default_steps() -> usize {
    100_000
}

fn default_rate() -> f64 {
    1e-3
}

fn default_threshold() -> f64 {
    0.3
}

impl Check for Golem {
    fn check(&self) -> Result<(), Invalid> {
        if let Some(lambda) = self.lambda
            && !(lambda >= 0.0 && lambda.is_finite())
        {
            return Err(Invalid::new("lambda", format!("expected a number of at least 0, found {lambda}")));
        }
        check_positive("cycles", self.cycles)?;
        check_positive("rate", self.rate)?;
        if !(1..=10_000_000).contains(&self.steps) {
            let message = format!("expected between 1 and 10000000, found {}", self.steps);
            return Err(Invalid::new("steps", message));
        }
        check_threshold(self.threshold)
    }
}

/// The objective of one of the two likelihoods.
struct Likelihood<'a> {
    covariance: &'a Matrix,
    variances: Variances,
    lambda: f64,
    cycles: f64,
    residual: Matrix,
    products: Matrix,
    squares: Matrix,
    exponential: Exponential,
    /// `(I − W)⁻¹`, and what is left of `I − W` while it is made.
    inverse: Matrix,
    rest: Matrix,
    /// `q`, the residual variances.
    left: Vec<f64>,
    gradient: Matrix,
    constraint: f64,
}

/// Inverts `rest` into `inverse` by Gauss–Jordan elimination with row exchanges; returns log |det|, or nothing if it is
/// singular.
fn invert(rest: &mut Matrix, inverse: &mut Matrix) -> Option<f64> {
    let d = rest.side();
    inverse.values_mut().fill(0.0);
    (0..d).for_each(|i| inverse.set(i, i, 1.0));
    let mut log = 0.0;
    for p in 0..d {
        let best = (p..d).max_by(|&a, &b| rest.at(a, p).abs().total_cmp(&rest.at(b, p).abs()))?;
        let pivot = rest.at(best, p);
        if !(pivot.abs() > 1e-12) {
            return None;
        }
        log += pivot.abs().ln();
        for matrix in [&mut *rest, &mut *inverse] {
            let stride = matrix.stride();
            if best != p {
                let (above, below) = matrix.values_mut().split_at_mut(best * stride);
                above[p * stride..(p + 1) * stride].swap_with_slice(&mut below[..stride]);
            }
            matrix.row_mut(p).iter_mut().for_each(|v| *v /= pivot);
        }
        for i in (0..d).filter(|&i| i != p) {
            let factor = rest.at(i, p);
            for matrix in [&mut *rest, &mut *inverse] {
                let stride = matrix.stride();
                let (first, second) = matrix.values_mut().split_at_mut(i.max(p) * stride);
                let (low, high) = (&mut first[i.min(p) * stride..][..stride], &mut second[..stride]);
                let (row, pivot_row) = if i < p { (low, &*high) } else { (high, &*low) };
                row.iter_mut().zip(pivot_row).for_each(|(v, above)| *v -= factor * above);
            }
        }
    }
    Some(log)
}

impl<'a> Likelihood<'a> {
    fn new(covariance: &'a Matrix, variances: Variances, lambda: f64, cycles: f64) -> Self {
        let d = covariance.side();
        let zeros = || Matrix::zeros(d);
        Self {
            covariance,
            variances,
            lambda,
            cycles,
            residual: zeros(),
            products: zeros(),
            squares: zeros(),
            exponential: Exponential::new(d),
            inverse: zeros(),
            rest: zeros(),
            left: vec![0.0; d],
            gradient: zeros(),
            constraint: 0.0,
        }
    }

    /// The objective and, in `gradient`, its gradient; the diagonal of `W` stays 0.
    fn evaluate(&mut self, weights: &Matrix) -> anyhow::Result<f64> {
        let d = weights.side();
        for i in 0..d {
            for j in 0..d {
                let w = weights.at(i, j);
                self.squares.set(i, j, w * w);
                self.residual.set(i, j, if i == j { 1.0 } else { -w });
            }
        }
        self.products.values_mut().fill(0.0);
        add_product(self.covariance, &self.residual, &mut self.products);
        self.left.fill(0.0);
        for i in 0..d {
            let pairs = self.residual.row(i).iter().zip(self.products.row(i));
            self.left.iter_mut().zip(pairs).for_each(|(q, (a, b))| *q += a * b);
        }
        anyhow::ensure!(self.left.iter().all(|q| *q > 0.0), "a residual variance vanishes");
        self.rest.values_mut().copy_from_slice(self.residual.values());
        let log = invert(&mut self.rest, &mut self.inverse).context("I − W is singular")?;
        let total: f64 = self.left.iter().sum();
        let nodes = d as f64;
        let (value, slope) = match self.variances {
            Variances::Equal => (0.5 * nodes * total.ln(), Some(nodes / total)),
            Variances::Unequal => (0.5 * self.left.iter().map(|q| q.ln()).sum::<f64>(), None),
        };
        let exponential = self.exponential.of(&self.squares);
        self.constraint = (0..d).map(|i| exponential.at(i, i) - 1.0).sum();
        let mut norm = 0.0;
        for i in 0..d {
            for j in (0..d).filter(|&j| j != i) {
                let w = weights.at(i, j);
                let slope = slope.unwrap_or(1.0 / self.left[j]);
                let sign = if w == 0.0 { 0.0 } else { w.signum() };
                norm += w.abs();
                let cycles = 2.0 * self.cycles * w * exponential.at(j, i);
                let fit = self.inverse.at(j, i) - slope * self.products.at(i, j);
                self.gradient.set(i, j, fit + self.lambda * sign + cycles);
            }
        }
        Ok(value - log + self.lambda * norm + self.cycles * self.constraint)
    }

    /// Adam from the given weights; returns the objective at the end.
    fn minimise(&mut self, weights: &mut Matrix, steps: usize, rate: f64) -> anyhow::Result<f64> {
        let mut first = vec![0.0; weights.values().len()];
        let mut second = first.clone();
        let mut powers = (1.0, 1.0);
        for at in 0..steps {
            self.evaluate(weights)?;
            powers = (powers.0 * 0.9, powers.1 * 0.999);
            let step = rate * (1.0_f64 - powers.1).sqrt() / (1.0 - powers.0);
            let moments = first.iter_mut().zip(&mut second).zip(self.gradient.values());
            for (w, ((m, v), g)) in weights.values_mut().iter_mut().zip(moments) {
                *m = 0.9 * *m + (1.0 - 0.9) * g;
                *v = 0.999 * *v + (1.0 - 0.999) * (g * g);
                *w -= step * *m / (v.sqrt() + 1e-8);
            }
            if at % 1000 == 0 && deadline::passed() {
                break;
            }
        }
        self.evaluate(weights)
    }
}

impl WeightEstimator for Golem {
    fn fit(&self, sample: &Sample) -> anyhow::Result<WeightFit> {
        let d = sample.nodes;
        let covariance = Matrix::from_rows(d, &sample.covariance);
        let mut weights = Matrix::zeros(d);
        let first = (self.variances == Variances::Equal).then_some(self.lambda).flatten().unwrap_or(0.02);
        let mut likelihood = Likelihood::new(&covariance, Variances::Equal, first, self.cycles);
        let mut objective = likelihood.minimise(&mut weights, self.steps, self.rate)?;
        if self.variances == Variances::Unequal {
            let lambda = self.lambda.unwrap_or(0.002);
            likelihood = Likelihood::new(&covariance, Variances::Unequal, lambda, self.cycles);
            objective = likelihood.minimise(&mut weights, self.steps, self.rate)?;
        }
        let mean = likelihood.left.iter().sum::<f64>() / d as f64;
        let variances = match self.variances {
            Variances::Equal => vec![mean; d],
            Variances::Unequal => likelihood.left.clone(),
        };
        let mut weights = weights.to_rows();
        let norm = weights.iter().map(|w| w.abs()).sum();
        let dropped = prune(d, &mut weights, self.threshold);
        Ok(WeightFit {
            variances: Some(variances),
            objective: Some(objective),
            norm: Some(norm),
            acyclicity: Some(likelihood.constraint),
            dropped: Some(dropped),
            steps: Some(self.steps * if self.variances == Variances::Equal { 1 } else { 2 }),
            ..WeightFit::of(weights)
        })
    }
}
