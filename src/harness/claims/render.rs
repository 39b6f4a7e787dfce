//! The claims table.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, ensure};
use remeasure_core::format;
use remeasure_core::format::NONE;
use serde::{Deserialize, Serialize, Serializer};

use super::judge::{Finding, Verdict};
use super::origin::{Evidence, Origin, mark};
use crate::markdown::{self, escape};

fn reference_text(published: &str, expected: &str, mark: &str) -> String {
    match (published, expected) {
        ("", "") => NONE.into(),
        ("", expected) => format!("{expected} (expected, not published)"),
        (published, _) => format!("{published}{mark}"),
    }
}

fn p_text(verdict: &str, support: Option<f64>, against: Option<f64>, tie: Option<f64>) -> String {
    let (p, side) = match verdict {
        word if word == Verdict::Contradicted.word() => (against, " (against)"),
        word if word == Verdict::Tied.word() => (tie, " (tie)"),
        _ => (support, ""),
    };
    p.map_or_else(|| NONE.into(), |p| format!("{}{side}", format::p_value(p)))
}

fn would_decide(replicates: u64) -> String {
    format!("undecided (about {replicates} replicates would decide)")
}

fn not_testable(reason: &str) -> String {
    format!("not testable: {reason}")
}

impl Finding {
    /// The verdict in words, with the number of replicates that would decide or the reason.
    #[must_use]
    pub fn verdict_text(&self) -> String {
        match &self.verdict {
            Verdict::Undecided { replicates: Some(n) } => would_decide(*n),
            Verdict::Undecided { replicates: None } if self.groups.iter().any(|g| g.n < 2) => {
                "undecided (one value cannot tell how many replicates would decide)".into()
            }
            Verdict::Undecided { replicates: None } => {
                "undecided (10⁶ replicates would not decide it)".into()
            }
            Verdict::NotTestable { reason } => not_testable(reason),
            decided => decided.word().into(),
        }
    }

    /// The value that the claim is compared with, marked if no paper reports it.
    #[must_use]
    pub fn published_text(&self) -> String {
        reference_text(&self.published, &self.expected, &mark(self.evidence, self.read_off))
    }

    /// Our value ± its Monte Carlo standard error.
    #[must_use]
    pub fn measured_text(&self) -> String {
        self.measured.map_or_else(|| NONE.into(), |m| format::value_with_error(m.value, m.se))
    }

    /// The Holm-adjusted p-value behind the verdict: against a contradicted claim, for a tie, for any other claim.
    #[must_use]
    pub fn p_text(&self) -> String {
        p_text(self.verdict.word(), self.p_support, self.p_against, self.p_tie)
    }

    /// The interval with its level.
    #[must_use]
    pub fn interval_text(&self) -> String {
        self.interval.map_or_else(
            || NONE.into(),
            |(low, high)| {
                format!("{} ({} %)", format::interval(low, high), format::number(100.0 * self.interval_level))
            },
        )
    }
}

/// A claims table in Markdown.
#[must_use]
pub fn claims_markdown<F: Borrow<Finding>>(findings: &[F]) -> String {
    let head = ["Claim", "Source", "Published", "Ours ± MCSE", "Test", "p (Holm)", "Interval", "Verdict"];
    let text = |text: &str| if text.is_empty() { NONE.into() } else { escape(text) };
    let row = |f: &Finding| {
        let mut ours = f.measured_text();
        if !f.measures.is_empty() {
            let _ = write!(ours, " ({})", f.measures);
        }
        let mut verdict = f.verdict_text();
        if !f.note.is_empty() {
            let _ = write!(verdict, "; {}", f.note);
        }
        let [statement, source, published] = [&f.statement, &f.source, &f.published_text()].map(|t| text(t));
        // The brackets of an interval are not a link.
        let test = text(&f.test).replace("\\[", "[").replace("\\]", "]");
        vec![statement, source, published, text(&ours), test, f.p_text(), f.interval_text(), text(&verdict)]
    };
    markdown::table(&head, findings.iter().map(Borrow::borrow).map(row))
}

