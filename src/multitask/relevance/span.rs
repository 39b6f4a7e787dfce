//! The span of the heads, and the equation `Wν = w` within it.

use std::borrow::Cow;

use remeasure_core::numerics::{Design, kernels};

/// `Wν = w` in `r = rank W` independent equations, `w` replaced by its projection onto the span.
pub(super) struct Span<'a> {
    /// Shape `r × T`.
    pub(super) heads: Cow<'a, Design>,
    /// Length `r`, not 0.
    pub(super) target: Cow<'a, [f64]>,
    /// `r` independent heads, in the order of pivoting.
    pub(super) independent: Vec<usize>,
}

impl<'a> Span<'a> {
    /// Gram–Schmidt orthogonalisation with pivoting on the longest remainder, until a remainder is at most
    /// `dependent` times the longest head; `None` if the target's projection is 0.
    pub(super) fn of(heads: &'a Design, target: &'a [f64], dependent: f64) -> Option<Self> {
        let (k, tasks) = (heads.rows(), heads.columns());
        let mut rest = heads.clone();
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let mut independent = Vec::new();
        let mut longest = 0.0;
        while basis.len() < k.min(tasks) {
            let lengths = rest.column_squared_norms();
            let pivot = (0..tasks).fold(0, |best, t| if lengths[t] > lengths[best] { t } else { best });
            let mut direction = rest.column(pivot).to_vec();
            for b in &basis {
                kernels::axpy(-kernels::dot(b, &direction), b, &mut direction);
            }
            let length = kernels::squared_norm(&direction).sqrt();
            longest = f64::max(longest, length);
            if length <= dependent * longest {
                break;
            }
            direction.iter_mut().for_each(|v| *v /= length);
            for t in 0..tasks {
                let column = rest.column_mut(t);
                kernels::axpy(-kernels::dot(&direction, column), &direction, column);
            }
            // What rounding leaves of the pivot must not count as a direction.
            rest.column_mut(pivot).fill(0.0);
            basis.push(direction);
            independent.push(pivot);
        }
        if basis.len() == k {
            return (kernels::max_abs(target) > 0.0).then_some(Self {
                heads: Cow::Borrowed(heads),
                target: Cow::Borrowed(target),
                independent,
            });
        }
        let rank = basis.len();
        let rotation = Design::from_columns(k, rank, basis.concat());
        let rotated = |v: &[f64]| {
            let mut out = vec![0.0; rank];
            rotation.tmul(v, &mut out);
            out
        };
        let within = rotated(target);
        // A projection that is only rounding counts as zero.
        let noise = 4.0 * f64::EPSILON * kernels::squared_norm(target).sqrt();
        if kernels::max_abs(&within) <= noise {
            return None;
        }
        let columns = (0..tasks).flat_map(|t| rotated(heads.column(t))).collect();
        let heads = Cow::Owned(Design::from_columns(rank, tasks, columns));
        Some(Self { heads, target: Cow::Owned(within), independent })
    }
}
