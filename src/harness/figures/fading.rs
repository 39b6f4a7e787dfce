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
    fn a_figure_says_what_its_pale_lines_have_in_common() {
        use crate::report::testing::{integers, record, store};

        let names: Vec<String> = (0..9).map(|i| format!("m{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let store = store(&[("n", integers(&[1, 2]))], &names, &["error"], 1);
        let records = (0..18u16).map(|i| record(u32::from(i / 9), i % 9, 0, 0, f64::from(i))).collect();
        let figure = |more: &str| {
            let text =
                format!("id = \"f\"\ntitle = \"F\"\nmetric = \"error\"\nkind = \"line\"\nx = \"n\"\n{more}");
            super::super::FigureSpec::read(toml::from_str(&text).unwrap()).unwrap()
        };
        let store = store.with_records(records);
        let draw = |more: &str| super::super::chart(&store, &figure(more), &[], "");
        let drawn = draw("caption = \"m0 falls, unlike m3.\"");
        assert_eq!(drawn.faded, ["m1", "m2", "m4", "m5", "m6", "m7", "m8"]);
        assert!(
            drawn.subtitle.ends_with("; pale: lines that the caption does not name"),
            "{}",
            drawn.subtitle
        );
        let plain = draw("");
        assert!(plain.faded.is_empty() && !plain.subtitle.contains("pale"));
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
