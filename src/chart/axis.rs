//! Maps numbers to positions on an axis.

use super::model::{AxisSpec, ChartError, Scale};
use super::scene::{Point, Rect};
use super::ticks::{self, Tick, Ticks};

/// Share of the range left free at each end.
const MARGIN: f64 = 0.05;
/// Largest number drawn: beyond it, differences overflow.
const HUGE: f64 = 1e300;

/// The number on the scale of an axis; `None` if it cannot be shown there.
pub(super) fn warp(scale: Scale, value: f64) -> Option<f64> {
    let warped = match scale {
        Scale::Linear => value.clamp(-HUGE, HUGE),
        Scale::Log10 if value > 0.0 => value.log10(),
        Scale::Log10 => return None,
    };
    (value.is_finite() && warped.is_finite()).then_some(warped)
}

/// An axis with its limits, in units of its scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Axis {
    /// Position of a number between the limits (0 to 1); below 0 or above 1 if it is outside.
    pub(super) fn fraction(&self, value: f64) -> Option<f64> {
        warp(self.scale, value).map(|warped| self.fraction_of_warped(warped))
    }

    pub(super) fn fraction_of_warped(&self, warped: f64) -> f64 {
        // How far outside does not matter; exact values would only cost digits.
        ((warped - self.low) / (self.high - self.low)).clamp(-1e4, 1e4)
    }

    /// Ticks at round numbers, about `target` of them at most.
    pub(super) fn ticks(&self, target: usize) -> Ticks {
        match self.scale {
            Scale::Linear => Ticks { major: ticks::linear(self.low, self.high, target), minor: Vec::new() },
            Scale::Log10 => ticks::log10(self.low, self.high, target),
        }
    }

    /// The given ticks that lie within the limits.
    pub(super) fn given_ticks(&self, given: &[(f64, String)]) -> Ticks {
        let inside = |v: f64| self.fraction(v).is_some_and(|f| (-1e-9..=1.0 + 1e-9).contains(&f));
        let mut major: Vec<Tick> = given
            .iter()
            .filter(|(value, _)| inside(*value))
            .map(|(value, label)| Tick { value: *value, label: label.clone() })
            .collect();
        major.sort_by(|a, b| a.value.total_cmp(&b.value));
        Ticks { major, minor: Vec::new() }
    }
}

/// The smallest range that holds all numbers seen so far, in units of the scale of an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Extent {
    pub(super) fn new(scale: Scale) -> Self {
        Self { scale, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }

    pub(super) fn add(&mut self, value: f64) {
        if let Some(warped) = warp(self.scale, value) {
            self.add_warped(warped);
        }
    }

    pub(super) fn add_warped(&mut self, warped: f64) {
        self.low = self.low.min(warped);
        self.high = self.high.max(warped);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.low > self.high
    }

    /// Whether a number lies inside.
    pub(super) fn holds(&self, value: f64) -> bool {
        warp(self.scale, value).is_some_and(|w| w >= self.low && w <= self.high)
    }

    /// The axis for these numbers, with a margin at both ends unless `tight`.
    pub(super) fn axis(self, tight: bool) -> Axis {
        let Self { scale, low, high } = self;
        if self.is_empty() {
            return Axis { scale, low: 0.0, high: 1.0 };
        }
        let size = low.abs().max(high.abs());
        let smallest = match scale {
            Scale::Linear => (size * 1e-9).max(1e-280),
            Scale::Log10 => 1e-6,
        };
        if high - low < smallest {
            let half = match scale {
                Scale::Linear if size < 1e-280 => 1.0,
                Scale::Linear => size * 0.1,
                Scale::Log10 => 0.5,
            };
            return Axis { scale, low: low - half, high: high + half };
        }
        let air = if tight { 0.0 } else { MARGIN * (high - low) };
        Axis { scale, low: low - air, high: high + air }
    }
}

/// The axis for the requested range or, without one, for the numbers seen.
pub(super) fn fit(
    name: &'static str,
    spec: &AxisSpec,
    seen: Extent,
    tight: bool,
) -> Result<Axis, ChartError> {
    let Some((low, high)) = spec.range else { return Ok(seen.axis(tight)) };
    let fail = |reason| Err(ChartError::Range { axis: name, low, high, reason });
    if !low.is_finite() || !high.is_finite() {
        return fail("both limits must be finite");
    }
    if low > high {
        return fail("the first limit must not exceed the second");
    }
    let mut asked = Extent::new(spec.scale);
    asked.add(low);
    asked.add(high);
    if !asked.holds(low) {
        return fail("a logarithmic axis cannot show zero or negative numbers");
    }
    Ok(asked.axis(true))
}

/// A panel's plotting area with its axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) area: Rect,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Frame {
    pub(super) fn x_at(&self, fraction: f64) -> f64 {
        self.area.x0 + fraction * self.area.width()
    }

    pub(super) fn y_at(&self, fraction: f64) -> f64 {
        self.area.y1 - fraction * self.area.height()
    }

    /// The position of a point on the page; `None` if it cannot be shown.
    pub(super) fn place(&self, (x, y): (f64, f64)) -> Option<Point> {
        Some((self.x_at(self.x.fraction(x)?), self.y_at(self.y.fraction(y)?)))
    }

    /// The vertical position of a number within the frame; numbers without a logarithm lie at the bottom.
    pub(super) fn height_within(&self, y: f64) -> Option<f64> {
        let fraction = match self.y.fraction(y) {
            Some(fraction) => fraction,
            None if y.is_finite() => 0.0,
            None => return None,
        };
        Some(self.y_at(fraction.clamp(0.0, 1.0)))
    }
}
