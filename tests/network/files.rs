//! The user's own graph and rows.

use std::fs;
use std::path::Path;

use remeasure_core::table;

use super::*;

const EDGES: &str = "from,to,weight,road\nnorth,south,1,A1\nsouth,west,0.5,A2\n";

/// Two features with a response that is twice the first.
fn rows() -> String {
    let mut text = String::from("node,speed,flow,y\n");
    for (i, node) in ["north", "south", "west", "harbour"].iter().enumerate() {
        for row in 0..5 {
            let speed = 1.0 + 0.3 * f64::from(row) + 0.1 * i as f64;
            text.push_str(&format!("{node},{speed},{},{}\n", 2 - row % 2, 2.0 * speed));
        }
    }
    text
}

fn read(folder: &Path, rows: &str, edges: &str, lines: &str) -> Result<Problem, Invalid> {
    fs::write(folder.join("rows.csv"), rows).unwrap();
    fs::write(folder.join("edges.csv"), edges).unwrap();
    table::within(folder, || {
        problem(&format!("kind = \"csv\"\ndata = \"rows.csv\"\nedges = \"edges.csv\"\n{lines}"))
    })
}

#[test]
fn rows_and_edges_are_read_and_a_node_without_edges_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let problem = read(folder.path(), &rows(), EDGES, "model = \"ridge\"\nlabel = \"y\"").unwrap();
    let holds: Vec<&str> = problem.inputs().iter().map(|input| input.holds.as_str()).collect();
    assert_eq!(
        holds,
        [
            "20 rows of 2 features: `speed`, `flow` at 4 nodes",
            "2 edges; 2 connected parts, of which 1 without edges, fitted alone"
        ]
    );
    let instance = problem.draw(&streams(0)).unwrap();
    assert_eq!(instance.graph.edges()[1], Edge { ends: [1, 2], weight: 0.5 });
    for (train, test) in instance.train.iter().zip(&instance.test) {
        assert_eq!((train.rows.count(), test.rows.count()), (4, 1));
        for (row, y) in train.rows.iter().zip(&train.labels).chain(test.rows.iter().zip(&test.labels)) {
            assert!((y - 2.0 * row[0]).abs() < 1e-12);
        }
    }
    let fit = fit("kind = \"network-lasso\"\nlambda = 0.1", &instance);
    assert!(
        fit.measures(&instance).mse.unwrap() < 1.0 && fit.measures(&instance).coefficient_error.is_none()
    );
    let error = estimator("kind = \"oracle\"").unwrap().admit(&problem).unwrap_err();
    assert!(error.to_string().contains("true clusters of your own data are not known"), "{error}");
    let later = problem.draw(&streams(1)).unwrap();
    assert_ne!(later.test, instance.test);
}

#[test]
fn incidents_are_never_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = rows();
    text.push_str("west,0.2,0.3,-1\nnorth,0.1,0.2,-1\n");
    let classes = text.replace(",y\n", ",state\n");
    let classes: String = classes
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((rest, "state")) => format!("{rest},state\n"),
            Some((rest, "-1")) => format!("{rest},incident\n"),
            Some((rest, _)) => format!("{rest},normal\n"),
            None => String::new(),
        })
        .collect();
    let lines = "model = \"one-class\"\nlabel = \"state\"\npositive = \"normal\"";
    let problem = read(folder.path(), &classes, EDGES, lines).unwrap();
    let instance = problem.draw(&streams(0)).unwrap();
    assert!(instance.train.iter().all(|s| s.labels.iter().all(|y| *y == 1.0) && s.rows.count() == 4));
    assert_eq!(instance.test[2].labels, [1.0, -1.0]);
    assert_eq!(instance.test[1].labels, [1.0]);
    let measures = fit("kind = \"network-lasso\"\nlambda = 0.4", &instance).measures(&instance);
    assert!(measures.auc.is_some() && measures.detection.is_some());
    // Without a column of classes all rows are normal, and there is no AUC.
    let unlabelled: String = classes
        .lines()
        .filter(|l| !l.contains("incident"))
        .map(|l| format!("{}\n", l.rsplit_once(',').unwrap().0))
        .collect();
    let problem = read(folder.path(), &unlabelled, EDGES, "model = \"one-class\"").unwrap();
    let instance = problem.draw(&streams(0)).unwrap();
    let measures = fit("kind = \"local\"", &instance).measures(&instance);
    assert!(measures.auc.is_none() && measures.false_alarms.is_some());
}

#[test]
fn mistakes_are_named_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = rows();
    let ridge = "model = \"ridge\"\nlabel = \"y\"";
    let cases = [
        (
            good.clone(),
            "from,to\nnorth,east\n".to_owned(),
            ridge,
            "edges",
            "row 1 (line 2), column `to`: expected a node of rows.csv, found `east`",
        ),
        (good.clone(), "from,to\nnorth,north\n".to_owned(), ridge, "edges", "another node than in `from`"),
        (
            good.clone(),
            "from,to\nnorth,south\nsouth,north\n".to_owned(),
            ridge,
            "edges",
            "an edge that is not listed above",
        ),
        (
            good.clone(),
            "from,to,weight\nnorth,south,0\n".to_owned(),
            ridge,
            "edges",
            "a weight above 0, found `0`",
        ),
        (good.clone(), "from,till\nnorth,south\n".to_owned(), ridge, "edges", "no column `to`"),
        (
            good.clone() + "east,1,1,1\n",
            EDGES.to_owned(),
            ridge,
            "data",
            "node `east` has 1 row; each node needs at least 2",
        ),
        (good.replace("south", ""), EDGES.to_owned(), ridge, "data", "expected the name of a node"),
        (
            good.replace("speed", "speed2").replace("node,", "place,"),
            EDGES.to_owned(),
            ridge,
            "node",
            "no column `node`",
        ),
        (good.clone(), EDGES.to_owned(), "model = \"ridge\"", "label", "the column with the response"),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"ridge\"\nlabel = \"y\"\npositive = \"1\"",
            "positive",
            "does not have this key",
        ),
        (good.clone(), EDGES.to_owned(), "model = \"logistic\"\nlabel = \"flow\"", "positive", "counts as 1"),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"logistic\"\nlabel = \"y\"\npositive = \"2\"",
            "label",
            "two classes, found `2`",
        ),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"logistic\"\nlabel = \"flow\"\npositive = \"7\"",
            "positive",
            "the classes are `2`, `1`",
        ),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"one-class\"\nlabel = \"flow\"",
            "positive",
            "the class of normal rows",
        ),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"one-class\"\npositive = \"1\"",
            "positive",
            "as `label`, or remove",
        ),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"ridge\"\nlabel = \"node\"",
            "label",
            "names of the nodes",
        ),
        (
            good.clone(),
            EDGES.to_owned(),
            "model = \"ridge\"\nlabel = \"y\"\ntest_fraction = 1.0",
            "test_fraction",
            "below 1",
        ),
    ];
    for (rows, edges, lines, key, part) in &cases {
        let error = read(folder.path(), rows, edges, lines).unwrap_err();
        assert!(error.key == *key && error.message.contains(part), "{lines}: {error}");
    }
}
