//! Renders a check, or a comparison of two runs or baselines.

use remeasure_core::format::{NONE, count, number, p_value, thousands};
use serde::Serialize;
use serde_json::json;

use super::causes::Cause;
use super::compare::{Comparison, Judgement, Pairing, State};
use super::explain::Explanation;
use super::header::{Acceptance, Header};
use super::snapshot::Snapshot;
use crate::change_report::{self, ChangeReport, Format, Section};
use crate::provenance::Code;

/// Most metrics to name of which little can be detected.
const BLIND: usize = 3;

/// A comparison of one experiment, with everything to report about it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The experiment.
    pub experiment: String,
    /// The profile.
    pub profile: String,
    /// What is compared.
    pub subject: Subject,
    /// The code that measured the old numbers.
    pub before: Code,
    /// The code that measured the new numbers.
    pub now: Code,
    /// Whether replicates have the same data.
    pub pairing: Pairing,
    /// What differs in config, input files, code and environment.
    pub causes: Vec<Cause>,
    /// The result of the comparison.
    pub verdict: Judgement,
}

/// What is compared.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The current code against the baseline of this acceptance.
    Check(Acceptance),
    /// Two sides, A and B.
    Sides(Box<Sides>),
}

/// Two sides, and what can explain their differences.
#[derive(Clone, Debug)]
pub struct Sides {
    /// Side A.
    pub before: About,
    /// Side B.
    pub now: About,
    /// What can explain the differences.
    pub explanation: Explanation,
    /// Notes, such as what the comparison leaves out.
    pub notes: Vec<String>,
}

/// The provenance of a side's numbers.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// The name given on the command line.
    pub name: String,
    /// `run` or `baseline`.
    pub kind: &'static str,
    /// Its profile.
    pub profile: String,
    /// Hash of its config.
    #[serde(rename = "config")]
    pub config_hash: String,
    /// The code that measured it.
    pub code: Code,
    /// When it was finished or accepted, UTC.
    pub date: String,
    /// The machine, if known.
    pub machine: Option<String>,
    /// Numbers of cells, replicates and estimators, as text.
    pub size: String,
}

impl About {
    fn lines(&self, side: char) -> [String; 2] {
        let what = format!(
            "{side}: {}: {}, profile {}, {}, config {}, {}",
            self.name, self.kind, self.profile, self.size, self.config_hash, self.date
        );
        let machine = self.machine.as_ref().map(|m| format!(", {m}")).unwrap_or_default();
        let code = &self.code;
        [what, format!("{side}: by {}, {}, {}{machine}", code.short(), code.rustc, code.target)]
    }
}

/// All checks as one JSON object `{"checks": […]}`. Relative changes are fractions of the baseline's mean.
#[must_use]
pub fn json(told: &[Compared]) -> String {
    change_report::json(told.iter().map(Compared::report))
}

impl Compared {
    /// One line, if there is nothing to look at: every bit is the same, and so are the verdicts.
    #[must_use]
    pub fn brief(&self) -> Option<String> {
        let verdict = &self.verdict;
        let same =
            verdict.state() == State::Identical && verdict.claims.is_empty() && verdict.failing.is_empty();
        let pairs = || count(verdict.places.len(), "pair");
        same.then(|| {
            format!(
                "{}, profile {}: identical, {} of cell and estimator{}\n",
                self.experiment,
                self.profile,
                pairs(),
                self.blind().map_or_else(String::new, |text| format!("; {text}"))
            )
        })
    }

    /// The metrics of which little can be detected: where the smallest detectable change exceeds the mean in the
    /// median over cells and estimators. `None` if there are none.
    fn blind(&self) -> Option<String> {
        let large =
            |spread: Option<(f64, f64)>| spread.map(|(median, _)| median).filter(|share| *share > 1.0);
        let compared = self.verdict.power.iter().any(|p| p.here.is_some());
        let of = |p: &super::Power| Some((p.metric.clone(), large(if compared { p.here } else { p.anew })?));
        let mut found: Vec<(String, f64)> = self.verdict.power.iter().filter_map(of).collect();
        // The blindest first.
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        let named = found.iter().take(BLIND).map(|(metric, share)| format!("{metric} ({})", percent(*share)));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = found.len().saturating_sub(BLIND);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let place = if compared { "here" } else { "on other data" };
        (!found.is_empty()).then(|| {
            format!("{place}, only changes larger than the mean would be caught, in the median cell, of {named}{more}")
        })
    }

