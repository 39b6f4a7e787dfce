//! Scores of features: correlation and three estimates of mutual information, in nats.

mod binning;
mod density;
mod neighbours;

use remeasure_core::numerics::kernels;

use crate::problem::{Features, standardise};

pub use binning::{binned, bins};
pub use density::{Density, Fault};
pub use neighbours::{classes as neighbours_of_classes, numbers as neighbours_of_numbers};

/// `|corr(x, y)|` for standardised `x`.
#[must_use]
pub fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mut y = y.to_vec();
    standardise(&mut y, x.len() as f64);
    kernels::dot(x, &y).abs() / x.len() as f64
}

/// The area under the receiver operating characteristic: the share of pairs of a relevant and an irrelevant feature in
/// which the relevant one has the larger score, with ½ for equal scores.
///
/// # Panics
/// If all features are relevant, or none is.
#[must_use]
pub fn auroc(scores: &[f64], relevant: &[bool]) -> f64 {
    let of = |which: bool| scores.iter().zip(relevant).filter(move |(_, r)| **r == which).map(|(s, _)| *s);
    let (mut wins, mut pairs) = (0.0, 0.0);
    for a in of(true) {
        for b in of(false) {
            wins += if a > b { 1.0 } else { 0.5 * f64::from(u8::from(a == b)) };
            pairs += 1.0;
        }
    }
    assert!(pairs > 0.0, "relevant and irrelevant features");
    wins / pairs
}

/// The rows of each class.
pub(crate) fn class_rows(features: &Features) -> [Vec<usize>; 2] {
    [0.0, 1.0].map(|class| (0..features.y.len()).filter(|&i| features.y[i] == class).collect())
}
