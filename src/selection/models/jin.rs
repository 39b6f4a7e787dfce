//! Settings 1 to 4 after Jin and Candès: 20 uniform features, and forests, boosting and scaled means as models.

use std::rc::Rc;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use remeasure_core::numerics::kernels::elementary::exp_m1;
use remeasure_core::numerics::{Design, kernels, statistics};
use remeasure_core::stream::Streams;

use super::forest::{Boosted, Forest, Loss};
use super::kernel::{Kernel, KernelRidge};
use super::linear::{Linear, ridge};
use super::{Labelled, Model, Predictor, Setting};

/// Number of features.
const D: usize = 20;
/// Depth of all trees, trees of a forest or of boosting, and the rate of boosting.
const DEPTH: usize = 5;
const TREES: usize = 100;
const RATE: f64 = 0.1;
/// `γ` and weight of the kernel ridge regression that stands for support vector regression.
const GAMMA: f64 = 0.1;
const WEIGHT: f64 = 1.0;
/// What the authors add to the scores of rows of interest.
const OFFSET: f64 = 1000.0;

/// A setting with its models.
#[derive(Clone, Debug)]
pub struct Jin {
    /// 1 to 4.
    pub setting: usize,
    /// Factor of the noise, above 0.
    pub sigma: f64,
    /// Whether the law is that of the experiment without a split.
    pub full: bool,
}

impl Jin {
    /// The regression function at the first four features.
    #[must_use]
    pub fn mean(&self, x: [f64; 4]) -> f64 {
        let product = x[0] * x[1];
        if self.setting.is_multiple_of(2) {
            return 2.0 * (product + x[2] * x[2] + exp_m1(x[3] - 1.0));
        }
        match self.full {
            true => x[3] + if product > 0.0 { 0.5 } else { 1.0 },
            false if product > 0.0 && x[3] > 0.5 => 0.25 + x[3],
            false if product <= 0.0 && x[3] < -0.5 => x[3] - 0.25,
            false => 0.0,
        }
    }

    /// Standard deviation of the noise where the regression function is `mu`.
    #[must_use]
    pub fn deviation(&self, mu: f64) -> f64 {
        self.sigma
            * match (self.setting, self.full) {
                (1, false) => 1.0,
                (1, true) => 2.0,
                (2, _) => 1.5,
                (4, true) => (5.5 - mu.abs()) / 3.0,
                _ => (5.5 - mu.abs()) / 2.0,
            }
    }
}

/// The Lasso `‖y − b₀ − Xb‖²/(2n) + ‖b‖₁` by coordinate descent. Its solution is constant unless a feature explains a
/// response of large size.
fn lasso(x: &Design, y: &[f64]) -> Linear {
    let (n, p) = (x.rows() as f64, x.columns());
    let mean = statistics::mean(y);
    let means: Vec<f64> = (0..p).map(|j| statistics::mean(x.column(j))).collect();
    let columns: Vec<Vec<f64>> = (0..p).map(|j| x.column(j).iter().map(|v| v - means[j]).collect()).collect();
    let mut residuals: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let mut b = vec![0.0; p];
    for _ in 0..1000 {
        let mut change = 0.0_f64;
        for (column, b) in columns.iter().zip(&mut b) {
            let square = kernels::squared_norm(column) / n;
            let slope = kernels::dot(column, &residuals) / n + square * *b;
            let next = if square > 0.0 { (slope.abs() - 1.0).max(0.0).copysign(slope) / square } else { 0.0 };
            if next != *b {
                kernels::axpy(*b - next, column, &mut residuals);
                change = change.max((*b - next).abs());
                *b = next;
            }
        }
        if change <= 1e-10 {
            break;
        }
    }
    let intercept = mean - means.iter().zip(&b).map(|(m, b)| m * b).sum::<f64>();
    Linear { intercept, features: (0..p).collect(), coefficients: b }
}

/// Kernel ridge regression around the mean.
fn kernel_ridge(x: &Design, y: &[f64]) -> anyhow::Result<Predictor> {
    let kernel = Kernel { gamma: GAMMA };
    let mean = statistics::mean(y);
    let centred: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let fit = KernelRidge::fit(&kernel.between(x, x), &centred, WEIGHT)?;
    let rows = x.clone();
    Ok(Box::new(move |new| fit.predict(&kernel.between(&rows, new)).iter().map(|v| v + mean).collect()))
}

impl Setting for Jin {
    fn draw(&self, rows: usize, streams: &Streams, role: &str) -> Labelled {
        let mut stream = streams.stream(role);
        let values = (0..rows * D).map(|_| 2.0 * stream.r#gen::<f64>() - 1.0).collect();
        let x = Design::from_columns(rows, D, values);
        let label = |i: usize| {
            let mu = self.mean([0, 1, 2, 3].map(|j| x.column(j)[i]));
            let noise: f64 = StandardNormal.sample(&mut stream);
            mu + self.deviation(mu) * noise
        };
        let y = (0..rows).map(label).collect();
        Labelled { x, y }
    }

    fn fit(
        &self,
        train: &Labelled,
        fresh: &Labelled,
        streams: &Streams,
    ) -> anyhow::Result<(Vec<Model>, f64)> {
        let mut stream = streams.stream("forests");
        let forest = Rc::new(Forest::grow(&train.x, &train.y, TREES, DEPTH, &mut stream));
        let mut models = Vec::with_capacity(24);
        for tenths in 1..10 {
            let (level, forest) = (f64::from(tenths) / 10.0, Rc::clone(&forest));
            let quantile: Predictor = Box::new(move |x| forest.quantile(x, level));
            models.push(Model::plain(format!("forest 0.{tenths}"), quantile));
        }
        for tenths in 1..10 {
            let loss = Loss::Quantile(f64::from(tenths) / 10.0);
            let boosted = Boosted::grow(&train.x, &train.y, loss, TREES, DEPTH, RATE);
            models.push(Model::plain(format!("boosting 0.{tenths}"), Box::new(move |x| boosted.predict(x))));
        }
        let residuals: Vec<f64> =
            forest.mean(&fresh.x).iter().zip(&fresh.y).map(|(mu, y)| (y - mu).abs()).collect();
        let boosted = Boosted::grow(&fresh.x, &residuals, Loss::Square, TREES, DEPTH, RATE);
        let scale = Forest::grow(&fresh.x, &residuals, TREES, DEPTH, &mut stream);
        let (lasso, all) = (lasso(&fresh.x, &residuals), (0..D).collect::<Vec<_>>());
        let linear = ridge(&fresh.x, &all, &residuals, 1.0)?;
        let scales: [(&str, Option<Predictor>); 6] = [
            ("none", None),
            ("boosting", Some(Box::new(move |x| boosted.predict(x)))),
            ("forest", Some(Box::new(move |x| scale.mean(x)))),
            ("kernel ridge", Some(kernel_ridge(&fresh.x, &residuals)?)),
            ("lasso", Some(Box::new(move |x| lasso.predict(x)))),
            ("ridge", Some(Box::new(move |x| linear.predict(x)))),
        ];
        for (name, scale) in scales {
            let forest = Rc::clone(&forest);
            let mean: Predictor = Box::new(move |x| forest.mean(x));
            models.push(Model { scale, ..Model::plain(format!("forest mean, scale {name}"), mean) });
        }
        Ok((models, 0.0))
    }

    fn plain(&self) -> usize {
        18
    }

    fn offset(&self) -> f64 {
        OFFSET
    }
}
