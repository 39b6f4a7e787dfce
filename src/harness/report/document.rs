//! `report.md`: verdicts, figures, tables and provenance in reading order. It is the same for all runs
//! of the same config.

use std::fmt::Write;

use remeasure_core::format::{NONE, count, exact, interval, value_with_error};

use super::paper::{OF_ALL, findings_markdown, source_markdown};
use super::timings::TIMINGS_MD;
use super::{Parts, again, endings, tables};
use crate::claims::{ClaimRow, Finding, Looks, Origin, Verdict, by_origin, claims_markdown};
use crate::figures::FigureSpec;
use crate::markdown::{self, escape, escape_prose};
use crate::records::Store;

/// A claim as a terminal shows it.
struct Shown<'a> {
    origin: Origin,
    word: &'a str,
    statement: &'a str,
    ours: String,
    measures: &'a str,
    /// The group that its numbers refer to, of how many, if there are several.
    group: Option<(&'a str, usize)>,
    published: &'a str,
    expected: &'a str,
    p: String,
    /// The verdict in words, if they say more than its word.
    verdict: Option<String>,
}

impl<'a> From<&'a Finding> for Shown<'a> {
    fn from(finding: &'a Finding) -> Self {
        let word = finding.verdict.word();
        Self {
            origin: finding.origin,
            word,
            statement: &finding.statement,
            ours: finding.measured_text(),
            measures: &finding.measures,
            group: finding.group.as_deref().map(|label| (label, finding.groups.len())),
            published: &finding.published,
            expected: &finding.expected,
            p: finding.p_text(),
            verdict: Some(finding.verdict_text()).filter(|text| text != word),
        }
    }
}

impl<'a> From<&'a ClaimRow> for Shown<'a> {
    fn from(row: &'a ClaimRow) -> Self {
        Self {
            origin: row.origin,
            word: &row.verdict,
            statement: &row.statement,
            ours: row.measured_text(),
            measures: &row.measures,
            group: Some((row.group.as_str(), row.groups)).filter(|(label, of)| !label.is_empty() && *of > 1),
            published: &row.published,
            expected: &row.expected,
            p: row.p_text(),
            verdict: row.verdict_text(),
        }
    }
}

/// The verdict table for a terminal: a line per claim, followed by its numbers.
#[must_use]
pub fn verdict_lines(findings: &[Finding]) -> String {
    lines(findings.iter().map(Shown::from))
}

/// The same, of the rows of a [`CLAIMS`](super::CLAIMS).
#[must_use]
pub fn row_lines(rows: &[ClaimRow]) -> String {
    lines(rows.iter().map(Shown::from))
}

