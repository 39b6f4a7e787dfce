//! A check, a comparison of two runs and a baseline in words: for a terminal, a CI log, a program or a report.

pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod markdown;
mod subject;
mod text;

use clap::ValueEnum;

pub use json::json;
pub use subject::{About, Sides, Subject};
pub use text::show;

use remeasure_core::format::{NONE, count, number, thousands};

use super::causes::Cause;
use super::compare::{Comparison, Pairing, State, Verdict};
use crate::provenance::Code;

/// How the outcome of a comparison is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    #[default]
    Text,
    /// Annotations in the log of a GitHub workflow
    Github,
    /// One object with every comparison
    Json,
    /// Tables for a summary page
    Markdown,
}

/// A comparison of one experiment, with what there is to say about it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The experiment.
    pub experiment: String,
    /// The profile.
    pub profile: String,
    /// What is compared.
    pub subject: Subject,
    /// The code that measured what was before.
    pub before: Code,
    /// The code that measured what is now.
    pub now: Code,
    /// Whether replicates have the same data.
    pub pairing: Pairing,
    /// What differs in config, input files, code and environment.
    pub causes: Vec<Cause>,
    /// What was found.
    pub verdict: Verdict,
}

impl Told {
    /// The comparison in one of the formats.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => text::text(self),
            Format::Github => github::github(self),
            Format::Markdown => markdown::markdown(self),
            Format::Json => json::one(self),
        }
    }

    /// Whether code of the same version of the compiler for the same target measured both.
    fn same_toolchain(&self) -> bool {
        (&self.before.rustc, &self.before.target) == (&self.now.rustc, &self.now.target)
    }

    /// What the numbers were compared by.
    fn basis(&self) -> &'static str {
        // Settings may differ as well: no bit has to be the same.
        let exact = matches!(self.subject, Subject::Check(_)) && self.same_toolchain();
        match (exact, self.pairing) {
            (true, Pairing::SameData) => "same target, toolchain and data: every bit should be the same",
            (false, Pairing::SameData) if self.same_toolchain() => "the same data: paired tests",
            (false, Pairing::SameData) => "another target or toolchain, the same data: paired tests",
            (_, Pairing::NewData) => "other data: two-sample tests",
        }
    }

    /// `12 identical, 1 moved of 13 cells × estimators`.
    fn counts(&self) -> String {
        let v = &self.verdict;
        let parts: Vec<String> = State::ALL
            .into_iter()
            .filter(|s| v.count(*s) > 0)
            .map(|s| format!("{} {}", thousands(v.count(s)), s.word()))
            .collect();
        format!("{}, of {} cells × estimators", parts.join(", "), thousands(v.places.len()))
    }

    /// What has moved: headline metrics first, then the surest.
    fn moved(&self) -> Vec<&Comparison> {
        let moved = |c: &&Comparison| c.state == State::Moved;
        let mut found: Vec<&Comparison> = self.verdict.comparisons.iter().filter(moved).collect();
        let minor = |c: &Comparison| !self.verdict.power.iter().any(|p| p.metric == c.metric);
        let sure = |c: &Comparison| if c.adjusted.is_nan() { -1.0 } else { c.adjusted };
        found.sort_by(|a, b| minor(a).cmp(&minor(b)).then(sure(a).total_cmp(&sure(b))));
        found
    }

    /// What is not measured any more: a line for each cell and estimator, with the metrics unless it
    /// is gone altogether.
    fn missing(&self) -> Vec<String> {
        let mut found = Vec::new();
        for place in self.verdict.places.iter().filter(|p| p.state.alarms()) {
            let own = |c: &&Comparison| (&c.cell, &c.estimator) == (&place.cell, &place.estimator);
            let own: Vec<&Comparison> = self.verdict.comparisons.iter().filter(own).collect();
            let gone = own.iter().filter(|c| c.state == State::Missing).map(|c| metric(c));
            let gone: Vec<String> = gone.collect();
            let name = format!("{}, {}", place.cell, place.estimator);
            if own.is_empty() {
                found.push(name);
            } else if !gone.is_empty() {
                found.push(format!("{name}: {}", gone.join(", ")));
            }
        }
        found
    }

    /// How far numbers are off that differ without having moved; `None` where there are none.
    fn drift(&self) -> Option<String> {
        let off = |c: &&Comparison| c.state == State::Compatible && c.difference.abs() > 0.0;
        let off: Vec<&Comparison> = self.verdict.comparisons.iter().filter(off).collect();
        // Of the larger side, lest a mean next to 0 be the most of all.
        let share = |c: &Comparison| (c.difference / c.before.abs().max(c.now.abs())).abs();
        let most = *off.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
        Some(format!(
            "{} without having moved, the most {}, {}, {}: {}",
            if off.len() == 1 {
                "1 number differs".to_owned()
            } else {
                format!("{} numbers differ", thousands(off.len()))
            },
            most.cell,
            most.estimator,
            metric(most),
            change(most)
        ))
    }

    /// What was tested and how strictly.
    fn strictness(&self) -> String {
        let v = &self.verdict;
        format!(
            "{} compared; false discoveries at most {} % (Benjamini and Yekutieli); differences up to {} of the \
             values' size count as none",
            count(v.tests, "number"),
            number(100.0 * v.rules.rate),
            number(v.rules.tolerance)
        )
    }

    /// The power in a sentence for each headline metric.
    fn power(&self) -> Vec<String> {
        self.verdict
            .power
            .iter()
            .map(|p| {
                let mut parts = Vec::new();
                if p.identical > 0 {
                    parts.push(format!("any bit in the {} that are identical", thousands(p.identical)));
                }
                if let Some((median, worst)) = p.here {
                    parts.push(format!("{} here (at worst {})", percent(median), percent(worst)));
                }
                if let Some((median, worst)) = p.anew {
                    parts.push(format!("{} on other data (at worst {})", percent(median), percent(worst)));
                }
                if parts.is_empty() {
                    parts.push("no share can be given of a mean of 0".to_owned());
                }
                format!("{}: {}", p.metric, parts.join("; "))
            })
            .collect()
    }
}

