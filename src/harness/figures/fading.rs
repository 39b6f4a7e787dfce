//! Which lines of a crowded figure stand back.

use std::collections::BTreeSet;

use remeasure_chart::{Layer, Panel};

/// With at most this many lines, all are drawn alike.
const MANY: usize = 8;

/// Lines that are drawn pale.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Faded {
    pub(super) names: Vec<String>,
    /// What they have in common.
    pub(super) what: &'static str,
}

/// With more than eight lines, those that the caption does not name, or if it names none, those without published
/// values that no claim is about (`claimed`). None if that would be all.
pub(super) fn faded(panels: &[Panel], caption: &str, claimed: &[String]) -> Faded {
    let mut names: Vec<&str> = Vec::new();
    let mut published: BTreeSet<&str> = BTreeSet::new();
    for panel in panels {
        for layer in &panel.layers {
            let Layer::Line { name, style, .. } = layer else { continue };
            if !name.is_empty() && !names.contains(&name.as_str()) {
                names.push(name);
            }
            let own = |l: &Layer| matches!(l, Layer::PublishedMarks { style: its, .. } if its == style);
            if panel.layers.iter().any(own) {
                published.insert(name);
            }
        }
    }
    if names.len() <= MANY {
        return Faded::default();
    }
    let in_caption = |name: &&str| mentions(caption, name);
    let of_claims = |name: &&str| published.contains(name) || claimed.iter().any(|c| c == name);
    let in_caption: Vec<&str> = names.iter().copied().filter(in_caption).collect();
    let (shown, what) = if in_caption.is_empty() {
        (names.iter().copied().filter(of_claims).collect(), "lines that no claim is about")
    } else {
        (in_caption, "lines that the caption does not name")
    };
    if shown.is_empty() {
        return Faded::default();
    }
    let names = names.into_iter().filter(|name| !shown.contains(name)).map(str::to_owned).collect();
    Faded { names, what }
}

/// Whether a text has the name as a word of its own: `maid` is not in `maid-plain`.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(count: usize) -> Vec<Panel> {
        let line = |style: usize| Layer::Line {
            name: format!("m-{style}"),
            style,
            points: vec![(1.0, 1.0)],
            band: Vec::new(),
        };
        vec![Panel { title: String::new(), layers: (0..count).map(line).collect() }]
    }

    #[test]
    fn lines_stand_back_only_where_there_are_more_than_eight() {
        let claimed = ["m-0".to_owned(), "m-1".to_owned(), "another".to_owned()];
        assert_eq!(faded(&panel(8), "See m-2.", &claimed), Faded::default());
        let of_claims = faded(&panel(9), "", &claimed);
        assert_eq!(of_claims.what, "lines that no claim is about");
        assert_eq!(of_claims.names, ["m-2", "m-3", "m-4", "m-5", "m-6", "m-7", "m-8"]);
        // Lines of several panels are the same ones.
        let two = [panel(8), panel(8)].concat();
        assert_eq!(faded(&two, "", &claimed), Faded::default());
    }

    #[test]
    fn the_caption_goes_before_claims_and_published_values() {
        let claimed = ["m-0".to_owned()];
        let mut panels = panel(10);
        let marks = Layer::PublishedMarks { name: "published".into(), style: 1, points: vec![(1.0, 1.0)] };
        panels[0].layers.push(marks);
        let shown = |caption: &str, claimed: &[String]| {
            let faded = faded(&panels, caption, claimed).names;
            (0..10).filter(|i| !faded.contains(&format!("m-{i}"))).collect::<Vec<_>>()
        };
        assert_eq!(shown("Compare m-3 (`m-4`), not m-51 or m-6-plain.", &claimed), [3, 4]);
        assert_eq!(shown("Nothing is named.", &claimed), [0, 1]);
        assert_eq!(shown("", &[]), [1]);
        panels[0].layers.pop();
        let none = faded(&panels, "", &["another".to_owned()]);
        assert_eq!(none, Faded::default(), "if no line is named, none stands back");
    }
}
