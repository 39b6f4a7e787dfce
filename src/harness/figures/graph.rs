//! `kind = "graph"`.

use remeasure_chart::{Chart, Fate, GraphEdge, GraphNode, Layer, Panel, layered};
use remeasure_core::Invalid;
use remeasure_core::format::count;
use schemars::JsonSchema;
use serde::Deserialize;

use super::drawing::Drawing;
use super::groups::Group;
use super::notes::Notes;
use super::{Common, Frame, Kind, KindEntry, Known};
use crate::records::{Record, Store};
use crate::summary::usable;

pub(super) const ENTRY: KindEntry = KindEntry::of::<Graph>("graph", "a graph");

/// Coordinates are ROW · this + COLUMN.
const ROWS: f64 = 1000.0;

/// Directed and undirected graphs of the first replicate: a panel for each estimator. `metric` has a number other than 0 at
/// the coordinate 1000·i + j of each mark from node i to node j (from 1): i → j, or i — j with marks in both directions. With
/// `truth`, edges that are missing, that are not true, and that have other arrowheads are told apart, and the true graph is
/// the first panel. Such metrics are left out of the summary.
///
/// ```toml
/// [[figure]]
/// id = "networks"
/// title = "The networks of the first replicate"
/// kind = "graph"
/// metric = "mark"
/// truth = "true_mark"
/// where = { n = 1000 }
/// names = ["GATA1", "PU.1", "KLF1"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Graph {
    /// Metric of the true graph, with the same coordinates for every estimator.
    truth: Option<String>,
    /// Names of the nodes, in order. Default: their numbers.
    #[serde(default)]
    names: Vec<String>,
}

impl Kind for Graph {
    fn frame(&self) -> Frame<'_> {
        Frame { facet: Some("estimator"), ..Frame::default() }
    }

    fn check(&self, _common: &Common, known: &Known<'_>) -> Result<(), Invalid> {
        if let Some(truth) = &self.truth {
            known.metrics.must("truth", truth)?;
        }
        match (0..self.names.len()).find(|&i| self.names[..i].contains(&self.names[i])) {
            Some(i) => {
                let message = format!("two nodes are called `{}`: rename one", self.names[i]);
                Err(Invalid::new(format!("names[{i}]"), message))
            }
            None => Ok(()),
        }
    }

    fn layers(&self, drawing: &Drawing<'_>, facet: &Group, _notes: &mut Notes) -> Vec<Layer> {
        let Some(found) = Marks::of(drawing, drawing.metric, facet) else { return Vec::new() };
        let truth = self.true_marks(drawing);
        let nodes = self.nodes(drawing);
        let mut edges: Vec<GraphEdge> = found
            .edges()
            .map(|(from, to, directed)| {
                let fate = match &truth {
                    None => Fate::Plain,
                    Some(truth) if !truth.adjacent(from, to) => Fate::Extra,
                    Some(truth) if truth.alike(&found, from, to) => Fate::Right,
                    Some(_) => Fate::Other,
                };
                GraphEdge { from, to, directed, fate }
            })
            .collect();
        if let Some(truth) = &truth {
            let missing = truth.edges().filter(|&(from, to, _)| !found.adjacent(from, to));
            edges.extend(missing.map(|(from, to, directed)| GraphEdge {
                from,
                to,
                directed,
                fate: Fate::Missing,
            }));
        }
        vec![Layer::Graph { nodes, edges }]
    }

    fn reads(&self, _drawing: &Drawing<'_>) -> String {
        "first replicate".to_owned()
    }

    fn words(&self) -> &'static str {
        "Graphs"
    }

    fn sentences(&self, _chart: &Chart, panel: &Panel) -> Vec<String> {
        let sentence = |layer: &Layer| {
            let Layer::Graph { edges, .. } = layer else { return None };
            let number = |fate| edges.iter().filter(|edge| edge.fate == fate).count();
            let [right, other, missing, extra] =
                [Fate::Right, Fate::Other, Fate::Missing, Fate::Extra].map(number);
            let drawn = count(edges.len() - missing, "edge");
            Some(if self.truth.is_none() || number(Fate::Plain) > 0 {
                format!("{drawn}.")
            } else {
                format!(
                    "{drawn}: {right} as in the truth, {other} with other ends, {extra} not true; {missing} missing."
                )
            })
        };
        panel.layers.iter().filter_map(sentence).collect()
    }

    /// The panel of the true graph.
    fn panels_before(&self, drawing: &Drawing<'_>, _facets: &[Group]) -> Vec<Panel> {
        let panel = |truth: Marks| {
            let plain = |(from, to, directed)| GraphEdge { from, to, directed, fate: Fate::Plain };
            let edges = truth.edges().map(plain).collect();
            Panel {
                title: "truth".to_owned(),
                layers: vec![Layer::Graph { nodes: self.nodes(drawing), edges }],
            }
        };
        self.true_marks(drawing).map(panel).into_iter().collect()
    }

    fn further_metrics(&self) -> Vec<&str> {
        self.truth.iter().map(String::as_str).collect()
    }

    fn one_picture(&self) -> bool {
        true
    }

    fn along_paths(&self, _store: &Store) -> bool {
        true
    }
}

