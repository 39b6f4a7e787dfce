//! What a reader must know about the values that a figure does not show.

use remeasure_core::format::count;

use crate::summary::Sample;

/// Collected while the layers are made; ends up in the subtitle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// Missing and planned values of the group that lacks the largest share.
    worst: Option<(u64, u64)>,
    /// Values that are not positive, on a logarithmic scale.
    off_scale: usize,
    /// Whether a trajectory continues beyond its line.
    cut: bool,
}

impl Notes {
    pub(super) fn sample(&mut self, sample: &Sample) {
        self.missing(sample.missing(), sample.planned);
    }

    pub(super) fn missing(&mut self, missing: u64, planned: u64) {
        // Shares compared without dividing.
        let worse = |(m, p): (u64, u64)| missing * p > m * planned;
        if missing > 0 && self.worst.is_none_or(worse) {
            self.worst = Some((missing, planned));
        }
    }

    pub(super) fn off_scale(&mut self, values: usize) {
        self.off_scale += values;
    }

    pub(super) fn cut(&mut self) {
        self.cut = true;
    }

    /// The notes as text, to be appended to a subtitle.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if self.cut {
            text.push_str("; lines end where the first replicate stops");
        }
        if let Some((missing, planned)) = self.worst {
            text.push_str(&format!("; up to {missing} of {planned} values missing"));
        }
        if self.off_scale > 0 {
            text.push_str(&format!("; {} ≤ 0, off the log scale", count(self.off_scale, "value")));
        }
        text
    }
}
