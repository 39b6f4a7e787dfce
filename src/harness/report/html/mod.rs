//! `report.html`: the report as one file that needs neither network nor other files nor scripts.
//!
//! Scripts add sorting and filtering of tables, paging through the summary of all cells, and charts
//! with series that can be hidden, scales that can be switched and values that can be read off.

mod figures;
mod index;
mod linked;
mod methods;
mod tables;
mod verdicts;

use std::io::Write;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use toml::Value;

pub use index::{INDEX, index};
pub use linked::linked;

use remeasure_core::format::{count, tamed};

use super::document::looks_text;
use super::{Parts, again, endings, paper};

/// File name of the report for browsers.
pub const REPORT_HTML: &str = "report.html";

/// Marks the pages that this program wrote.
pub const OURS: &str = "<meta name=\"generator\" content=\"remeasure\">";

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Forbids fetching anything: the page is self-contained.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// A part of the page, with its heading.
struct Section {
    id: &'static str,
    /// The step of ADEMP (Morris, White and Crowther 2019) that it belongs to.
    step: &'static str,
    title: &'static str,
    body: Markup,
}

/// A whole page.
fn page(title: &str, sections: &[Section], head: &Markup, foot: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                (PreEscaped(OURS))
                meta name="color-scheme" content="light dark";
                title { (title) }
                // An empty icon, so that the browser does not request one.
                link rel="icon" href="data:,";
                style { (PreEscaped(remeasure_chart::style_sheet())) (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to content" }
                header { (head) }
                nav aria-label="Contents" {
                    ul {
                        @for section in sections { li { a href=(format!("#{}", section.id)) { (section.title) } } }
                    }
                }
                main id="main" {
                    @for section in sections {
                        section id=(section.id) aria-labelledby=(format!("{}-h", section.id)) {
                            h2 id=(format!("{}-h", section.id)) {
                                @if !section.step.is_empty() { span.step { (section.step) } " " }
                                (section.title)
                            }
                            (section.body)
                        }
                    }
                }
                footer { (foot) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

/// A paragraph for each block of a text.
fn prose(text: &str) -> Markup {
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    html! { @for block in blocks { p { (block) } } }
}

/// Numbers as set in print: `(-4.8 ± 0.3)e-5` becomes `(−4.8 ± 0.3)×10⁻⁵`.
pub(super) fn typeset(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = |i: usize| letters.get(i).copied().unwrap_or(' ');
    let mut out = String::with_capacity(text.len() + 8);
    let mut i = 0;
    while i < letters.len() {
        let before = if i == 0 { ' ' } else { at(i - 1) };
        let signed = usize::from(at(i + 1) == '-');
        if at(i) == 'e'
            && (before.is_ascii_digit() || before == ')' || before == ']')
            && at(i + 1 + signed).is_ascii_digit()
        {
            out.push_str("×10");
            i += 1;
            while at(i) == '-' || at(i).is_ascii_digit() {
                let raised = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
                out.push(at(i).to_digit(10).map_or('⁻', |digit| raised[digit as usize]));
                i += 1;
            }
            continue;
        }
        let minus = at(i) == '-' && at(i + 1).is_ascii_digit() && !before.is_alphanumeric();
        out.push(if minus { '−' } else { at(i) });
        i += 1;
    }
    out
}

/// The head of a table with these columns.
fn columns<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Markup {
    html! { thead { tr { @for name in names { th scope="col" { (name.as_ref()) } } } } }
}

/// A table that may be wider than the page, in a box that scrolls by itself.
fn scrolling(label: &str, table: &Markup) -> Markup {
    html! { div.wide role="group" aria-label=(format!("Table: {label}")) tabindex="0" { (table) } }
}

/// The page of a run: the same bytes for the same code, config and seed.
///
/// # Errors
/// A figure that cannot be drawn.
pub(super) fn report(parts: &Parts<'_>, summary: &[u8], images: &[(String, Vec<u8>)]) -> Result<String> {
    let (resolved, manifest) = (&parts.plan.resolved, parts.manifest);
    let estimators = parts.plan.wanted.len();
    let size = format!(
        "{} × {}, {}{}.",
        count(parts.plan.cells.len(), "cell"),
        parts.store.replicates_text(),
        count(estimators, "estimator"),
        if estimators > 1 { " that see the same data in each replicate" } else { "" }
    );
    let aims = html! {
        @if !resolved.paper.is_empty() { p { "Paper: " cite { (resolved.paper) } "." } }
        (prose(&resolved.about))
        p { (size) }
        @if !manifest.only.is_empty() {
            p { strong { "Filtered run" } ": only " (manifest.only.join(", ")) "." }
        }
    };
    let mut sections = vec![
        Section { id: "question", step: "Aims", title: "The question", body: aims },
        Section {
            id: "verdicts",
            step: "Performance",
            title: "Verdicts",
            body: html! {
                (verdicts::table(parts.findings))
                @if let Some(looks) = resolved.looks {
                    p.note { (looks_text(looks, parts.store)) }
                }
            },
        },
    ];
    if let Some(paper) = parts.experiment.paper.filter(|p| !p.findings.is_empty()) {
        let body = html! {
            p { cite { (paper.title) } ": " (paper::source_html(paper)) }
            p.note { (paper::OF_ALL) }
            (paper::findings_html(paper))
        };
        sections.push(Section { id: "findings", step: "", title: "Findings for the paper", body });
    }
    if let Some(body) = verdicts::groups(parts.findings) {
        sections.push(Section { id: "cells", step: "Performance", title: "Claims, cell by cell", body });
    }
    if !resolved.figures.is_empty() {
        let body = figures::all(parts, images)?;
        sections.push(Section { id: "figures", step: "Performance", title: "Figures", body });
    }
    if !parts.tables.is_empty() {
        let body = tables::all(parts.tables);
        sections.push(Section { id: "tables", step: "Performance", title: "Tables", body });
    }
    sections.push(Section {
        id: "summary",
        step: "Performance",
        title: "All cells",
        body: summary_table(parts, summary)?,
    });
    sections.push(Section {
        id: "failures",
        step: "Performance",
        title: "Failures and non-convergence",
        body: failures(parts),
    });
    sections.extend(methods::sections(parts));
    sections.push(Section { id: "provenance", step: "", title: "Provenance", body: provenance(parts) });
    let head = html! {
        p.kind { "remeasure · " code { (resolved.experiment) } " · profile " code { (resolved.profile) } }
        h1 { (resolved.title) }
        (verdicts::tally(parts.findings))
    };
    let foot = html! { p { (manifest.trace()) } };
    Ok(page(&resolved.title, &sections, &head, &foot))
}

/// How the fits ended.
fn failures(parts: &Parts<'_>) -> Markup {
    let Some(rows) = endings::rows(parts.store) else {
        return html! { p { "Every fit converged." } };
    };
    let table = html! {
        table {
            caption { "How the fits ended, by estimator, with the first message" }
            (columns(endings::HEAD))
            tbody {
                @for row in &rows {
                    tr {
                        th scope="row" { (row.estimator) }
                        @for n in row.tally.counts() { td.n { (n) } }
                        td { (row.message) }
                    }
                }
            }
        }
    };
    scrolling("How the fits ended", &table)
}

/// Rows of the summary in the page itself, for readers without scripts.
const SHOWN: usize = 40;

/// The summary with computed numbers rounded to six digits, as the page shows it.
fn shortened(summary: &[u8], numbers: usize) -> Result<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(summary);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in reader.records() {
        let row = row?;
        writer.write_record(row.iter().enumerate().map(|(i, field)| six(field, i >= numbers)))?;
    }
    Ok(writer.into_inner()?)
}

/// Six significant digits of a measured number; any other field in full.
fn six(field: &str, measured: bool) -> String {
    if !(measured && field.contains('.')) {
        return field.to_owned();
    }
    match field.parse::<f64>() {
        Ok(value) => {
            let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
            let plain = rounded == 0.0 || (1e-4..1e7).contains(&rounded.abs());
            if plain { rounded.to_string() } else { format!("{rounded:e}") }
        }
        Err(_) => field.to_owned(),
    }
}

/// The first rows as a table, and all of them as data for the script.
fn summary_table(parts: &Parts<'_>, summary: &[u8]) -> Result<Markup> {
    let mut reader = csv::Reader::from_reader(summary);
    let header = reader.headers()?.clone();
    let rows = std::str::from_utf8(summary)?.lines().count().saturating_sub(1);
    let first: Vec<csv::StringRecord> = reader.records().take(SHOWN).collect::<Result<_, _>>()?;
    let numbers = parts.store.axes.len() + 2;
    let table = html! {
        table data-sorted-by="script" {
            caption { "Mean, spread and Monte Carlo standard error over the replicates" }
            (columns(&header))
            tbody {
                @for row in &first {
                    tr { @for (i, field) in row.iter().enumerate() {
                        @if i >= numbers { td.n { (six(field, true)) } } @else { td { (field) } }
                    } }
                }
            }
        }
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&shortened(summary, numbers)?)?;
    let data = STANDARD.encode(packed.finish()?);
    Ok(html! {
        p {
            (count(rows, "row")) ", one for each cell, estimator, metric and coordinate"
            @if rows > SHOWN { span.plain { "; the first " (SHOWN) " are shown, all are in " code { "summary.csv" } } }
            "."
        }
        div.summary data-numbers=(numbers) {
            (scrolling("All cells", &table))
            script type="application/gzip" { (PreEscaped(data)) }
        }
    })
}

/// A config with its keys sorted and without limits, which do not affect numbers: the same text however the
/// config reached this run.
fn config(text: &str) -> String {
    fn sorted(value: Value) -> Value {
        match value {
            Value::Table(table) => {
                let mut entries: Vec<(String, Value)> =
                    table.into_iter().filter(|(key, _)| key != "limits" && key != "time_limit").collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Table(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
            }
            Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
            other => other,
        }
    }
    match toml::from_str::<Value>(text) {
        Ok(value) => sorted(value).to_string(),
        Err(_) => text.to_owned(),
    }
}

fn provenance(parts: &Parts<'_>) -> Markup {
    let (resolved, manifest) = (&parts.plan.resolved, parts.manifest);
    let command = again::command(resolved, parts.experiment, &manifest.only);
    let (command, rest) = command.trim_start_matches('`').split_once('`').unwrap_or((&command, ""));
    html! {
        dl {
            dt { "To reproduce" } dd { code { (command) } (rest.replace('`', "")) }
            dt { "Run" } dd { (manifest.trace()) }
            dt { "Compiler and target" } dd { (manifest.code.rustc) ", " (manifest.code.target) }
            dt { "Config" } dd { code { (manifest.config_hash) } ", seed " (resolved.seed) }
            @if !manifest.inputs.is_empty() {
                dt { "Data files, SHA-256" }
                @for (name, digest) in &manifest.inputs { dd { (name) ": " code { (digest) } } }
            }
            dt { "Numbers" }
            dd {
                code { "records.csv" } " (long form), " code { "outcomes.csv" } ", " code { "summary.csv" } ", "
                code { "claims.csv" } ", " code { "claim_groups.csv" } ", " code { "manifest.toml" }
                "; times, and when, where and how the run was made, in " code { "timings.md" }
            }
        }
        details {
            summary { "The config, resolved for this profile" }
            pre tabindex="0" { code { (tamed(config(&resolved.to_toml()))) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_as_in_print() {
        assert_eq!(typeset("(-4.81 ± 0.27)e-5"), "(−4.81 ± 0.27)×10⁻⁵");
        assert_eq!(typeset("[-3.0, -1.8]e-6 (90 %)"), "[−3.0, −1.8]×10⁻⁶ (90 %)");
        assert_eq!(typeset("1.5e12"), "1.5×10¹²");
        assert_eq!(typeset("q1-lasso, e-5, 1/2 - b"), "q1-lasso, e-5, 1/2 - b");
    }

    #[test]
    fn six_digits_are_kept_of_what_was_measured() {
        assert_eq!(six("0.123456789", true), "0.123457");
        assert_eq!(six("-1.00000049e-17", true), "-1e-17");
        assert_eq!(six("1234567.89", true), "1234570");
        assert_eq!(six("0.123456789", false), "0.123456789");
        assert_eq!(six("400", true), "400");
        let summary = b"n,estimator,metric,mean\n5,\"a,b\",x,0.3333333\n";
        assert_eq!(shortened(summary, 3).unwrap(), b"n,estimator,metric,mean\n5,\"a,b\",x,0.333333\n");
    }

    #[test]
    fn a_config_reads_the_same_whatever_way_it_took() {
        let one = "b = 1\n[limits]\nmemory = \"1GB\"\n[[estimator]]\nz = 1\na = 2\ntime_limit = \"1s\"\n";
        let other = "b = 1\n[[estimator]]\na = 2\nz = 1\n";
        assert_eq!(config(one), config(other));
        assert!(config(one).contains("z = 1") && !config(one).contains("limit"), "{}", config(one));
    }

    #[test]
    fn the_policy_lets_nothing_be_fetched() {
        let text = page("A <title>", &[], &html! {}, &html! {});
        assert!(
            text.contains("<title>A &lt;title&gt;</title>") && text.contains("default-src 'none'"),
            "{text}"
        );
        assert!(text.contains(OURS), "{text}");
        for fetched in ["src=\"http", "href=\"http", "url(", "@import", "fetch("] {
            assert!(!text.contains(fetched), "{fetched}");
        }
    }
}
