//! What was probably meant by a name that is not known.

/// The candidate nearest to `name`, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|c| (strsim::jaro_winkler(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// `unknown {what} `name`; did you mean …?` with the whole list behind it.
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