/// A row of `claims.csv`: numbers in full precision, empty if there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRow {
    pub(crate) id: String,
    pub(crate) statement: String,
    pub(crate) source: String,
    pub(crate) origin: Origin,
    pub(crate) published: String,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) read_off: Option<f64>,
    pub(crate) expected: String,
    #[serde(serialize_with = "plain")]
    pub(crate) value: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) standard_error: Option<f64>,
    pub(crate) measures: String,
    pub(crate) test: String,
    #[serde(serialize_with = "plain")]
    pub(crate) p_support: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) p_support_raw: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) p_against: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) p_against_raw: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) p_tie: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) interval_low: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) interval_high: Option<f64>,
    #[serde(serialize_with = "plain")]
    pub(crate) interval_level: Option<f64>,
    pub(crate) look: Option<u32>,
    pub(crate) verdict: String,
    pub(crate) replicates_needed: Option<u64>,
    pub(crate) reason: String,
    pub(crate) groups: usize,
    pub(crate) group: String,
    pub(crate) note: String,
}

fn plain<S: Serializer>(x: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&x.filter(|x| x.is_finite()).map_or_else(String::new, |x| x.to_string()))
}

impl From<&Finding> for ClaimRow {
    fn from(f: &Finding) -> Self {
        let (replicates_needed, reason) = match &f.verdict {
            Verdict::Undecided { replicates } => (*replicates, ""),
            Verdict::NotTestable { reason } => (None, reason.as_str()),
            Verdict::Reproduced | Verdict::Tied | Verdict::Contradicted => (None, ""),
        };
        Self {
            id: f.id.clone(),
            statement: f.statement.clone(),
            source: f.source.clone(),
            origin: f.origin,
            published: f.published.clone(),
            evidence: f.evidence,
            read_off: f.read_off,
            expected: f.expected.clone(),
            value: f.measured.map(|m| m.value),
            standard_error: f.measured.map(|m| m.se),
            measures: f.measures.clone(),
            test: f.test.clone(),
            p_support: f.p_support,
            p_support_raw: f.p_support_raw,
            p_against: f.p_against,
            p_against_raw: f.p_against_raw,
            p_tie: f.p_tie,
            interval_low: f.interval.map(|i| i.0),
            interval_high: f.interval.map(|i| i.1),
            // 2 · .95 − 1 is not quite .9 in binary.
            interval_level: Some((f.interval_level * 1e12).round() / 1e12),
            look: f.look,
            verdict: f.verdict.word().into(),
            replicates_needed,
            reason: reason.into(),
            groups: f.groups.len(),
            group: f.group.clone().unwrap_or_default(),
            note: f.note.clone(),
        }
    }
}

impl ClaimRow {
    /// The rows of a `claims.csv`.
    ///
    /// # Errors
    /// A file that cannot be read, or without verdicts.
    pub fn read(path: &Path) -> anyhow::Result<Vec<Self>> {
        let read = || -> anyhow::Result<Vec<Self>> {
            let mut reader = csv::Reader::from_path(path)?;
            ensure!(reader.headers()?.iter().any(|column| column == "verdict"), "no column `verdict`");
            Ok(reader.deserialize().collect::<Result<_, _>>()?)
        };
        read().with_context(|| format!("cannot read {}", path.display()))
    }

    /// Whether the measured values contradict it.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.verdict == Verdict::Contradicted.word()
    }

    /// Our value ± its Monte Carlo standard error.
    pub(crate) fn measured_text(&self) -> String {
        let error = self.standard_error.unwrap_or(f64::NAN);
        self.value.map_or_else(|| NONE.into(), |value| format::value_with_error(value, error))
    }

    /// The p-value behind the verdict, as [`Finding::p_text`].
    pub(crate) fn p_text(&self) -> String {
        p_text(&self.verdict, self.p_support, self.p_against, self.p_tie)
    }

    /// The verdict in words, if the file tells how many replicates would decide it, or the reason.
    pub(crate) fn verdict_text(&self) -> Option<String> {
        let reason = Some(self.reason.as_str()).filter(|reason| !reason.is_empty());
        self.replicates_needed.map(would_decide).or_else(|| reason.map(not_testable))
    }

    /// The value that the claim is compared with, marked if no paper reports it.
    pub(crate) fn reference_text(&self) -> String {
        reference_text(&self.published, &self.expected, &mark(self.evidence, self.read_off))
    }
}
