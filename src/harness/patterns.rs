//! `KEY=PATTERN`: the cells of a sweep selected by `--only` or by an estimator's `where`.

use remeasure_core::hint;
use wildmatch::WildMatch;

use super::records::{Axis, AxisValue};

/// The patterns in a list of texts, each of which may contain several, separated by commas.
pub(super) fn split(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().flat_map(|text| text.split(',')).map(str::trim)
}

/// Whether `text` matches any of the patterns, or there are none.
pub(super) fn keeps(patterns: &[WildMatch], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|p| p.matches(text))
}

/// Patterns on the values of axes. Patterns on the same axis are alternatives; patterns on different axes
/// must all match.
#[derive(Clone, Debug)]
pub(super) struct CellPatterns<'a> {
    axes: &'a [Axis],
    by_axis: Vec<Vec<WildMatch>>,
}

impl<'a> CellPatterns<'a> {
    /// No patterns, so that every cell matches.
    pub(super) fn new(axes: &'a [Axis]) -> Self {
        Self { axes, by_axis: vec![Vec::new(); axes.len()] }
    }

    fn position(&self, key: &str) -> Result<usize, String> {
        let found = self.axes.iter().position(|a| a.name == key || a.path == key);
        found.ok_or_else(|| hint::unknown("axis", key, self.axes.iter().map(|a| a.name.as_str())))
    }

    /// Adds a pattern that need not match any of the axis's values; `key` as in [`Self::add`].
    ///
    /// # Errors
    /// If the axis is unknown.
    pub(super) fn allow(&mut self, key: &str, pattern: &str) -> Result<(), String> {
        let i = self.position(key)?;
        self.by_axis[i].push(WildMatch::new(pattern));
        Ok(())
    }

    /// Adds a pattern; `key` is the name or the path of an axis.
    ///
    /// # Errors
    /// If the axis is unknown, or the pattern matches none of its values.
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

    /// Whether a cell with these values, one per axis, is selected.
    pub(super) fn matches(&self, values: &[AxisValue]) -> bool {
        self.by_axis.iter().zip(values).all(|(patterns, value)| keeps(patterns, &value.to_string()))
    }
}
