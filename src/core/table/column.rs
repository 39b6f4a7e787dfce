//! Names of columns in a config.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// The name of a column; columns without names are called 1, 2, …, which may be written as text or as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName(String);

impl Deref for ColumnName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for ColumnName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected the name of a column, such as \"x\", \"1\" or 1")]
        enum Given {
            Text(String),
            Number(i64),
        }
        Ok(Self(match Given::deserialize(deserializer)? {
            Given::Text(name) => name,
            Given::Number(number) => number.to_string(),
        }))
    }
}

impl JsonSchema for ColumnName {
    fn schema_name() -> Cow<'static, str> {
        "ColumnName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"] })
    }
}
