//! From the marks of a family to a chart of graphs.

use remeasure_chart::{Fate, Layer};

use super::tests::draw;
use crate::records::Record;
use crate::report::testing::{integers, record, store};

#[test]
fn graphs_tell_true_missing_and_extra_edges_apart() {
    let store = store(&[("n", integers(&[1, 2]))], &["a", "b"], &["error", "truth"], 2);
    let mark = |cell, e, metric, replicate, (i, j): (u32, u32)| Record {
        coordinate: Some(f64::from(1000 * i + j)),
        ..record(cell, e, metric, replicate, f64::from(u8::from(i != j)))
    };
    let mut records = Vec::new();
    // Truth: 1 → 2, 2 — 3, 3 → 4; a: 1 → 2, 3 → 2, 1 — 4; b: nothing. The fifth node has no edge.
    for (metric, e, marks) in [
        (1, 0, vec![(1, 2), (2, 3), (3, 2), (3, 4), (5, 5)]),
        (1, 1, vec![(1, 2), (2, 3), (3, 2), (3, 4), (5, 5)]),
        (0, 0, vec![(1, 2), (3, 2), (1, 4), (4, 1), (5, 5)]),
        (0, 1, vec![(5, 5)]),
    ] {
        records.extend(marks.into_iter().map(|at| mark(1, e, metric, 0, at)));
        // Neither another replicate nor another cell is shown.
        records.push(mark(1, e, metric, 1, (4, 2)));
        records.push(mark(0, e, metric, 0, (9, 1)));
    }
    let full = store.with_records(records);
    let text = "kind = \"graph\"\ntruth = \"truth\"\nnames = [\"GATA1\"]\nwhere = { n = 2 }";
    let drawn = draw(&full, text);
    let titles: Vec<&str> = drawn.panels.iter().map(|p| p.title.as_str()).collect();
    assert_eq!(titles, ["truth", "a", "b"]);
    let graph = |panel: usize| {
        let [Layer::Graph { nodes, edges }] = drawn.panels[panel].layers.as_slice() else {
            panic!("a graph")
        };
        let edges = edges.iter().map(|e| (e.from, e.to, e.directed, e.fate)).collect::<Vec<_>>();
        (nodes.clone(), edges)
    };
    let true_edges = |fate| vec![(0, 1, true, fate), (1, 2, false, fate), (2, 3, true, fate)];
    assert_eq!(graph(0).1, true_edges(Fate::Plain));
    assert_eq!(
        graph(1).1,
        [
            (0, 1, true, Fate::Right),
            (0, 3, false, Fate::Extra),
            (2, 1, true, Fate::Other),
            (2, 3, true, Fate::Missing)
        ]
    );
    assert_eq!(graph(2).1, true_edges(Fate::Missing));
    // Nodes have the same places in all panels, and names where there are some.
    assert_eq!((graph(0).0.clone(), graph(0).0), (graph(1).0, graph(2).0.clone()));
    let names: Vec<String> = graph(2).0.into_iter().map(|node| node.name).collect();
    assert_eq!(names, ["GATA1", "2", "3", "4", "5"]);
    assert_eq!(
        drawn.alt,
        "Graphs, 3 panels. Panel truth: 3 edges. Panel a: 3 edges: 1 as in the truth, 1 with other ends, 1 not true; \
         1 missing. Panel b: 0 edges: 0 as in the truth, 0 with other ends, 0 not true; 3 missing."
    );
    // Without a truth, edges are not compared.
    let plain = draw(&full, "kind = \"graph\"\nestimators = [\"a\"]\nwhere = { n = 2 }");
    let [Layer::Graph { edges, nodes }] = plain.panels[0].layers.as_slice() else { panic!("a graph") };
    assert!(edges.len() == 3 && nodes.len() == 5 && edges.iter().all(|e| e.fate == Fate::Plain));
}
