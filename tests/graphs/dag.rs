//! Graphs and their distances against the reference, and brute force on small graphs.

use std::collections::BTreeMap;

use remeasure_core::stream::Streams;
use remeasure_graphs::dag::{Counts, Cyclic, close, cpdag, d_separated, shd, skeleton_f1};
use remeasure_graphs::{Dag, Pdag, generate};
use serde_json::Value;

/// All DAGs with so many nodes.
pub(crate) fn all(nodes: usize) -> Vec<Dag> {
    let pairs: Vec<(usize, usize)> = (0..nodes).flat_map(|i| (i + 1..nodes).map(move |j| (i, j))).collect();
    let mut found = Vec::new();
    for code in 0..3_usize.pow(pairs.len() as u32) {
        let mut rest = code;
        let mut edges = Vec::new();
        for &(i, j) in &pairs {
            match rest % 3 {
                1 => edges.push((i, j)),
                2 => edges.push((j, i)),
                _ => (),
            }
            rest /= 3;
        }
        found.extend(Dag::from_edges(nodes, &edges));
    }
    found
}

fn matrix(value: &Value) -> Pdag {
    let rows = value.as_array().expect("rows");
    let marks = rows.iter().flat_map(|row| row.as_array().expect("a row"));
    let marks: Vec<bool> = marks.map(|v| v.as_i64().expect("a number") == 1).collect();
    Pdag::from_matrix(rows.len(), &marks)
}

#[test]
fn classes_and_distances_are_those_of_the_reference() {
    let text = include_str!("../data/graphs/dag_cpdag_shd.json");
    let cases: Vec<Value> = serde_json::from_str(text).expect("JSON");
    assert!(cases.len() >= 5);
    for case in &cases {
        let [a, b] = ["A", "B"].map(|name| Dag::try_from(matrix(&case[name])).expect("a DAG"));
        assert_eq!(cpdag(&a), matrix(&case["cpdag_A"]));
        assert_eq!(cpdag(&b), matrix(&case["cpdag_B"]));
        assert_eq!(shd(&cpdag(&a), &cpdag(&b)), case["shd_cpdag"].as_u64().unwrap() as usize);
        let counts = Counts::new(&a, &b);
        let parts: Vec<usize> = serde_json::from_value(case["extra_missing_reversed"].clone()).unwrap();
        assert_eq!([counts.extra, counts.missing, counts.reversed], parts[..]);
        assert_eq!(counts.shd(), case["shd_notears_A_true_B_est"].as_u64().unwrap() as usize);
        assert_eq!(shd(a.graph(), b.graph()), counts.shd());
    }
}

#[test]
fn a_class_has_the_edges_that_all_its_members_share() {
    let dags = all(4);
    assert_eq!(dags.len(), 543);
    // Members of a class have the same skeleton and the same v-structures.
    let key = |dag: &Dag| {
        let mut colliders = Vec::new();
        for j in 0..4 {
            let parents: Vec<usize> = dag.parents(j).collect();
            for (at, &a) in parents.iter().enumerate() {
                let open = parents[at + 1..].iter().filter(|&&b| !dag.graph().adjacent(a, b));
                colliders.extend(open.map(|&b| (a, j, b)));
            }
        }
        (dag.graph().pairs().collect::<Vec<_>>(), colliders)
    };
    let mut classes: BTreeMap<_, Vec<&Dag>> = BTreeMap::new();
    for dag in &dags {
        classes.entry(key(dag)).or_default().push(dag);
    }
    assert_eq!(classes.len(), 185);
    for members in classes.values() {
        let mut union = Pdag::empty(4);
        for dag in members {
            for (i, j) in dag.edges() {
                // A direction that only some members have makes the edge undirected.
                if members.iter().all(|m| m.has(i, j)) {
                    union.direct(i, j);
                } else {
                    union.connect(i, j);
                }
            }
        }
        for dag in members {
            assert_eq!(cpdag(dag), union);
        }
    }
}

#[test]
fn separation_is_that_of_the_paths() {
    // A path is open if its colliders have a given descendant and no other node on it is given.
    fn open(dag: &Dag, path: &mut Vec<usize>, y: usize, given: &[bool]) -> bool {
        let at = path[path.len() - 1];
        if at == y {
            return (1..path.len() - 1).all(|k| {
                let collider = dag.has(path[k - 1], path[k]) && dag.has(path[k + 1], path[k]);
                let below = dag.descendants(&[path[k]]);
                if collider { (0..dag.nodes()).any(|i| given[i] && below[i]) } else { !given[path[k]] }
            });
        }
        for next in 0..dag.nodes() {
            if dag.graph().adjacent(at, next) && !path.contains(&next) {
                path.push(next);
                let found = open(dag, path, y, given);
                path.pop();
                if found {
                    return true;
                }
            }
        }
        false
    }
    let check = |dag: &Dag| {
        let nodes = dag.nodes();
        for x in 0..nodes {
            for y in (0..nodes).filter(|&y| y != x) {
                for set in 0..1_usize << nodes {
                    let given: Vec<bool> = (0..nodes).map(|i| set >> i & 1 == 1).collect();
                    if given[x] || given[y] {
                        continue;
                    }
                    let chosen: Vec<usize> = (0..nodes).filter(|&i| given[i]).collect();
                    let expected = !open(dag, &mut vec![x], y, &given);
                    assert_eq!(d_separated(dag, x, y, &chosen), expected, "{dag:?} {x} {y} {chosen:?}");
                }
            }
        }
    };
    all(4).iter().for_each(check);
    for replicate in 0..20 {
        let mut stream = Streams { seed: 1, cell: 1, replicate }.stream("graph");
        let edges = generate::with_probability(6, 7.0, &mut stream);
        check(&Dag::from_edges(6, &edges).unwrap());
    }
}

