//! The user's own expression matrix: what is read, and what is refused.

use std::fmt::Write;
use std::path::Path;

use remeasure_core::stream::Streams;
use remeasure_core::table;
use remeasure_graphs::dropouts::{Dropout, Expression};

/// Twelve rows of three genes.
fn matrix() -> String {
    let mut text = "A,B,C\n".to_owned();
    for i in 0..12 {
        let zero = if i % 4 == 0 { 0 } else { i };
        writeln!(text, "{i},{zero},{}", (7 * i) % 5).unwrap();
    }
    text
}

fn read(folder: &Path, keys: &str) -> Result<Expression, String> {
    let keys: toml::Table = toml::from_str(keys).unwrap();
    table::within(folder, || Expression::read("expression-csv", &keys).unwrap()).map_err(|e| e.to_string())
}

/// The message for a matrix with these keys beside `data`.
fn refused(matrix: &str, edges: &str, keys: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.csv"), matrix).unwrap();
    std::fs::write(folder.path().join("edges.csv"), edges).unwrap();
    read(folder.path(), &format!("data = \"x.csv\"\n{keys}")).err().unwrap_or_default()
}

#[test]
fn a_matrix_and_its_edges_are_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.csv"), matrix()).unwrap();
    std::fs::write(folder.path().join("edges.csv"), "from,to\nC,A\n").unwrap();
    let keys = "data = \"x.csv\"\ncolumns = [\"C\", \"A\"]\nedges = \"edges.csv\"";
    let problem = read(folder.path(), keys).unwrap();
    assert_eq!(problem.inputs().len(), 2);
    assert!(problem.inputs()[0].holds.contains("12 rows of 2 features: `C`, `A`"));
    let views = problem.draw(&Streams { seed: 1, cell: 0, replicate: 0 }).unwrap();
    let sample = views.sample(Dropout::None).unwrap();
    assert_eq!((sample.rows(), sample.variables(), sample.column(1)[3]), (12, 2, 3.0));
    assert!(views.truth.as_ref().unwrap().has(0, 1) && problem.has_truth());
    assert!(views.sample(Dropout::Car).is_err());
    assert!(!read(folder.path(), "data = \"x.csv\"").unwrap().has_truth());
}

#[test]
fn what_cannot_be_used_is_refused_with_its_place_and_mend() {
    let plain = matrix();
    let with = |from: &str, to: &str| plain.replace(from, to);
    for (matrix, edges, keys, words) in [
        (
            with("\n3,3,1", "\n3,-3,1"),
            "",
            "",
            "row 4 (line 5), column `B`: expected an expression level of at least 0",
        ),
        (with("\n3,3,1", "\n3,x,1"), "", "", "column `B`: expected a finite number, found `x`"),
        (with("\n3,3,1", "\n3,nan,1"), "", "", "column `B`: expected a finite number, found `nan`"),
        (plain.lines().map(|l| format!("{l},1\n")).collect(), "", "", "column `1` is constant"),
        (
            plain
                .lines()
                .map(|l| format!("{l},{}\n", l.replace('A', "D").split(',').next().unwrap()))
                .collect(),
            "",
            "",
            "columns `A` and `D` are the same up to scale",
        ),
        (
            plain.lines().take(9).map(|l| format!("{l}\n")).collect(),
            "",
            "",
            "expected at least 10 rows, found 8",
        ),
        (plain.clone(), "", "columns = [\"A\"]", "columns: expected 2 to 128 columns, found 1"),
        (plain.clone(), "", "columns = [\"A\", \"B\", \"A\"]", "columns: the column `A` is named twice"),
        (plain.clone(), "", "columns = [\"A\", \"Z\"]", "no column `Z`; the columns are `A`, `B`, `C`"),
        (plain.clone(), "from,to\nA,B\nB,A\n", "edges = \"edges.csv\"", "the edges form a cycle"),
        (
            plain.clone(),
            "from,to\nA,X\n",
            "edges = \"edges.csv\"",
            "the name of a column of `data` that is used, found `X`",
        ),
        (plain.clone(), "a,b\nA,B\n", "edges = \"edges.csv\"", "no column `from`"),
        (plain.clone(), "", "rows = 3", "unknown field `rows`"),
    ] {
        let found = refused(&matrix, edges, keys);
        assert!(found.contains(words), "{keys} {words}: {found}");
    }
    assert_eq!(refused(&with("\n3,3,1", "\n3,-3,1"), "", "signed = true"), "");
}

#[test]
fn sizes_out_of_range_are_refused() {
    for (kind, keys, words) in [
        ("dropouts", "d = 1\ndegree = 0\nn = 100", "d: expected between 2 and 128 variables, found 1"),
        ("dropouts", "d = 129\ndegree = 0\nn = 100", "found 129"),
        ("dropouts", "d = 5\ndegree = 4.5\nn = 100", "degree: expected between 0 and d − 1 = 4, found 4.5"),
        ("dropouts", "d = 5\ndegree = 2\nn = 9", "n: expected between 10 and 1000000 rows, found 9"),
        ("dropouts-fork", "n = 2000000", "n: expected between 10"),
    ] {
        let error = Expression::read(kind, &toml::from_str(keys).unwrap()).unwrap().unwrap_err().to_string();
        assert!(error.contains(words), "{keys}: {error}");
    }
    assert!(Expression::read("other", &toml::Table::new()).is_none());
}
