//! For a summary page or a comment on a pull request.

use std::fmt::Write;

use super::{Told, change, evidence, metric, verdicts};

/// Rows of a table before the rest is only counted.
const MOST: usize = 50;

/// Text in a cell of a table.
pub(in crate::harness) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace(['\n', '\r'], " ")
        .replace('<', "&lt;")
        .replace('_', "\\_")
        .replace('*', "\\*")
}

/// Appends a table, unless it has no row.
pub(in crate::harness) fn table(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    // Writing into a String cannot fail.
    let _ = writeln!(text, "\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows.iter().take(MOST) {
        let cells: Vec<String> = row.iter().map(|c| cell(c)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    if rows.len() > MOST {
        let _ = writeln!(text, "\nand {} more.", rows.len() - MOST);
    }
}

pub(super) fn markdown(told: &Told) -> String {
    let v = &told.verdict;
    let mut text = format!(
        "## {}, profile {}: {}\n\nBaseline of {} by {}. {}; {}.\n",
        cell(&told.experiment),
        cell(&told.profile),
        v.state().word(),
        told.accepted.date,
        told.before.short(),
        told.counts(),
        told.basis()
    );
    let mut rows: Vec<Vec<String>> = Vec::new();
    for c in told.moved() {
        let place = [c.state.word().to_owned(), c.cell.clone(), c.estimator.clone(), metric(c)];
        rows.push(place.into_iter().chain([change(c), evidence(c)]).collect());
    }
    for place in told.missing() {
        rows.push(vec![
            "missing".to_owned(),
            place,
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    table(&mut text, &["state", "cell", "estimator", "metric", "change", "test"], &rows);
    let failing: Vec<Vec<String>> = v.failing.iter().map(|(c, e)| vec![c.clone(), e.clone()]).collect();
    table(&mut text, &["fits fail that did not: cell", "estimator"], &failing);
    let claims = v.claims.iter().map(|c| vec![c.id.clone(), verdicts(c), c.statement.clone()]);
    table(&mut text, &["claim", "verdict", "statement"], &claims.collect::<Vec<_>>());
    let causes: Vec<Vec<String>> = told.causes.iter().map(|c| vec![c.clone()]).collect();
    table(&mut text, &["changed"], &causes);
    if let Some(drift) = told.drift() {
        let _ = writeln!(text, "\n{}.", cell(&drift));
    }
    if v.tests > 0 {
        let _ = writeln!(text, "\n{}.", told.strictness());
    }
    if !v.power.is_empty() {
        let _ =
            writeln!(text, "\nSmallest change that {:.0} % of checks would catch:\n", 100.0 * v.rules.power);
        for line in told.power() {
            let _ = writeln!(text, "- {}", cell(&line));
        }
    }
    text
}
