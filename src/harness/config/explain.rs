//! Rewrites messages of the deserialiser for users: the key, what was expected, and the nearest valid
//! name.

use remeasure_core::hint;

fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn plain_type<'t>(path: &str, expected: &'t str) -> &'t str {
    match expected.trim() {
        "u32" if path.ends_with("replicates") || path.ends_with("first_look") => {
            "a whole number from 1 to 4294967295"
        }
        "f64" | "f32" => "a number",
        "usize" | "u64" => "a whole number, at least 0",
        "u32" => "a whole number from 0 to 4294967295",
        "u16" => "a whole number from 0 to 65535",
        "u8" => "a whole number from 0 to 255",
        "i64" | "i32" => "a whole number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" | "sequence" => "a list in [ ]",
        "a map" | "map" => "a table",
        // Rules such as `lambda`: a word, or a table with one key.
        "string only" => "a word in quotes or a table with one key, as in KEY = { RULE = VALUE }",
        "unit variant" => "another type",
        other if other.starts_with("struct ") => "a table of keys, as in { KEY = VALUE }",
        other => other,
    }
}

/// Rewrites serde's message about `path`; an unknown key becomes the path's last part.
pub(super) fn explain(path: &str, message: &str) -> (String, String) {
    let message = message.trim().lines().next().unwrap_or("").trim();
    if message.starts_with("unknown field `") {
        let names = quoted(message);
        let key = names[0];
        let mut path = path.to_owned();
        if path != key && !path.ends_with(&format!(".{key}")) {
            path = super::source::join(&path, key);
        }
        return (path, hint::unknown("key", key, names[1..].iter().copied()));
    }
    if message.starts_with("unknown variant `") {
        let names = quoted(message);
        return (path.to_owned(), hint::unknown("value", names[0], names[1..].iter().copied()));
    }
    if message.starts_with("missing field `") {
        return (path.to_owned(), format!("the key `{}` is missing", quoted(message)[0]));
    }
    if let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or(message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    {
        return (
            path.to_owned(),
            format!("expected {}, found {}", plain_type(path, expected), plain_type("", found)),
        );
    }
    if message.contains("wanted exactly 1 element") {
        let message = "expected a table with one key, the rule, found several. An override adds to a table, so \
            replace the whole table: KEY = { RULE = … }";
        return (path.to_owned(), message.to_owned());
    }
    (path.to_owned(), message.to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn unknown_keys_name_the_nearest() {
        let (path, message) =
            explain("problem", "unknown field `snr_bd`, expected one of `n`, `p`, `snr_db`");
        assert_eq!(path, "problem.snr_bd");
        assert_eq!(message, "unknown key `snr_bd`; did you mean `snr_db`? (valid: `n`, `p`, `snr_db`)");
    }

    /// Serde's messages, on which [`explain`] depends.
    #[test]
    fn serdes_words_are_those_that_are_explained() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[allow(dead_code)]
        enum Rule {
            Fixed(f64),
            Plain,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code)]
        struct Keys {
            seed: u64,
            rule: Option<Rule>,
            list: Option<Vec<f64>>,
            table: Option<std::collections::BTreeMap<String, bool>>,
        }
        for (text, words, expected) in [
            (
                "sed = 1",
                "unknown field `sed`, expected one of `seed`, `rule`, `list`, `table`",
                "unknown key `sed`; did you",
            ),
            ("list = [1]", "missing field `seed`", "the key `seed` is missing"),
            (
                "seed = -1",
                "invalid value: integer `-1`, expected u64",
                "expected a whole number, at least 0, found",
            ),
            (
                "seed = 1\nlist = 1",
                "invalid type: integer `1`, expected a sequence",
                "expected a list in [ ], found",
            ),
            ("seed = 1\ntable = 1", "invalid type: integer `1`, expected a map", "expected a table, found"),
            (
                "seed = 1\ntable.a = 1",
                "invalid type: integer `1`, expected a boolean",
                "expected true or false, found",
            ),
            (
                "seed = 1\nrule = \"plan\"",
                "unknown variant `plan`, expected `fixed` or `plain`",
                "unknown value `plan`; did you",
            ),
            (
                "seed = 1\nrule = 0.1",
                "invalid type: unit variant, expected string only",
                "expected a word in quotes or a table with one key, as in KEY",
            ),
            (
                "seed = 1\nrule = { fixed = 1, plain = 2 }",
                "wanted exactly 1 element, more than 1 element",
                "expected a table with one key",
            ),
        ] {
            let table: toml::Table = toml::from_str(text).unwrap();
            let found = Keys::deserialize(table).unwrap_err().to_string();
            assert_eq!(found.lines().next(), Some(words), "{text}");
            let explained = explain("", &found).1;
            assert!(explained.starts_with(expected), "{explained}");
        }
    }

    #[test]
    fn types_are_named_in_plain_words() {
        let (_, message) = explain("seed", "invalid type: string \"x\", expected u64");
        assert_eq!(message, "expected a whole number, at least 0, found string \"x\"");
        let (_, message) = explain("n", "invalid value: integer `-5`, expected usize");
        assert_eq!(message, "expected a whole number, at least 0, found integer `-5`");
    }
}
