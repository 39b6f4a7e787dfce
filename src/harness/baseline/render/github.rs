//! Workflow commands of GitHub: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use super::{Told, change, evidence, metric, verdicts};

/// GitHub shows ten annotations of a kind for each step; the log has all lines.
pub(crate) const MOST: usize = 10;

/// The text of an annotation, escaped.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The title of an annotation, escaped.
fn title(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// One annotation: `error`, `warning` or `notice`.
pub(crate) fn annotation(level: &str, heading: &str, text: &str) -> String {
    format!("::{level} title={}::{}", title(heading), message(text))
}

pub(super) fn github(told: &Told) -> String {
    let v = &told.verdict;
    let mut lines = Vec::new();
    let mut note = |level: &str, what: &str, text: String| {
        lines.push(annotation(level, &format!("{}: {what}", told.experiment), &text));
    };
    let moved = told.moved();
    for c in moved.iter().take(MOST - 1) {
        let text = format!("{}, {}, {}: {}; {}", c.cell, c.estimator, metric(c), change(c), evidence(c));
        note("error", c.state.word(), text);
    }
    let missing = told.missing();
    if moved.len() >= MOST {
        note("error", "more", format!("{} more moved", moved.len() - MOST + 1));
    }
    for place in missing.iter().take(MOST) {
        note("error", "missing", place.clone());
    }
    for (cell, estimator) in v.failing.iter().take(MOST) {
        note(
            "error",
            "fits fail",
            format!("{cell}, {estimator}: fits fail where {} has none", told.reference()),
        );
    }
    for c in v.claims.iter().take(MOST) {
        note("warning", "verdict", format!("{}: {}: {}", c.id, verdicts(c), c.statement));
    }
    if let Some(explanation) = told.explanation() {
        note("notice", "cause", format!("{}: {}", explanation.word, explanation.text));
        for a in explanation.told().iter().take(MOST) {
            note("notice", a.state.word(), format!("{}: {}", a.estimator, a.text));
        }
    }
    note("notice", v.state().word(), format!("{}: {}; {}", told.profiles(), told.counts(), told.basis()));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_command_is_escaped() {
        assert_eq!(message("+1.3 %\nnext"), "+1.3 %25%0Anext");
        assert_eq!(title("n=1, a: 5 %"), "n=1%2C a%3A 5 %25");
    }
}
