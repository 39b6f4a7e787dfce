//! Scores of test rows, and what is measured of them.

use remeasure_core::numerics::kernels::elementary::exp;

use crate::node::{Kind, Model};
use crate::problem::{Instance, Sample};
use crate::rows::dot;

/// Rows this far below the plane, relative to `1 + |r|`, count as below: rows on the plane, of which a fit has several,
/// are known to some digits only.
const ON_THE_PLANE: f64 = 1e-6;

/// What is measured of fitted nodes; each number is a mean over the nodes that have it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// Mean squared error of the predictions.
    pub mse: Option<f64>,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Share of incidents with an alarm.
    pub detection: Option<f64>,
    /// Share of normal rows with an alarm.
    pub false_alarms: Option<f64>,
    /// Share of rows in the wrong class.
    pub error_rate: Option<f64>,
    /// Mean of `log(1 + exp(−y xᵀa))`.
    pub log_loss: Option<f64>,
    /// Mean of `‖a − true coefficients‖²`.
    pub coefficient_error: Option<f64>,
    /// Share of training rows below the plane.
    pub below: Option<f64>,
}

impl Measures {
    /// What a choice by the test rows minimises.
    #[must_use]
    pub fn criterion(&self, model: Model) -> Option<f64> {
        match model.kind() {
            Kind::Ridge => self.mse,
            Kind::Logistic => self.log_loss,
            Kind::OneClass => self.auc.map(|auc| -auc),
        }
    }
}

/// Mean of the values that are there.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, count) = values.flatten().fold((0.0, 0), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Probability that a row labelled 1 has a higher score than one labelled −1, where a tie counts ½; `None` if there are
/// not both.
#[must_use]
pub fn auc(scores: &[f64], labels: &[f64]) -> Option<f64> {
    let mut order: Vec<(f64, bool)> = scores.iter().zip(labels).map(|(s, y)| (*s, *y > 0.0)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positive = order.iter().filter(|(_, p)| *p).count() as f64;
    let negative = order.len() as f64 - positive;
    let (mut below, mut pairs) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let here = tied.iter().filter(|(_, p)| *p).count() as f64;
        let others = tied.len() as f64 - here;
        pairs += here * (below + 0.5 * others);
        below += others;
    }
    (positive > 0.0 && negative > 0.0).then(|| pairs / (positive * negative))
}

/// Share of the rows of a class with a negative score.
fn alarms(scores: &[f64], labels: &[f64], normal: bool) -> Option<f64> {
    let of_class = scores.iter().zip(labels).filter(|(_, y)| (**y > 0.0) == normal);
    mean(of_class.map(|(s, _)| Some(f64::from(u8::from(*s < 0.0)))))
}

/// Mean loss of the scores of some rows: squared error, log loss, or the hinge `max(0, −score)`.
#[must_use]
pub fn loss(model: Model, scores: &[f64], labels: &[f64]) -> Option<f64> {
    let each = scores.iter().zip(labels).map(|(s, y)| {
        Some(match model.kind() {
            Kind::Ridge => (s - y) * (s - y),
            Kind::Logistic => {
                let m = y * s;
                (1.0 + exp(-m.abs())).ln() + (-m).max(0.0)
            }
            Kind::OneClass => (-s).max(0.0),
        })
    });
    mean(each)
}

/// The scores of the rows of one node.
#[must_use]
pub fn of_rows(model: Model, a: &[f64], sample: &Sample) -> Vec<f64> {
    sample.rows.iter().map(|row| model.score(a, row)).collect()
}

/// Measures scores of the test rows, one list for each node.
#[must_use]
pub fn of_scores(instance: &Instance, scores: &[Vec<f64>]) -> Measures {
    let model = instance.model;
    let nodes = || scores.iter().zip(&instance.test).map(|(s, sample)| (&s[..], &sample.labels[..]));
    let losses = mean(nodes().map(|(s, y)| loss(model, s, y)));
    match model.kind() {
        Kind::Ridge => Measures { mse: losses, ..Measures::default() },
        Kind::Logistic => {
            let wrong =
                |(s, y): (&[f64], &[f64])| {
                    let rows = s.iter().zip(y);
                    // A score of 0 is half wrong.
                    mean(rows.map(|(s, y)| {
                        Some(if s * y == 0.0 { 0.5 } else { f64::from(u8::from(s * y < 0.0)) })
                    }))
                };
            Measures {
                auc: mean(nodes().map(|(s, y)| auc(s, y))),
                error_rate: mean(nodes().map(wrong)),
                log_loss: losses,
                ..Measures::default()
            }
        }
        Kind::OneClass => Measures {
            auc: mean(nodes().map(|(s, y)| auc(s, y))),
            detection: mean(nodes().map(|(s, y)| alarms(s, y, false))),
            false_alarms: mean(nodes().map(|(s, y)| alarms(s, y, true))),
            ..Measures::default()
        },
    }
}

/// Measures linear models, `V × p`.
///
/// # Panics
/// If there is not one model for each node.
#[must_use]
pub fn of_models(instance: &Instance, models: &[f64]) -> Measures {
    let (p, d) = (instance.size(), instance.features());
    assert_eq!(models.len(), p * instance.test.len(), "one model for each node");
    let each = || models.chunks_exact(p);
    let scores: Vec<Vec<f64>> =
        each().zip(&instance.test).map(|(a, sample)| of_rows(instance.model, a, sample)).collect();
    let mut measures = of_scores(instance, &scores);
    if let Some(truth) = &instance.truth {
        let errors = each().zip(truth.chunks_exact(d)).map(|(a, b)| {
            let off: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
            Some(dot(&off, &off))
        });
        measures.coefficient_error = mean(errors);
    }
    if instance.model.kind() == Kind::OneClass {
        let below = each().zip(&instance.train).map(|(a, sample)| {
            let plane = -ON_THE_PLANE * (1.0 + a[d].abs());
            mean(sample.rows.iter().map(|x| Some(f64::from(u8::from(instance.model.score(a, x) < plane)))))
        });
        measures.below = mean(below);
    }
    measures
}
