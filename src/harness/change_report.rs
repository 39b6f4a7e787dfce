//! Reports of changed numbers: one model, and a renderer for each format.

use std::fmt::Write;

use remeasure_core::format::thousands;
use serde_json::Value;

use crate::markdown::{self, escape};
use crate::words::words;

words! {
    /// Output format of a comparison.
    #[derive(Default)]
    pub enum Format {
        /// Lines for a terminal.
        #[default]
        Text = "text",
        /// Annotations in the log of a GitHub workflow:
        /// <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
        Github = "github",
        /// One object with every comparison.
        Json = "json",
        /// Tables for a summary page.
        Markdown = "markdown",
    }
}

impl Format {
    /// Description for help texts.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Text => "Text for a terminal",
            Self::Github => "Annotations in the log of a GitHub workflow",
            Self::Json => "One JSON object with every comparison",
            Self::Markdown => "Markdown tables for a summary page",
        }
    }
}

/// Maximum number of rows of a section, beyond which rows are only counted: in a terminal, on GitHub (which
/// shows ten annotations of a level for each step), and in Markdown.
const MOST_LINES: usize = 20;
const MOST_ANNOTATIONS: usize = 10;
const MOST_ROWS: usize = 50;

/// Rows of one kind: a table in Markdown, one line each in the other formats.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Name of the kind.
    pub(crate) title: &'static str,
    /// Beginning of each line of text.
    pub(crate) label: &'static str,
    /// The level of its annotations: `error`, `warning` or `notice`; empty for none.
    pub(crate) level: &'static str,
    /// The columns.
    pub(crate) head: &'static [&'static str],
    /// Number of leading columns that identify the row.
    pub(crate) keys: usize,
    /// The rows.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Section {
    /// Lines without columns.
    pub(crate) fn plain(label: &'static str, lines: Vec<String>) -> Self {
        let rows = lines.into_iter().map(|line| vec![line]).collect();
        Self { title: "", label, level: "", head: &[""], keys: 1, rows }
    }

    /// `n=20, lasso, nmse: 1 → 2; paired t, p 0.01`, without empty parts.
    fn line(&self, row: &[String]) -> String {
        let (keys, rest) = row.split_at(self.keys.min(row.len()));
        let full = |parts: &[String]| parts.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>();
        let (keys, rest) = (full(keys).join(", "), full(rest).join("; "));
        if rest.is_empty() { keys } else { format!("{keys}: {rest}") }
    }
}

/// A comparison of one experiment, ready for rendering.
#[derive(Clone, Debug)]
pub(crate) struct ChangeReport {
    pub(crate) experiment: String,
    /// `profile quick`.
    pub(crate) profiles: String,
    /// The worst state of all.
    pub(crate) state: String,
    /// Lines about what is compared.
    pub(crate) lead: Vec<String>,
    /// Counts by state.
    pub(crate) counts: String,
    /// The findings.
    pub(crate) sections: Vec<Section>,
    /// Notes on the method and its power.
    pub(crate) notes: Vec<String>,
    /// Everything, for programs.
    pub(crate) data: Value,
}

