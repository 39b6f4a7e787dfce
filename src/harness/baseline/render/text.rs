//! For a terminal.

use std::fmt::Write;

use remeasure_core::format::{count, thousands};

use super::{Told, change, evidence, metric, verdicts};
use crate::baseline::header::Header;
use crate::baseline::snapshot::Snapshot;

/// Lines of a kind before the rest is only counted.
const MOST: usize = 20;

fn list(text: &mut String, lines: &[String]) {
    for line in lines.iter().take(MOST) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > MOST {
        let _ = writeln!(text, "  and {} more: --format json has all", thousands(lines.len() - MOST));
    }
}

pub(super) fn text(told: &Told) -> String {
    let v = &told.verdict;
    let mut text = String::new();
    let _ = writeln!(text, "{}, {}: {}", told.experiment, told.profiles(), v.state().word());
    for line in told.introduction() {
        let _ = writeln!(text, "  {line}");
    }
    let _ = writeln!(text, "  {}", told.counts());
    let moved = told.moved();
    let moved = moved.iter().map(|c| {
        format!("moved: {}, {}, {}: {}; {}", c.cell, c.estimator, metric(c), change(c), evidence(c))
    });
    list(&mut text, &moved.collect::<Vec<_>>());
    list(&mut text, &told.missing().iter().map(|p| format!("missing: {p}")).collect::<Vec<_>>());
    let failing = v.failing.iter().map(|(cell, e)| format!("fits fail that did not: {cell}, {e}"));
    list(&mut text, &failing.collect::<Vec<_>>());
    let claims = v.claims.iter().map(|c| format!("claim {}: {}: {}", c.id, verdicts(c), c.statement));
    list(&mut text, &claims.collect::<Vec<_>>());
    list(&mut text, &told.changed());
    list(&mut text, &told.attributions());
    list(&mut text, &told.drift().into_iter().collect::<Vec<_>>());
    let _ = writeln!(text, "  {}", told.basis());
    if v.tests > 0 {
        let _ = writeln!(text, "  {}", told.strictness());
    }
    if !v.power.is_empty() {
        let _ = writeln!(
            text,
            "  smallest change that {:.0} % of {} would catch:",
            100.0 * v.rules.power,
            told.kind()
        );
        list(&mut text, &told.power().iter().map(|p| format!("  {p}")).collect::<Vec<_>>());
    }
    text
}

/// A baseline in words: what it is of, its verdicts and its log.
#[must_use]
pub fn show(header: &Header, snapshot: &Snapshot) -> String {
    let mut text = format!("{}, profile {}\n", header.experiment, header.profile);
    let code = &header.code;
    let numbers: usize = snapshot.fits.iter().map(|f| f.series.len()).sum();
    let mut line = |s: String| {
        text.push_str("  ");
        text.push_str(&s);
        text.push('\n');
    };
    line(format!("measured by {}, {}, {}", code.short(), code.rustc, code.target));
    line(format!("config {}", header.config_hash));
    line(format!(
        "{} of cell and estimator, {}",
        count(snapshot.fits.len(), "pair"),
        count(numbers, "number")
    ));
    let words = ["reproduced", "undecided", "contradicted", "not testable"];
    let claims = words.map(|w| (w, snapshot.claims.iter().filter(|c| c.verdict == w).count()));
    let claims = claims.iter().filter(|(_, n)| *n > 0).map(|(w, n)| format!("{n} {w}"));
    let claims: Vec<String> = claims.collect();
    line(format!("claims: {}", if claims.is_empty() { "none".to_owned() } else { claims.join(", ") }));
    line("accepted:".to_owned());
    for entry in &header.log {
        let reason = if entry.reason.is_empty() { "(no reason given)" } else { &entry.reason };
        let change = if entry.change.is_empty() { String::new() } else { format!(" [{}]", entry.change) };
        line(format!("  {}  profile {}, {}: {reason}{change}", entry.date, entry.profile, entry.code));
    }
    text
}
