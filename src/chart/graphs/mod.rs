//! Charts made of graphs: nodes with their names, joined by curves with arrowheads.

mod curves;
mod layers;

pub use layers::layered;

use super::bare::{self, Widths};
use super::font;
use super::legend::{Arrangement, Entry};
use super::model::{Chart, Fate, GraphEdge, GraphNode, Layer, Panel};
use super::palette;
use super::scene::{Anchor, Ink, Label, Point, Rect, Scene, Weight};
use super::sizes::HALF_CAP;
use curves::{Curve, Outline};

/// Type of the names.
const NAME: f64 = 12.5;
/// Half the height of a node, and least half its width.
const HALF: f64 = 10.0;
/// Height of a layer of nodes.
const LAYER: f64 = 46.0;
/// Length and half the width of an arrowhead.
const HEAD: (f64, f64) = (9.0, 3.8);
/// Space between the nodes at the border and the panel's edge.
const MARGIN: f64 = 6.0;
/// Columns of panels, and their widths.
const WIDTHS: Widths = Widths { columns: 3, least: 260.0, most: 480.0 };
/// Width that the height of a panel is chosen for.
const USUAL: f64 = 330.0;

/// Nodes and edges of a panel.
type Drawn<'a> = (&'a [GraphNode], &'a [GraphEdge]);

fn graph(panel: &Panel) -> Option<Drawn<'_>> {
    panel.layers.iter().find_map(|layer| match layer {
        Layer::Graph { nodes, edges } => Some((nodes.as_slice(), edges.as_slice())),
        _ => None,
    })
}

/// Whether a chart is made of graphs.
pub(super) fn shown(chart: &Chart) -> bool {
    chart.panels.iter().any(|panel| graph(panel).is_some())
}

/// Draws a chart of graphs, with these entries as its legend.
pub(super) fn compose(chart: &Chart, entries: &[Entry]) -> Scene {
    let layers = chart.panels.iter().filter_map(graph).map(|(nodes, _)| {
        let mut heights: Vec<f64> = nodes.iter().map(|node| node.at.1).collect();
        heights.sort_by(f64::total_cmp);
        heights.dedup();
        heights.len()
    });
    let tallness = (layers.max().unwrap_or(1) as f64 * LAYER / USUAL).clamp(0.55, 1.6);
    let legend = |across: f64| Arrangement::new(entries, across, 5);
    bare::compose(chart, WIDTHS, tallness, Some(legend), draw)
}

/// Legend text of an edge.
pub(super) fn name(fate: Fate) -> &'static str {
    match fate {
        Fate::Plain => "",
        Fate::Right => "as in the truth",
        Fate::Other => "other ends than in the truth",
        Fate::Missing => "missing",
        Fate::Extra => "not in the truth",
    }
}

fn look(fate: Fate) -> (Ink, &'static [f64], f64) {
    match fate {
        Fate::Plain | Fate::Right => (palette::BLACK, &[], 1.4),
        Fate::Other => (palette::colour(0), &[9.0, 3.0, 2.0, 3.0], 1.8),
        Fate::Missing => (palette::GREY, &[2.0, 3.2], 1.8),
        Fate::Extra => (palette::colour(1), &[7.0, 4.0], 1.8),
    }
}

/// A sample for the legend, from `from` to `to`.
pub(super) fn sample(scene: &mut Scene, fate: Fate, from: Point, to: Point) {
    let (ink, dash, width) = look(fate);
    scene.dashed(&[from, (to.0 - HEAD.0 + 1.0, to.1)], dash, width, ink);
    head(scene, (to.0 - HEAD.0, to.1), to, ink);
}

/// An arrowhead that ends in `tip`, coming from `from`.
fn head(scene: &mut Scene, from: Point, tip: Point, ink: Ink) {
    let length = (tip.0 - from.0).hypot(tip.1 - from.1).max(1e-9);
    let (dx, dy) = ((tip.0 - from.0) / length, (tip.1 - from.1) / length);
    let back = (tip.0 - HEAD.0 * dx, tip.1 - HEAD.0 * dy);
    let side = |s: f64| (back.0 - s * HEAD.1 * dy, back.1 + s * HEAD.1 * dx);
    scene.fill(vec![tip, side(1.0), side(-1.0)], ink);
}

