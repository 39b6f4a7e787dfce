//! What figures are refused for.

use super::Known;
use crate::harness::config::{Document, Overrides};
use crate::harness::curve::Curve;

const CURVE: Curve = Curve {
    name: "limit",
    label: "limit",
    source: "nobody",
    arguments: &["n", "k"],
    evaluate: |arguments| arguments[0] + arguments[1],
};

/// The key and the message with which a figure is refused; empty when it is sound.
fn refused(figure: &str) -> String {
    let text = format!(
        "experiment = \"e\"\ntitle = \"E\"\nfamily = \"f\"\nseed = 1\n[profile.quick]\nreplicates = 2\n[problem]\n\
         [sweep]\nproblem.n = [0, 1, 2]\nproblem.k = [1, 2]\nproblem.one = [3]\nproblem.design = [\"a\", \"b\"]\n\
         [[estimator]]\nkind = \"ols\"\n[[figure]]\nid = \"f\"\ntitle = \"F\"\nmetric = \"error\"\n{figure}\n"
    );
    let resolved = Document::parse("e.toml", &text).unwrap().resolve("quick", &Overrides::default()).unwrap();
    let known = Known {
        resolved: &resolved,
        axes: resolved.axes.iter().map(|a| a.name.as_str()).collect(),
        estimators: vec!["ols"],
        metrics: vec!["error", "gap"],
        curves: &[CURVE],
    };
    known.figure(&resolved.figures[0]).err().map_or_else(String::new, |e| e.to_string())
}

#[test]
fn a_log_scale_needs_positive_numbers() {
    let fixed = "where = { k = 1, design = \"a\" }";
    let line =
        |x: &str, rest: &str| refused(&format!("kind = \"line\"\nx = \"{x}\"\nx_scale = \"log\"\n{rest}"));
    let message = "x_scale: a logarithmic scale takes positive numbers only; the axis";
    assert_eq!(line("n", fixed), format!("{message} `n` has 0"));
    assert_eq!(line("design", "where = { n = 1, k = 1 }"), format!("{message} `design` has a"));
    // What the filter leaves counts.
    assert_eq!(line("n", "where = { n = [1, 2], k = 1, design = \"a\" }"), "");
    let map = |scales: &str| {
        refused(&format!("kind = \"heat-map\"\nx = \"k\"\ny = \"n\"\nwhere = {{ design = \"a\" }}\n{scales}"))
    };
    assert_eq!(map("x_scale = \"log\""), "");
    assert_eq!(map("y_scale = \"log\""), "y_scale".to_owned() + &format!("{message} `n` has 0")[7..]);
    let boxes = refused(&format!("kind = \"box\"\nx = \"n\"\nx_scale = \"log\"\n{fixed}"));
    assert!(boxes.starts_with("x_scale: a box plot"), "{boxes}");
}

#[test]
fn keys_that_would_be_passed_over_are_refused() {
    let of = |kind: &str, x: &str, rest: &str| refused(&format!("kind = \"{kind}\"\nx = \"{x}\"\n{rest}"));
    let fixed = "where = { k = 1, design = \"a\" }";
    for (kind, x) in [("box", "n"), ("scatter", "gap"), ("heat-map", "n")] {
        let y = if kind == "heat-map" { "y = \"k\"\nwhere = { design = \"a\" }" } else { fixed };
        assert_eq!(of(kind, x, y), "", "{kind}");
        assert!(of(kind, x, &format!("{y}\nband = \"ci95\"")).starts_with("band: only a line"), "{kind}");
        assert!(of(kind, x, &format!("{y}\nstatistic = \"mean\"")).starts_with("statistic: only a line"));
    }
    assert!(of("line", "n", &format!("{fixed}\nz_label = \"z\"")).starts_with("z_label: only a heat map"));
    let series = of("heat-map", "n", "y = \"k\"\nseries = \"design\"");
    assert!(series.starts_with("series: a heat map has no series"), "{series}");
    let se = of("line", "n", &format!("{fixed}\nstatistic = \"median\"\nband = \"se\""));
    assert!(se.starts_with("band: a standard error belongs to a mean"), "{se}");
}

#[test]
fn a_curve_that_cannot_be_drawn_is_refused() {
    let of = |kind: &str, x: &str, rest: &str| {
        refused(&format!("kind = \"{kind}\"\nx = \"{x}\"\ncurves = [\"limit\"]\n{rest}"))
    };
    // Its other argument may be the facet, or fixed.
    assert_eq!(of("line", "n", "facet = \"k\"\nwhere = { design = \"a\" }"), "");
    assert_eq!(of("line", "n", "where = { k = 2, design = \"a\" }"), "");
    let series = of("line", "n", "series = \"k\"\nwhere = { design = \"a\" }");
    assert!(
        series.starts_with("curves[0]: `limit` is a function of `k`, which has several values"),
        "{series}"
    );
    let upward = of("heat-map", "n", "y = \"k\"\nwhere = { design = \"a\" }");
    assert!(upward.starts_with("curves[0]: `limit` is a function of `k`"), "{upward}");
    let fixed = "where = { n = 1, k = 1 }";
    assert!(of("line", "design", fixed).starts_with("curves: a curve needs numbers along `x`"));
    let all = "where = { n = 1, k = 1, design = \"a\" }";
    assert!(of("line", "coordinate", all).starts_with("curves: a curve needs an axis of the sweep"));
    assert!(of("box", "n", "where = { k = 1, design = \"a\" }").starts_with("curves: only a line figure"));
    assert!(of("scatter", "gap", "").starts_with("curves: only a line figure"));
}
