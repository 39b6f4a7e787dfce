//! Fits tick labels into the available space: broken, shrunk, thinned out or turned.

use super::axis::Axis;
use super::font;
use super::model::AxisSpec;
use super::scene::Weight;
use super::sizes::{LEADING, TICK, lines_height};
use super::ticks::{Tick, Ticks};

/// Labels are shrunk no further than this size before they are turned or thinned out.
const SMALLEST: f64 = 11.5;
/// How far a label may stick out of the panel.
const OUTSIDE: f64 = 30.0;
/// Gap between two tick labels.
const BETWEEN: f64 = 9.0;

/// The labels of an axis's ticks, broken into lines.
#[derive(Clone, Debug)]
pub(super) struct TickTexts {
    pub(super) lines: Vec<Vec<String>>,
    pub(super) size: f64,
    pub(super) upward: bool,
    /// Space needed perpendicular to the axis.
    pub(super) depth: f64,
}

impl TickTexts {
    pub(super) fn none() -> Self {
        Self { lines: Vec::new(), size: TICK, upward: false, depth: 0.0 }
    }

    /// Labels of one line each, below a horizontal axis.
    fn plain(ticks: &Ticks, size: f64) -> Self {
        let lines = ticks.major.iter().map(|tick| vec![tick.label.clone()]).collect();
        Self { lines, size, upward: false, depth: size * LEADING }
    }
}

/// How far the labels of the first and last ticks stick out of a panel, before and after.
pub(super) fn sticking_out(ticks: &Ticks, texts: &TickTexts, axis: &Axis, width: f64) -> (f64, f64) {
    let (mut before, mut after) = (0.0f64, 0.0f64);
    for (tick, lines) in ticks.major.iter().zip(&texts.lines) {
        let at = place(axis, tick, width);
        let half = if texts.upward {
            lines_height(lines, texts.size) / 2.0
        } else {
            font::widest(lines, texts.size, Weight::Regular) / 2.0
        };
        before = before.max(half - at);
        after = after.max(at + half - width);
    }
    (before, after)
}

/// Ticks and labels of a vertical axis.
pub(super) fn y_axis(spec: &AxisSpec, axis: &Axis, height: f64) -> (Ticks, TickTexts) {
    const WIDEST: f64 = 180.0;
    let mut ticks = match &spec.ticks {
        None => axis.ticks(((height / 32.0) as usize).clamp(3, 9)),
        Some(given) => axis.given_ticks(given),
    };
    thin(&mut ticks, |a, b| place(axis, b, height) - place(axis, a, height) >= TICK * LEADING);
    let lines: Vec<Vec<String>> =
        ticks.major.iter().map(|tick| font::wrap(&tick.label, TICK, Weight::Regular, WIDEST)).collect();
    let depth = font::widest(lines.iter().flatten(), TICK, Weight::Regular);
    (ticks, TickTexts { lines, size: TICK, upward: false, depth })
}

/// Ticks and labels of a horizontal axis.
pub(super) fn x_axis(spec: &AxisSpec, axis: &Axis, width: f64) -> (Ticks, TickTexts) {
    match &spec.ticks {
        Some(given) => given_texts(axis.given_ticks(given), axis, width),
        None => {
            // As many round numbers as fit side by side.
            let most = ((width / 42.0) as usize).clamp(2, 10);
            let fitting =
                (2..=most).rev().map(|target| axis.ticks(target)).find(|t| apart(t, TICK, axis, width));
            let mut ticks = fitting.unwrap_or_else(|| axis.ticks(2));
            thin(&mut ticks, |a, b| clear(a, b, TICK, axis, width));
            let texts = TickTexts::plain(&ticks, TICK);
            (ticks, texts)
        }
    }
}

