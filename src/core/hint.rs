//! Suggestions for misspelt names.

/// The candidate most similar to `name`, if any is similar enough to be a likely typo.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|c| (strsim::jaro_winkler(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// ``unknown {what} `name`; did you mean …?`` followed by the list of valid names.
#[must_use]
pub fn unknown<'a>(what: &str, name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let list = candidates.clone().into_iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    let mut message = format!("unknown {what} `{name}`");
    if let Some(near) = nearest(name, candidates) {
        message.push_str(&format!("; did you mean `{near}`?"));
    }
    if list.is_empty() {
        message.push_str(" (there are none)");
    } else {
        message.push_str(&format!(" (valid: {list})"));
    }
    message
}
