//! `index.html`: all papers with their experiments and claims on one page.

use maud::{Markup, html};
use remeasure_core::format::count;

use super::verdicts::badge;
use super::{Section, columns, page, scrolling, typeset};
use crate::claims::{ClaimRow, Verdict};
use crate::report::overview::{OfPaper, Published, Tally};
use crate::report::paper::{findings_html, source_html};

/// File name of the page, next to the experiments' folders.
pub const INDEX: &str = "index.html";

/// The page.
#[must_use]
pub fn index(all: &[OfPaper<'_>]) -> String {
    let runs: Vec<&Published> = all.iter().flat_map(|one| &one.runs).collect();
    let claims: usize = runs.iter().map(|run| run.claims.len()).sum();
    let sum: Tally = all.iter().map(OfPaper::tally).sum();
    let head = html! {
        p.kind { "remeasure" }
        h1 { "What was claimed, and what we measured" }
        p { (sum.claims()) " claims of papers, " (sum.numbers) " of them with a published number:" }
        ul.tally {
            @for (word, n) in Verdict::WORDS.iter().zip(sum.papers) { li { (badge(word)) " " strong { (n) } } }
        }
        p { "Of our own derivations and checks, " (sum.own[0]) " of " (sum.own[1]) " are reproduced." }
    };
    let sections = [
        Section {
            id: "papers",
            step: "",
            title: "Papers",
            body: html! { @for one in all { (of_paper(one)) } },
        },
        Section { id: "claims", step: "", title: "All claims", body: all_claims(&runs) },
    ];
    let foot = html! { p { (count(runs.len(), "run")) ", " (count(claims, "verdict")) "." } };
    page("What was claimed, and what we measured", &sections, &head, &foot)
}

fn of_paper(one: &OfPaper<'_>) -> Markup {
    html! {
        @if let Some(paper) = one.paper {
            h3 id=(format!("paper-{}", paper.slug)) { (paper.title) }
            p { code { (paper.slug) } ": " (source_html(paper)) }
            @if !paper.findings.is_empty() { (findings_html(paper)) }
        } @else {
            h3 id="others" { "Other experiments" }
        }
        (experiments(one))
    }
}

fn experiments(one: &OfPaper<'_>) -> Markup {
    let table = html! {
        table data-sortable {
            caption { "Runs and how many claims of the paper have which verdict" }
            (columns(["experiment", "profile", "question"].into_iter().chain(Verdict::WORDS).chain(["our own, reproduced"])))
            tbody {
                @for run in &one.runs {
                    tr {
                        th scope="row" { a href=(address(run)) { (run.experiment) } }
                        td { (run.profile) @if run.folder.ends_with("/published") { div.note { "published" } } }
                        td { (run.title) @if one.paper.is_none() && !run.paper.is_empty() { div.note { (run.paper) } } }
                        @for n in Tally::of(&run.claims).papers { td.n { (n) } }
                        td.n { (Tally::of(&run.claims).own_text()) }
                    }
                }
            }
        }
    };
    scrolling(one.heading(), &table)
}

/// The address of the report, relative to the page.
fn address(run: &Published) -> String {
    format!("{}/{}", run.folder, run.report)
}

fn all_claims(runs: &[&Published]) -> Markup {
    let table = html! {
        table.claims data-sortable {
            caption { "Every claim with the published number next to ours ± its Monte Carlo standard error" }
            (columns(["verdict", "claim", "origin", "published", "ours", "experiment"]))
            tbody { @for run in runs { @for claim in &run.claims { (row(run, claim)) } } }
        }
    };
    scrolling("All claims", &table)
}

fn row(run: &Published, claim: &ClaimRow) -> Markup {
    html! {
        tr {
            td data-v=(claim.verdict) {
                (badge(&claim.verdict))
                @if !claim.reason.is_empty() { div.note { (claim.reason) } }
            }
            th scope="row" { (claim.statement) }
            td { (claim.origin.word()) }
            td { (typeset(&claim.reference_text())) }
            td data-v=(claim.value.map_or_else(String::new, |v| v.to_string())) { (typeset(&claim.ours_text())) }
            td { a href=(format!("{}#claim-{}", address(run), claim.id)) { (run.experiment) } " (" (run.profile) ")" }
        }
    }
}
