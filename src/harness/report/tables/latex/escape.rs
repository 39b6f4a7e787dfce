//! Any text as LaTeX that pdfTeX can read with its default fonts and without packages.

use std::borrow::Cow;

/// Signs that pdfTeX has in math mode only: each line has a sign and its command.
const MATHEMATICS: &str = include_str!("signs.txt");

/// Superscript and subscript signs, each with its plain form.
const RAISED: (&str, &str) = ("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀ⊤ᵏ", "0123456789+-=()niTTk");
const LOWERED: (&str, &str) = ("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx");

/// Accents above the letter before them.
const ABOVE: &[(char, &str)] = &[
    ('\u{300}', "\\grave"),
    ('\u{301}', "\\acute"),
    ('\u{302}', "\\hat"),
    ('\u{303}', "\\tilde"),
    ('\u{304}', "\\bar"),
    ('\u{305}', "\\bar"),
    ('\u{306}', "\\breve"),
    ('\u{307}', "\\dot"),
    ('\u{308}', "\\ddot"),
    ('\u{30C}', "\\check"),
    ('\u{20D7}', "\\vec"),
];

/// Letters that LaTeX builds from its usual fonts.
const LETTERS: &str =
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽžČčĆćŘřŇňĚěŐőŰűŁłŚśŹźŻżĞğŞşŃńŸ";

/// The signs with their commands.
fn mathematics() -> impl Iterator<Item = (char, &'static str)> {
    MATHEMATICS.lines().filter_map(|line| Some((line.chars().next()?, line.split_once(' ')?.1)))
}

/// The plain form of a superscript or subscript sign.
fn moved(c: char, (from, to): (&str, &str)) -> Option<char> {
    from.chars().zip(to.chars()).find(|(f, _)| *f == c).map(|(_, t)| t)
}

/// One ASCII character in running text.
fn ascii(c: char) -> Cow<'static, str> {
    match c {
        '\\' => "\\textbackslash{}".into(),
        '{' => "\\{".into(),
        '}' => "\\}".into(),
        '$' | '&' | '#' | '%' | '_' => format!("\\{c}").into(),
        '^' => "\\textasciicircum{}".into(),
        '~' => "\\textasciitilde{}".into(),
        '<' => "\\ensuremath{<}".into(),
        '>' => "\\ensuremath{>}".into(),
        '|' => "\\ensuremath{|}".into(),
        // Keep it from being the argument or the star of a command before it, or half of a ligature.
        '[' | ']' | '*' | '`' | '\'' => format!("{{{c}}}").into(),
        '"' => "{'}{'}".into(),
        c if c.is_ascii_control() => " ".into(),
        c => c.to_string().into(),
    }
}