    /// The comparison in one of the formats.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        self.report().render(format)
    }

    fn report(&self) -> ChangeReport {
        let v = &self.verdict;
        let explanation = self.explanation();
        let kind = if explanation.is_some() { "comparisons" } else { "checks" };
        let mut lead = Vec::new();
        let mut profiles = format!("profile {}", self.profile);
        match &self.subject {
            Subject::Check(accepted) => {
                lead.extend(self.blind());
                lead.push(format!("baseline of {} by {}", accepted.date, self.before.short()));
            }
            Subject::Sides(sides) => {
                lead.extend(sides.before.lines('A'));
                lead.extend(sides.now.lines('B'));
                lead.extend(sides.notes.iter().map(|n| format!("note: {n}")));
                if sides.before.profile != sides.now.profile {
                    profiles = format!("profiles {} and {}", sides.before.profile, sides.now.profile);
                }
            }
        }
        let mut notes = vec![self.basis().to_owned()];
        notes.extend(self.drift());
        if v.tests > 0 {
            notes.push(self.strictness());
        }
        let caught = format!("smallest change that {:.0} % of {kind} would catch", 100.0 * v.rules.power);
        notes.extend(self.power().iter().map(|line| format!("{caught}: {line}")));
        let counted = change_report::counts(State::ALL.map(|s| (s.word(), v.count(s))));
        ChangeReport {
            experiment: self.experiment.clone(),
            profiles,
            state: v.state().word().to_owned(),
            lead,
            counts: format!("{counted}, of {} cells × estimators", thousands(v.places.len())),
            sections: self.sections(explanation),
            notes,
            data: self.data(),
        }
    }

    fn sections(&self, explanation: Option<&Explanation>) -> Vec<Section> {
        let v = &self.verdict;
        let section =
            |title, label, level, keys, head, rows| Section { title, label, level, head, keys, rows };
        let cause = explanation.iter().map(|e| vec![e.word.to_owned(), e.text.clone()]).collect();
        let moved = self.moved().into_iter();
        let moved =
            moved.map(|c| vec![c.cell.clone(), c.estimator.clone(), metric(c), change(c), evidence(c)]);
        let failing = v.failing.iter().map(|(cell, estimator)| vec![cell.clone(), estimator.clone()]);
        let claims = v.claims.iter().map(|c| vec![c.id.clone(), verdicts(c), c.statement.clone()]);
        let attributed = explanation.map(Explanation::told).unwrap_or_default().iter();
        let attributed =
            attributed.map(|a| vec![a.estimator.clone(), a.state.word().to_owned(), a.text.clone()]);
        let changed = self.causes.iter().map(|c| format!("{} [{}]", c.text, c.class.word())).collect();
        let failing_title = "newly failing fits";
        vec![
            section("cause", "cause: ", "notice", 1, &["cause", "what can explain the differences"], cause),
            section(
                "moved",
                "moved: ",
                "error",
                3,
                &["cell", "estimator", "metric", "change", "test"],
                moved.collect(),
            ),
            section("missing", "missing: ", "error", 2, &["cell", "estimator", "metrics"], self.missing()),
            section(
                failing_title,
                "newly failing fits: ",
                "error",
                2,
                &["cell", "estimator"],
                failing.collect(),
            ),
            section("verdict", "claim ", "warning", 1, &["claim", "verdict", "statement"], claims.collect()),
            Section::plain("changed: ", changed),
            section(
                "estimator",
                "estimator ",
                "notice",
                2,
                &["estimator", "state", "what can explain it"],
                attributed.collect(),
            ),
        ]
    }

    fn data(&self) -> serde_json::Value {
        let v = &self.verdict;
        let cause = |c: &Cause| json!({ "class": c.class, "estimator": c.estimator(), "text": c.text });
        let spread =
            |s: Option<(f64, f64)>| s.map(|(median, worst)| json!({ "median": median, "worst": worst }));
        let counts: serde_json::Map<_, _> =
            State::ALL.into_iter().map(|s| (s.word().to_owned(), json!(v.count(s)))).collect();
        let mut data = json!({
            "experiment": self.experiment,
            "profile": self.profile,
            "state": v.state(),
            "counts": counts,
            "same_data": self.pairing == Pairing::SameData,
            "changed": self.causes.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(),
            "causes": self.causes.iter().map(cause).collect::<Vec<_>>(),
            "rate": v.rules.rate,
            "tolerance": v.rules.tolerance,
            "tests": v.tests,
            "places": v.places,
            "comparisons": v.comparisons,
            "failing": v.failing.iter().map(|(c, e)| json!({ "cell": c, "estimator": e })).collect::<Vec<_>>(),
            "claims": v.claims,
            "smallest_change_caught": v.power.iter()
                .map(|p| json!({ "metric": p.metric, "power": v.rules.power, "identical": p.identical,
                                 "here": spread(p.here), "other_data": spread(p.anew) }))
                .collect::<Vec<_>>(),
        });
        match &self.subject {
            Subject::Check(a) => {
                data["baseline"] = json!({ "accepted": a.date, "reason": a.reason, "code": self.before });
                data["code"] = json!(self.now);
            }
            Subject::Sides(sides) => {
                data["a"] = json!(sides.before);
                data["b"] = json!(sides.now);
                data["cause"] = json!({ "word": sides.explanation.word, "text": sides.explanation.text });
                data["estimators"] = json!(sides.explanation.estimators);
                data["notes"] = json!(sides.notes);
            }
        }
        data
    }

    /// What explains the differences of two sides.
    fn explanation(&self) -> Option<&Explanation> {
        match &self.subject {
            Subject::Check(_) => None,
            Subject::Sides(sides) => Some(&sides.explanation),
        }
    }

    /// How the numbers were compared.
    fn basis(&self) -> &'static str {
        let same_toolchain = (&self.before.rustc, &self.before.target) == (&self.now.rustc, &self.now.target);
        // In `diff`, settings may differ as well, so bits need not be the same.
        let exact = same_toolchain && self.explanation().is_none();
        match (exact, self.pairing) {
            (true, Pairing::SameData) => "same target, toolchain and data: every bit should be the same",
            (false, Pairing::SameData) if same_toolchain => "the same data: paired tests",
            (false, Pairing::SameData) => "another target or toolchain, the same data: paired tests",
            (_, Pairing::NewData) => "other data: two-sample tests",
        }
    }

    /// The numbers that moved: headline metrics first, then by p-value.
    fn moved(&self) -> Vec<&Comparison> {
        let moved = |c: &&Comparison| c.state == State::Moved;
        let mut found: Vec<&Comparison> = self.verdict.comparisons.iter().filter(moved).collect();
        let minor = |c: &Comparison| !self.verdict.power.iter().any(|p| p.metric == c.metric);
        let sure = |c: &Comparison| if c.adjusted.is_nan() { -1.0 } else { c.adjusted };
        found.sort_by(|a, b| minor(a).cmp(&minor(b)).then(sure(a).total_cmp(&sure(b))));
        found
    }

    /// Numbers that are no longer measured: a row for each cell and estimator, with the metrics unless all
    /// are missing.
    fn missing(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for place in self.verdict.places.iter().filter(|p| p.state.alarms()) {
            let own = |c: &&Comparison| (&c.cell, &c.estimator) == (&place.cell, &place.estimator);
            let own: Vec<&Comparison> = self.verdict.comparisons.iter().filter(own).collect();
            let gone = own.iter().filter(|c| c.state == State::Missing).map(|c| metric(c));
            let gone = gone.collect::<Vec<_>>().join(", ");
            if own.is_empty() || !gone.is_empty() {
                found.push(vec![place.cell.clone(), place.estimator.clone(), gone]);
            }
        }
        found
    }

    /// The largest difference among numbers that have not moved; `None` if there is none.
    fn drift(&self) -> Option<String> {
        let off = |c: &&Comparison| c.state == State::Compatible && c.difference.abs() > 0.0;
        let off: Vec<&Comparison> = self.verdict.comparisons.iter().filter(off).collect();
        // Relative to the larger side, so that a mean near 0 is not always the largest change.
        let share = |c: &Comparison| (c.difference / c.before.abs().max(c.now.abs())).abs();
        let most = *off.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
        let differ = if off.len() == 1 { "differs" } else { "differ" };
        Some(format!(
            "{} {differ} without having moved; the largest change is {}, {}, {}: {}",
            count(off.len(), "number"),
            most.cell,
            most.estimator,
            metric(most),
            change(most)
        ))
    }

    /// What was tested, and the error rates.
    fn strictness(&self) -> String {
        let v = &self.verdict;
        format!(
            "{} compared; false discoveries at most {} % (Benjamini and Yekutieli); differences up to {} of the \
             values' size are ignored",
            count(v.tests, "number"),
            number(100.0 * v.rules.rate),
            number(v.rules.tolerance)
        )
    }

    /// A sentence about the power for each headline metric.
    fn power(&self) -> Vec<String> {
        let of = |what: &str, spread: Option<(f64, f64)>| {
            spread.map(|(median, worst)| format!("{} {what} (at worst {})", percent(median), percent(worst)))
        };
        let one = |p: &super::Power| {
            let bits = || format!("any bit in the {} that are identical", thousands(p.identical));
            let parts = [(p.identical > 0).then(bits), of("here", p.here), of("on other data", p.anew)];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            let nothing = "no percentage, because the mean is 0";
            format!("{}: {}", p.metric, if parts.is_empty() { nothing.to_owned() } else { parts.join("; ") })
        };
        self.verdict.power.iter().map(one).collect()
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

/// The test, its p-value and the number of changed replicates.
fn evidence(c: &Comparison) -> String {
    let p = if c.adjusted.is_nan() { String::new() } else { format!(", p {}", p_value(c.adjusted)) };
    let changed = c.changed.map(|(n, of)| format!("; {n} of {} changed", count(of, "replicate")));
    format!("{}{p}{}", c.method.word(), changed.unwrap_or_default())
}

/// `reproduced → undecided`, with a dash if a side does not have the claim.
fn verdicts(change: &super::compare::ClaimChange) -> String {
    let [before, now] = [&change.before, &change.now].map(|w| if w.is_empty() { NONE } else { w });
    format!("{before} → {now}")
}

/// Describes a baseline: its origin, its verdicts and its log.
#[must_use]
pub fn show(header: &Header, snapshot: &Snapshot) -> String {
    let code = &header.code;
    let numbers: usize = snapshot.fits.iter().map(|f| f.series.len()).sum();
    let words = crate::claims::Verdict::WORDS;
    let claims = words.map(|w| (w, snapshot.claims.iter().filter(|c| c.verdict == w).count()));
    let claims = change_report::counts(claims);
    let mut lines = vec![
        format!("measured by {}, {}, {}", code.short(), code.rustc, code.target),
        format!("config {}", header.config_hash),
        format!("{} of cell and estimator, {}", count(snapshot.fits.len(), "pair"), count(numbers, "number")),
        format!("claims: {}", if claims.is_empty() { "none" } else { &claims }),
        "accepted:".to_owned(),
    ];
    lines.extend(header.log.iter().map(|entry| {
        let reason = if entry.reason.is_empty() { "(no reason given)" } else { &entry.reason };
        let change = if entry.change.is_empty() { String::new() } else { format!(" [{}]", entry.change) };
        format!("  {}  profile {}, {}: {reason}{change}", entry.date, entry.profile, entry.code)
    }));
    let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("{}, profile {}\n{lines}", header.experiment, header.profile)
}
