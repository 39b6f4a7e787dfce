//! The tables of the config within the page.

use maud::{Markup, html};

use super::{prose, scrolling, typeset};
use crate::report::tables::{EMPTY, Entry, Row, Table};

/// All tables.
pub(super) fn all(tables: &[Table]) -> Markup {
    html! { @for table in tables { (one(table)) } }
}

fn one(table: &Table) -> Markup {
    let head = html! { h3 id=(format!("table-{}", table.id)) { (table.title) } (prose(&table.caption)) };
    if table.rows.is_empty() {
        return html! { (head) p { (EMPTY) } };
    }
    let first = |i: usize| i == 0 || table.rows[i - 1].keys != table.rows[i].keys;
    // If the columns are the values of an axis, its label is shown above them.
    let across = table.columns.first().and_then(|column| column.at.as_ref()).map(|at| at.0.label.clone());
    let body = html! {
        table data-sortable {
            caption { (table.title) }
            thead {
                @if let Some(axis) = &across {
                    tr {
                        td colspan=(table.keys.len() + 1) {}
                        th.over scope="colgroup" colspan=(table.columns.len()) { (axis) }
                    }
                }
                tr {
                    @for key in &table.keys { th scope="col" { (key.label) } }
                    th scope="col" { "estimator" }
                    @for column in &table.columns {
                        th scope="col" { (column.at.as_ref().map_or(&column.heading, |at| &at.1)) }
                    }
                }
            }
            tbody { @for (i, row) in table.rows.iter().enumerate() { (line(row, first(i))) } }
        }
    };
    let best = table.best.as_ref().map(|best| best.text("bold", "†")).unwrap_or_default();
    let notes =
        [table.legend.trim_end_matches('.'), best.trim_end_matches('.'), table.common.trim_end_matches('.')];
    let notes: Vec<String> = notes.iter().filter(|n| !n.is_empty()).map(|n| n.replace('`', "")).collect();
    html! {
        (head)
        (scrolling(&table.title, &body))
        p.note { (notes.join("; ")) "." }
    }
}

/// A row; `first` says whether it is the first of its cell.
fn line(row: &Row, first: bool) -> Markup {
    html! {
        tr.rule[first] {
            @for key in &row.keys { td { (typeset(key)) } }
            th scope="row" { (row.estimator) }
            @for of in &row.entries { (entry(of)) }
        }
    }
}

fn entry(of: &Entry) -> Markup {
    let remarks = of.remarks();
    html! {
        td class=(if of.best { "n best" } else { "n" }) data-v=(of.sort.map_or_else(String::new, |v| v.to_string())) {
            (typeset(&of.number()))
            @if of.close { " †" }
            @if !remarks.is_empty() { div.note { (typeset(&remarks)) } }
        }
    }
}
