//! Sizes of type, and the spaces around it, in pixels of the page.

pub(super) const TITLE: f64 = 18.0;
pub(super) const SUBTITLE: f64 = 14.0;
pub(super) const PANEL_TITLE: f64 = 14.5;
pub(super) const LABEL: f64 = 15.5;
pub(super) const TICK: f64 = 14.0;
pub(super) const FOOTER: f64 = 11.0;
/// Free space around the page.
pub(super) const EDGE: f64 = 16.0;
/// Length of ticks, and the space between a tick and its text.
pub(super) const TICK_LENGTH: f64 = 5.0;
pub(super) const TICK_GAP: f64 = 4.0;

/// Height of a line of text over its size.
pub(super) const LEADING: f64 = 1.28;
/// From the middle of the digits down to the baseline, over the size.
pub(super) const HALF_CAP: f64 = 0.357;

/// Height of some lines of text.
pub(super) fn lines_height(lines: &[String], size: f64) -> f64 {
    lines.len() as f64 * size * LEADING
}
