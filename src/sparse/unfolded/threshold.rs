//! Thresholds of layers, and support selection.

use remeasure_core::Invalid;

use super::Real;
use super::kernels::{Block, Shrink, shrink};

/// Support selection (Chen, Liu, Wang and Yin 2018, section 3.2): in layer `t`, counted from 1, the largest
/// `min(per_layer·t, most)` percent of the entries pass a soft threshold unshrunk. Ties with the smallest of
/// them pass too; an entry within the threshold becomes zero whether or not it is selected. The backward pass
/// treats the selected set as constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    per_layer: f64,
    most: f64,
}

impl Selection {
    /// Makes a selection; both arguments are percentages of the entries.
    ///
    /// # Errors
    /// If one of them is not between 0 and 100.
    pub fn new(per_layer: f64, most: f64) -> Result<Self, Invalid> {
        for (key, percent) in [("per_layer", per_layer), ("most", most)] {
            if !(0.0..=100.0).contains(&percent) {
                return Err(Invalid::new(key, format!("expected 0 to 100 percent, found {percent}")));
            }
        }
        Ok(Self { per_layer, most })
    }

    /// Number of entries selected out of `length` in layer `t`, here counted from 0: the percentage rounded
    /// down.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn count(&self, t: usize, length: usize) -> usize {
        let percent = (self.per_layer * (t + 1) as f64).min(self.most);
        // A product such as 0.1 · 3 · 10 must not fall below its exact integer value.
        (percent * length as f64 / 100.0 + 1e-9).floor() as usize
    }
}

/// Rejects a network without layers.
pub(super) fn check_layers(layers: usize) -> Result<(), Invalid> {
    if layers == 0 {
        return Err(Invalid::new("layers", "a network needs at least one layer"));
    }
    Ok(())
}

/// A learned threshold, clamped to at least 0.
pub(super) fn positive<R: Real>(threshold: R) -> R {
    if threshold < R::ZERO { R::ZERO } else { threshold }
}

/// Clamps thresholds, the last of every `width` parameters, to at least 0.
pub(super) fn keep_positive<R: Real>(parameters: &mut [R], width: usize) {
    for threshold in parameters.iter_mut().skip(width - 1).step_by(width).filter(|v| **v < R::ZERO) {
        *threshold = R::ZERO;
    }
}

/// Thresholds vector `b` of `u` in place; returns the magnitude from which entries were selected.
pub(super) fn apply<R: Real>(
    u: &mut Block<R>,
    b: usize,
    (threshold, hard): (R, bool),
    selected: usize,
    magnitudes: &mut [R],
) -> R {
    let cutoff = if selected == 0 {
        R::INFINITY
    } else {
        for (m, u) in magnitudes.iter_mut().zip(u.vector(b)) {
            *m = u.abs();
        }
        let at = magnitudes.len() - selected;
        *magnitudes.select_nth_unstable_by(at, |a, b| a.widen().total_cmp(&b.widen())).1
    };
    shrink(u.whole_mut(b), Shrink { threshold, hard, cutoff });
    cutoff
}
