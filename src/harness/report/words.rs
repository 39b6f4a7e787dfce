//! Words and signs that tables and the report share.

/// Text as it is, in Markdown on one line: nothing in it starts a link, a tag, a table cell or
/// an emphasis.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.trim().chars().peekable();
    while let Some(c) = letters.next() {
        let within = before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric());
        let markup = match c {
            '\\' | '|' | '[' | ']' | '&' | '*' | '~' | '`' => true,
            // An underscore within a word is no emphasis, and names are full of them.
            '_' => !within,
            // `n < p` is no tag.
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

/// The same for prose: paragraphs stay apart.
pub(super) fn escape_prose(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(escape).filter(|p| !p.is_empty());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escape("NMSE | rate [dB] <b>\nof *x*"), r"NMSE \| rate \[dB\] \<b> of \*x\*");
        assert_eq!(escape("n < p"), "n < p");
        assert_eq!(escape("support_f1 of _x_"), r"support_f1 of \_x\_");
        assert_eq!(escape_prose("one\nline\n\nanother\n"), "one line\n\nanother");
    }
}
