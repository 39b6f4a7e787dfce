//! `report.md`: verdicts, figures, tables and provenance in reading order.

use std::fmt::Write;

use super::Parts;
use crate::harness::claims::{Finding, claims_markdown};
use crate::harness::format::number;
use crate::harness::records::Outcome;
use crate::numerics::statistics::{quantile, sum};

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
        if !finding.published.is_empty() {
            details.push(format!("published {}", finding.published));
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
        let mut example = "";
        for row in of {
            all += 1;
            match &row.outcome {
                Outcome::Ok => continue,
                Outcome::NotConverged(_) => stopped += 1,
                Outcome::Failed(_) => failed += 1,
            }
            if example.is_empty() {
                example = row.outcome.message();
            }
        }
        if failed + stopped > 0 {
            let _ = writeln!(
                text,
                "- {name}: {failed} failed and {stopped} not converged of {all} fits (first: {example})"
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
        let _ = writeln!(text, "| {} | {median} | {total} | {about} |", estimator.name);
    }
    text
}

/// The whole report.
pub(super) fn markdown(parts: &Parts<'_>) -> String {
    let (resolved, manifest) = (&parts.plan.resolved, parts.manifest);
    let mut text = format!("# {}\n\n", resolved.title);
    let mut line = |s: &str| {
        text.push_str(s);
        text.push('\n');
    };
    line(&format!("Experiment `{}`, profile `{}`.", resolved.experiment, resolved.profile));
    if !resolved.paper.is_empty() {
        line(&format!("Paper: {}.", resolved.paper));
    }
    if !resolved.about.is_empty() {
        line(&format!("\n{}", resolved.about));
    }
    line(&format!(
        "\n{} cells × {} replicates, {} estimators that see the same data in each replicate.",
        parts.plan.cells.len(),
        resolved.replicates,
        parts.plan.wanted.len()
    ));
    if !manifest.only.is_empty() {
        line(&format!("\n**Filtered run**: only {}.", manifest.only.join(", ")));
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
        line(&format!("\n### {}\n", figure.title));
        let alt = figure.title.replace(['[', ']'], "");
        line(&format!("![{alt}](figures/{}.png)\n", figure.id));
        if !figure.caption.is_empty() {
            line(&format!("{}\n", figure.caption.trim()));
        }
        let sources: Vec<String> = parts
            .experiment
            .curves
            .iter()
            .filter(|c| figure.curves.iter().any(|name| name == c.name))
            .map(|c| format!("{}: {}.", c.label, c.source))
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
        "- {} threads of {} ({}); numbers do not depend on the number of threads",
        manifest.jobs, manifest.hardware.processor, manifest.hardware.system
    ));
    line(&format!("- {} trials, {} to {}", manifest.trials, manifest.started, manifest.finished));
    line(&format!("- command: `{}`", manifest.command));
    line(
        "- data: `records.csv` (long form), `outcomes.csv`, `summary.csv`, `claims.csv`, `timings.csv`, `manifest.toml`",
    );
    text
}
