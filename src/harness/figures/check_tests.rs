//! What figures are refused for.

use remeasure_core::curve::Curve;

use super::Known;
use crate::claims::Metrics;
use crate::config::{Document, Overrides};

const CURVE: Curve = Curve {
    name: "limit",
    label: "limit",
    source: "nobody",
    arguments: &["n", "k"],
    evaluate: |arguments| arguments[0] + arguments[1],
};

/// Takes a setting of the problem.
const PLAIN: Curve = Curve { name: "plain", arguments: &["n", "d"], ..CURVE };

/// Takes a setting that the problem does not have.
const MISSING: Curve = Curve { name: "missing", arguments: &["n", "floor"], ..CURVE };

/// The key and the message with which a figure is refused; empty when it is sound.
fn refused(figure: &str) -> String {
    refused_among(&["ols"], figure)
}

fn refused_among(estimators: &[&'static str], figure: &str) -> String {
    let text = format!(
        "experiment = \"e\"\ntitle = \"E\"\nfamily = \"f\"\nseed = 1\n[profile.quick]\nreplicates = 2\n\
         [profile.paper]\nreplicates = 2\n[profile.paper.sweep]\nproblem.n = [0, 9]\n[problem]\nd = 30\n\
         [sweep]\nproblem.n = [0, 1, 2]\nproblem.k = [1, 2]\nproblem.one = [3]\nproblem.design = [\"a\", \"b\"]\n\
         [[estimator]]\nkind = \"ols\"\n[[figure]]\nid = \"f\"\ntitle = \"F\"\nmetric = \"error\"\n{figure}\n"
    );
    let resolved = match Document::parse("e.toml", &text).unwrap().resolve("quick", &Overrides::default()) {
        Ok(resolved) => resolved,
        Err(error) => {
            assert!(error.line.is_some(), "{error}");
            return format!(
                "{}: {}",
                error.key.trim_start_matches("figure[0]").trim_start_matches('.'),
                error.message
            );
        }
    };
    let known = Known {
        sweep: &resolved.axes,
        anywhere: &resolved.anywhere,
        axes: resolved.axes.iter().map(|a| a.name.as_str()).collect(),
        estimators: estimators.to_vec(),
        metrics: Metrics { recorded: vec!["error", "gap"], ..Metrics::default() },
        curves: &[CURVE, PLAIN, MISSING],
        settings: resolved.settings(),
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
    assert_eq!(boxes, "x_scale: only a line figure, a heat map and a scatter plot take `x_scale`");
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
    assert_eq!(series, "series: only a line figure, a box plot and a scatter plot take `series`");
    let se = of("line", "n", &format!("{fixed}\nstatistic = \"median\"\nband = \"se\""));
    assert!(se.starts_with("band: a standard error belongs to a mean"), "{se}");
}

#[test]
fn what_no_kind_takes_has_the_nearest_key() {
    let of = |rest: &str| refused(&format!("x = \"n\"\nwhere = {{ k = 1, design = \"a\" }}\n{rest}"));
    let known = of("kind = \"line\"\nbands = \"se\"");
    assert!(known.starts_with("bands: unknown key `bands`; did you mean `band`? (valid: `id`, "), "{known}");
    assert_eq!(of(""), ": the key `kind` is missing");
    assert_eq!(of("kind = 3"), "kind: expected a text in quotes, found integer");
    assert!(of("kind = \"boxes\"").starts_with("kind: unknown value `boxes`; did you mean `box`?"));
    assert!(of("kind = \"line\"\nx_scale = \"lin\"").starts_with("x_scale: unknown value `lin`"));
    assert_eq!(of("kind = \"heat-map\""), ": the key `y` is missing");
    assert!(of("kind = \"image\"").starts_with("x: only a line figure, a box plot"));
    assert!(of("kind = \"line\"\nstyle = { widht = \"3in\" }").starts_with("style.widht: unknown key"));
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
    let named = |curve: &str| {
        let keys = "x = \"n\"\nwhere = { k = 1, design = \"a\" }";
        refused(&format!("kind = \"line\"\ncurves = [\"{curve}\"]\n{keys}"))
    };
    assert_eq!(named("plain"), "");
    let message = "curves[0]: `missing` is a function of `floor`, which is neither an axis of the sweep nor a number \
                   in `[problem]`: set `floor = …` there";
    assert_eq!(named("missing"), message);
    let message =
        "curves[0]: unknown curve `plan`; did you mean `plain`? (valid: `limit`, `plain`, `missing`)";
    assert_eq!(named("plan"), message);
}

/// A box plot over n with one published box, `edit`ed.
fn published(edit: impl Fn(String) -> String) -> String {
    let entry = "{ estimator = \"ols\", x = 1, k = 2, box = [1, 2, 3, 4, 5.5] }";
    let figure = format!(
        "kind = \"box\"\nx = \"n\"\nfacet = \"k\"\nestimators = [\"ols\", \"omp\"]\n\
         where = {{ design = \"a\" }}\npublished = [{entry}]"
    );
    refused_among(&["ols", "omp", "lasso"], &edit(figure))
}

#[test]
fn a_published_box_needs_one_place() {
    assert_eq!(published(|f| f), "");
    // A cell that only another profile has.
    assert_eq!(published(|f| f.replace("x = 1", "x = 9")), "");
    for (from, to, message) in [
        ("\"ols\", x", "\"old\", x", "published[0].estimator: unknown estimator `old`; did you mean `ols`?"),
        ("\"ols\", x", "\"lasso\", x", "published[0].estimator: the figure does not show `lasso`"),
        ("x = 1", "x = 5", "published[0].x: no profile has n = 5; there are 0, 1, 2, 9"),
        ("x = 1, ", "", "published[0].x: is missing: give the value of `n`"),
        ("k = 2", "kk = 2", "published[0].kk: unknown axis `kk`; did you mean `k`?"),
        ("k = 2", "k = 3", "published[0].k: no profile has k = 3; there are 1, 2"),
        ("k = 2", "k = [2]", "published[0].k: must be one value of the axis"),
        ("k = 2, ", "", "published[0]: does not say which value of `k` it belongs to"),
        (
            "k = 2",
            "k = 2, n = 1",
            "published[0].n: `n` is the figure's horizontal axis: give its value as `x`",
        ),
        ("k = 2", "k = 2, design = \"b\"", "published[0].design: `where` leaves out design = b"),
        ("[1, 2,", "[3, 2,", "published[0].box: must be lower whisker, lower quartile, median"),
        ("[1, 2,", "[nan, 2,", "published[0].box: must be lower whisker"),
        (
            "5.5] }",
            "6] }, { estimator = \"ols\", x = 1.0, k = 2, box = [1, 2, 3, 4, 5] }",
            "published[1]: `published[0]` is already at this place",
        ),
        ("kind = \"box\"", "kind = \"line\"", "published[0]: the key `value` is missing"),
        ("box = [", "value = 3, box = [", "published[0].value: unknown axis `value`"),
        (
            "kind = \"box\"",
            "claimed = false\nkind = \"box\"",
            "claimed: only a line figure and a forest plot take `claimed`",
        ),
        (
            "x = \"n\"\nfacet = \"k\"",
            "x = \"estimator\"\nfacet = \"k\"",
            "published[0].x: the figure has its estimators along `x`",
        ),
    ] {
        let found = published(|f| {
            assert!(f.contains(from), "{from}");
            f.replace(from, to)
        });
        assert!(found.starts_with(message), "{to}\n→ {found}");
    }
    // The numbers of lines.
    let line = |value: &str, more: &str| {
        published(|f| {
            let (before, rest) = f.split_once("box = ").unwrap();
            let (_, after) = rest.split_once(" }").unwrap();
            format!("{before}{value} }}{after}{more}").replace("kind = \"box\"", "kind = \"line\"")
        })
    };
    assert_eq!(line("value = 3", ""), "");
    assert_eq!(line("valeu = 3", ""), "published[0]: the key `value` is missing");
    assert_eq!(line("value = nan", ""), "published[0].value: must be a finite number");
    assert_eq!(
        line("value = 0", "\ny_scale = \"log\""),
        "published[0].value: must be positive on a logarithmic scale"
    );
    let log = published(|f| f.replace("[1, 2,", "[0, 2,") + "\ny_scale = \"log\"");
    assert_eq!(log, "published[0].box: must be positive on a logarithmic scale");
}

#[test]
fn a_ratio_needs_two_estimators() {
    let of = |kind: &str, rest: &str| {
        let fixed = "where = { k = 1, design = \"a\" }";
        refused_among(&["ols", "omp"], &format!("kind = \"{kind}\"\nx = \"n\"\n{fixed}\n{rest}"))
    };
    assert_eq!(of("box", "numerator = \"ols\""), "");
    assert_eq!(of("line", "numerator = \"ols\"\nestimators = [\"omp\"]"), "");
    let own = of("line", "numerator = \"ols\"\nestimators = [\"omp\", \"ols\"]");
    assert_eq!(own, "estimators[1]: `ols` would be divided by itself");
    assert!(of("box", "numerator = \"old\"").starts_with("numerator: unknown estimator `old`"));
    let map = refused("kind = \"heat-map\"\nx = \"n\"\ny = \"k\"\nnumerator = \"ols\"");
    assert!(map.starts_with("numerator: only a line figure and a box plot"), "{map}");
    let alone = refused("kind = \"box\"\nx = \"n\"\nnumerator = \"ols\"");
    assert_eq!(alone, "numerator: there is nothing to divide `ols` by");
    // The one that is left may be named by a series.
    assert_eq!(
        refused_among(
            &["ols", "omp"],
            "kind = \"box\"\nx = \"n\"\nseries = \"k\"\nnumerator = \"ols\"\nwhere = { design = \"a\" }"
        ),
        ""
    );
}

#[test]
fn a_graph_needs_one_cell_and_different_names() {
    let cell = "where = { n = 1, k = 1, one = 3, design = \"a\" }";
    assert_eq!(refused(&format!("kind = \"graph\"\n{cell}")), "");
    let twice = refused(&format!("kind = \"graph\"\nnames = [\"A\", \"B\", \"A\"]\n{cell}"));
    assert_eq!(twice, "names[2]: two nodes are called `A`: rename one");
    let truth = refused(&format!("kind = \"graph\"\ntruth = \"errro\"\n{cell}"));
    assert!(truth.starts_with("truth: unknown metric `errro`"), "{truth}");
    let cells = refused("kind = \"graph\"");
    assert!(cells.contains("the axis `n` is neither shown nor fixed"), "{cells}");
}

#[test]
fn a_path_needs_the_metric_of_lambda_and_different_names() {
    let cell = "where = { n = 1, k = 1, one = 3, design = \"a\" }";
    let of = |more: &str| refused(&format!("kind = \"path\"\nlambda = \"error\"\n{more}\n{cell}"));
    assert_eq!(of(""), "");
    assert!(refused(&format!("kind = \"path\"\n{cell}")).contains("`lambda`"));
    assert!(of("chosen = \"errro\"").starts_with("chosen: unknown metric `errro`"));
    assert_eq!(of("names = [\"A\", \"A\"]"), "names[1]: two features are called `A`: rename one");
    assert_eq!(of("blocks = [\"A\", \"A\"]"), "blocks[1]: two blocks are called `A`: rename one");
    assert_eq!(of("named = 10"), "named: expected at most 9, found 10");
}
