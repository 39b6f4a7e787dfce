//! Claims and their verdicts.

use maud::{Markup, html};
use remeasure_core::format::{NONE, exact, interval, number, p_value, value_with_error};

use super::{scrolling, typeset};
use crate::claims::{Finding, Verdict, by_origin};
use crate::report::document::{ADJUSTED, OF_THE_PAPER, OUR_OWN};

/// The sign before a verdict's word, so that verdicts differ by shape, not only by colour.
pub(super) fn sign(word: &str) -> &'static str {
    match word {
        "reproduced" => "✓",
        "contradicted" => "✗",
        "tied" => "=",
        "undecided" => "?",
        _ => "–",
    }
}

/// A verdict's word in a box with its sign.
pub(super) fn badge(word: &str) -> Markup {
    html! {
        span class=(format!("verdict {}", word.replace(' ', "-"))) {
            span aria-hidden="true" { (sign(word)) } " " (word)
        }
    }
}

/// The number of the paper's claims with each verdict, and that of our own claims that are reproduced.
pub(super) fn tally(findings: &[Finding]) -> Markup {
    let [papers, own] = by_origin(findings);
    let of = |word: &str| papers.iter().filter(|f| f.verdict.word() == word).count();
    let held = own.iter().filter(|f| f.verdict == Verdict::Reproduced).count();
    html! {
        ul.tally {
            @for (word, n) in Verdict::WORDS.iter().map(|w| (w, of(w))).filter(|(_, n)| *n > 0) {
                li { (badge(word)) " " strong { (n) } }
            }
            @if !own.is_empty() { li { "of our own, reproduced: " strong { (held) " of " (own.len()) } } }
        }
    }
}

/// The group that a claim's numbers refer to, if there are several.
fn group(finding: &Finding) -> Option<String> {
    let of = finding.groups.len();
    let label = finding.group.as_ref()?;
    Some(match finding.verdict {
        Verdict::Contradicted => format!("at {label}, the strongest of {of} against it"),
        _ => format!("at {label}, the weakest of {of}"),
    })
}

/// The table of all claims.
pub(super) fn table(findings: &[Finding]) -> Markup {
    if findings.is_empty() {
        return html! { p { "No claims." } };
    }
    let [papers, own] = by_origin(findings);
    let both = !papers.is_empty() && !own.is_empty();
    html! {
        @for (heading, findings) in [(OF_THE_PAPER, papers), (OUR_OWN, own)] {
            @if both { h3 { (heading) } }
            @if !findings.is_empty() { (table_of(heading, &findings)) }
        }
        p.note { @for (word, means) in Verdict::WORDS.iter().zip(Verdict::MEANINGS) { em { (word) } ": " (means) ". " } }
        p.note { (ADJUSTED) }
    }
}

fn table_of(heading: &str, findings: &[&Finding]) -> Markup {
    let level = findings.first().map_or(0.0, |f| f.interval_level);
    let same = findings.iter().all(|f| f.interval_level == level);
    let table = html! {
        table.claims data-sortable {
            caption { "Claims, what was published, what we measured, and the verdict" }
            thead { tr {
                @for name in ["verdict", "claim", "published", "ours ± standard error", "p"] {
                    th scope="col" { (name) }
                }
                th scope="col" { @if same { (number(100.0 * level)) " % " } "interval" }
            } }
            tbody { @for finding in findings { (row(finding, same)) } }
        }
    };
    scrolling(heading, &table)
}

/// An interval without its level.
fn bounds(of: Option<(f64, f64)>) -> String {
    of.map_or_else(|| NONE.to_owned(), |(low, high)| interval(low, high))
}

/// The row of a claim; `same` says whether all intervals have the same level, given in the head of the column.
fn row(finding: &Finding, same: bool) -> Markup {
    let word = finding.verdict.word();
    let verdict = finding.verdict_text();
    let beyond = verdict.strip_prefix(word).unwrap_or_default().trim_start_matches(':').trim().to_owned();
    let value = finding.measured.map_or_else(String::new, |m| m.value.to_string());
    let p = match finding.verdict {
        Verdict::Contradicted => finding.p_against,
        Verdict::Tied => finding.p_tie,
        _ => finding.p_support,
    };
    html! {
        tr id=(format!("claim-{}", finding.id)) {
            td data-v=(word) {
                (badge(word))
                @if !beyond.is_empty() { div.note { (beyond) } }
                @if !finding.note.is_empty() { div.note { (finding.note) } }
            }
            th scope="row" {
                (finding.statement)
                div.note {
                    @if !finding.source.is_empty() { (finding.source) "; " }
                    (finding.test)
                }
            }
            td.n { (typeset(&finding.published_text())) }
            td data-v=(value) {
                span.n { (typeset(&finding.measured_text())) }
                @if !finding.measures.is_empty() { div.note { (finding.measures) } }
                @if let Some(group) = group(finding) { div.note { (group) } }
            }
            td.n data-v=(p.map_or_else(String::new, |p| p.to_string())) { (finding.p_text()) }
            td.n data-v=(finding.interval.map_or_else(String::new, |i| i.0.to_string())) {
                (typeset(&if same { bounds(finding.interval) } else { finding.interval_text() }))
            }
        }
    }
}

/// The evidence on each claim from every group of cells, for claims with several groups.
pub(super) fn groups(findings: &[Finding]) -> Option<Markup> {
    let several: Vec<&Finding> = findings.iter().filter(|f| f.groups.len() > 1).collect();
    if several.is_empty() {
        return None;
    }
    Some(html! { @for finding in several { (groups_of(finding)) } })
}

fn groups_of(finding: &Finding) -> Markup {
    let published = finding.groups.iter().any(|g| g.published.is_some());
    let table = html! {
        table data-sortable {
            caption { (finding.statement) }
            thead { tr {
                th scope="col" { "cells" }
                @if published { th scope="col" { "published" } }
                @for name in ["ours ± standard error", "n", "p for", "p against"] { th scope="col" { (name) } }
                th scope="col" { (number(100.0 * finding.interval_level)) " % interval" }
            } }
            tbody {
                @for group in &finding.groups {
                    tr {
                        th scope="row" { (group.label) }
                        @if published { td.n { (typeset(&group.published.map_or_else(|| NONE.to_owned(), exact))) } }
                        td.n data-v=(group.measured.value) {
                            (typeset(&value_with_error(group.measured.value, group.measured.se))) }
                        td.n { (group.n) }
                        td.n data-v=(group.p_support) { (p_value(group.p_support)) }
                        td.n data-v=(group.p_against) { (p_value(group.p_against)) }
                        td.n data-v=(group.interval.map_or_else(String::new, |i| i.0.to_string())) { (typeset(&bounds(group.interval))) }
                    }
                }
            }
        }
    };
    html! {
        details {
            summary { (badge(finding.verdict.word())) " " (finding.statement) }
            (scrolling(&format!("Cells: {}", finding.statement), &table))
            p.note { "p-values of single groups, unadjusted." }
        }
    }
}
