//! The overview of what is published: every claim of every experiment on one page, by paper.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use remeasure_core::format::{NONE, count, value_with_error};
use serde::Deserialize;

use super::REPORT;
use super::paper::{findings_markdown, source_markdown};
use super::words::escape;
use crate::claims::Verdict;
use crate::registry::{Paper, Registry};

/// The overview's first line.
pub const HEADING: &str = "# What was claimed, and what we measured";

/// File name of the overview, beside the experiments' folders.
pub const OVERVIEW: &str = "README.md";

/// A run with verdicts.
#[derive(Clone, Debug)]
pub struct Published {
    /// Name of the experiment and of its folder.
    pub experiment: String,
    /// Its title.
    pub title: String,
    /// Its papers, as the config has them; may be empty.
    pub paper: String,
    /// Its folder, from the overview, with `/` between its parts.
    pub folder: String,
    /// File name of its report within the folder.
    pub report: &'static str,
    /// The profile that was run.
    pub profile: String,
    /// Its verdicts.
    pub claims: Vec<Row>,
}

/// The runs of a paper's experiments; those without a paper come last.
#[derive(Clone, Debug)]
pub struct OfPaper<'a> {
    /// The paper.
    pub paper: Option<&'a Paper>,
    /// Its runs.
    pub runs: Vec<Published>,
}

impl<'a> OfPaper<'a> {
    /// Runs by paper, in the registry's order; others by name.
    #[must_use]
    pub fn all(registry: &'a Registry, runs: Vec<Published>) -> Vec<Self> {
        let place = |name: &str| registry.experiments().position(|e| e.name == name);
        let mut runs: Vec<_> =
            runs.into_iter().map(|run| (place(&run.experiment).unwrap_or(usize::MAX), run)).collect();
        runs.sort_by(|(a, x), (b, y)| (a, &x.experiment, &x.folder).cmp(&(b, &y.experiment, &y.folder)));
        let mut all: Vec<Self> = Vec::new();
        for (_, run) in runs {
            let paper = registry.experiment(&run.experiment).map(|(paper, _)| paper);
            match all.last_mut() {
                Some(last) if last.slug() == paper.map(|p| p.slug.as_str()) => last.runs.push(run),
                _ => all.push(Self { paper, runs: vec![run] }),
            }
        }
        all
    }

    fn slug(&self) -> Option<&str> {
        self.paper.map(|p| p.slug.as_str())
    }

    /// What a section about it is called.
    pub(super) fn heading(&self) -> &str {
        self.slug().unwrap_or("others")
    }

    /// How many claims have each verdict, in the order of [`WORDS`].
    pub(super) fn tally(&self) -> [usize; 4] {
        add(self.runs.iter().map(|run| tally(&run.claims)))
    }
}

/// Counts of verdicts, added.
pub(super) fn add(counts: impl Iterator<Item = [usize; 4]>) -> [usize; 4] {
    counts.fold([0; 4], |mut sum, one| {
        sum.iter_mut().zip(one).for_each(|(s, n)| *s += n);
        sum
    })
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

fn counts(counts: [usize; 4]) -> String {
    counts.map(|n| n.to_string()).join(" | ")
}

const HEADER: &str = "reproduced | undecided | contradicted | not testable |\n|---|---:|---:|---:|---:|\n";

/// How many claims of each paper have which verdict, and how many of all; `link` is put before the name of a paper's
/// section.
#[must_use]
pub fn verdicts(all: &[OfPaper<'_>], link: &str) -> String {
    let mut text = format!("| paper | {HEADER}");
    for one in all {
        let name = one.heading();
        let cited = one.paper.map(|p| format!(": {}", escape(&p.citation()))).unwrap_or_default();
        // Writing into a String cannot fail.
        let _ = writeln!(text, "| [{name}]({link}#{name}){cited} | {} |", counts(one.tally()));
    }
    let _ = writeln!(text, "| all | {} |", counts(add(all.iter().map(OfPaper::tally))));
    text
}

/// The page in Markdown.
#[must_use]
pub fn overview(all: &[OfPaper<'_>]) -> String {
    let mut text = format!(
        "{HEADING}\n\n\
         Every claim of every experiment at the size that is published here, with the published number beside ours ± its \
         Monte Carlo standard error. Where a claim speaks of several cells, the one that decides its verdict is shown; \
         tests, intervals and all cells are in each experiment's report. `remeasure publish` writes this page.\n\n",
    );
    text.push_str(&verdicts(all, ""));
    for one in all {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\n## {}\n", one.heading());
        if let Some(paper) = one.paper {
            of_paper(&mut text, paper);
        }
        let _ = write!(text, "| experiment | {HEADER}");
        for run in &one.runs {
            let _ = writeln!(
                text,
                "| [{0}](#experiment-{0}) | {1} |",
                run.experiment,
                counts(tally(&run.claims))
            );
        }
        one.runs.iter().for_each(|run| of_run(&mut text, run, one.paper.is_none()));
    }
    text
}

fn of_paper(text: &mut String, paper: &Paper) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "**{}**\n\n{}\n", escape(&paper.title), source_markdown(paper));
    if !paper.findings.is_empty() {
        let _ = writeln!(text, "What we found:\n\n{}", findings_markdown(paper));
    }
    if !paper.read.is_empty() {
        let _ = writeln!(text, "What was read: {}\n", escape(&paper.read));
    }
    if !paper.references.is_empty() {
        let references: Vec<String> = paper.references.iter().map(|r| escape(r)).collect();
        let _ = writeln!(text, "References: {}.\n", references.join("; "));
    }
}

fn of_run(text: &mut String, run: &Published, cite: bool) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "\n### Experiment {}\n\n{}.", run.experiment, escape(&run.title));
    if cite && !run.paper.is_empty() {
        let _ = writeln!(text, "Paper: {}.", escape(&run.paper));
    }
    let _ = writeln!(
        text,
        "Profile `{}`, {}; [report with tables, figures and tests]({}/{REPORT}).\n",
        run.profile,
        count(run.claims.len(), "verdict"),
        run.folder
    );
    text.push_str("| verdict | claim | published | ours |\n|---|---|---|---|\n");
    for claim in &run.claims {
        let _ = writeln!(text, "{}", claim.line());
    }
}

