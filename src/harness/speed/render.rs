//! Ratios in words: for a terminal, a CI log, a program or a report.

use std::fmt::Write;

use remeasure_core::format::{NONE, number, p_value, thousands};
use serde_json::{Value, json as object};

use super::check::{Line, Rules, State};
use super::pairs::Place;
use super::ratio::Measured;
use crate::baseline::render::{github, json as plain, markdown};
use crate::baseline::{Acceptance, Format};
use crate::provenance::Code;

/// Level of the intervals that are printed.
const LEVEL: f64 = 0.95;

/// A check of one experiment, with what there is to say about it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The experiment.
    pub experiment: String,
    /// The profile.
    pub profile: String,
    /// The acceptance that made the baseline.
    pub accepted: Acceptance,
    /// The code that measured the baseline.
    pub before: Code,
    /// The code that was checked.
    pub now: Code,
    /// What else differs from the baseline, such as the processor.
    pub causes: Vec<String>,
    /// The ratios.
    pub lines: Vec<Line>,
    /// Number of tests that the correction is for, of all experiments.
    pub tests: usize,
    /// How it was judged.
    pub rules: Rules,
}

/// `×1.5`.
fn factor(x: f64) -> String {
    format!("×{}", short(x))
}

/// Three significant digits.
fn short(x: f64) -> String {
    let rounded: f64 = format!("{x:.2e}").parse().unwrap_or(x);
    number(rounded)
}

fn with_interval(measured: &Measured) -> String {
    let (low, high) = measured.interval(LEVEL);
    format!("{} [{}, {}]", short(measured.ratio()), short(low), short(high))
}

fn pair(place: &Place) -> String {
    format!("{} against {}", place.estimator, place.against)
}

/// How the ratio changed, as measured last.
fn change(line: &Line) -> String {
    match (&line.before, line.again.as_ref().or(line.now.as_ref())) {
        (Some(before), Some(now)) => factor(now.ratio() / before.ratio),
        _ => NONE.to_owned(),
    }
}

/// What else there is to say of a line.
fn remark(line: &Line) -> String {
    let first = line.now.as_ref().zip(line.before.as_ref());
    let first = first.map(|(now, before)| factor(now.ratio() / before.ratio)).unwrap_or_default();
    match (line.state, &line.again) {
        (State::Same, Some(_)) => format!("at first {first}, not so again"),
        (_, Some(_)) => format!("at first {first}, p {}; again p {}", p_value(line.p), p_value(line.p_again)),
        _ => line.note.clone(),
    }
}

impl Told {
    /// The check in one of the formats.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Github => self.github(),
            Format::Markdown => self.markdown(),
            Format::Json => json(std::slice::from_ref(self)),
        }
    }

    /// The worst state of all.
    #[must_use]
    pub fn state(&self) -> State {
        self.lines.iter().map(|l| l.state).max().unwrap_or(State::Same)
    }

    fn count(&self, state: State) -> usize {
        self.lines.iter().filter(|l| l.state == state).count()
    }

    /// `11 same, 1 slower, of 12 pairs × cells`.
    fn counts(&self) -> String {
        let counted = State::ALL.into_iter().filter(|s| self.count(*s) > 0);
        let parts: Vec<String> =
            counted.map(|s| format!("{} {}", thousands(self.count(s)), s.word())).collect();
        format!("{}, of {} pairs × cells", parts.join(", "), thousands(self.lines.len()))
    }

    /// What was tested and how strictly.
    fn strictness(&self) -> String {
        let margin = self.lines.first().map_or(f64::NAN, |l| l.margin);
        format!(
            "slower: the ratio grew by more than {}, one-sided at {} % after Holm over {}, twice",
            factor(margin),
            number(100.0 * self.rules.rate),
            remeasure_core::format::count(self.tests, "test")
        )
    }

    /// The smallest slowdown that would have been caught: median and worst over the lines.
    fn power(&self) -> Option<String> {
        let mut caught: Vec<f64> = self.lines.iter().map(|l| l.caught).filter(|c| c.is_finite()).collect();
        caught.sort_by(f64::total_cmp);
        let (median, worst) = (caught.get(caught.len() / 2)?, caught.last()?);
        Some(format!(
            "smallest slowdown that {:.0} % of checks would catch: {} (at worst {})",
            100.0 * self.rules.power * self.rules.power,
            factor(*median),
            factor(*worst)
        ))
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |l: &Line| {
            let latest = l.again.as_ref().or(l.now.as_ref());
            let caught = if l.caught.is_finite() { factor(l.caught) } else { NONE.to_owned() };
            vec![
                l.state.word().to_owned(),
                l.place.cell.clone(),
                pair(&l.place),
                l.before.as_ref().map_or_else(|| NONE.to_owned(), |b| short(b.ratio)),
                latest.map_or_else(|| NONE.to_owned(), with_interval),
                change(l),
                caught,
                remark(l),
            ]
        };
        self.lines.iter().map(row).collect()
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}, profile {}: speed {}\n  baseline of {} by {}\n  {}\n",
            self.experiment,
            self.profile,
            self.state().word(),
            self.accepted.date,
            self.before.short(),
            self.counts()
        );
        text.push_str(&columns(&HEAD, &self.rows()));
        let notes = self.causes.iter().cloned().chain([self.strictness()]).chain(self.power());
        for note in notes {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "  {note}");
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "## {}, profile {}: speed {}\n\nBaseline of {} by {}. {}.\n",
            markdown::cell(&self.experiment),
            markdown::cell(&self.profile),
            self.state().word(),
            self.accepted.date,
            self.before.short(),
            self.counts()
        );
        markdown::table(&mut text, &HEAD, &self.rows());
        for note in self.causes.iter().cloned().chain([self.strictness()]).chain(self.power()) {
            let _ = writeln!(text, "\n{}.", markdown::cell(&note));
        }
        text
    }

    fn github(&self) -> String {
        let mut lines = Vec::new();
        for (state, level) in [(State::Slower, "error"), (State::Missing, "error"), (State::Faster, "notice")]
        {
            for l in self.lines.iter().filter(|l| l.state == state).take(github::MOST) {
                let remark = remark(l);
                let text = format!("{}, {}: {}; {remark}", l.place.cell, pair(&l.place), change(l));
                lines.push(github::annotation(
                    level,
                    &format!("{}: {}", self.experiment, state.word()),
                    &text,
                ));
            }
        }
        let power = self.power().map(|p| format!("; {p}")).unwrap_or_default();
        let text = format!("profile {}: {}; {}{power}", self.profile, self.counts(), self.strictness());
        let heading = format!("{}: speed {}", self.experiment, self.state().word());
        lines.push(github::annotation("notice", &heading, &text));
        lines.join("\n") + "\n"
    }
}

