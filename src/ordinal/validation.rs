//! Cross-validation of λ.

use anyhow::{Context, ensure};
use rand::seq::SliceRandom;
use remeasure_core::deadline;
use remeasure_core::numerics::statistics::standard_error;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::path::{Settings, Solver};
use super::sample::{Probabilities, Sample};
use super::training::Training;

/// Score of predictions for held-out rows; lower is better.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// Mean over the rows of `Σ_k (π̂_k − 1{y = k})²` (Brier 1950).
    #[default]
    Brier,
    /// Mean over the rows of `−log π̂_y`, with `π̂_y` at least 1e-15.
    Log,
}

impl Score {
    /// The mean score of predictions.
    ///
    /// # Panics
    /// If the number of labels differs from that of rows.
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
    /// The penalties, in descending order.
    pub lambdas: Vec<f64>,
    /// For each penalty, the mean over the folds of the mean score of a fold.
    pub scores: Vec<f64>,
    /// Standard error of each score: the standard deviation of the folds (divisor F − 1) over √F.
    pub errors: Vec<f64>,
    /// Index of the lowest score; among ties, of the largest λ.
    pub best: usize,
    /// Index of the largest λ whose score is within one standard error of the lowest (Breiman, Friedman, Olshen and
    /// Stone 1984).
    pub one_se: usize,
}

/// Assigns each of `rows` rows to a random fold; folds are not stratified and as equal as possible. Uses the
/// stream of the role "folds".
#[must_use]
pub fn random_folds(rows: usize, count: usize, streams: &Streams) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut streams.stream("folds"));
    let mut folds = vec![0; rows];
    order.iter().enumerate().for_each(|(place, &row)| folds[row] = place % count);
    folds
}

/// Folds of whole groups: assigns each group to a random fold as [`random_folds`] does rows; `of[i]` is the group of
/// row `i`.
#[must_use]
pub fn group_folds(of: &[usize], count: usize, streams: &Streams) -> Vec<usize> {
    let groups = of.iter().max().map_or(0, |g| g + 1);
    // Groups without a row here must not make a fold smaller.
    let mut present: Vec<usize> = (0..groups).filter(|g| of.contains(g)).collect();
    present.shuffle(&mut streams.stream("folds"));
    let mut folds = vec![0; groups];
    present.iter().enumerate().for_each(|(place, &group)| folds[group] = place % count);
    of.iter().map(|&g| folds[g]).collect()
}

/// Scores each λ on the given folds; `folds[i]` in `0..F` is that of row `i`. Each fold is predicted by a
/// path fitted to the others, which are standardised anew. A class that these do not contain gets
/// probability 0. If a deadline passes, the remaining folds are not scored.
///
/// # Errors
/// The sample cannot be fitted, the number of folds is not that of rows, or a fold leaves nothing to fit.
pub fn cross_validate(
    sample: &Sample,
    settings: &Settings,
    score: Score,
    lambdas: &[f64],
    folds: &[usize],
) -> anyhow::Result<CrossValidated> {
    sample.check()?;
    let n = sample.design.rows();
    ensure!(folds.len() == n, "expected one fold for each of {n} rows, found {}", folds.len());
    ensure!(!lambdas.is_empty(), "no λ to choose from");
    let count = folds.iter().max().map_or(0, |f| f + 1);
    ensure!(count >= 2, "expected at least 2 folds, found {count}");
    let mut scores = vec![0.0; lambdas.len()];
    let mut of_folds = vec![Vec::with_capacity(count); lambdas.len()];
    for fold in 0..count {
        let (outside, inside): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| folds[i] == fold);
        ensure!(!outside.is_empty(), "fold {fold} is empty");
        let held_out = sample.rows(&outside);
        let training = Training::new(&sample.rows(&inside)).with_context(|| format!("fold {fold}"))?;
        let mut solver = Solver::new(settings.method, &training);
        for ((sum, of_folds), &lambda) in scores.iter_mut().zip(&mut of_folds).zip(lambdas) {
            if deadline::passed() {
                break;
            }
            solver.solve(settings, lambda);
            let predictions = solver.validate(settings.method, &held_out);
            let found = score.mean(&predictions, &held_out.labels);
            *sum += found / count as f64;
            of_folds.push(found);
        }
    }
    // The first of equal scores belongs to the largest λ.
    let best = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
    let errors: Vec<f64> = of_folds.iter().map(|found| standard_error(found)).collect();
    let one_se = scores.iter().position(|s| *s <= scores[best] + errors[best]).unwrap_or(best);
    Ok(CrossValidated { lambdas: lambdas.to_vec(), scores, errors, best, one_se })
}
