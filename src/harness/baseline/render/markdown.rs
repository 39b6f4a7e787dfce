//! For a summary page or a comment on a pull request.

use std::fmt::Write;

use super::{Subject, Told, change, evidence, metric, verdicts};
use crate::baseline::explain::Explanation;

/// Rows of a table before the rest is only counted.
const MOST: usize = 50;

/// Text in a cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace(['\n', '\r'], " ")
        .replace('<', "&lt;")
        .replace('_', "\\_")
        .replace('*', "\\*")
}

/// Appends a table, unless it has no row.
pub(crate) fn table(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
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
    let mut text =
        format!("## {}, {}: {}\n\n", cell(&told.experiment), cell(&told.profiles()), v.state().word());
    match &told.subject {
        Subject::Check(accepted) => {
            let _ = write!(text, "Baseline of {} by {}. ", accepted.date, told.before.short());
        }
        Subject::Sides(_) => {
            for line in told.introduction() {
                let _ = writeln!(text, "- {}", cell(&line));
            }
            text.push('\n');
        }
    }
    let _ = writeln!(text, "{}; {}.", told.counts(), told.basis());
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
    let causes: Vec<Vec<String>> =
        told.causes.iter().map(|c| vec![c.class.word().to_owned(), c.text.clone()]).collect();
    table(&mut text, &["class", "changed"], &causes);
    let of_estimators = told.explanation().map(Explanation::told).unwrap_or_default().iter();
    let rows = of_estimators.map(|a| vec![a.estimator.clone(), a.state.word().to_owned(), a.text.clone()]);
    table(&mut text, &["estimator", "state", "what can explain it"], &rows.collect::<Vec<_>>());
    if let Some(drift) = told.drift() {
        let _ = writeln!(text, "\n{}.", cell(&drift));
    }
    if v.tests > 0 {
        let _ = writeln!(text, "\n{}.", told.strictness());
    }
    if !v.power.is_empty() {
        let _ = writeln!(
            text,
            "\nSmallest change that {:.0} % of {} would catch:\n",
            100.0 * v.rules.power,
            told.kind()
        );
        for line in told.power() {
            let _ = writeln!(text, "- {}", cell(&line));
        }
    }
    text
}
