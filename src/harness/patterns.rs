//! `KEY=PATTERN`: which cells of a sweep `--only` or an estimator's `where` leaves in.

use remeasure_core::hint;
use wildmatch::WildMatch;

use super::records::{Axis, AxisValue};

/// The patterns of a list of texts, each of which may hold several between commas.
pub(super) fn split(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().flat_map(|text| text.split(',')).map(str::trim)
}

/// Whether a text matches any of some patterns, or there are none.
pub(super) fn keeps(patterns: &[WildMatch], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|p| p.matches(text))
}

/// Patterns on the values of axes: those on different axes must all match, those on the same
/// axis are alternatives.
#[derive(Clone, Debug)]
pub(super) struct CellPatterns<'a> {
    axes: &'a [Axis],
    by_axis: Vec<Vec<WildMatch>>,
}

impl<'a> CellPatterns<'a> {
    /// No pattern yet, so that every cell matches.
    pub(super) fn new(axes: &'a [Axis]) -> Self {
        Self { axes, by_axis: vec![Vec::new(); axes.len()] }
    }

    fn position(&self, key: &str) -> Result<usize, String> {
        let found = self.axes.iter().position(|a| a.name == key || a.path == key);
        found.ok_or_else(|| hint::unknown("axis", key, self.axes.iter().map(|a| a.name.as_str())))
    }

    /// Adds one pattern that may match none of the axis's values; `key` as in [`Self::add`].
    ///
    /// # Errors
    /// An axis that is unknown.
    pub(super) fn allow(&mut self, key: &str, pattern: &str) -> Result<(), String> {
        let i = self.position(key)?;
        self.by_axis[i].push(WildMatch::new(pattern));
        Ok(())
    }

    /// Adds one pattern; `key` is the name or the path of an axis.
    ///
    /// # Errors
    /// An axis that is unknown, or a pattern that none of its values matches.
    pub(super) fn add(&mut self, key: &str, pattern: &str) -> Result<(), String> {
        let i = self.position(key)?;
        let matcher = WildMatch::new(pattern);
        if !self.axes[i].values.iter().any(|v| matcher.matches(&v.to_string())) {
            let values: Vec<String> = self.axes[i].values.iter().map(ToString::to_string).collect();
            return Err(format!("no cell matches; `{key}` takes {}", values.join(", ")));
        }
        self.by_axis[i].push(matcher);
        Ok(())
    }

    /// Whether a cell with these values, one per axis, is left in.
    pub(super) fn matches(&self, values: &[AxisValue]) -> bool {
        self.by_axis.iter().zip(values).all(|(patterns, value)| keeps(patterns, &value.to_string()))
    }
}
