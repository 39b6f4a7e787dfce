//! The history of an experiment as text.

use std::fmt::Write;

use remeasure_core::format::{NONE, count, number, value_with_error};

use super::changes::{Change, History, Series};
use super::line::{Kind, Occasion};

/// Maximum number of changes of a number to list; earlier ones are only counted.
const MOST: usize = 5;

fn day(date: &str) -> &str {
    date.split('T').next().unwrap_or(date)
}

/// Name of a series.
pub(super) fn name(series: &Series) -> String {
    match series.kind {
        Kind::Claim => series.name.clone(),
        Kind::Metric => format!("{}, {}", series.name, series.estimator),
    }
}

/// `0.91 → 0.93 (+2.2 %, +1.8 se)`.
fn size(change: &Change) -> String {
    let mut parts = Vec::new();
    let difference = change.to - change.from;
    if change.from != 0.0 && difference.is_finite() {
        let percent = 100.0 * difference / change.from.abs();
        let plain = (0.005..1000.0).contains(&percent.abs());
        parts.push(if plain { format!("{percent:+.2} %") } else { format!("{percent:+.1e} %") });
    }
    if change.errors.is_finite() {
        let plain = (0.005..1000.0).contains(&change.errors.abs());
        parts.push(if plain {
            format!("{:+.2} se", change.errors)
        } else {
            format!("{:+.1e} se", change.errors)
        });
    }
    let told = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    // Enough digits to distinguish the two.
    let (mut from, mut to) = (number(change.from), number(change.to));
    if from == to {
        (from, to) = (format!("{:?}", change.from), format!("{:?}", change.to));
    }
    format!("{from} → {to}{told}")
}

fn kind(change: &Change) -> &'static str {
    match (change.same_data, change.beyond_noise) {
        (true, false) => "different numbers from the same data",
        (true, true) => "different numbers from the same data, BEYOND THE NOISE",
        (false, _) => "a new level, BEYOND THE NOISE",
    }
}

fn one(history: &History, series: &Series, text: &mut String) {
    let points = &series.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let changes = history.changes(series);
    let verdicts = History::verdict_changes(series);
    let told = value_with_error(last.value, last.se);
    let values = if points.iter().all(|p| p.value.is_nan()) {
        NONE.to_owned()
    } else if first.value == last.value || points.len() == 1 {
        told
    } else {
        format!("{} → {told}", value_with_error(first.value, first.se))
    };
    let state = if series.kind == Kind::Claim { format!(", {}", last.verdict) } else { String::new() };
    let unchanged = match History::stretches(series).len() {
        _ if !changes.is_empty() || points.len() < 2 => "",
        1 => ", unchanged",
        _ => ", no change beyond the noise",
    };
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "    {}: {values}, {}{unchanged}{state}",
        name(series),
        count(points.len(), "measurement")
    );
    let mut lines: Vec<(usize, String)> =
        changes.iter().map(|c| (c.point, format!("{}: {}", size(c), kind(c)))).collect();
    if lines.len() > MOST {
        let earlier = lines.len() - MOST;
        let at = lines[earlier].0;
        lines.drain(..earlier);
        lines.insert(0, (at, String::new()));
        let _ = writeln!(text, "      {} earlier", count(earlier, "change"));
        lines.remove(0);
    }
    let verdict = |i: usize| format!("verdict {} → {}", points[i - 1].verdict, points[i].verdict);
    lines.extend(verdicts.into_iter().map(|i| (i, verdict(i))));
    lines.sort_by_key(|l| l.0);
    for (i, line) in lines {
        let at = points[i].at;
        let m = &history.measurements[at];
        let _ = writeln!(text, "      at {} ({}, {}, {}): {line}", at + 1, m.date, m.event.word(), m.code);
    }
}

/// First and last value, changes and verdicts of every claim and headline number.
#[must_use]
pub fn text(history: &History) -> String {
    let all = &history.measurements;
    let mut text =
        format!("{}, profile {}: {}", history.experiment, history.profile, count(all.len(), "measurement"));
    if let (Some(first), Some(last)) = (all.first(), all.last()) {
        let _ = write!(text, ", {} to {}, the last by {}", day(&first.date), day(&last.date), last.code);
    }
    let changes = |of: fn(&Occasion) -> &str| all.windows(2).filter(|w| of(&w[0]) != of(&w[1])).count();
    for (what, times) in [
        ("the config", changes(|m| m.config_and_inputs().0)),
        ("the input files", changes(|m| m.config_and_inputs().1)),
    ] {
        if times > 0 {
            let _ = write!(text, "; {what} changed {times}×");
        }
    }
    text.push('\n');
    for (kind, heading) in [(Kind::Claim, "claims"), (Kind::Metric, "headline numbers (means over cells)")] {
        let mut own = history.series.iter().filter(|s| s.kind == kind).peekable();
        if own.peek().is_some() {
            let _ = writeln!(text, "  {heading}");
        }
        own.for_each(|series| one(history, series, &mut text));
    }
    text
}
