//! How the text of a table is laid out.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter(pub(super) u8);

/// Delimiters, each with its name in messages.
pub(super) const DELIMITERS: [(u8, &str); 5] =
    [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs"), (b'|', "vertical bars"), (b' ', "spaces")];

impl Default for Delimiter {
    fn default() -> Self {
        Self(b',')
    }
}

impl Delimiter {
    /// Its name in messages.
    pub(super) fn word(self) -> &'static str {
        DELIMITERS.iter().find(|(byte, _)| *byte == self.0).map_or("commas", |(_, word)| word)
    }

    /// As a TOML string.
    pub(super) fn toml(self) -> String {
        if self.0 == b'\t' { "\"\\t\"".to_owned() } else { format!("\"{}\"", char::from(self.0)) }
    }
}

impl<'de> Deserialize<'de> for Delimiter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let known = DELIMITERS.iter().find(|(byte, _)| text.as_bytes() == [*byte]);
        let expected = || {
            let all: Vec<String> = DELIMITERS.iter().map(|(byte, _)| Self(*byte).toml()).collect();
            de::Error::custom(format!(
                "expected one of {}, found \"{}\"",
                all.join(", "),
                text.escape_debug()
            ))
        };
        known.map(|(byte, _)| Self(*byte)).ok_or_else(expected)
    }
}

impl JsonSchema for Delimiter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Delimiter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [",", ";", "\t", "|", " "] })
    }
}

/// What separates the whole part of a number from its fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Decimal {
    /// A point.
    #[default]
    #[serde(rename = ".")]
    Point,
    /// A comma.
    #[serde(rename = ",")]
    Comma,
}

/// How the text of a table is laid out, as the keys `header`, `delimiter` and `decimal` of a config give it: by default
/// with a header line, commas between cells, and decimal points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Whether the first line has the columns' names; otherwise they are called 1, 2, ….
    pub header: Option<bool>,
    /// Between the cells.
    pub delimiter: Option<Delimiter>,
    /// Within a number.
    pub decimal: Option<Decimal>,
}

impl Layout {
    /// Whether the first line has no names.
    pub(super) fn headless(&self) -> bool {
        self.header == Some(false)
    }

    pub(super) fn delimiter(&self) -> Delimiter {
        self.delimiter.unwrap_or_default()
    }

    pub(super) fn decimal(&self) -> Decimal {
        self.decimal.unwrap_or_default()
    }

    /// The keys that are given.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> {
        let keys = [
            ("header", self.header.is_some()),
            ("delimiter", self.delimiter.is_some()),
            ("decimal", self.decimal.is_some()),
        ];
        keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| key)
    }
}