fn given_texts(mut ticks: Ticks, axis: &Axis, width: f64) -> (Ticks, TickTexts) {
    const SIZES: [f64; 4] = [TICK, 13.0, 12.0, SMALLEST];
    let whole = ticks.major.iter().all(|tick| !tick.label.contains('\n'));
    if whole && apart(&ticks, TICK, axis, width) {
        let texts = TickTexts::plain(&ticks, TICK);
        let (before, after) = sticking_out(&ticks, &texts, axis, width);
        if before.max(after) <= OUTSIDE {
            return (ticks, texts);
        }
    }
    let numbers = ticks.major.iter().all(|tick| tick.label.replace('−', "-").trim().parse::<f64>().is_ok());
    if numbers {
        // A missing number is easily guessed from its neighbours; a missing name is not.
        let size = SIZES.into_iter().find(|&size| apart(&ticks, size, axis, width)).unwrap_or(13.0);
        thin(&mut ticks, |a, b| clear(a, b, size, axis, width));
        let texts = TickTexts::plain(&ticks, size);
        return (ticks, texts);
    }
    let from_end = |tick: &Tick| place(axis, tick, width).min(width - place(axis, tick, width));
    let from_ends = ticks.major.iter().map(from_end).fold(width / 2.0, f64::min);
    let slot = (nearest(&ticks, axis, width) - BETWEEN).min(2.0 * (from_ends + OUTSIDE));
    let most = if slot > 60.0 { 6 } else { 3 };
    for size in SIZES {
        let fits = |word: &String| font::room(word.trim_end(), size, Weight::Regular) <= slot;
        if !ticks.major.iter().all(|tick| font::words(&tick.label).iter().all(fits)) {
            continue;
        }
        let lines: Vec<Vec<String>> = ticks
            .major
            .iter()
            .map(|tick| font::wrap_evenly(&tick.label, size, Weight::Regular, slot))
            .collect();
        let count = lines.iter().map(Vec::len).max().unwrap_or(0);
        if count <= most {
            let depth = count as f64 * size * LEADING;
            return (ticks, TickTexts { lines, size, upward: false, depth });
        }
    }
    turned(ticks, axis, width)
}

/// Labels that read upwards, in as many lines as fit side by side.
fn turned(mut ticks: Ticks, axis: &Axis, width: f64) -> (Ticks, TickTexts) {
    let size = 13.0;
    let line = size * LEADING;
    thin(&mut ticks, |a, b| place(axis, b, width) - place(axis, a, width) >= line);
    let room = (nearest(&ticks, axis, width) / line).floor().clamp(1.0, 3.0) as usize;
    let set = |label: &str| {
        let limits = std::iter::successors(Some(150.0), |limit| Some(limit * 1.2)).take(16);
        let mut settings = limits.map(|limit| font::wrap_evenly(label, size, Weight::Regular, limit));
        settings.find(|lines| lines.len() <= room).unwrap_or_else(|| vec![label.replace('\n', " ")])
    };
    let lines: Vec<Vec<String>> = ticks.major.iter().map(|tick| set(&tick.label)).collect();
    let depth = font::widest(lines.iter().flatten(), size, Weight::Regular);
    (ticks, TickTexts { lines, size, upward: true, depth })
}

fn place(axis: &Axis, tick: &Tick, length: f64) -> f64 {
    axis.fraction(tick.value).unwrap_or(0.0) * length
}

/// Whether the labels of two ticks are far enough apart.
fn clear(a: &Tick, b: &Tick, size: f64, axis: &Axis, width: f64) -> bool {
    let half = |tick: &Tick| font::room(&tick.label, size, Weight::Regular) / 2.0;
    place(axis, b, width) - place(axis, a, width) >= half(a) + half(b) + BETWEEN
}

fn apart(ticks: &Ticks, size: f64, axis: &Axis, width: f64) -> bool {
    ticks.major.windows(2).all(|pair| clear(&pair[0], &pair[1], size, axis, width))
}

/// The smallest distance between two ticks, at most the length of the axis.
fn nearest(ticks: &Ticks, axis: &Axis, length: f64) -> f64 {
    ticks
        .major
        .windows(2)
        .map(|pair| place(axis, &pair[1], length) - place(axis, &pair[0], length))
        .fold(length, f64::min)
}

/// Drops the labels of ticks that are too close to the last one kept; the tick marks stay.
fn thin(ticks: &mut Ticks, clear: impl Fn(&Tick, &Tick) -> bool) {
    let mut kept: Vec<Tick> = Vec::with_capacity(ticks.major.len());
    for tick in ticks.major.drain(..) {
        match kept.last() {
            Some(last) if !clear(last, &tick) => ticks.minor.push(tick.value),
            _ => kept.push(tick),
        }
    }
    ticks.major = kept;
}
