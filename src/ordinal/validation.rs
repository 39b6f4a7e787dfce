//! Cross-validation of λ.

use anyhow::{Context, ensure};
use rand::seq::SliceRandom;
use remeasure_core::deadline;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::path::{Settings, Solver};
use super::sample::{Probabilities, Sample};
use super::training::Training;

/// How predictions for held-out rows are judged; less is better.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// `Σ_k (π̂_k − 1{y = k})²`, mean over the rows (Brier 1950).
    #[default]
    Brier,
    /// `−log π̂_y`, mean over the rows, `π̂_y` taken as at least 1e-15.
    Log,
}

impl Score {
    /// The mean score of predictions.
    ///
    /// # Panics
    /// If the labels are not as many as the rows.
    #[must_use]
    pub fn mean(self, predictions: &Probabilities, labels: &[usize]) -> f64 {
        assert_eq!(predictions.rows(), labels.len(), "one label per row");
        let rows = labels.iter().enumerate().map(|(i, &y)| (predictions.row(i), y));
        let sum: f64 = match self {
            Self::Brier => rows
                .map(|(pi, y)| {
                    pi.iter().enumerate().map(|(k, p)| (p - f64::from(u8::from(k == y))).powi(2)).sum::<f64>()
                })
                .sum(),
            Self::Log => rows.map(|(pi, y)| -pi[y].max(1e-15).ln()).sum(),
        };
        sum / labels.len() as f64
    }
}

/// The scores of a grid of penalties.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossValidated {
    /// The penalties, from the largest.
    pub lambdas: Vec<f64>,
    /// Of each, the mean over the folds of the mean score of a fold.
    pub scores: Vec<f64>,
    /// Place of the least score; of equal ones the largest λ.
    pub best: usize,
}

/// Folds at random, unstratified and as equal as can be: the fold of each of `rows` rows, drawn
/// from the stream of the role "folds".
#[must_use]
pub fn random_folds(rows: usize, count: usize, streams: &Streams) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut streams.stream("folds"));
    let mut folds = vec![0; rows];
    order.iter().enumerate().for_each(|(place, &row)| folds[row] = place % count);
    folds
}

/// Scores each λ on the folds given, `folds[i]` in `0..F` being that of row `i`: each fold is
/// predicted by a path fitted to the others, standardised anew. A class that those do not contain
/// gets probability 0 there. Where a deadline passes, the folds that are left are not scored.
///
/// # Errors
/// A sample that cannot be fitted, folds that are not one for each row or leave nothing to fit.
pub fn cross_validate(
    sample: &Sample,
    settings: &Settings,
    score: Score,
    lambdas: &[f64],
    folds: &[usize],
) -> anyhow::Result<CrossValidated> {
    sample.check()?;
    let n = sample.design.rows();
    ensure!(folds.len() == n, "{} folds given for {n} rows", folds.len());
    ensure!(!lambdas.is_empty(), "no λ to choose from");
    let count = folds.iter().max().map_or(0, |f| f + 1);
    ensure!(count >= 2, "{count} fold: at least 2 are needed");
    let mut scores = vec![0.0; lambdas.len()];
    for fold in 0..count {
        let (outside, inside): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| folds[i] == fold);
        ensure!(!outside.is_empty(), "fold {fold} is empty");
        let held_out = sample.rows(&outside);
        let training = Training::new(&sample.rows(&inside)).with_context(|| format!("fold {fold}"))?;
        let mut solver = Solver::new(settings.method, &training);
        for (sum, &lambda) in scores.iter_mut().zip(lambdas) {
            if deadline::passed() {
                break;
            }
            solver.solve(settings, lambda);
            let predictions = solver.validate(settings.method, &held_out);
            *sum += score.mean(&predictions, &held_out.labels) / count as f64;
        }
    }
    // The first of equal scores belongs to the largest λ.
    let best = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
    Ok(CrossValidated { lambdas: lambdas.to_vec(), scores, best })
}
