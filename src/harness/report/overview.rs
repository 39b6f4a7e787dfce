//! The overview of what is published: every claim of every experiment on one page, by paper.

use std::fmt::Write;

use remeasure_core::format::{NONE, count};

use super::REPORT;
use super::document::OUR_OWN;
use super::paper::{findings_markdown, source_markdown};
use crate::claims::{ClaimRow, Verdict};
use crate::markdown::{self, escape};
use crate::registry::{Paper, Registry};

/// The overview's first line.
pub const HEADING: &str = "# What was claimed, and what we measured";

/// File name of the overview, next to the experiments' folders.
pub const OVERVIEW: &str = "README.md";

/// A run with verdicts.
#[derive(Clone, Debug)]
pub struct Published {
    /// Name of the experiment and of its folder.
    pub experiment: String,
    /// Its title.
    pub title: String,
    /// Its papers, as in the config; may be empty.
    pub paper: String,
    /// Path of its folder relative to the overview, with `/` as the separator.
    pub folder: String,
    /// File name of its report within the folder.
    pub report: &'static str,
    /// The profile that was run.
    pub profile: String,
    /// Its verdicts.
    pub claims: Vec<ClaimRow>,
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

    /// Heading of the section about it.
    pub(super) fn heading(&self) -> &str {
        self.slug().unwrap_or("others")
    }

    /// How many claims of its runs have which verdict.
    pub(super) fn tally(&self) -> Tally {
        self.runs.iter().map(|run| Tally::of(&run.claims)).sum()
    }
}

/// How many claims have which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Claims of the paper and its code, by verdict, in the order of [`Verdict::WORDS`].
    pub papers: [usize; WORDS.len()],
    /// How many of these have a published number.
    pub numbers: usize,
    /// Claims of our own that are reproduced, and all of them.
    pub own: [usize; 2],
}

impl Tally {
    /// Of some claims.
    #[must_use]
    pub fn of<'c>(claims: impl IntoIterator<Item = &'c ClaimRow>) -> Self {
        let mut tally = Self::default();
        for claim in claims {
            let verdict = WORDS.iter().position(|word| claim.verdict == *word);
            if claim.origin.is_the_papers() {
                verdict.into_iter().for_each(|i| tally.papers[i] += 1);
                tally.numbers += usize::from(!claim.published.is_empty());
            } else {
                tally.own[0] += usize::from(verdict == Some(0));
                tally.own[1] += 1;
            }
        }
        tally
    }

    /// Claims of the paper.
    pub(super) fn claims(&self) -> usize {
        self.papers.iter().sum()
    }

    /// The reproduced among our own claims, as text.
    #[must_use]
    pub fn own_text(&self) -> String {
        match self.own {
            [_, 0] => NONE.to_owned(),
            [held, all] => format!("{held} of {all}"),
        }
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum.papers.iter_mut().zip(one.papers).for_each(|(s, n)| *s += n);
            sum.numbers += one.numbers;
            sum.own.iter_mut().zip(one.own).for_each(|(s, n)| *s += n);
            sum
        })
    }
}

impl ClaimRow {
    /// Our value, the quantity and the group.
    pub(super) fn ours_text(&self) -> String {
        if self.value.is_none() {
            return NONE.to_owned();
        }
        let mut text = self.measured_text();
        if !self.measures.is_empty() {
            let _ = write!(text, " ({})", self.measures);
        }
        if !self.group.is_empty() && self.groups > 1 {
            let _ = write!(text, " at {}, one of {}", self.group, self.groups);
        }
        text
    }

    fn line(&self) -> Vec<String> {
        let reason =
            if self.reason.is_empty() { String::new() } else { format!(": {}", escape(&self.reason)) };
        let texts = [&self.statement, &self.reference_text(), &self.ours_text()].map(|t| escape(t));
        std::iter::once(format!("{}{reason}", self.verdict)).chain(texts).collect()
    }
}

const WORDS: [&str; 5] = Verdict::WORDS;

/// The columns of a table of counts; a colon aligns to the right.
fn head(of: &str) -> Vec<String> {
    let counts =
        ["claims of the paper", "with a number"].into_iter().chain(WORDS).chain(["our own, reproduced"]);
    std::iter::once(of.to_owned()).chain(counts.map(|name| format!("{name}:"))).collect()
}

/// A row of it.
fn counted(name: String, tally: Tally) -> Vec<String> {
    let counts = [tally.claims(), tally.numbers].into_iter().chain(tally.papers).map(|n| n.to_string());
    std::iter::once(name).chain(counts).chain([tally.own_text()]).collect()
}

