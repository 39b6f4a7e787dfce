//! The overview of what is published: every claim of every experiment on one page.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use remeasure_core::format::{NONE, count, value_with_error};
use serde::Deserialize;

use super::words::escape;
use crate::claims::Verdict;

/// The overview's first line.
pub const HEADING: &str = "# What was claimed, and what we measured";

/// File name of the overview, beside the experiments' folders.
pub const OVERVIEW: &str = "README.md";

/// An experiment of which a run is published.
#[derive(Clone, Debug)]
pub struct Published {
    /// Name of the experiment and of its folder.
    pub experiment: String,
    /// Its title.
    pub title: String,
    /// Its papers; may be empty.
    pub paper: String,
    /// The published folder, from the overview, with `/` between its parts.
    pub folder: String,
    /// The profile that was run.
    pub profile: String,
    /// Its verdicts.
    pub claims: Vec<Row>,
}

/// What the overview shows of a row of `claims.csv`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Row {
    #[serde(default)]
    pub(super) id: String,
    pub(super) statement: String,
    pub(super) published: String,
    pub(super) expected: String,
    pub(super) value: Option<f64>,
    pub(super) standard_error: Option<f64>,
    pub(super) measures: String,
    pub(super) verdict: String,
    pub(super) reason: String,
    pub(super) groups: usize,
    pub(super) group: String,
}

impl Row {
    /// The rows of a `claims.csv`.
    ///
    /// # Errors
    /// A file that cannot be read, or has other columns.
    pub fn read(path: &Path) -> Result<Vec<Self>> {
        let cannot = || format!("cannot read {}", path.display());
        let mut reader = csv::Reader::from_path(path).with_context(cannot)?;
        reader.deserialize().collect::<Result<_, _>>().with_context(cannot)
    }

    /// Our value, what it is and of which group.
    pub(super) fn ours_text(&self) -> String {
        let Some(value) = self.value else { return NONE.to_owned() };
        let mut text = value_with_error(value, self.standard_error.unwrap_or(f64::NAN));
        if !self.measures.is_empty() {
            let _ = write!(text, " ({})", self.measures);
        }
        if !self.group.is_empty() && self.groups > 1 {
            let _ = write!(text, " at {}, one of {}", self.group, self.groups);
        }
        text
    }

    /// What it is measured against.
    pub(super) fn reference_text(&self) -> String {
        match (self.published.as_str(), self.expected.as_str()) {
            ("", "") => NONE.to_owned(),
            ("", expected) => format!("{expected} (expected, not published)"),
            (published, _) => published.to_owned(),
        }
    }

    fn line(&self) -> String {
        let reason =
            if self.reason.is_empty() { String::new() } else { format!(": {}", escape(&self.reason)) };
        let verdict = format!("{}{reason}", self.verdict);
        format!(
            "| {verdict} | {} | {} | {} |",
            escape(&self.statement),
            escape(&self.reference_text()),
            escape(&self.ours_text())
        )
    }
}

/// How many claims have each verdict, in the order of [`WORDS`].
pub(super) fn tally(claims: &[Row]) -> [usize; 4] {
    WORDS.map(|word| claims.iter().filter(|c| c.verdict == word).count())
}

const WORDS: [&str; 4] = Verdict::WORDS;

/// The page in Markdown.
#[must_use]
pub fn overview(all: &[Published]) -> String {
    let mut text = format!(
        "{HEADING}\n\n\
         Every claim of every experiment at the size that is published here, with the published number beside ours ± its \
         Monte Carlo standard error. Where a claim speaks of several cells, the one that decides its verdict is shown; \
         tests, intervals and all cells are in each experiment's report. `remeasure publish` writes this page.\n\n\
         | experiment | reproduced | undecided | contradicted | not testable |\n|---|---:|---:|---:|---:|\n",
    );
    let mut sum = [0; 4];
    for one in all {
        let tally = tally(&one.claims);
        sum.iter_mut().zip(tally).for_each(|(s, n)| *s += n);
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "| [`{0}`](#{0}) | {1} |",
            one.experiment,
            tally.map(|n| n.to_string()).join(" | ")
        );
    }
    let _ = writeln!(text, "| all | {} |", sum.map(|n| n.to_string()).join(" | "));
    for one in all {
        let _ = writeln!(text, "\n## {}\n\n{}.", one.experiment, escape(&one.title));
        if !one.paper.is_empty() {
            let _ = writeln!(text, "Paper: {}.", escape(&one.paper));
        }
        let _ = writeln!(
            text,
            "Profile `{}`, {}; [report with tables, figures and tests]({}/report.md).\n",
            one.profile,
            count(one.claims.len(), "verdict"),
            one.folder
        );
        text.push_str("| verdict | claim | published | ours |\n|---|---|---|---|\n");
        for claim in &one.claims {
            let _ = writeln!(text, "{}", claim.line());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdict: &str, statement: &str) -> Row {
        Row { verdict: verdict.into(), statement: statement.into(), ..Row::default() }
    }

    #[test]
    fn every_claim_has_a_line_and_a_place_in_the_counts() {
        let claims = vec![
            Row {
                value: Some(0.123),
                standard_error: Some(0.01),
                published: "0.13".into(),
                ..row("reproduced", "a | b")
            },
            Row { reason: "no data".into(), expected: "2".into(), ..row("not testable", "c") },
            row("contradicted", "d"),
        ];
        let one = Published {
            experiment: "toy".into(),
            title: "A toy".into(),
            paper: String::new(),
            folder: "toy/published".into(),
            profile: "paper".into(),
            claims,
        };
        let text = overview(&[one]);
        assert!(text.contains("| [`toy`](#toy) | 1 | 0 | 1 | 1 |\n| all | 1 | 0 | 1 | 1 |"), "{text}");
        assert!(text.contains(r"| reproduced | a \| b | 0.13 | 0.123 ± 0.010 |"), "{text}");
        assert!(text.contains("| not testable: no data | c | 2 (expected, not published) | — |"), "{text}");
        assert!(text.contains("(toy/published/report.md)") && !text.contains("Paper:"), "{text}");
    }
}
