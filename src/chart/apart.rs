//! One colour for each series of a figure.

use std::collections::{BTreeMap, BTreeSet};

use crate::STYLES;
use crate::model::{Layer, Panel};

/// Gives a series that would repeat the colour of an earlier one a free colour, the same in all panels, while there is one.
pub fn set_apart(panels: &mut [Panel]) {
    let mut used = BTreeSet::new();
    styles(panels, |style| {
        used.insert(*style);
    });
    let mut free: Vec<usize> =
        (0..STYLES).rev().filter(|c| used.iter().all(|style| style % STYLES != *c)).collect();
    let mut taken = [false; STYLES];
    let mut moved = BTreeMap::new();
    for style in used {
        if std::mem::replace(&mut taken[style % STYLES], true)
            && let Some(own) = free.pop()
        {
            moved.insert(style, own);
        }
    }
    styles(panels, |style| *style = moved.get(style).copied().unwrap_or(*style));
}

fn styles(panels: &mut [Panel], mut visit: impl FnMut(&mut usize)) {
    for layer in panels.iter_mut().flat_map(|panel| &mut panel.layers) {
        match layer {
            Layer::Line { style, .. }
            | Layer::Boxes { style, .. }
            | Layer::PublishedMarks { style, .. }
            | Layer::Scatter { style, .. }
            | Layer::Strokes { style, .. }
            | Layer::Forest { style, .. } => visit(style),
            Layer::PublishedBoxes { .. }
            | Layer::HeatMap { .. }
            | Layer::Image { .. }
            | Layer::Graph { .. }
            | Layer::Reference { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_have_colours_of_their_own_while_there_are_enough() {
        let line = |style| Layer::Line { name: String::new(), style, points: Vec::new(), band: Vec::new() };
        let mark = |style| Layer::PublishedMarks { name: String::new(), style, points: Vec::new() };
        let panel = |layers: &[Layer]| Panel { layers: layers.to_vec(), ..Panel::default() };
        let mut panels = [panel(&[line(1), line(11)]), panel(&[line(3), mark(11), line(21)])];
        set_apart(&mut panels);
        let own = [panel(&[line(1), line(0)]), panel(&[line(3), mark(0), line(2)])];
        assert_eq!(panels, own);
        let mut many = [panel(&(0..12).map(line).collect::<Vec<_>>())];
        set_apart(&mut many);
        assert_eq!(
            many,
            [panel(&(0..12).map(line).collect::<Vec<_>>())],
            "further styles have dashes of their own"
        );
    }
}