/// A table of the verdict counts of each paper and of all papers; `link` is put before the name of a paper's section.
#[must_use]
pub fn verdicts(all: &[OfPaper<'_>], link: &str) -> String {
    let row = |one: &OfPaper<'_>| {
        let name = one.heading();
        let cited = one.paper.map(|p| format!(": {}", escape(&p.citation()))).unwrap_or_default();
        counted(format!("[{name}]({link}#{name}){cited}"), one.tally())
    };
    let sum = counted("all".to_owned(), all.iter().map(OfPaper::tally).sum());
    markdown::table(&head("paper"), all.iter().map(row).chain([sum]))
}

/// The page in Markdown.
#[must_use]
pub fn overview(all: &[OfPaper<'_>]) -> String {
    let mut text = format!(
        "{HEADING}\n\n\
         Every claim of every experiment at the size published here, with the published number next to ours ± its \
         Monte Carlo standard error. The counts are of claims that the paper or its authors' code makes; what we derived \
         ourselves and checks of our own code are counted apart and listed last. If a claim covers several cells, the one \
         that decides its verdict is shown; tests, intervals and all cells are in each experiment's report. A verdict is \
         about one statement in one version of a paper at one stated size. `remeasure publish` writes this page.\n\n",
    );
    text.push_str(&verdicts(all, ""));
    for one in all {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\n## {}\n", one.heading());
        if let Some(paper) = one.paper {
            of_paper(&mut text, paper);
        }
        let row = |run: &Published| {
            counted(format!("[{0}](#experiment-{0})", run.experiment), Tally::of(&run.claims))
        };
        text.push_str(&markdown::table(&head("experiment"), one.runs.iter().map(row)));
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
    let head = ["verdict", "claim", "published", "ours"];
    for papers in [true, false] {
        let claims: Vec<&ClaimRow> =
            run.claims.iter().filter(|claim| claim.origin.is_the_papers() == papers).collect();
        if claims.is_empty() {
            continue;
        }
        if !papers {
            let _ = writeln!(text, "\n{OUR_OWN}:\n");
        }
        text.push_str(&markdown::table(&head, claims.into_iter().map(ClaimRow::line)));
    }
}

/// The markers around the table of verdicts in a README.
const MARKERS: [&str; 2] = ["<!-- verdicts -->", "<!-- /verdicts -->"];

/// The text between the markers, if there are any.
#[must_use]
pub fn between_markers(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(MARKERS[0])?;
    rest.split_once(MARKERS[1]).map(|(inside, _)| inside)
}

/// A text with `table` between its markers; `None` if it has none.
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
    use crate::claims::Origin;
    use crate::registry::Embedded;

    fn row(verdict: &str, statement: &str) -> ClaimRow {
        ClaimRow { verdict: verdict.into(), statement: statement.into(), ..ClaimRow::default() }
    }

    #[test]
    fn every_claim_has_a_line_and_a_place_in_the_counts() {
        let claims = vec![
            ClaimRow {
                value: Some(0.123),
                standard_error: Some(0.01),
                published: "0.13".into(),
                ..row("reproduced", "a | b")
            },
            ClaimRow { reason: "no data".into(), expected: "2".into(), ..row("not testable", "c") },
            row("contradicted", "d"),
            ClaimRow { origin: Origin::Check, ..row("reproduced", "e") },
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
            text.contains(
                "| [toys](#toys): A 2020 | 6 | 2 | 2 | 0 | 0 | 2 | 2 | 2 of 2 |\n| [others](#others) | 3 |"
            ),
            "{text}"
        );
        assert!(
            text.contains(
                "| all | 9 | 3 | 3 | 0 | 0 | 3 | 3 | 3 of 3 |\n\n## toys\n\n**On \\*toys\\***\n\nA 2020.\n"
            ),
            "{text}"
        );
        assert!(text.contains("\nWhat we found:\n\n- It holds.\n\n| experiment |"), "{text}");
        assert!(
            text.contains("| [toy](#experiment-toy) | 3 | 1 | 1 | 0 | 0 | 1 | 1 | 1 of 1 |\n| [second]"),
            "{text}"
        );
        assert!(text.contains(r"| reproduced | a \| b | 0.13 | 0.123 ± 0.010 |"), "{text}");
        assert!(text.contains("| not testable: no data | c | 2 (expected, not published) | — |"), "{text}");
        assert!(text.contains(&format!("| — |\n\n{OUR_OWN}:\n\n| verdict |")), "{text}");
        assert!(text.contains("(toy/published/report.md)"), "{text}");
        // A config that belongs to no paper names its papers itself.
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
