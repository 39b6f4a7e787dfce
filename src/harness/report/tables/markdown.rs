//! A table as Markdown.

use super::model::{EMPTY, Entry, Table};
use crate::markdown::{self, escape, escape_prose};

/// Marks an entry that is not significantly worse than the best.
const CLOSE: &str = "†";

fn entry(entry: &Entry) -> String {
    let mut text = entry.number();
    if entry.best {
        text = format!("**{text}**");
    }
    if entry.close {
        text.push_str(&format!(" {CLOSE}"));
    }
    if !entry.beside.is_empty() {
        text.push_str(&format!(" {}", entry.remarks()));
    }
    text
}

/// The table as Markdown, under a heading.
pub(crate) fn markdown(table: &Table) -> String {
    let mut text = format!("## {}\n\n", escape(&table.title));
    if !table.caption.is_empty() {
        text.push_str(&format!("{}\n\n", escape_prose(&table.caption)));
    }
    if table.rows.is_empty() {
        text.push_str(&format!("{EMPTY}\n\n<sub>{}</sub>\n", table.trace));
        return text;
    }
    text.push_str(&table.legend);
    if !table.common.is_empty() {
        text.push_str(&format!(" {}", table.common));
    }
    if let Some(best) = &table.best {
        text.push_str(&format!(" {}", best.text("Bold", CLOSE)));
    }
    text.push_str("\n\n");
    let mut header: Vec<String> = table.keys.iter().map(|k| escape(&k.label)).collect();
    header.push("estimator".to_owned());
    header.extend(table.columns.iter().map(|c| escape(&c.heading)));
    let rows = table.rows.iter().map(|of| {
        let mut line: Vec<String> = of.keys.iter().map(|k| escape(k)).collect();
        line.push(escape(&of.estimator));
        line.extend(of.entries.iter().map(entry));
        line
    });
    text.push_str(&markdown::table(&header, rows));
    text.push_str(&format!("\n<sub>{}</sub>\n", table.trace));
    text
}