fn draw(scene: &mut Scene, area: Rect, panel: &Panel) {
    let Some((nodes, edges)) = graph(panel) else { return bare::no_data(scene, area) };
    scene.outline(area.corners(), 1.0, palette::GRID);
    let half = |node: &GraphNode| (font::room(&node.name, NAME, Weight::Regular) / 2.0 + 4.0).max(HALF);
    let widest = nodes.iter().map(half).fold(HALF, f64::max);
    let inner = Rect {
        x0: area.x0 + MARGIN + widest,
        y0: area.y0 + MARGIN + HALF,
        x1: area.x1 - MARGIN - widest,
        y1: area.y1 - MARGIN - HALF,
    };
    let outlines: Vec<Outline> = nodes
        .iter()
        .map(|node| Outline {
            middle: (inner.x0 + node.at.0 * inner.width(), inner.y0 + node.at.1 * inner.height()),
            half: (half(node), HALF),
        })
        .collect();
    // What is right is on top of what is not.
    for fate in [Fate::Missing, Fate::Extra, Fate::Other, Fate::Plain, Fate::Right] {
        scene.belongs_to(name(fate));
        for edge in edges.iter().filter(|edge| edge.fate == fate) {
            let (Some(_), Some(_)) = (outlines.get(edge.from), outlines.get(edge.to)) else { continue };
            let (ink, dash, width) = look(fate);
            let curve = Curve::between(&outlines, edge.from, edge.to);
            let points = curve.outside(&outlines[edge.from], &outlines[edge.to]);
            let [.., before, tip] = points.as_slice() else { continue };
            if edge.directed {
                let short = curves::shortened(&points, HEAD.0 - 1.0);
                scene.dashed(&short, dash, width, ink);
                head(scene, short.last().copied().unwrap_or(*before), *tip, ink);
            } else {
                scene.dashed(&points, dash, width, ink);
            }
            let (from, to) = (&nodes[edge.from].name, &nodes[edge.to].name);
            let mark = if edge.directed { "→" } else { "—" };
            let said = if name(fate).is_empty() { String::new() } else { format!(": {}", name(fate)) };
            scene.spot(points[points.len() / 2], format!("{from} {mark} {to}{said}"));
        }
    }
    scene.belongs_to("");
    for (node, outline) in nodes.iter().zip(&outlines) {
        let corners = outline.corners();
        scene.fill(corners.clone(), palette::WHITE);
        scene.outline(corners, 1.1, palette::FRAME);
        let at = (outline.middle.0, outline.middle.1 + HALF_CAP * NAME);
        scene.text(Label::new(&node.name, at, NAME, Weight::Regular, Anchor::Middle, palette::BLACK));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Chart, Fate, GraphEdge, GraphNode, Layer, Panel};
    use crate::{interactive, layered, png, svg};

    fn chart(edges: Vec<GraphEdge>) -> Chart {
        let places = layered(3, &[(0, 1), (0, 2)], &[]);
        let nodes =
            places.into_iter().zip(["GATA1", "b", "c"]).map(|(at, name)| GraphNode { at, name: name.into() });
        let layers = vec![Layer::Graph { nodes: nodes.collect(), edges }];
        let empty = Panel { title: "nothing".into(), layers: Vec::new() };
        Chart { panels: vec![Panel { title: "PC".into(), layers }, empty], ..Chart::default() }
    }

    fn edge(from: usize, to: usize, directed: bool, fate: Fate) -> GraphEdge {
        GraphEdge { from, to, directed, fate }
    }

    #[test]
    fn edges_are_told_apart_and_named_in_the_legend() {
        let fates = [Fate::Right, Fate::Missing, Fate::Extra, Fate::Other];
        let all = fates.iter().map(|&fate| edge(0, 1, true, fate)).collect();
        let drawn = svg(&chart(all)).unwrap();
        for text in ["as in the truth", "missing", "not in the truth", "other ends", "GATA1", "no data", "PC"]
        {
            assert!(drawn.contains(text), "{text}: {drawn}");
        }
        let pictures: Vec<String> =
            fates.iter().map(|&fate| svg(&chart(vec![edge(0, 1, false, fate)])).unwrap()).collect();
        for (k, picture) in pictures.iter().enumerate() {
            assert!(pictures[..k].iter().all(|other| other != picture));
        }
        // Without a truth, there is nothing to tell apart.
        assert!(!svg(&chart(vec![edge(0, 1, true, Fate::Plain)])).unwrap().contains("truth"));
        assert!(!png(&chart(Vec::new()), 1).unwrap().is_empty());
    }

    #[test]
    fn an_arrow_has_a_head_and_a_line_has_none() {
        let heads = |directed| {
            let plain = svg(&chart(vec![edge(0, 1, directed, Fate::Plain)])).unwrap();
            plain.matches("<polygon").count()
        };
        assert_eq!(heads(true), heads(false) + 1);
    }

    #[test]
    fn a_page_has_names_of_edges_as_tooltips_and_its_legend_apart() {
        let drawn =
            interactive(&chart(vec![edge(0, 2, true, Fate::Extra), edge(0, 1, false, Fate::Right)]), "g")
                .unwrap();
        assert!(drawn.svg.contains("<title>GATA1 → c: not in the truth</title>"), "{}", drawn.svg);
        assert!(drawn.svg.contains("<title>GATA1 — b: as in the truth</title>"));
        let names: Vec<&str> = drawn.legend.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["as in the truth", "not in the truth"]);
        assert!(!drawn.svg.contains('#'), "all colours are classes: {}", drawn.svg);
    }

    #[test]
    fn an_edge_to_a_node_that_is_not_there_is_left_out() {
        let bare = svg(&chart(Vec::new())).unwrap();
        assert_eq!(svg(&chart(vec![edge(0, 7, true, Fate::Plain)])).unwrap(), bare);
    }
}