fn percent(share: f64) -> String {
    if share.is_infinite() {
        "no change (too few replicates)".to_owned()
    } else {
        format!("{} %", number(100.0 * share))
    }
}

/// `nmse`, `nmse at 20`.
fn metric(c: &Comparison) -> String {
    c.coordinate.map_or_else(|| c.metric.clone(), |at| format!("{} at {at}", c.metric))
}

/// `0.0123 → 0.0140 (+13.8 %, worse)`.
fn change(c: &Comparison) -> String {
    let mut notes = Vec::new();
    if c.before != 0.0 && c.difference.is_finite() {
        let percent = 100.0 * c.difference / c.before.abs();
        let small = percent.abs() < 1000.0;
        notes.push(if small { format!("{percent:+.2} %") } else { format!("{percent:+.1e} %") });
    } else if c.difference.is_finite() {
        notes.push(format!("{}{}", if c.difference > 0.0 { "+" } else { "" }, number(c.difference)));
    }
    notes.extend(c.better.map(|better| if better { "better" } else { "worse" }.to_owned()));
    format!("{} → {} ({})", number(c.before), number(c.now), notes.join(", "))
}

/// How it was found out.
fn evidence(c: &Comparison) -> String {
    let p = if c.adjusted.is_nan() {
        c.method.word().to_owned()
    } else {
        format!("{}, p {}", c.method.word(), remeasure_core::format::p_value(c.adjusted))
    };
    let changed = c.changed.map(|(n, of)| format!("; {n} of {} changed", count(of, "replicate")));
    p + &changed.unwrap_or_default()
}

/// `reproduced → undecided`, with a dash for what a side does not have.
fn verdicts(change: &super::compare::ClaimChange) -> String {
    let word = |w: &str| if w.is_empty() { NONE.to_owned() } else { w.to_owned() };
    format!("{} → {}", word(&change.before), word(&change.now))
}
