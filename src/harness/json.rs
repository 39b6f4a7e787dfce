//! JSON with sorted keys, so that its bytes depend only on its content.

use serde_json::Value;

/// The text of a value, ending with a line feed.
#[must_use]
pub fn sorted(mut value: Value) -> String {
    value.sort_all_objects();
    format!("{value:#}\n")
}
