//! Fields of an answer: text that holds a number, or `x`.

use super::Scoring;

/// Whether a field says that the number is not reported.
#[must_use]
pub fn is_unknown(field: &str) -> bool {
    matches!(field, "x" | "unknown")
}

/// A field as a finite number, if it is nothing else.
#[must_use]
pub fn plain(field: &str) -> Option<f64> {
    field.trim().parse::<f64>().ok().filter(|v| v.is_finite())
}

/// A field as a finite number, with thousands separators ignored.
#[must_use]
pub fn number(field: &str) -> Option<f64> {
    if field.contains(',') { plain(&field.replace(',', "")) } else { plain(field) }
}

/// Whether two fields agree: as text, or as numbers. Two unknown fields written `x` agree.
#[must_use]
pub fn agree(answer: &str, reference: &str, scoring: Scoring) -> bool {
    let read = match scoring {
        Scoring::Published => plain,
        Scoring::Corrected => number,
    };
    answer == reference || read(answer).is_some_and(|v| Some(v) == read(reference))
}
