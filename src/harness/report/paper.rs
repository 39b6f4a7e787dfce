//! A paper and what we found, for reports and pages.

use std::fmt::Write;

use maud::{Markup, html};

use crate::markdown::escape;
use crate::registry::Paper;

/// Printed before the findings in the report of one run.
pub(super) const OF_ALL: &str = "These sentences are about all experiments of this paper at the published size, not \
    about this run alone.";

/// An address that may be linked as it is.
fn is_address(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"()\\".contains(c))
}

/// A part of a paper's source: its text and its link.
struct Part {
    text: String,
    address: Option<String>,
}

/// Authors and year, arXiv, venue, and the authors' code.
fn parts(paper: &Paper) -> Vec<Part> {
    let plain = |text: &str| Part { text: text.to_owned(), address: None };
    let linked =
        |text: String, address: String| Part { text, address: Some(address).filter(|a| is_address(a)) };
    let mut parts = vec![plain(&paper.citation())];
    if let (Some(id), Some(address)) = (&paper.arxiv, paper.arxiv_address()) {
        parts.push(linked(format!("arXiv:{id}"), address));
    }
    parts.extend(paper.venue.iter().map(|venue| plain(venue)));
    if let Some(code) = &paper.code {
        let licence = code.licence.as_ref().map(|l| format!(" ({l})")).unwrap_or_default();
        parts.push(linked(format!("code{licence}"), code.address.clone()));
    }
    parts
}

/// Who wrote it, when, and where it is, on one line of Markdown.
pub(super) fn source_markdown(paper: &Paper) -> String {
    let one = |part: Part| match part.address {
        Some(address) => format!("[{}]({address})", escape(&part.text)),
        None => escape(&part.text),
    };
    let parts: Vec<String> = parts(paper).into_iter().map(one).collect();
    format!("{}.", parts.join(", "))
}

/// The findings as a list in Markdown.
pub(super) fn findings_markdown(paper: &Paper) -> String {
    let mut text = String::new();
    for finding in &paper.findings {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "- {}", first_plain(&escape(finding)));
    }
    text
}

/// Escapes the start of a text, so that it begins no list or heading within a list item.
fn first_plain(text: &str) -> String {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match text[digits..].chars().next() {
        Some('.' | ')') if digits > 0 => format!("{}\\{}", &text[..digits], &text[digits..]),
        Some('#' | '-' | '+' | '>' | '=') if digits == 0 => format!("\\{text}"),
        _ => text.to_owned(),
    }
}

/// Who wrote it, when, and where it is.
pub(super) fn source_html(paper: &Paper) -> Markup {
    html! {
        @for (i, part) in parts(paper).iter().enumerate() {
            @if i > 0 { ", " }
            @if let Some(address) = &part.address { a href=(address) { (part.text) } } @else { (part.text) }
        }
        "."
    }
}

/// The findings as a list.
pub(super) fn findings_html(paper: &Paper) -> Markup {
    html! { ul { @for finding in &paper.findings { li { (super::html::typeset(finding)) } } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> Paper {
        let text = r#"
title = "T"
authors = ["A_x", "B"]
year = 2025
arxiv = "2501.00001"
venue = "J | K"
findings = ["1. at <b>n</b> = 3 | *x* & (−2.8 ± 3.7)e-7", "- [link](x)", "plain_name, 0.5"]
code = { address = "https://example.org/c", licence = "MIT" }
"#;
        Paper::parse("p", text).unwrap()
    }

    #[test]
    fn nothing_in_a_paper_is_markup() {
        let paper = paper();
        assert_eq!(
            source_markdown(&paper),
            r"A_x and B 2025, [arXiv:2501.00001](https://arxiv.org/abs/2501.00001), J \| K, [code (MIT)](https://example.org/c)."
        );
        assert_eq!(
            findings_markdown(&paper),
            "- 1\\. at \\<b>n\\</b> = 3 \\| \\*x\\* \\& (−2.8 ± 3.7)e-7\n- \\- \\[link\\](x)\n- plain_name, 0.5\n"
        );
        let html = findings_html(&paper).into_string();
        assert!(
            html.starts_with("<ul><li>1. at &lt;b&gt;n&lt;/b&gt; = 3 | *x* &amp; (−2.8 ± 3.7)×10⁻⁷</li>"),
            "{html}"
        );
        assert!(
            source_html(&paper).into_string().contains(r#"<a href="https://example.org/c">code (MIT)</a>."#)
        );
    }

    #[test]
    fn only_addresses_are_links() {
        let mut paper = paper();
        for odd in ["javascript:alert(1)", "https://example.org/a b", "see the appendix"] {
            paper.code.as_mut().unwrap().address = odd.to_owned();
            assert!(source_markdown(&paper).ends_with(", code (MIT)."), "{odd}");
            assert!(!source_html(&paper).into_string().contains("example.org"), "{odd}");
        }
    }
}
