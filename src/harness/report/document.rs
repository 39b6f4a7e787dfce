//! `report.md`: verdicts, figures, tables and provenance in reading order.

use std::borrow::Cow;
use std::fmt::Write;

use super::Parts;
use super::words::{escape, escape_prose};
use crate::harness::claims::{Finding, Verdict, claims_markdown};
use crate::harness::format::{count, number};
use crate::harness::records::Outcome;
use crate::numerics::statistics::{quantile, sum};

/// Which of a claim's groups its numbers are of, where there are several.
fn group_shown(finding: &Finding) -> String {
    let of = finding.groups.len();
    match (&finding.group, &finding.verdict) {
        (None, _) => String::new(),
        (Some(label), Verdict::Contradicted) => format!(" at {label}, the strongest of {of} against it"),
        (Some(label), _) => format!(" at {label}, the weakest of {of}"),
    }
}

/// The verdict table for a terminal: a line per claim and what stands behind it.
pub(super) fn verdict_lines(findings: &[Finding]) -> String {
    let mut text = String::new();
    let width = findings.iter().map(|f| f.verdict.word().len()).max().unwrap_or(0);
    for finding in findings {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {:width$}  {}", finding.verdict.word(), finding.statement);
        let mut details = vec![format!("ours {}", finding.measured_text())];
        if !finding.measures.is_empty() {
            details[0].push_str(&format!(" ({})", finding.measures));
        }
        details[0].push_str(&group_shown(finding));
        if !finding.published.is_empty() {
            details.push(format!("published {}", finding.published));
        }
        if !finding.expected.is_empty() {
            details.push(format!("expected {}", finding.expected));
        }
        details.push(format!("p {}", finding.p_text()));
        let _ = writeln!(text, "  {:width$}    {}", "", details.join("; "));
        let verdict = finding.verdict_text();
        if verdict != finding.verdict.word() {
            let _ = writeln!(text, "  {:width$}    {verdict}", "");
        }
    }
    if findings.is_empty() {
        text.push_str("  no claims\n");
    }
    text
}

/// Estimators that did not always end well, one line each.
fn outcome_lines(parts: &Parts<'_>) -> String {
    let mut text = String::new();
    for (index, name) in parts.store.estimators.iter().enumerate() {
        let of = parts.store.outcomes.iter().filter(|o| usize::from(o.estimator) == index);
        let (mut failed, mut stopped, mut all) = (0, 0, 0);
        let mut example = Cow::Borrowed("");
        for row in of {
            all += 1;
            match &row.outcome {
                Outcome::Ok => continue,
                Outcome::NotConverged(_) => stopped += 1,
                Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Skipped(_) => failed += 1,
            }
            if example.is_empty() {
                example = row.outcome.message();
            }
        }
        if failed + stopped > 0 {
            let _ = writeln!(
                text,
                "- {}: {failed} failed and {stopped} not converged of {} (first: {})",
                escape(name),
                count(all, "fit"),
                escape(&example)
            );
        }
    }
    text
}

/// Median and total fit time of each estimator.
fn fit_times(parts: &Parts<'_>) -> String {
    let mut text = String::from(
        "\n## Fit times\n\nWall time of the fits alone, with everything else on the machine; not comparable \
         between runs. Apart from the numbers above, because it never repeats exactly.\n\n\
         | estimator | median (ms) | total (s) | what it is |\n|---|---|---|---|\n",
    );
    let kinds = parts.experiment.family.kinds();
    for (&index, seconds) in parts.plan.wanted.iter().zip(parts.timings) {
        let estimator = &parts.plan.resolved.estimators[index];
        let about = kinds.iter().find(|k| k.name == estimator.kind).map_or("", |k| k.about);
        let mut sorted = seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let median = number(1e3 * quantile(&sorted, 0.5));
        let total = number(sum(seconds));
        let _ = writeln!(text, "| {} | {median} | {total} | {} |", escape(&estimator.name), escape(about));
    }
    text
}

/// The whole report.
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
        count(resolved.replicates as usize, "replicate"),
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
        line(&claims_markdown(parts.findings));
        line(
            "p-values are Holm-adjusted across the claims of this experiment. MCSE: Monte Carlo standard error. \
             A claim is reproduced when the test supports it, contradicted when the test supports its opposite.",
        );
    }
    let outcomes = outcome_lines(parts);
    if !outcomes.is_empty() {
        line("\n## Fits that did not end well\n");
        line(&outcomes);
    }
    if !resolved.figures.is_empty() {
        line("\n## Figures");
    }
    for figure in &resolved.figures {
        let title = escape(&figure.title);
        line(&format!("\n### {title}\n"));
        line(&format!("![{title}](figures/{}.png)\n", figure.id));
        if !figure.caption.is_empty() {
            line(&format!("{}\n", escape_prose(&figure.caption)));
        }
        let sources: Vec<String> = parts
            .experiment
            .curves
            .iter()
            .filter(|c| figure.curves.iter().any(|name| name == c.name))
            .map(|c| format!("{}: {}.", escape(c.label), escape(c.source)))
            .collect();
        if !sources.is_empty() {
            line(&format!("{}\n", sources.join(" ")));
        }
        line(&format!("[SVG](figures/{}.svg)", figure.id));
    }
    for table in parts.tables {
        line(&format!("\n{}", table.trim_end()));
    }
    line(&fit_times(parts));
    line("\n## Provenance\n");
    line(&format!("- {}", manifest.trace()));
    line(&format!("- {}, {}", manifest.code.rustc, manifest.code.target));
    line(&format!(
        "- {} of {} ({}); numbers do not depend on the number of threads",
        count(manifest.jobs, "thread"),
        escape(&manifest.hardware.processor),
        escape(&manifest.hardware.system)
    ));
    line(&format!("- {}, {} to {}", count(manifest.trials, "trial"), manifest.started, manifest.finished));
    line(&format!("- command: `{}`", manifest.command));
    line(
        "- data: `records.csv` (long form), `outcomes.csv`, `summary.csv`, `claims.csv`, `timings.csv`, `manifest.toml`",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::claims::GroupFinding;
    use crate::numerics::statistics::Estimate;

    fn finding(verdict: Verdict, labels: &[&str], shown: &str) -> Finding {
        let measured = Estimate { value: 0.5, se: 0.1, df: 9.0, n: 10 };
        let group = |label: &&str| GroupFinding {
            label: (*label).to_owned(),
            measured,
            interval: None,
            n: 10,
            method: "t test",
            p_support: 0.1,
            p_against: 0.9,
        };
        Finding {
            id: "c".into(),
            statement: "A beats B".into(),
            source: String::new(),
            published: String::new(),
            expected: String::new(),
            group: (labels.len() > 1).then(|| shown.to_owned()),
            measured: Some(measured),
            measures: "difference".into(),
            test: "A < B: t test, n = 10".into(),
            p_support: Some(0.1),
            p_support_raw: Some(0.1),
            p_against: Some(0.9),
            p_against_raw: Some(0.9),
            interval: None,
            interval_level: 0.9,
            verdict,
            note: String::new(),
            groups: labels.iter().map(group).collect(),
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
}