fn lines<'a>(claims: impl Iterator<Item = Shown<'a>>) -> String {
    let (papers, own): (Vec<Shown<'_>>, Vec<Shown<'_>>) =
        claims.partition(|claim| claim.origin.is_the_papers());
    let both = !papers.is_empty() && !own.is_empty();
    let width = papers.iter().chain(&own).map(|claim| claim.word.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (i, claim) in papers.iter().chain(&own).enumerate() {
        if both && i == papers.len() {
            text.push_str("  not the paper's: derived by us, or checks of our code\n");
        }
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {:width$}  {}", claim.word, claim.statement);
        let mut details = vec![format!("ours {}", claim.ours)];
        if !claim.measures.is_empty() {
            details[0].push_str(&format!(" ({})", claim.measures));
        }
        if let Some((label, of)) = claim.group {
            let place = match claim.word == Verdict::Contradicted.word() {
                true => format!(" at {label}, the strongest of {of} against it"),
                false => format!(" at {label}, the weakest of {of}"),
            };
            details[0].push_str(&place);
        }
        if !claim.published.is_empty() {
            details.push(format!("published {}", claim.published));
        }
        if !claim.expected.is_empty() {
            details.push(format!("expected {}", claim.expected));
        }
        details.push(format!("p {}", claim.p));
        let _ = writeln!(text, "  {:width$}    {}", "", details.join("; "));
        if let Some(verdict) = &claim.verdict {
            let _ = writeln!(text, "  {:width$}    {verdict}", "");
        }
    }
    if text.is_empty() {
        text.push_str("  no claims\n");
    }
    text
}

/// Tables of the claims with a separate published value for each group of cells.
fn published_by_group(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings.iter().filter(|f| f.groups.iter().any(|g| g.published.is_some())) {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n{} ({}):\n\n", escape(&finding.statement), finding.verdict.word());
        let rows = finding.groups.iter().map(|group| {
            let published = group.published.map_or_else(|| NONE.to_owned(), exact);
            let ours = value_with_error(group.measured.value, group.measured.se);
            let interval = group.interval.map_or_else(|| NONE.to_owned(), |(low, high)| interval(low, high));
            vec![escape(&group.label), published, ours, interval]
        });
        let level = format!("{:.0} % interval", 100.0 * finding.interval_level);
        text.push_str(&markdown::table(&["", "published:", "ours:", &level], rows));
    }
    text
}

/// The file that shows a figure: an SVG, or a PNG where an SVG of pixels would be large.
#[must_use]
pub fn picture(figure: &FigureSpec) -> String {
    let ending = if figure.has_pixels() { "png" } else { "svg" };
    format!("{}.{ending}", figure.id)
}

/// Headings of the claims by origin, if there are both.
pub(super) const OF_THE_PAPER: &str = "Claims of the paper";
pub(super) const OUR_OWN: &str = "Not the paper's: derived by us, or checks of our code";

/// What the numbers in a table of verdicts are.
pub(super) const ADJUSTED: &str = "p-values are Holm-adjusted across all claims of this experiment. MCSE: Monte Carlo \
    standard error.";

/// The planned looks, and how far they went.
pub(super) fn looks_text(looks: Looks, store: &Store) -> String {
    let planned = looks.planned();
    let list: Vec<String> = planned.iter().map(ToString::to_string).collect();
    format!(
        "Planned looks at {} replicates of whatever an undecided claim needs, until every claim is decided; this run \
         has {}. p-values are multiplied by the number of looks, {}, and a verdict once reached stays: it rests on the first \
         replicates up to its look.",
        list.join(", "),
        store.replicates_text(),
        planned.len()
    )
}

/// The whole report: the same bytes for the same code, config and seed.
pub(super) fn markdown(parts: &Parts<'_>) -> String {
    let (resolved, manifest) = (&parts.plan.resolved, parts.manifest);
    let mut text = format!("# {}\n\n", escape(&resolved.title));
    let mut line = |s: &str| {
        text.push_str(s);
        text.push('\n');
    };
    line(&format!("Experiment `{}`, profile `{}`.", resolved.experiment, resolved.profile));
    if !resolved.paper.is_empty() {
        line(&format!("Paper: {}.", escape(&resolved.paper)));
    }
    if !resolved.about.is_empty() {
        line(&format!("\n{}", escape_prose(&resolved.about)));
    }
    let estimators = parts.plan.wanted.len();
    line(&format!(
        "\n{} × {}, {}{}.",
        count(parts.plan.cells.len(), "cell"),
        parts.store.replicates_text(),
        count(estimators, "estimator"),
        if estimators > 1 { " that see the same data in each replicate" } else { "" }
    ));
    if !manifest.only.is_empty() {
        line(&format!("\n**Filtered run**: only {}.", escape(&manifest.only.join(", "))));
    }
    line("\n## Verdicts\n");
    if parts.findings.is_empty() {
        line("No claims.");
    } else {
        let [papers, own] = by_origin(parts.findings);
        let both = !papers.is_empty() && !own.is_empty();
        for (heading, findings) in [(OF_THE_PAPER, papers), (OUR_OWN, own)] {
            if both {
                line(&format!("### {heading}\n"));
            }
            if !findings.is_empty() {
                line(&claims_markdown(&findings));
            }
        }
        let meanings =
            Verdict::WORDS.iter().zip(Verdict::MEANINGS).map(|(word, means)| format!("*{word}*: {means}"));
        line(&format!("{}.", meanings.collect::<Vec<_>>().join("; ")));
        line(ADJUSTED);
        if let Some(looks) = resolved.looks {
            line(&looks_text(looks, parts.store));
        }
    }
    if let Some(paper) = parts.experiment.paper.filter(|p| !p.findings.is_empty()) {
        line("\n## Findings for the paper\n");
        line(&format!("{}: {}\n\n{OF_ALL}\n", escape(&paper.title), source_markdown(paper)));
        line(findings_markdown(paper).trim_end());
    }
    let groups = published_by_group(parts.findings);
    if !groups.is_empty() {
        line("\n## Published values, cell by cell");
        line(groups.trim_end());
    }
    if let Some(endings) = endings::table(parts.store) {
        line("\n## How the fits ended\n");
        line(endings.trim_end());
    }
    if !resolved.figures.is_empty() {
        line("\n## Figures");
    }
    for (figure, reading) in resolved.figures.iter().zip(parts.readings) {
        let title = escape(&figure.title);
        line(&format!("\n### {title}\n"));
        line(&format!("![{title}](figures/{})\n", picture(figure)));
        if !figure.caption.is_empty() {
            line(&format!("{}\n", escape_prose(&figure.caption)));
        }
        line(&format!("Shown: {}.\n", escape(reading)));
        let sources: Vec<String> = parts
            .experiment
            .family
            .curves()
            .iter()
            .filter(|c| figure.curves().iter().any(|name| name == c.name))
            .map(|c| format!("{}: {}.", escape(c.label), escape(c.source)))
            .collect();
        if !sources.is_empty() {
            line(&format!("{}\n", sources.join(" ")));
        }
    }
    for table in parts.tables {
        line(&format!("\n{}", tables::markdown(table).trim_end()));
    }
    line("\n## Provenance\n");
    line(&format!("- {}", manifest.trace()));
    line(&format!("- {}, {}", manifest.code.rustc, manifest.code.target));
    line(&format!("- to reproduce: {}", again::command(resolved, parts.experiment, &manifest.only)));
    line(&format!("- fit times, and when, where and how the run was made: `{TIMINGS_MD}`"));
    line(
        "- data: `records.csv` (long form), `outcomes.csv`, `summary.csv`, `claims.csv`, `claim_groups.csv`, `timings.csv`, `manifest.toml`",
    );
    text
}

#[cfg(test)]
mod tests {
    use remeasure_core::numerics::statistics::Estimate;

    use super::*;
    use crate::claims::GroupFinding;

    fn finding(verdict: Verdict, labels: &[&str], shown: &str) -> Finding {
        let measured = Estimate { value: 0.5, se: 0.1, df: 9.0, n: 10 };
        let group = |label: &&str| GroupFinding {
            label: (*label).to_owned(),
            measured,
            published: None,
            interval: None,
            n: 10,
            method: "t test",
            p_support: 0.1,
            p_against: 0.9,
        };
        Finding {
            id: "c".into(),
            statement: "A beats B".into(),
            group: (labels.len() > 1).then(|| shown.to_owned()),
            measured: Some(measured),
            measures: "difference".into(),
            test: "A < B: t test, n = 10".into(),
            p_support: Some(0.1),
            p_against: Some(0.9),
            interval_level: 0.9,
            verdict,
            groups: labels.iter().map(group).collect(),
            ..Finding::default()
        }
    }

    #[test]
    fn the_terminal_names_the_group_shown() {
        let labels = ["n = 1", "n = 10", "p = 1, n = 1"];
        let text = verdict_lines(&[finding(Verdict::Reproduced, &labels, "n = 10")]);
        assert!(text.contains("(difference) at n = 10, the weakest of 3; p 0.10"), "{text}");
        let text = verdict_lines(&[finding(Verdict::Contradicted, &labels, "n = 1")]);
        assert!(text.contains("(difference) at n = 1, the strongest of 3 against it;"), "{text}");
        let text = verdict_lines(&[finding(Verdict::Reproduced, &labels[..1], "n = 1")]);
        assert!(text.contains("(difference); p"), "{text}");
    }

    #[test]
    fn claims_of_our_own_come_last_under_a_heading() {
        let own = Finding {
            origin: crate::claims::Origin::Check,
            statement: "Ours".into(),
            ..finding(Verdict::Reproduced, &["n = 1"], "")
        };
        let text = verdict_lines(&[own.clone(), finding(Verdict::Reproduced, &["n = 1"], "")]);
        let place = |part: &str| text.find(part).unwrap();
        assert!(
            place("A beats B") < place("not the paper's") && place("not the paper's") < place("Ours"),
            "{text}"
        );
        assert!(!verdict_lines(&[own]).contains("not the paper's"));
    }

    #[test]
    fn rows_of_a_file_are_shown_as_the_findings_are() {
        let labels = ["n = 1", "n = 10"];
        let all = [
            finding(Verdict::Reproduced, &labels, "n = 10"),
            finding(Verdict::Contradicted, &labels, "n = 1"),
            finding(Verdict::Undecided { replicates: Some(70) }, &labels[..1], "n = 1"),
            finding(Verdict::NotTestable { reason: "no data".into() }, &labels[..1], "n = 1"),
            finding(Verdict::Tied, &labels[..1], "n = 1"),
            Finding { published: "0.3".into(), ..finding(Verdict::Reproduced, &labels, "n = 10") },
        ];
        let rows: Vec<ClaimRow> = all.iter().map(ClaimRow::from).collect();
        assert_eq!(row_lines(&rows), verdict_lines(&all));
    }
}