const HEAD: [&str; 8] =
    ["state", "cell", "pair", "before", "now, 95 % interval", "change", "would be caught", "remark"];

/// A table of columns that stand below each other.
fn columns(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let width = |i: usize| all.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in &all {
        let mut line = String::from("  ");
        for (i, cell) in row.iter().enumerate() {
            let _ = write!(line, "{cell:w$}  ", w = width(i));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// What `speed measure` prints of an experiment: the ratios, or why there is none.
#[must_use]
pub fn ratios(experiment: &str, profile: &str, measured: &[(Place, Result<Measured, String>)]) -> String {
    let head = ["cell", "pair", "ratio, 95 % interval", "ms", "against ms", "rounds", "replicates"];
    let rows = measured.iter().map(|(place, found)| {
        let mut row = vec![place.cell.clone(), pair(place)];
        match found {
            Ok(m) => {
                row.push(with_interval(m));
                row.extend(m.fit_seconds.map(|s| short(1e3 * s)));
                row.extend([m.rounds.to_string(), m.replicates.to_string()]);
            }
            Err(message) => row.push(message.clone()),
        }
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    format!("{experiment}, profile {profile}: time of an estimator by that of another one\n")
        + &columns(&head, &rows)
}

fn measured(m: &Measured) -> Value {
    let (low, high) = m.interval(LEVEL);
    object!({
        "ratio": plain::number(m.ratio()),
        "low": plain::number(low),
        "high": plain::number(high),
        "log_se": plain::number(m.log_ratio.se),
        "rounds": m.rounds,
        "replicates": m.replicates,
        "ms": plain::number(1e3 * m.fit_seconds[0]),
        "against_ms": plain::number(1e3 * m.fit_seconds[1]),
    })
}

fn line(l: &Line) -> Value {
    object!({
        "cell": l.place.cell,
        "estimator": l.place.estimator,
        "against": l.place.against,
        "state": l.state.word(),
        "before": l.before.as_ref().map(|b| object!({ "ratio": b.ratio, "log_se": b.log_se })),
        "now": l.now.as_ref().map(measured),
        "again": l.again.as_ref().map(measured),
        "margin": l.margin,
        "p_adjusted": plain::number(l.p),
        "p_again_adjusted": plain::number(l.p_again),
        "smallest_caught": plain::number(l.caught),
        "note": l.note,
    })
}

/// All checks as one object: `{"checks": […]}`.
#[must_use]
pub fn json(told: &[Told]) -> String {
    let checks = told.iter().map(|t| {
        let counts: serde_json::Map<String, Value> =
            State::ALL.into_iter().map(|s| (s.word().to_owned(), object!(t.count(s)))).collect();
        object!({
            "experiment": t.experiment,
            "profile": t.profile,
            "state": t.state().word(),
            "counts": counts,
            "baseline": { "accepted": t.accepted.date, "reason": t.accepted.reason, "code": t.before },
            "code": t.now,
            "changed": t.causes,
            "rate": plain::number(t.rules.rate),
            "tests": t.tests,
            "ratios": t.lines.iter().map(line).collect::<Vec<_>>(),
        })
    });
    crate::json::sorted(object!({ "checks": checks.collect::<Vec<_>>() }))
}