#[test]
fn cycles_are_refused_and_orders_lead_forward() {
    assert_eq!(Dag::from_edges(3, &[(0, 1), (1, 2), (2, 0)]), Err(Cyclic));
    assert_eq!(Dag::from_edges(2, &[(0, 1), (1, 0)]), Err(Cyclic));
    assert_eq!(Dag::from_edges(2, &[(1, 1)]), Err(Cyclic));
    assert_eq!(Dag::from_weights(2, &[0.5, 0.0, 0.0, 0.0]), Err(Cyclic));
    let dag = Dag::from_weights(3, &[0.0, 0.0, 0.0, 0.4, 0.0, 0.0, -0.1, 2.0, 0.0]).unwrap();
    assert_eq!(dag.order(), [2, 1, 0]);
    assert_eq!(dag.edges().collect::<Vec<_>>(), [(1, 0), (2, 0), (2, 1)]);
    assert_eq!(dag.ancestors(&[1]), [false, true, true]);
    assert_eq!(dag.descendants(&[1]), [true, true, false]);
}

#[test]
fn marks_and_rules() {
    let mut graph = Pdag::empty(4);
    graph.direct(0, 1);
    graph.connect(1, 2);
    graph.connect(2, 3);
    assert_eq!(graph.edges(), 3);
    assert_eq!(graph.neighbours(2).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(graph.adjacencies(1).collect::<Vec<_>>(), [0, 2]);
    close(&mut graph);
    assert!(graph.directed(1, 2) && graph.directed(2, 3));
    // Rule 3: 0 — 1, 0 — 2, 0 — 3 and 1 → 3 ← 2.
    let mut graph = Pdag::empty(4);
    (1..4).for_each(|i| graph.connect(0, i));
    graph.direct(1, 3);
    graph.direct(2, 3);
    close(&mut graph);
    assert!(graph.directed(0, 3) && graph.undirected(0, 1) && graph.undirected(0, 2));
    graph.disconnect(0, 3);
    assert!(!graph.adjacent(0, 3));
}

#[test]
fn rates_of_known_graphs() {
    let truth = Dag::from_edges(4, &[(0, 1), (1, 2), (0, 3)]).unwrap();
    let estimate = Dag::from_edges(4, &[(0, 1), (2, 1), (2, 3)]).unwrap();
    let counts = Counts::new(&truth, &estimate);
    assert_eq!(counts, Counts { correct: 1, reversed: 1, extra: 1, missing: 1 });
    assert_eq!((counts.tpr(), counts.fdr()), (1.0 / 3.0, 2.0 / 3.0));
    assert_eq!(skeleton_f1(truth.graph(), estimate.graph()), 2.0 / 3.0);
    let empty = Dag::empty(4);
    let counts = Counts::new(&truth, &empty);
    assert_eq!((counts.shd(), counts.tpr(), counts.fdr()), (3, 0.0, 0.0));
    assert_eq!(Counts::new(&empty, &empty).tpr(), 1.0);
    assert_eq!(skeleton_f1(empty.graph(), empty.graph()), 1.0);
}

#[test]
fn random_graphs_have_the_density_that_is_asked_for() {
    let streams = |replicate| Streams { seed: 2, cell: 1, replicate };
    let count = 400;
    let mut total = 0;
    for replicate in 0..count {
        let edges = generate::with_probability(12, 20.0, &mut streams(replicate).stream("graph"));
        assert!(Dag::from_edges(12, &edges).is_ok());
        total += edges.len();
    }
    // 66 pairs of probability 20/66: the mean has a standard error of 0.19.
    let mean = total as f64 / f64::from(count);
    assert!((mean - 20.0).abs() < 0.8, "{mean}");
    let edges = generate::with_edges(12, 20, &mut streams(0).stream("graph"));
    assert!(edges.len() == 20 && edges.iter().all(|(i, j)| i < j));
    assert_eq!(Dag::from_edges(12, &edges).unwrap().edges().count(), 20);
    assert_eq!(generate::with_edges(4, 99, &mut streams(0).stream("graph")).len(), 6);
    let edges = generate::barabasi_albert(30, 3, &mut streams(0).stream("graph"));
    assert!(edges.len() == 1 + 2 + 27 * 3 && edges.iter().all(|(i, j)| i > j));
    assert_eq!(Dag::from_edges(30, &edges).unwrap().edges().count(), edges.len());
    // Old nodes receive most: 28 nodes share the rest.
    let oldest = edges.iter().filter(|(_, j)| *j < 5).count();
    assert!(oldest > 30, "{oldest}");
}