/// Text as it is, on one line, in running text and in a comment.
///
/// Signs that the default fonts lack are set in math mode; an unknown sign becomes its code, such as `U+8A9E`.
pub(crate) fn escape(text: &str) -> String {
    // The signs so far, one each, so that a following accent applies to its letter only.
    let mut signs: Vec<Cow<'_, str>> = Vec::new();
    let mut letters = text.trim().chars().peekable();
    while let Some(c) = letters.next() {
        let scripts = [('^', RAISED), ('_', LOWERED)];
        if let Some((mark, map)) = scripts.into_iter().find(|(_, map)| moved(c, *map).is_some()) {
            let mut script: String = moved(c, map).into_iter().collect();
            while let Some(next) = letters.peek().and_then(|next| moved(*next, map)) {
                script.push(next);
                letters.next();
            }
            signs.push(format!("\\ensuremath{{{mark}{{{script}}}}}").into());
        } else if let Some((_, above)) = ABOVE.iter().find(|(sign, _)| *sign == c) {
            let letter = signs.pop().unwrap_or_default();
            // Letters and mathematics; an accent above anything else is left out.
            signs.push(match letter.strip_prefix("\\ensuremath{").and_then(|l| l.strip_suffix('}')) {
                Some(inner) => format!("\\ensuremath{{{above}{{{inner}}}}}").into(),
                None if letter.len() == 1 => format!("\\ensuremath{{{above}{{{letter}}}}}").into(),
                None => letter,
            });
        } else if let Some(command) = mathematics().find(|(sign, _)| *sign == c).map(|(_, command)| command) {
            signs.push(format!("\\ensuremath{{{command}}}").into());
        } else {
            signs.push(match c {
                '-' if letters.peek() == Some(&'-') => "-{}".into(),
                c if c.is_ascii() => ascii(c),
                '–' => "--".into(),
                '—' => "---".into(),
                '‘' | '‚' => "{`}".into(),
                '’' => "{'}".into(),
                '“' | '„' => "``{}".into(),
                '”' => "''{}".into(),
                '§' => "\\S{}".into(),
                '\u{AD}' | '\u{200B}' | '\u{FEFF}' => "".into(),
                '\u{A0}' | '\u{202F}' | '\u{2009}' => "~".into(),
                c if LETTERS.contains(c) => c.to_string().into(),
                c if c.is_whitespace() || c.is_control() => " ".into(),
                c => format!("U+{:04X}", u32::from(c)).into(),
            });
        }
    }
    signs.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_in_a_text_is_a_command() {
        for (given, wanted) in [
            ("50 % of a_b & c#1 for $5", r"50 \% of a\_b \& c\#1 for \$5"),
            (r"\input{x}^~", r"\textbackslash{}input\{x\}\textasciicircum{}\textasciitilde{}"),
            ("n < p\n| [1]*", r"n \ensuremath{<} p \ensuremath{|} {[}1{]}{*}"),
            ("two--three", "two-{}-three"),
            ("Müller’s “law”", "Müller{'}s ``{}law''{}"),
        ] {
            assert_eq!(escape(given), wanted);
        }
    }

    #[test]
    fn signs_become_mathematics() {
        for (given, wanted) in [
            ("ν¹ ≤ λ", r"\ensuremath{\nu}\ensuremath{^{1}} \ensuremath{\le} \ensuremath{\lambda}"),
            ("10⁻¹²", r"10\ensuremath{^{-12}}"),
            ("θ₀", r"\ensuremath{\theta}\ensuremath{_{0}}"),
            ("x\u{302}, ν\u{303}", r"\ensuremath{\hat{x}}, \ensuremath{\tilde{\nu}}"),
            ("−1", r"\ensuremath{-}1"),
            ("語", "U+8A9E"),
        ] {
            assert_eq!(escape(given), wanted);
        }
    }

    #[test]
    fn raised_and_lowered_signs_are_paired_off() {
        for (from, to) in [RAISED, LOWERED] {
            assert_eq!(from.chars().count(), to.chars().count());
        }
    }

    /// Depth of braces, none of which may close before it is opened.
    fn balanced(text: &str) -> bool {
        let mut depth = 0_i32;
        let mut letters = text.chars();
        while let Some(c) = letters.next() {
            match c {
                '\\' => {
                    letters.next();
                }
                '{' => depth += 1,
                '}' => depth -= 1,
                '%' | '#' | '&' | '$' | '\n' | '\r' => return false,
                _ => {}
            }
            if depth < 0 {
                return false;
            }
        }
        depth == 0
    }

    proptest! {
        #[test]
        fn every_text_is_one_balanced_line_of_known_signs(text in "(\\PC|[\\\\{}%$&#_^~α-ω₀-₉\u{300}-\u{30C}\n\r\u{0}]){0,40}") {
            let escaped = escape(&text);
            prop_assert!(balanced(&escaped), "{escaped}");
            prop_assert!(escaped.chars().all(|c| c.is_ascii_graphic() || c == ' ' || LETTERS.contains(c)), "{escaped}");
        }
    }
}