impl Graph {
    /// The true graph, of the first estimator and cell that have it.
    fn true_marks(&self, drawing: &Drawing<'_>) -> Option<Marks> {
        let metric = drawing.store.metric(self.truth.as_deref()?)?;
        Marks::of(drawing, metric, &everything(drawing))
    }

    /// The nodes, with the same places in all panels: those of the true graph, else of all edges found.
    fn nodes(&self, drawing: &Drawing<'_>) -> Vec<GraphNode> {
        let all = everything(drawing);
        let pairs = all.cells.iter().flat_map(|&c| all.estimators.iter().map(move |&e| (c, e)));
        let found: Vec<Marks> = pairs
            .filter_map(|(cell, estimator)| {
                let one = Group { cells: vec![cell], estimators: vec![estimator], ..all.clone() };
                Marks::of(drawing, drawing.metric, &one)
            })
            .collect();
        let truth = self.true_marks(drawing);
        let guide: Vec<&Marks> = truth.as_ref().map_or_else(|| found.iter().collect(), |truth| vec![truth]);
        let size = found.iter().chain(&truth).map(|marks| marks.size).chain([self.names.len()]).max();
        let (mut arcs, mut ties) = (Vec::new(), Vec::new());
        for (from, to, directed) in guide.iter().flat_map(|marks| marks.edges()) {
            if directed { &mut arcs } else { &mut ties }.push((from, to));
        }
        let name = |i: usize| self.names.get(i).cloned().unwrap_or_else(|| (i + 1).to_string());
        let places = layered(size.unwrap_or(0), &arcs, &ties);
        places.into_iter().enumerate().map(|(i, at)| GraphNode { at, name: name(i) }).collect()
    }
}

/// All cells and estimators of the figure.
fn everything(drawing: &Drawing<'_>) -> Group {
    Group {
        label: String::new(),
        style: 0,
        cells: crate::select::cells(drawing.store, &drawing.common.filter),
        estimators: drawing.shown(),
    }
}

/// The marks of a graph.
struct Marks {
    size: usize,
    /// Row by row, whether there is a mark from the row's node to the column's.
    there: Vec<bool>,
}

impl Marks {
    /// Those that a metric has in the first replicate of the first cell and estimator with some.
    fn of(drawing: &Drawing<'_>, metric: usize, group: &Group) -> Option<Self> {
        let store = drawing.store;
        let pairs = group.cells.iter().flat_map(|&c| group.estimators.iter().map(move |&e| (c, e)));
        let read = |(cell, estimator)| {
            let places = store.coordinates(cell, estimator, metric);
            let all = || places.iter().map(|&at| (at, store.values(cell, estimator, metric, Some(at))));
            let first = all().filter_map(|(_, records)| records.first()).map(|r| r.replicate).min()?;
            let value = |(at, records): (f64, &[Record])| {
                let value =
                    records.first().filter(|r| r.replicate == first).and_then(|r| usable(store, r))?;
                let node = |v: f64| (v >= 1.0 && v.fract() == 0.0).then_some(v as usize - 1);
                Some((node((at / ROWS).floor())?, node(at % ROWS)?, value))
            };
            let found: Vec<_> = all().filter_map(value).collect();
            (!found.is_empty()).then_some(found)
        };
        let found = pairs.into_iter().find_map(read)?;
        let size = found.iter().map(|&(i, j, _)| i.max(j) + 1).max()?;
        let mut there = vec![false; size * size];
        for (i, j, value) in found {
            there[i * size + j] = i != j && value != 0.0;
        }
        Some(Self { size, there })
    }

    fn has(&self, i: usize, j: usize) -> bool {
        i < self.size && j < self.size && self.there[i * self.size + j]
    }

    fn adjacent(&self, i: usize, j: usize) -> bool {
        self.has(i, j) || self.has(j, i)
    }

    /// Whether both graphs have the same marks between two nodes.
    fn alike(&self, other: &Self, i: usize, j: usize) -> bool {
        self.has(i, j) == other.has(i, j) && self.has(j, i) == other.has(j, i)
    }

    /// From, to, and whether the edge is directed; undirected ones from the smaller node.
    fn edges(&self) -> impl Iterator<Item = (usize, usize, bool)> + '_ {
        let pairs = (0..self.size).flat_map(|i| (0..self.size).map(move |j| (i, j)));
        pairs.filter_map(|(i, j)| match (self.has(i, j), self.has(j, i)) {
            (true, false) => Some((i, j, true)),
            (true, true) if i < j => Some((i, j, false)),
            _ => None,
        })
    }
}
