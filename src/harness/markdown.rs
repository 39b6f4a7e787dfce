//! Markdown: escaped text, and tables.

/// Text escaped for one line of Markdown: nothing in it starts a link, a tag, a table cell or
/// emphasis.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.trim().chars().peekable();
    while let Some(c) = letters.next() {
        let within = before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        let markup = match c {
            '\\' | '|' | '[' | ']' | '&' | '*' | '~' | '`' => true,
            // An underscore within a word is not emphasis, and names are full of underscores.
            '_' => !within,
            // `n < p` is not a tag.
            '<' => letters.peek().is_some_and(|next| !next.is_whitespace()),
            _ => false,
        };
        if markup {
            escaped.push('\\');
        }
        escaped.push(if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
        before = c;
    }
    escaped
}

/// The same for prose: paragraphs stay separate.
pub(crate) fn escape_prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(escape).filter(|p| !p.is_empty());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// A table whose cells are Markdown already. A heading that ends with a colon aligns its column to the right.
pub(crate) fn table<S: AsRef<str>>(head: &[S], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let plain = |h: &S| h.as_ref().trim_end_matches(':').to_owned();
    let mut text = line(&head.iter().map(plain).collect::<Vec<_>>()) + "|";
    for heading in head {
        text.push_str(if heading.as_ref().ends_with(':') { "---:|" } else { "---|" });
    }
    text.push('\n');
    for row in rows {
        text.push_str(&line(&row));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escape("NMSE | rate [dB] <b>\nof *x*"), r"NMSE \| rate \[dB\] \<b> of \*x\*");
        assert_eq!(escape("n < p"), "n < p");
        assert_eq!(escape("support_f1 of _x_"), r"support_f1 of \_x\_");
        assert_eq!(table(&["a", "n:"], [vec!["x".into(), "1".into()]]), "| a | n |\n|---|---:|\n| x | 1 |\n");
        assert_eq!(escape_prose("one\nline\n\nanother\n"), "one line\n\nanother");
    }
}