/// `11 same, 1 slower`: counts by word, without zeros.
pub(crate) fn counts(numbers: impl IntoIterator<Item = (&'static str, usize)>) -> String {
    let counted = numbers.into_iter().filter(|(_, n)| *n > 0);
    counted.map(|(word, n)| format!("{} {word}", thousands(n))).collect::<Vec<_>>().join(", ")
}

/// All checks as one JSON object `{"checks": […]}`.
pub(crate) fn json(reports: impl IntoIterator<Item = ChangeReport>) -> String {
    let checks: Vec<Value> = reports.into_iter().map(|report| report.data).collect();
    crate::json::sorted(serde_json::json!({ "checks": checks }))
}

impl ChangeReport {
    /// The report in one of the formats.
    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Github => self.github(),
            Format::Json => crate::json::sorted(self.data.clone()),
            Format::Markdown => self.markdown(),
        }
    }

    fn text(&self) -> String {
        let mut lines: Vec<String> = self.lead.clone();
        lines.push(self.counts.clone());
        for section in &self.sections {
            let rows = section.rows.iter().take(MOST_LINES);
            lines.extend(rows.map(|row| format!("{}{}", section.label, section.line(row))));
            if let Some(more) = section.rows.len().checked_sub(MOST_LINES).filter(|n| *n > 0) {
                lines.push(format!("and {} more; --format json lists all", thousands(more)));
            }
        }
        lines.extend(self.notes.iter().cloned());
        let head = format!("{}, {}: {}", self.experiment, self.profiles, self.state);
        head + "\n" + &lines.iter().map(|line| format!("  {line}\n")).collect::<String>()
    }

    fn github(&self) -> String {
        let mut text = String::new();
        let escaped = |s: &str| s.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let mut note = |level: &str, what: &str, message: &str| {
            let title = escaped(&format!("{}: {what}", self.experiment));
            let title = title.replace(':', "%3A").replace(',', "%2C");
            // Writing into a String cannot fail.
            let _ = writeln!(text, "::{level} title={title}::{}", escaped(message));
        };
        for section in self.sections.iter().filter(|s| !s.level.is_empty()) {
            let all = section.rows.len();
            let shown = if all > MOST_ANNOTATIONS { MOST_ANNOTATIONS - 1 } else { all };
            for row in &section.rows[..shown] {
                note(section.level, section.title, &section.line(row));
            }
            if all > shown {
                note(section.level, "more", &format!("{} more {}", all - shown, section.title));
            }
        }
        let all: Vec<&str> = std::iter::once(&self.counts).chain(&self.notes).map(String::as_str).collect();
        note("notice", &self.state, &format!("{}: {}", self.profiles, all.join("; ")));
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "## {}, {}: {}\n\n",
            escape(&self.experiment),
            escape(&self.profiles),
            escape(&self.state)
        );
        let item = |line: &String| format!("- {}\n", escape(line));
        text.extend(self.lead.iter().chain([&self.counts]).map(item));
        // Sections with the same columns form one table.
        for alike in self.sections.chunk_by(|a, b| a.head == b.head) {
            let rows: Vec<Vec<String>> = alike
                .iter()
                .flat_map(|s| s.rows.iter().map(|row| [&[s.title.to_owned()], &row[..]].concat()))
                .collect();
            if rows.is_empty() {
                continue;
            }
            text.push('\n');
            let shown = rows.iter().take(MOST_ROWS);
            if let [""] = alike[0].head {
                text.extend(shown.map(|row| item(&format!("{}{}", alike[0].label, row[1]))));
            } else {
                let head = [&[""], alike[0].head].concat();
                let cells = shown.map(|row| row.iter().map(|cell| escape(cell)).collect());
                text.push_str(&markdown::table(&head, cells));
            }
            if rows.len() > MOST_ROWS {
                text.push_str(&format!("\nand {} more\n", rows.len() - MOST_ROWS));
            }
        }
        text.push('\n');
        text.extend(self.notes.iter().map(item));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> ChangeReport {
        let row = vec!["n=1".to_owned(), "a|b".to_owned(), "+1.3 %".to_owned(), String::new()];
        let head = &["cell", "estimator", "change", "test"];
        let moved =
            Section { title: "moved", label: "moved: ", level: "error", head, keys: 2, rows: vec![row; 12] };
        ChangeReport {
            experiment: "x, y".to_owned(),
            profiles: "profile quick".to_owned(),
            state: "moved".to_owned(),
            lead: vec!["baseline".to_owned()],
            counts: counts([("moved", 12), ("same", 0)]),
            sections: vec![moved, Section::plain("changed: ", vec!["the *seed*".to_owned()])],
            notes: vec!["a note\nin lines".to_owned()],
            data: Value::Null,
        }
    }

    #[test]
    fn every_format_has_every_kind_of_row() {
        let text = report().render(Format::Text);
        assert!(
            text.starts_with(
                "x, y, profile quick: moved\n  baseline\n  12 moved\n  moved: n=1, a|b: +1.3 %\n"
            )
        );
        assert!(text.contains("  changed: the *seed*\n  a note"), "{text}");
        let markdown = report().render(Format::Markdown);
        assert!(markdown.contains("|  | cell | estimator | change | test |\n|---|"), "{markdown}");
        assert!(markdown.contains(r"| moved | n=1 | a\|b | +1.3 % |  |"), "{markdown}");
        assert!(markdown.contains("- changed: the \\*seed\\*\n\n- a note in lines\n"), "{markdown}");
    }

    #[test]
    fn what_ends_a_workflow_command_is_escaped_and_what_is_too_much_is_counted() {
        let github = report().render(Format::Github);
        let lines: Vec<&str> = github.lines().collect();
        assert_eq!(lines.len(), 11, "{github}");
        assert_eq!(lines[0], "::error title=x%2C y%3A moved::n=1, a|b: +1.3 %25");
        assert_eq!(lines[9], "::error title=x%2C y%3A more::3 more moved");
        assert_eq!(lines[10], "::notice title=x%2C y%3A moved::profile quick: 12 moved; a note%0Ain lines");
    }
}