/// Around the table of verdicts in a README.
const MARKERS: [&str; 2] = ["<!-- verdicts -->", "<!-- /verdicts -->"];

/// What is between the markers of a text, if it has them.
#[must_use]
pub fn between_markers(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(MARKERS[0])?;
    rest.split_once(MARKERS[1]).map(|(inside, _)| inside)
}

/// A text with `table` between its markers; `None` where it has none.
#[must_use]
pub fn splice(text: &str, table: &str) -> Option<String> {
    between_markers(text)?;
    let (before, rest) = text.split_once(MARKERS[0])?;
    let (_, after) = rest.split_once(MARKERS[1])?;
    Some(format!("{before}{}\n{table}{}{after}", MARKERS[0], MARKERS[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Embedded;

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
        let run = |experiment: &str| Published {
            experiment: experiment.into(),
            title: "A toy".into(),
            paper: "Somebody 2020".into(),
            folder: format!("{experiment}/published"),
            report: REPORT,
            profile: "paper".into(),
            claims: claims.clone(),
        };
        let file = |file, text| Embedded { paper: "toys", file, text, path: "toys" };
        let paper = "title = 'On *toys*'\nauthors = ['A']\nyear = 2020\nfindings = ['It holds.']";
        let files = [file("paper.toml", paper), file("toy.toml", ""), file("second.toml", "")];
        let registry = Registry::new(&[], &files).unwrap();
        let all = OfPaper::all(&registry, vec![run("own"), run("second"), run("toy")]);
        let text = overview(&all);
        assert!(
            text.contains("| [toys](#toys): A 2020 | 2 | 0 | 2 | 2 |\n| [others](#others) | 1 |"),
            "{text}"
        );
        assert!(
            text.contains("| all | 3 | 0 | 3 | 3 |\n\n## toys\n\n**On \\*toys\\***\n\nA 2020.\n"),
            "{text}"
        );
        assert!(text.contains("\nWhat we found:\n\n- It holds.\n\n| experiment |"), "{text}");
        assert!(text.contains("| [toy](#experiment-toy) | 1 | 0 | 1 | 1 |\n| [second]"), "{text}");
        assert!(text.contains(r"| reproduced | a \| b | 0.13 | 0.123 ± 0.010 |"), "{text}");
        assert!(text.contains("| not testable: no data | c | 2 (expected, not published) | — |"), "{text}");
        assert!(text.contains("(toy/published/report.md)"), "{text}");
        // A config that belongs to no paper says itself what it is about.
        assert_eq!(text.matches("Paper: Somebody 2020.").count(), 1, "{text}");
    }

    #[test]
    fn a_table_goes_between_the_markers_only() {
        let text = "a\n<!-- verdicts -->\nold\n<!-- /verdicts -->\nb\n";
        let spliced = splice(text, "| new |\n").unwrap();
        assert_eq!(spliced, "a\n<!-- verdicts -->\n| new |\n<!-- /verdicts -->\nb\n");
        assert_eq!(between_markers(&spliced), Some("\n| new |\n"));
        assert_eq!(splice(&spliced, "| new |\n").unwrap(), spliced);
        for without in ["a\n", "<!-- /verdicts --> <!-- verdicts -->"] {
            assert_eq!(splice(without, "x"), None, "{without}");
        }
    }
}
