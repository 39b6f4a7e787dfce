//! Renders ratios and their checks.

use std::fmt::Write;

use remeasure_core::format::{NONE, count, number, p_value, thousands};
use serde_json::{Value, json as object};

use super::check::{Line, Rules, State};
use super::pairs::Place;
use super::ratio::TimeRatio;
use crate::baseline::Acceptance;
use crate::change_report::{self, ChangeReport, Format, Section};
use crate::provenance::Code;

/// Confidence level of the printed intervals.
const LEVEL: f64 = 0.95;

/// A check of one experiment, with everything to report about it.
#[derive(Clone, Debug)]
pub struct SpeedCheck {
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
    /// Other differences from the baseline, such as the processor.
    pub causes: Vec<String>,
    /// The ratios.
    pub lines: Vec<Line>,
    /// Number of tests in all experiments, for which p-values are adjusted.
    pub tests: usize,
    /// The rules used.
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

fn with_interval(measured: &TimeRatio) -> String {
    let (low, high) = measured.interval(LEVEL);
    format!("{} [{}, {}]", short(measured.ratio()), short(low), short(high))
}

fn pair(place: &Place) -> String {
    format!("{} against {}", place.estimator, place.against)
}

/// The factor by which a ratio changed.
fn change(line: &Line, now: Option<&TimeRatio>) -> Option<String> {
    Some(factor(now?.ratio() / line.before.as_ref()?.ratio))
}

/// A remark on a line: both measurements, or why there is none.
fn remark(line: &Line) -> String {
    let first = change(line, line.now.as_ref()).unwrap_or_default();
    match (line.state, &line.again) {
        (State::Same, Some(_)) => format!("at first {first}, not confirmed"),
        (_, Some(_)) => format!("at first {first}, p {}; again p {}", p_value(line.p), p_value(line.p_again)),
        _ => line.note.clone(),
    }
}

/// A row of a check: the change of the ratio by the latest measurement, and the detectable slowdown.
fn row(line: &Line) -> Vec<String> {
    let latest = line.again.as_ref().or(line.now.as_ref());
    let before = line.before.as_ref().map_or_else(|| NONE.to_owned(), |b| short(b.ratio));
    let caught = line.caught.is_finite().then(|| format!("{} would be caught", factor(line.caught)));
    vec![
        line.place.cell.clone(),
        pair(&line.place),
        change(line, latest).unwrap_or_default(),
        format!("{before} → {}", latest.map_or_else(|| NONE.to_owned(), with_interval)),
        caught.unwrap_or_default(),
        remark(line),
    ]
}

/// All checks as one JSON object `{"checks": […]}`.
#[must_use]
pub fn json(told: &[SpeedCheck]) -> String {
    change_report::json(told.iter().map(SpeedCheck::report))
}

impl SpeedCheck {
    /// The check in one of the formats.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        self.report().render(format)
    }

    fn report(&self) -> ChangeReport {
        let state = self.lines.iter().map(|l| l.state).max().unwrap_or(State::Same);
        let of = |state: State| self.lines.iter().filter(move |l| l.state == state);
        let counted = change_report::counts(State::ALL.map(|s| (s.word(), of(s).count())));
        let counts: serde_json::Map<_, _> =
            State::ALL.into_iter().map(|s| (s.word().to_owned(), object!(of(s).count()))).collect();
        let section = |(state, label, level): (State, &'static str, &'static str)| Section {
            title: state.word(),
            label,
            level,
            head: &["cell", "pair", "change", "ratio, 95 % interval", "sensitivity", "remark"],
            keys: 2,
            rows: of(state).map(row).collect(),
        };
        let sections = [
            (State::Slower, "slower: ", "error"),
            (State::Missing, "missing: ", "error"),
            (State::Faster, "faster: ", "notice"),
            (State::New, "new: ", ""),
            (State::Same, "same: ", ""),
        ];
        let notes = self.causes.iter().cloned().chain([self.strictness()]).chain(self.power());
        ChangeReport {
            experiment: self.experiment.clone(),
            profiles: format!("profile {}", self.profile),
            state: format!("speed {}", state.word()),
            lead: vec![format!("baseline of {} by {}", self.accepted.date, self.before.short())],
            counts: format!("{counted}, of {} pairs × cells", thousands(self.lines.len())),
            sections: sections.map(section).into(),
            notes: notes.collect(),
            data: object!({
                "experiment": self.experiment,
                "profile": self.profile,
                "state": state,
                "counts": counts,
                "baseline": {
                    "accepted": self.accepted.date, "reason": self.accepted.reason, "code": self.before,
                },
                "code": self.now,
                "changed": self.causes,
                "rate": self.rules.rate,
                "tests": self.tests,
                "ratios": self.lines.iter().map(line).collect::<Vec<_>>(),
            }),
        }
    }

    /// What was tested, and the error rate.
    fn strictness(&self) -> String {
        let margin = self.lines.first().map_or(f64::NAN, |l| l.margin);
        format!(
            "slower: the ratio grew by more than {}, one-sided at {} % after Holm over {}, twice",
            factor(margin),
            number(100.0 * self.rules.rate),
            count(self.tests, "test")
        )
    }

    /// The smallest slowdown that would have been detected: median and worst over the lines.
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
}

/// Output of `speed measure` for an experiment: the ratios, or why there is none.
#[must_use]
pub fn ratios(experiment: &str, profile: &str, measured: &[(Place, Result<TimeRatio, String>)]) -> String {
    let head = ["cell", "pair", "ratio, 95 % interval", "ms", "against ms", "rounds", "replicates"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(measured.iter().map(|(place, found)| {
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
    }));
    let width = |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let mut text = format!("{experiment}, profile {profile}: time of an estimator divided by another's\n");
    for row in &rows {
        let cells = row.iter().enumerate().map(|(i, cell)| format!("{cell:w$}", w = width(i)));
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

fn measured(m: &TimeRatio) -> Value {
    let (low, high) = m.interval(LEVEL);
    object!({
        "ratio": m.ratio(),
        "low": low,
        "high": high,
        "log_se": m.log_ratio.se,
        "rounds": m.rounds,
        "replicates": m.replicates,
        "ms": 1e3 * m.fit_seconds[0],
        "against_ms": 1e3 * m.fit_seconds[1],
    })
}

fn line(l: &Line) -> Value {
    object!({
        "cell": l.place.cell,
        "estimator": l.place.estimator,
        "against": l.place.against,
        "state": l.state,
        "before": l.before.as_ref().map(|b| object!({ "ratio": b.ratio, "log_se": b.log_se })),
        "now": l.now.as_ref().map(measured),
        "again": l.again.as_ref().map(measured),
        "margin": l.margin,
        "p_adjusted": l.p,
        "p_again_adjusted": l.p_again,
        "smallest_caught": l.caught,
        "note": l.note,
    })
}
