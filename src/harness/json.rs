//! JSON with sorted keys, so that its bytes depend on nothing but its content.

use serde_json::Value;

/// The text of a value, with a line end.
#[must_use]
pub fn sorted(mut value: Value) -> String {
    value.sort_all_objects();
    format!("{value:#}\n")
}
