//! Kania and Wit's causal regularisation between an original and a shifted environment.

use anyhow::Context;
use rand::Rng;
use rand_distr::Exp1;
use remeasure_core::Invalid;
use remeasure_core::params::Check;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit, Method, Task, check_draws, entry, is_largest, smallest, ten};
use crate::Augmentation;
use crate::moments::{Features, Moments};
use crate::stage::{self, Solution};

/// Registers the estimator.
pub(super) const ENTRY: Entry = entry!(
    Method::Regression,
    KaniaWit,
    "kania-wit",
    "Kania and Wit's regression between original and augmented rows, its weight by equal risks in both"
);

/// Number of folds of each environment.
const FOLDS: usize = 5;

/// Kania and Wit's regression: half of the rows stay as they are, the others are augmented; with `C = XᵀX/n` and
/// `z = Xᵀy/n` of each, `h = [a(C_A − C_0) + C_A + C_0]⁺ [a(z_A − z_0) + z_A + z_0]`. The `a` whose mean risks in both,
/// over 5 folds, differ least is taken; folds are of neighbouring rows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KaniaWit {
    /// Number of weights a drawn from Exp(1), from 1 to 1000.
    #[serde(default = "ten")]
    draws: usize,
}

impl Check for KaniaWit {
    fn check(&self) -> Result<(), Invalid> {
        check_draws(self.draws)
    }
}

/// Solves for one weight, given the moments of original and augmented rows.
fn solve(original: &Moments, augmented: &Moments, a: f64) -> anyhow::Result<Solution> {
    let mix = |zero: Vec<f64>, shifted: Vec<f64>| -> Vec<f64> {
        let (n, shifted_n) = (original.rows(), augmented.rows());
        zero.iter().zip(&shifted).map(|(z, s)| (1.0 + a) * s / shifted_n + (1.0 - a) * z / n).collect()
    };
    let matrix = mix(original.gram(Features::Original), augmented.gram(Features::Augmented));
    let right = mix(original.right(Features::Original), augmented.right(Features::Augmented));
    stage::solve_symmetric(&matrix, &right)
}

/// Sum of moments over disjoint rows.
fn sum(parts: &[Moments], without: Option<usize>) -> anyhow::Result<Moments> {
    let mut kept = parts.iter().enumerate().filter(|(fold, _)| Some(*fold) != without).map(|(_, part)| part);
    let first = kept.next().context("no rows are left")?.clone();
    Ok(kept.fold(first, |sum, part| sum.plus(1.0, part)))
}

impl Estimator for KaniaWit {
    fn fit(&self, task: Task<'_>) -> anyhow::Result<Fit> {
        let sample = &task.instance.sample;
        let half = sample.rows() / 2;
        let folds = |from: usize, rows: usize| -> Vec<Moments> {
            (0..FOLDS)
                .map(|f| sample.moments(from + f * rows / FOLDS..from + (f + 1) * rows / FOLDS))
                .collect()
        };
        let (original, augmented) = (folds(0, half), folds(half, sample.rows() - half));
        let mut stream = task.streams.stream("anchors");
        let weights: Vec<f64> = (0..self.draws).map(|_| stream.sample(Exp1)).collect();
        let mut differences = vec![0.0; weights.len()];
        for fold in 0..FOLDS {
            let (zero, shifted) = (sum(&original, Some(fold))?, sum(&augmented, Some(fold))?);
            for (a, difference) in weights.iter().zip(&mut differences) {
                let h = solve(&zero, &shifted, *a)?.h;
                *difference += augmented[fold].risk(Features::Augmented, &h);
                *difference -= original[fold].risk(Features::Original, &h);
            }
        }
        let at = smallest(differences.iter().map(|d| d.abs())).context("no weight was drawn")?;
        let fit = Fit::of(solve(&sum(&original, None)?, &sum(&augmented, None)?, weights[at])?);
        Ok(Fit { weight: Some(weights[at]), largest: Some(is_largest(&weights, at)), ..fit })
    }

    fn admit(&self, problem: &Augmentation) -> Result<(), Invalid> {
        if problem.rows() < 2 * FOLDS {
            return Err(Invalid::new("kind", format!("{} folds of two halves need more rows", FOLDS)));
        }
        Ok(())
    }
}
