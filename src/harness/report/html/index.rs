//! `index.html`: all experiments and all their claims on one page.

use maud::{Markup, html};
use remeasure_core::format::count;

use super::verdicts::badge;
use super::{Section, page, scrolling, typeset};
use crate::claims::Verdict;
use crate::report::overview::{Published, Row, tally};

/// File name of the page, beside the experiments' folders.
pub const INDEX: &str = "index.html";

/// A run with verdicts, and the file that shows it.
#[derive(Clone, Debug)]
pub struct Run {
    /// What the overview knows of it.
    pub of: Published,
    /// Its report, from the page, with `/` between its parts.
    pub report: String,
}

/// The page.
#[must_use]
pub fn index(runs: &[Run]) -> String {
    let claims: usize = runs.iter().map(|run| run.of.claims.len()).sum();
    let mut sum = [0; 4];
    for run in runs {
        sum.iter_mut().zip(tally(&run.of.claims)).for_each(|(s, n)| *s += n);
    }
    let head = html! {
        p.kind { "remeasure" }
        h1 { "What was claimed, and what we measured" }
        ul.tally { @for (word, n) in Verdict::WORDS.iter().zip(sum) { li { (badge(word)) " " strong { (n) } } } }
    };
    let sections = [
        Section { id: "experiments", step: "", title: "Experiments", body: experiments(runs) },
        Section { id: "claims", step: "", title: "All claims", body: all_claims(runs) },
    ];
    let foot = html! { p { (count(runs.len(), "run")) ", " (count(claims, "verdict")) "." } };
    page("What was claimed, and what we measured", &sections, &head, &foot)
}

fn experiments(runs: &[Run]) -> Markup {
    let table = html! {
        table data-sortable {
            caption { "Runs and how many of their claims have which verdict" }
            thead { tr {
                th scope="col" { "experiment" } th scope="col" { "profile" } th scope="col" { "question and paper" }
                @for word in Verdict::WORDS { th scope="col" { (word) } }
            } }
            tbody {
                @for run in runs {
                    tr {
                        th scope="row" { a href=(run.report) { (run.of.experiment) } }
                        td { (run.of.profile) @if run.of.folder.ends_with("/published") { div.note { "published" } } }
                        td { (run.of.title) @if !run.of.paper.is_empty() { div.note { (run.of.paper) } } }
                        @for n in tally(&run.of.claims) { td.n { (n) } }
                    }
                }
            }
        }
    };
    scrolling("Experiments", &table)
}

fn all_claims(runs: &[Run]) -> Markup {
    let table = html! {
        table.claims data-sortable {
            caption { "Every claim with the published number beside ours ± its Monte Carlo standard error" }
            thead { tr {
                @for name in ["verdict", "claim", "published", "ours", "experiment"] { th scope="col" { (name) } }
            } }
            tbody { @for run in runs { @for claim in &run.of.claims { (row(run, claim)) } } }
        }
    };
    scrolling("All claims", &table)
}

fn row(run: &Run, claim: &Row) -> Markup {
    html! {
        tr {
            td data-v=(claim.verdict) {
                (badge(&claim.verdict))
                @if !claim.reason.is_empty() { div.note { (claim.reason) } }
            }
            th scope="row" { (claim.statement) }
            td { (typeset(&claim.reference_text())) }
            td data-v=(claim.value.map_or_else(String::new, |v| v.to_string())) { (typeset(&claim.ours_text())) }
            td { a href=(format!("{}#claim-{}", run.report, claim.id)) { (run.of.experiment) } " (" (run.of.profile) ")" }
        }
    }
}
