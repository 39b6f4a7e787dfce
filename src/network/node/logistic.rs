//! Logistic regression at a node.

use remeasure_core::numerics::dense::Cholesky;
use remeasure_core::numerics::kernels::elementary::exp;

use super::Node;
use crate::rows::{Rows, add, dot};

/// Most steps of Newton's method.
const STEPS: usize = 100;

/// Newton decrement, relative to the value, below which a whole step is taken.
const NEAR: f64 = 1e-9;

/// `f(a) = Σ_s ω_s log(1 + exp(−y_s x_sᵀa)) + μ‖a‖²`.
#[derive(Clone, Debug)]
pub struct Logistic {
    rows: Rows,
    labels: Vec<f64>,
    weights: Vec<f64>,
    ridge: f64,
    hessian: Vec<f64>,
    gradient: Vec<f64>,
    trial: Vec<f64>,
    factor: Option<Cholesky>,
}

/// `1/(1 + eᵐ)`: the probability of a mistake at margin `m`.
fn miss(m: f64) -> f64 {
    1.0 / (1.0 + exp(m))
}

/// `log(1 + e⁻ᵐ)`.
fn loss(m: f64) -> f64 {
    (1.0 + exp(-m.abs())).ln() + (-m).max(0.0)
}

/// `β log β + (1 − β) log(1 − β)`, 0 at both ends.
fn negative_entropy(beta: f64) -> f64 {
    [beta, 1.0 - beta].into_iter().filter(|b| *b > 0.0).map(|b| b * b.ln()).sum()
}

impl Logistic {
    /// The loss of rows with labels ±1 and weights `ω`, one each; `ridge` is `μ`, above 0.
    ///
    /// # Panics
    /// If the lengths differ.
    #[must_use]
    pub fn new(rows: Rows, labels: Vec<f64>, weights: Vec<f64>, ridge: f64) -> Self {
        let (n, p) = (rows.count(), rows.columns());
        assert!(labels.len() == n && weights.len() == n, "{n} rows");
        Self {
            rows,
            labels,
            weights,
            ridge,
            hessian: vec![0.0; p * p],
            gradient: vec![0.0; p],
            trial: vec![0.0; p],
            factor: None,
        }
    }

    fn terms(&self) -> impl Iterator<Item = (&[f64], f64, f64)> {
        self.rows.iter().zip(&self.labels).zip(&self.weights).map(|((x, y), w)| (x, *y, *w))
    }

    /// Newton's method on `f(a) + (weight/2)‖a − centre‖²`, damped by halving until the value falls.
    fn newton(&mut self, weight: f64, centre: Option<&[f64]>, tolerance: f64, a: &mut [f64]) -> f64 {
        let p = self.rows.columns();
        let (mut gradient, mut hessian) =
            (std::mem::take(&mut self.gradient), std::mem::take(&mut self.hessian));
        let mut trial = std::mem::take(&mut self.trial);
        let off = |a: &[f64], i: usize| a[i] - centre.map_or(0.0, |c| c[i]);
        let total = |node: &Self, a: &[f64]| {
            node.value(a) + 0.5 * weight * (0..p).map(|i| off(a, i).powi(2)).sum::<f64>()
        };
        let (mut gap, mut before) = (f64::INFINITY, f64::INFINITY);
        let mut value = total(self, a);
        for _ in 0..STEPS {
            hessian.fill(0.0);
            for i in 0..p {
                gradient[i] = 2.0 * self.ridge * a[i] + weight * off(a, i);
                hessian[i * p + i] = 2.0 * self.ridge + weight;
            }
            for (x, y, w) in self.terms() {
                let beta = miss(y * dot(x, a));
                add(-w * beta * y, x, &mut gradient);
                for (i, v) in x.iter().enumerate() {
                    add(w * beta * (1.0 - beta) * v, x, &mut hessian[i * p..(i + 1) * p]);
                }
            }
            gap = dot(&gradient, &gradient) / (2.0 * (2.0 * self.ridge + weight));
            if !(gap > tolerance) {
                break;
            }
            let solved = match &mut self.factor {
                Some(factor) => factor.replace(p, &hessian),
                None => {
                    self.factor = Cholesky::new(p, &hessian);
                    self.factor.is_some()
                }
            };
            let Some(factor) = self.factor.as_ref().filter(|_| solved) else { break };
            let mut decrement = 0.0;
            trial.copy_from_slice(&gradient);
            factor.solve(&mut gradient);
            trial.iter().zip(&gradient).for_each(|(g, d)| decrement += g * d);
            // Near the minimum, values differ by rounding only, but Newton's steps are still right.
            let near = decrement <= NEAR * (1.0 + value.abs());
            if near && gap >= before {
                break;
            }
            before = gap;
            let mut length = 1.0;
            let fell = loop {
                trial.copy_from_slice(a);
                add(-length, &gradient, &mut trial);
                let there = total(self, &trial);
                if there < value || near {
                    value = there;
                    break true;
                }
                length *= 0.5;
                if length < 1e-6 {
                    break false;
                }
            };
            if !fell {
                break;
            }
            a.copy_from_slice(&trial);
        }
        (self.gradient, self.hessian, self.trial) = (gradient, hessian, trial);
        gap
    }
}

impl Node for Logistic {
    fn size(&self) -> usize {
        self.rows.columns()
    }

    fn value(&self, a: &[f64]) -> f64 {
        self.terms().map(|(x, y, w)| w * loss(y * dot(x, a))).sum::<f64>() + self.ridge * dot(a, a)
    }

    fn gradient(&self, a: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        add(2.0 * self.ridge, a, out);
        for (x, y, w) in self.terms() {
            add(-w * y * miss(y * dot(x, a)), x, out);
        }
    }

    fn curvature(&self) -> f64 {
        2.0 * self.ridge + 0.25 * self.terms().map(|(x, _, w)| w * dot(x, x)).sum::<f64>()
    }

    fn step(&mut self, weight: f64, centre: &[f64], tolerance: f64, a: &mut [f64]) -> f64 {
        self.newton(weight, Some(centre), tolerance, a)
    }

    fn alone(&mut self, a: &mut [f64]) -> f64 {
        a.fill(0.0);
        self.newton(0.0, None, 1e-24, a)
    }

    fn reach(&self, _: &[f64]) -> f64 {
        1.0
    }

    /// From `log(1 + e⁻ᵐ) = max_β −βm − β log β − (1 − β) log(1 − β)` with any `β` in `[0, 1]`, here those of `a`.
    fn conjugate(&mut self, g: &[f64], a: &[f64]) -> f64 {
        let mut sum = g.to_vec();
        let mut entropy = 0.0;
        for (x, y, w) in self.terms() {
            let beta = miss(y * dot(x, a));
            add(w * beta * y, x, &mut sum);
            entropy += w * negative_entropy(beta);
        }
        dot(&sum, &sum) / (4.0 * self.ridge) + entropy
    }

    fn held(&self) -> usize {
        let p = self.rows.columns();
        self.rows.as_slice().len() + 2 * self.labels.len() + 2 * p * (p + 1)
    }
}
