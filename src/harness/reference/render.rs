//! The reference as Markdown and as text for a terminal.

use std::fmt::Write;

use super::Section;
use super::key::{self, Key};

const HEAD: &str = "\
# Reference of config keys

Every key of an experiment's config: what it takes, its default and its meaning. `remeasure help config [SECTION]` prints
the same in a terminal; `remeasure schema` prints it as a JSON Schema, with which editors complete and check keys.
The guide to configs is [configs.md](configs.md). This page is generated: `remeasure help config --markdown` writes it.
";

fn names(sections: &[Section]) -> Vec<&str> {
    sections.iter().map(|s| s.name.as_str()).collect()
}

/// The default of a key, or why there is none.
fn default(key: &Key) -> String {
    match (&key.default, key.required) {
        (Some(value), _) => format!("`{value}`"),
        (None, true) => "required".to_owned(),
        (None, false) => String::new(),
    }
}

/// The anchor that a Markdown heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

/// `docs/reference.md`.
#[must_use]
pub fn markdown(sections: &[Section]) -> String {
    let mut text = HEAD.to_owned();
    text.push('\n');
    for section in sections {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "- [{}](#{})", section.heading, anchor(&section.heading));
    }
    let known = names(sections);
    for section in sections {
        let schema = section.schema.as_value();
        let (about, examples) = key::description(schema);
        let _ = write!(text, "\n## {}\n", section.heading);
        if !about.is_empty() {
            let _ = write!(text, "\n{about}\n");
        }
        for example in examples {
            let _ = write!(text, "\n```toml\n{example}\n```\n");
        }
        let keys = key::keys(schema, &known);
        if keys.is_empty() {
            text.push_str("\nNo keys of its own.\n");
            continue;
        }
        text.push_str("\n| key | takes | default | meaning |\n|---|---|---|---|\n");
        for key in keys {
            let cells = [format!("`{}`", key.path), key.takes.clone(), default(&key), key.about.clone()];
            let cells = cells.map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

/// Lines of at most `width` characters, each behind `indent` spaces; paragraphs stay apart.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut out = String::new();
    for (i, paragraph) in text.split("\n\n").enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                let _ = writeln!(out, "{:indent$}{line}", "");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let _ = writeln!(out, "{:indent$}{line}", "");
    }
    out
}

/// Sections for a terminal of `width` columns.
#[must_use]
pub fn text(sections: &[&Section], all: &[Section], width: usize) -> String {
    let known = names(all);
    let mut text = String::new();
    for (i, section) in sections.iter().enumerate() {
        let schema = section.schema.as_value();
        let (about, examples) = key::description(schema);
        if i > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", section.heading.replace('`', ""));
        if !about.is_empty() {
            text.push_str(&wrapped(&about.replace('`', ""), 2, width));
        }
        for key in key::keys(schema, &known) {
            let fallback = match default(&key) {
                none if none.is_empty() => none,
                required if key.required => format!("; {required}"),
                value => format!("; default {value}"),
            };
            let line = format!("  {}  ({}{fallback})", key.path, key.takes);
            text.push('\n');
            if line.chars().count() > width {
                text.push_str(&wrapped(&line, 2, width));
            } else {
                let _ = writeln!(text, "{line}");
            }
            text.push_str(&wrapped(&key.about, 6, width));
        }
        for example in examples {
            text.push_str("\n  Example:\n");
            for line in example.lines() {
                let _ = writeln!(text, "{}", format!("      {line}").trim_end());
            }
        }
    }
    text.replace('`', "")
}

/// The names of the sections with what each is about, in a line.
#[must_use]
pub fn contents(sections: &[Section]) -> String {
    let width = sections.iter().map(|s| s.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for section in sections {
        let about = key::description(section.schema.as_value()).0;
        let first = about.split_once(". ").map_or(about.as_str(), |(first, _)| first);
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "  {:width$}  {}", section.name, first.trim_end_matches('.').replace('`', ""));
    }
    text
}
