//! The claims table.

use std::fmt::Write as _;

use remeasure_core::format;
use remeasure_core::format::NONE;

use super::judge::{Finding, Verdict};

fn or_none(text: &str) -> String {
    // A bar or a line break would end the cell.
    if text.is_empty() { NONE.into() } else { text.replace('|', "\\|").replace(['\n', '\r'], " ") }
}

impl Finding {
    /// The verdict in words, with the number of replicates that would decide or the reason.
    #[must_use]
    pub fn verdict_text(&self) -> String {
        match &self.verdict {
            Verdict::Undecided { replicates: Some(n) } => {
                format!("undecided (about {n} replicates would decide)")
            }
            Verdict::Undecided { replicates: None } if self.groups.iter().any(|g| g.n < 2) => {
                "undecided (one value cannot tell how many replicates would decide)".into()
            }
            Verdict::Undecided { replicates: None } => {
                "undecided (10⁶ replicates would not decide it)".into()
            }
            Verdict::NotTestable { reason } => format!("not testable: {reason}"),
            decided => decided.word().into(),
        }
    }

    /// What the claim is measured against, marked where no paper reports it.
    #[must_use]
    pub fn published_text(&self) -> String {
        match (self.published.as_str(), self.expected.as_str()) {
            ("", "") => NONE.into(),
            ("", expected) => format!("{expected} (expected, not published)"),
            (published, _) => published.into(),
        }
    }

    /// Our value ± its Monte Carlo standard error.
    #[must_use]
    pub fn measured_text(&self) -> String {
        self.measured.map_or_else(|| NONE.into(), |m| format::value_with_error(m.value, m.se))
    }

    /// The Holm-adjusted p-value that bears on the verdict: against a
    /// contradicted claim, for any other.
    #[must_use]
    pub fn p_text(&self) -> String {
        let (p, side) = match self.verdict {
            Verdict::Contradicted => (self.p_against, " (against)"),
            _ => (self.p_support, ""),
        };
        p.map_or_else(|| NONE.into(), |p| format!("{}{side}", format::p_value(p)))
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

/// The claims table in Markdown.
#[must_use]
pub fn claims_markdown(findings: &[Finding]) -> String {
    let mut text = String::from(
        "| Claim | Source | Published | Ours ± MCSE | Test | p (Holm) | Interval | Verdict |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for f in findings {
        let mut ours = f.measured_text();
        if !f.measures.is_empty() {
            let _ = write!(ours, " ({})", f.measures);
        }
        let mut verdict = f.verdict_text();
        if !f.note.is_empty() {
            let _ = write!(verdict, "; {}", f.note);
        }
        let (published, p, interval) = (f.published_text(), f.p_text(), f.interval_text());
        let cells = [&f.statement, &f.source, &published, &ours, &f.test, &p, &interval, &verdict];
        let cells: Vec<String> = cells.into_iter().map(|c| or_none(c)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

/// Column names of `claims.csv`.
pub const CSV_HEADER: [&str; 22] = [
    "id",
    "statement",
    "source",
    "published",
    "expected",
    "value",
    "standard_error",
    "measures",
    "test",
    "p_support",
    "p_support_raw",
    "p_against",
    "p_against_raw",
    "interval_low",
    "interval_high",
    "interval_level",
    "verdict",
    "replicates_needed",
    "reason",
    "groups",
    "group",
    "note",
];

/// A finding as a row under [`CSV_HEADER`]; numbers in full precision, empty where there is none.
#[must_use]
pub fn claims_csv_row(f: &Finding) -> [String; 22] {
    let text = |x: Option<f64>| x.filter(|x| x.is_finite()).map_or_else(String::new, |x| x.to_string());
    let (replicates, reason) = match &f.verdict {
        Verdict::Undecided { replicates } => (replicates.map_or_else(String::new, |n| n.to_string()), ""),
        Verdict::NotTestable { reason } => (String::new(), reason.as_str()),
        _ => (String::new(), ""),
    };
    [
        f.id.clone(),
        f.statement.clone(),
        f.source.clone(),
        f.published.clone(),
        f.expected.clone(),
        text(f.measured.map(|m| m.value)),
        text(f.measured.map(|m| m.se)),
        f.measures.clone(),
        f.test.clone(),
        text(f.p_support),
        text(f.p_support_raw),
        text(f.p_against),
        text(f.p_against_raw),
        text(f.interval.map(|i| i.0)),
        text(f.interval.map(|i| i.1)),
        // 2 · .95 − 1 is not quite .9 in binary.
        text(Some((f.interval_level * 1e12).round() / 1e12)),
        f.verdict.word().into(),
        replicates,
        reason.into(),
        f.groups.len().to_string(),
        f.group.clone().unwrap_or_default(),
        f.note.clone(),
    ]
}
