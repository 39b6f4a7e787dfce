//! The penalties of the Lasso and the elastic net as black boxes: the validation error of a fit.

use rand::seq::index::sample;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::Design;
use remeasure_core::stream::{Stream, Streams};
use remeasure_optim::lasso::{Lasso, LassoProblem};
use remeasure_optim::penalty::ElasticNet;
use schemars::JsonSchema;
use serde::Deserialize;

/// What is tuned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tuned {
    /// λ of a Lasso.
    Lasso,
    /// The two weights of an elastic net, λ₁ of the ℓ1 norm and λ₂ of half the squared norm.
    ElasticNet,
}

/// Data of a penalised regression `y = Xb + w` with training and validation rows; columns of `X` are correlated by .5^|i−j|,
/// `k` coefficients are N(0, 1), and the noise has the given ratio of variances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TuningLaw {
    /// What is tuned.
    pub tuned: Tuned,
    /// Training rows, and as many for validation.
    pub n: usize,
    /// Features.
    pub p: usize,
    /// Coefficients that are not 0.
    pub k: usize,
    /// Variance of `Xb` over that of the noise.
    pub snr: f64,
}

/// Drawn data, whose validation error is the function.
#[derive(Clone, Debug)]
pub struct Tuning {
    train: (Design, Vec<f64>),
    validation: (Design, Vec<f64>),
    /// The largest useful λ₁.
    largest: f64,
    /// Mean square of the validation responses.
    null: f64,
}

/// Decades from the largest λ₁ down to the least.
const DECADES: f64 = 4.0;

/// Relative duality gap of the fits.
const GAP: f64 = 1e-8;

fn rows(n: usize, p: usize, stream: &mut Stream) -> Design {
    let mut values: Vec<f64> = (0..n * p).map(|_| StandardNormal.sample(stream)).collect();
    for at in n..n * p {
        values[at] = 0.5 * values[at - n] + 0.75f64.sqrt() * values[at];
    }
    Design::from_columns(n, p, values)
}

impl TuningLaw {
    /// Number of weights.
    #[must_use]
    pub fn dimension(&self) -> usize {
        match self.tuned {
            Tuned::Lasso => 1,
            Tuned::ElasticNet => 2,
        }
    }

    /// Draws data.
    ///
    /// # Errors
    /// The responses are all 0.
    pub fn draw(&self, streams: &Streams) -> anyhow::Result<Tuning> {
        let mut stream = streams.stream("coefficients");
        let mut truth = vec![0.0; self.p];
        for j in sample(&mut stream, self.p, self.k) {
            truth[j] = StandardNormal.sample(&mut stream);
        }
        let mut stream = streams.stream("rows");
        let (x, test) = (rows(self.n, self.p, &mut stream), rows(self.n, self.p, &mut stream));
        let (mut y, mut test_y) = (vec![0.0; self.n], vec![0.0; self.n]);
        x.mul(&truth, &mut y);
        test.mul(&truth, &mut test_y);
        let power = y.iter().map(|v| v * v).sum::<f64>() / self.n as f64;
        let noise = (power / self.snr).sqrt();
        let mut stream = streams.stream("noise");
        for v in y.iter_mut().chain(&mut test_y) {
            *v += noise * Distribution::<f64>::sample(&StandardNormal, &mut stream);
        }
        let largest = LassoProblem::new(&x, &y)?.lambda_max();
        anyhow::ensure!(largest > 0.0, "all responses are 0");
        let null = test_y.iter().map(|v| v * v).sum::<f64>() / self.n as f64;
        Ok(Tuning { train: (x, y), validation: (test, test_y), largest, null })
    }
}

impl Tuning {
    /// The weights λ₁ and λ₂ at a point of the unit cube, on logarithmic scales over four decades; λ₂ = 0 for the Lasso.
    #[must_use]
    pub fn weights(&self, u: &[f64]) -> (f64, f64) {
        let scale = |u: f64| self.largest * 10f64.powf(DECADES * (u - 1.0));
        (scale(u[0]), u.get(1).map_or(0.0, |u| scale(*u)))
    }

    /// Validation error of the fit, over that of predicting 0.
    ///
    /// # Errors
    /// The penalty or a coefficient is not finite.
    pub fn value(&self, u: &[f64]) -> anyhow::Result<f64> {
        let (l1, l2) = self.weights(u);
        let problem = LassoProblem::new(&self.train.0, &self.train.1)?;
        let penalty = ElasticNet::new(l1 + l2, l1 / (l1 + l2))?;
        let fit = Lasso::with_penalty(penalty).tolerance(GAP)?.solve(&problem, None)?;
        let mut predicted = vec![0.0; self.validation.1.len()];
        self.validation.0.mul(&fit.coefficients, &mut predicted);
        let squares = predicted.iter().zip(&self.validation.1).map(|(p, y)| (p - y).powi(2)).sum::<f64>();
        Ok(squares / self.validation.1.len() as f64 / self.null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_weight_predicts_nothing_and_a_good_one_explains_the_rest() {
        let law = TuningLaw { tuned: Tuned::ElasticNet, n: 80, p: 20, k: 4, snr: 8.0 };
        let tuning = law.draw(&Streams { seed: 1, cell: 2, replicate: 3 }).unwrap();
        assert_eq!(tuning.value(&[1.0, 0.0]).unwrap(), 1.0);
        let good = tuning.value(&[0.6, 0.0]).unwrap();
        // Noise alone is about 1/9 of the variance.
        assert!((0.05..0.3).contains(&good), "{good}");
        // A ridge weight of λ_max on top of nearly no ℓ1 weight shrinks.
        assert!(tuning.value(&[0.0, 1.0]).unwrap() > good);
    }
}
