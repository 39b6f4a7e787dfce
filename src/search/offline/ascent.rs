//! Search on a surrogate: ascent from the best designs, and covariance matrix adaptation.

use remeasure_core::stream::Stream;
use remeasure_nets::{Derivative, Rows, RowsMut, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Surrogate;
use crate::models::cma::Cma;

/// How the predictions of an ensemble are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// Their mean.
    #[default]
    Mean,
    /// The least one.
    Min,
}

impl Combine {
    /// Predictions of standardised points by an ensemble.
    #[must_use]
    pub fn predict(self, ensemble: &[Surrogate], points: &[f32]) -> Vec<f32> {
        let all: Vec<Vec<f32>> = ensemble.iter().map(|s| s.predict(points)).collect();
        let one = |k: usize| match self {
            Self::Mean => all.iter().map(|p| p[k]).sum::<f32>() / all.len() as f32,
            Self::Min => all.iter().map(|p| p[k]).fold(f32::INFINITY, f32::min),
        };
        (0..all[0].len()).map(one).collect()
    }
}

/// Moves points (m × d) by `steps` steps `x ← x + size · ∇f(x)` of the ensemble's prediction `f`.
///
/// # Panics
/// If the ensemble is empty.
pub fn ascend(ensemble: &[Surrogate], combine: Combine, points: &mut [f32], steps: usize, size: f64) {
    let shape = &ensemble[0].shape;
    let count = points.len() / shape.inputs();
    let mut work = Workspace::new(shape, count);
    let mut slopes = vec![0.0; points.len()];
    let mut whole = vec![0.0; points.len()];
    let (mut values, mut least) = (vec![0.0; count], vec![0.0; count]);
    for _ in 0..steps {
        whole.fill(0.0);
        least.fill(f32::INFINITY);
        for surrogate in ensemble {
            let mut sum = Derivative::new(|outputs: Rows<'_, f32>, slopes: &mut RowsMut<'_, f32>| {
                slopes.iter_mut().for_each(|row| row.fill(1.0));
                values.iter_mut().zip(outputs.iter()).for_each(|(v, row)| *v = row[0]);
                0.0
            });
            work.input_gradient(&surrogate.weights, points, &mut sum, &mut slopes);
            let rows = whole.chunks_exact_mut(shape.inputs()).zip(slopes.chunks_exact(shape.inputs()));
            for (k, (whole, slope)) in rows.enumerate() {
                match combine {
                    Combine::Mean => {
                        let share = 1.0 / ensemble.len() as f32;
                        whole.iter_mut().zip(slope).for_each(|(w, s)| *w += share * s);
                    }
                    Combine::Min if values[k] < least[k] => {
                        least[k] = values[k];
                        whole.copy_from_slice(slope);
                    }
                    Combine::Min => {}
                }
            }
        }
        points.iter_mut().zip(&whole).for_each(|(x, s)| *x += size as f32 * s);
    }
}

/// The `count` points with the largest predictions among all of `generations` generations from a point.
///
/// # Errors
/// The covariance has no eigenvalues.
pub fn evolve(
    ensemble: &[Surrogate],
    combine: Combine,
    start: &[f32],
    (generations, sigma): (usize, f64),
    count: usize,
    stream: &mut Stream,
) -> anyhow::Result<Vec<f32>> {
    let d = start.len();
    let mut cma = Cma::new(start.iter().map(|v| f64::from(*v)).collect(), sigma)?;
    let (mut points, mut values) = (Vec::new(), Vec::new());
    for _ in 0..generations {
        let drawn = cma.ask(stream);
        let single: Vec<f32> = drawn.iter().map(|v| *v as f32).collect();
        let predicted = combine.predict(ensemble, &single);
        let losses: Vec<f64> = predicted.iter().map(|v| -f64::from(*v)).collect();
        cma.tell(&drawn, &losses)?;
        points.extend(single);
        values.extend(losses);
    }
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    Ok(order.iter().take(count).flat_map(|&i| points[i * d..(i + 1) * d].iter().copied()).collect())
}
