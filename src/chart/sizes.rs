//! Sizes of type and spaces around it, in pixels of the page.

pub(super) const TITLE: f64 = 18.0;
pub(super) const SUBTITLE: f64 = 14.0;
pub(super) const PANEL_TITLE: f64 = 14.5;
pub(super) const LABEL: f64 = 15.5;
pub(super) const TICK: f64 = 14.0;
pub(super) const FOOTER: f64 = 11.0;
/// Margin of the page.
pub(super) const EDGE: f64 = 16.0;
/// Length of ticks, and the space between a tick and its label.
pub(super) const TICK_LENGTH: f64 = 5.0;
pub(super) const TICK_GAP: f64 = 4.0;

/// Line height, relative to the size of the type.
pub(super) const LEADING: f64 = 1.28;
/// Distance from the middle of the digits down to the baseline, relative to the size.
pub(super) const HALF_CAP: f64 = 0.357;

/// Total height of some lines of text.
pub(super) fn lines_height(lines: &[String], size: f64) -> f64 {
    lines.len() as f64 * size * LEADING
}
