//! Which features a multinomial fit uses, and what its screen kept.

use remeasure_core::family::{Metric, Recorder};
use remeasure_core::numerics::statistics::mean;

use super::metrics::{
    ACCURACY, BLOCK_FOUND, BLOCK_NULL_ZERO, FOUND, GAP, JACCARD, KEPT, NONZEROS, NULL_ZERO, VIF, VIF_KEPT,
};
use crate::{Fit, Instance, Model, Problem};

/// What is recorded only where no class is rare.
pub(super) const METRICS: [Metric; 11] =
    [ACCURACY, NONZEROS, JACCARD, NULL_ZERO, FOUND, BLOCK_FOUND, BLOCK_NULL_ZERO, GAP, KEPT, VIF, VIF_KEPT];

/// The features with a slope that is not 0, class by class; `None` for models without slopes for every class.
fn support(model: &Model) -> Option<Vec<Vec<bool>>> {
    match model {
        Model::Multinomial(m) => {
            Some(m.slopes.iter().map(|b| b.iter().map(|v| *v != 0.0).collect()).collect())
        }
        _ => None,
    }
}

/// The features that have an effect, class by class. Those of one score have it on every class.
fn true_support(model: &Model) -> Option<Vec<Vec<bool>>> {
    match model {
        Model::Cumulative(m) => {
            let one: Vec<bool> = m.slopes.first()?.iter().map(|v| *v != 0.0).collect();
            Some(vec![one; m.classes()])
        }
        other => support(other),
    }
}

/// Mean Jaccard index of the pairs of classes.
fn overlap(supports: &[Vec<bool>]) -> f64 {
    let mut indices = Vec::new();
    for (k, a) in supports.iter().enumerate() {
        for b in &supports[..k] {
            let either = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
            let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
            indices.push(if either == 0 { 0.0 } else { both as f64 / either as f64 });
        }
    }
    mean(&indices)
}

/// Share of the pairs `(wanted, has)` with `wanted` in which `has` is `value`; NaN if there are none.
fn share(pairs: impl Iterator<Item = (bool, bool)>, value: bool) -> f64 {
    let wanted: Vec<f64> =
        pairs.filter(|(wanted, _)| *wanted).map(|(_, has)| f64::from(u8::from(has == value))).collect();
    mean(&wanted)
}

/// Records the features used, against the truth where it is known, the gap and the screen.
pub(super) fn record(problem: &Problem, data: &Instance, fit: &Fit, out: &mut Recorder) {
    if let Some(gap) = fit.gap {
        out.record(GAP, gap);
    }
    let p = data.train.design.columns();
    let mut kept = vec![fit.screen.is_none(); p];
    if let Some(screen) = &fit.screen {
        screen.kept.iter().for_each(|&j| kept[j] = true);
        let largest = |factors: &[f64]| factors.iter().fold(1.0, |m: f64, v| m.max(*v));
        out.record(KEPT, screen.kept.len() as f64);
        out.record(VIF, largest(&screen.before));
        out.record(VIF_KEPT, largest(&screen.after));
        for (j, (has, factor)) in kept.iter().zip(&screen.before).enumerate() {
            out.record_at(KEPT, (j + 1) as f64, f64::from(u8::from(*has)));
            out.record_at(VIF, (j + 1) as f64, *factor);
        }
        for (j, factor) in screen.kept.iter().zip(&screen.after) {
            out.record_at(VIF_KEPT, (j + 1) as f64, *factor);
        }
    }
    let Some(used) = support(&fit.model) else { return };
    let counts: Vec<usize> = used.iter().map(|class| class.iter().filter(|v| **v).count()).collect();
    out.record(NONZEROS, counts.iter().sum::<usize>() as f64);
    for (count, class) in counts.iter().zip(1..) {
        out.record_at(NONZEROS, f64::from(class), *count as f64);
    }
    out.record(JACCARD, overlap(&used));
    let (Problem::Plans(plans), Some(truth)) = (problem, data.model.as_ref().and_then(true_support)) else {
        return;
    };
    let each = || truth.iter().flatten().zip(used.iter().flatten()).zip(kept.iter().cycle());
    out.record(NULL_ZERO, share(each().map(|((t, u), kept)| (!t && *kept, *u)), false));
    out.record(FOUND, share(each().map(|((t, u), _)| (*t, *u)), true));
    let any = |support: &[Vec<bool>]| -> Vec<bool> {
        let blocks = support.iter().flat_map(|class| class.chunks(plans.block()));
        blocks.map(|block| block.contains(&true)).collect()
    };
    let blocks: Vec<(bool, bool)> = any(&truth).into_iter().zip(any(&used)).collect();
    out.record(BLOCK_FOUND, share(blocks.iter().copied(), true));
    out.record(BLOCK_NULL_ZERO, share(blocks.iter().map(|(t, u)| (!t, *u)), false));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_means_over_pairs() {
        let (a, b) = (vec![true, true, false], vec![true, false, true]);
        assert!((overlap(&[a.clone(), b.clone()]) - 1.0 / 3.0).abs() < 1e-15);
        assert!((overlap(&[a.clone(), a.clone(), b]) - (1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-15);
        assert_eq!(overlap(&[vec![false; 3], vec![false; 3]]), 0.0);
    }
}
