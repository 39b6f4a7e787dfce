//! Reading claims and checking their names.

use std::collections::BTreeMap;

use remeasure::core::curve::Curve;
use remeasure::harness::claims::{ClaimSpec, Metrics, Names, Over, Published, common_keys, forms};
use remeasure::harness::records::{Axis, AxisValue};

use crate::world::claim;

const COMMON: &str = "id = 'c'\nstatement = 's'\nsource = 'Table 1'\n";

fn refused(keys: &str) -> String {
    ClaimSpec::parse(keys.parse().unwrap()).unwrap_err().to_string()
}

fn bad(keys: &str) -> String {
    refused(&format!("{COMMON}{keys}"))
}

#[test]
fn defaults_and_common_keys() {
    let c = claim("form = 'untestable'\nreason = 'no data'");
    let keys = c.common;
    assert_eq!((keys.confidence, keys.max_missing, keys.over, c.published), (0.95, 0.05, Over::Each, None));
    let c = claim(
        "form = 'below'\nmetric = 'm'\na = 'a'\nb = 'b'\npublished = 'half'\nconfidence = 0.99\nover = 'pooled'\n\
         where = { n = 100, kind = ['toeplitz', 'gaussian'] }",
    );
    assert_eq!(c.published, Some(Published::Text("half".into())));
    assert_eq!((c.common.confidence, c.common.over), (0.99, Over::Pooled));
    assert_eq!(c.selection[0].values, [AxisValue::Integer(100)]);
    assert_eq!(c.selection[1].values.len(), 2);
}

#[test]
fn what_cannot_be_used_is_refused_by_key() {
    let within = "form = 'within'\nmetric = 'm'\nestimator = 'a'\n";
    let below = "form = 'below'\nmetric = 'm'\na = 'a'\nb = 'b'\n";
    let at_most = "form = 'at-most'\nestimator = 'a'\n";
    let monotone = "form = 'monotone'\nmetric = 'm'\nestimator = 'a'\naxis = 'p'\ndirection = 'increasing'\n";
    for (keys, start) in [
        (String::new(), "form: is missing; give one of below, within"),
        ("form = 3".into(), "form: must be a string"),
        ("form = 'bellow'".into(), "form: unknown form `bellow`; did you mean `below`?"),
        (
            format!("{below}maargin = 1"),
            "maargin: unknown key of a `below` claim `maargin`; did you mean `margin`?",
        ),
        (format!("{below}limit = 1"), "limit: unknown key of a `below` claim `limit`"),
        (format!("{below}margin = -1"), "margin: must be at least 0"),
        (format!("{below}factor = 0"), "factor: must be positive"),
        (format!("{below}factor = 'two'"), "factor: invalid type: string"),
        (format!("{below}margin = 1\nscale = 'ratio'"), "margin: has no meaning on the ratio scale"),
        (format!("{below}scale = 'log'"), "scale: unknown variant `log`"),
        (format!("{below}confidence = 95"), "confidence: must lie between"),
        (format!("{below}max_missing = 1"), "max_missing: must be"),
        (format!("{below}where = {{ n = [] }}"), "where.n: lists no value"),
        (format!("{below}where = {{ n = {{ x = 1 }} }}"), "where.n: must be a number"),
        (format!("{below}given = 3"), "given: must be a table: setting = value"),
        (format!("{below}given = {{ k = [1] }}"), "given.k: must be a finite number, a string"),
        (format!("{below}given = {{ a.b = nan }}"), "given.a.b: must be a finite number, a string"),
        (format!("{below}published = 1\nexpected = 1"), "expected: give `published` or `expected`, not both"),
        (format!("{below}expected = inf"), "expected: must be finite"),
        (format!("{below}resolution = -1"), "resolution: must be at least 0"),
        (format!("{within}expected = 'x'\ntolerance = 1"), "published: this or `expected` must be a number"),
        (format!("{within}lower = 1\nresolution = 1"), "resolution: unknown key of a `within` claim"),
        (
            format!("{monotone}statistic = 'width'\nalong = 'n'\nresolution = 1"),
            "resolution: has no meaning for logistic fits",
        ),
        (format!("{below}where = 3"), "where: must be a table"),
        (below.replace("'b'", "'a'"), "b: compares `a` with itself"),
        (within.into(), "lower: give `lower` or `upper`"),
        (format!("{within}lower = 2\nupper = 1"), "lower: must lie below `upper`"),
        (format!("{within}tolerance = 1"), "published: this or `expected` must be a number when `tolerance`"),
        (format!("{within}published = 'x'\ntolerance = 1"), "published: this or `expected` must be a number"),
        (
            format!("{within}published = 0\nrelative_tolerance = 0.1"),
            "relative_tolerance: must leave some room",
        ),
        (format!("{within}published = 1\ntolerance = 1\nlower = 0"), "tolerance: give bounds or a tolerance"),
        (format!("{within}lower = 1\nrelative_to = 'a'"), "relative_to: compares `a` with itself"),
        (format!("{at_most}limit = 0"), "limit: must lie between 0 and 1"),
        (format!("{at_most}limit = 0.1\nabove = 1"), "metric: is missing"),
        (format!("{at_most}limit = 0.1\nmetric = 'm'"), "above: a metric needs one threshold"),
        (format!("{monotone}statistic = 'width'"), "along: is missing"),
        (format!("{monotone}statistic = 'width'\nalong = 'p'"), "along: must be a different axis"),
        (format!("{monotone}along = 'n'"), "along: needs statistic"),
        (format!("{monotone}over = 'pooled'"), "over: \"pooled\" needs"),
        (format!("{monotone}relative_to = 'a'"), "relative_to: compares `a` with itself"),
        (
            format!("{monotone}statistic = 'width'\nalong = 'n'\nrelative_to = 'b'"),
            "relative_to: has no meaning for logistic fits",
        ),
        (format!("{within}lower = 1\nstatistic = 'mode'"), "statistic: unknown variant `mode`"),
        (
            format!("{within}lower = 1\nstatistic = 'median'\nover = 'pooled'"),
            "over: \"pooled\" averages means; a median is tested in each cell",
        ),
        (
            "form = 'rate'\nmetric = 'm'\nestimator = 'a'\naxis = 'n'\nlower = 1\nstatistic = 'mean'".into(),
            "statistic: unknown key of a `rate` claim",
        ),
        ("form = 'untestable'\nreason = ' '".into(), "reason: must say why"),
    ] {
        let message = bad(&keys);
        assert!(message.starts_with(start), "{keys}\n→ {message}");
    }
    assert!(refused("form = 'untestable'\nreason = 'x'").contains("missing field `id`"));
    for id in ["A", "a_b", "-a", "a--b", ""] {
        let keys = format!("id = '{id}'\nstatement = 's'\nsource = 't'\nform = 'untestable'\nreason = 'x'");
        assert!(refused(&keys).starts_with("id: "), "{id}");
    }
}

#[test]
fn names_are_checked_with_the_nearest_suggested() {
    let strings = |names: &[&str]| names.iter().map(|s| (*s).to_string()).collect::<Vec<_>>();
    let axis = |name: &str, values: &[AxisValue]| Axis {
        path: format!("problem.{name}"),
        name: name.into(),
        label: name.into(),
        values: values.to_vec(),
    };
    let numbers = |values: &[i64]| values.iter().map(|v| AxisValue::Integer(*v)).collect::<Vec<_>>();
    let curve = |name, arguments| Curve { name, label: name, source: "-", arguments, evaluate: |_| 0.0 };
    let estimators = strings(&["lasso", "omp"]);
    let metrics = Metrics { recorded: vec!["nmse", "success"], ..Metrics::default() };
    let axes = [
        axis("n", &numbers(&[0, 100, 200])),
        axis("p", &numbers(&[400, 800])),
        axis("kind", &[AxisValue::Text("toeplitz".into())]),
    ];
    let curves = [
        curve("l1-transition", &["p"]),
        curve("other", &["kind"]),
        curve("self", &["n"]),
        curve("set", &["p", "d"]),
        curve("unset", &["floor"]),
        curve("word", &["signal"]),
    ];
    let settings = [("d", AxisValue::Integer(30)), ("signal", AxisValue::Text("signs".into()))]
        .map(|(k, v)| (k.to_owned(), v))
        .into();
    let names = Names {
        estimators: &estimators,
        metrics: &metrics,
        axes: &axes,
        anywhere: &[],
        curves: &curves,
        settings: &settings,
    };
    let check = |keys: &str| claim(keys).check_names(&names).map_err(|e| e.to_string());
    let midpoint = "form = 'midpoint'\nmetric = 'success'\nestimator = 'lasso'\nalong = 'n'\nper = 'p'\ncurve = 'l1-transition'\ntolerance = 0.1";
    let rate = "form = 'rate'\nmetric = 'nmse'\nestimator = 'omp'\naxis = 'n'\nupper = 0\nwhere = { n = [100, 200.0] }";
    for good in [midpoint, rate, &midpoint.replace("l1-transition", "set")] {
        assert_eq!(check(good), Ok(()));
    }
    for (keys, message) in [
        (
            midpoint.replace("'success'", "'succes'"),
            "metric: unknown metric `succes`; did you mean `success`? (valid: `nmse`, `success`)",
        ),
        (
            midpoint.replace("'lasso'", "'laso'"),
            "estimator: unknown estimator `laso`; did you mean `lasso`? (valid: `lasso`, `omp`)",
        ),
        (
            midpoint.replace("l1-transition", "l1-trans"),
            "curve: unknown reference curve `l1-trans`; did you mean `l1-transition`? (valid: `l1-transition`, `other`, `self`, `set`, `unset`, `word`)",
        ),
        (
            midpoint.replace("l1-transition", "self"),
            "curve: `self` takes `n`, along which the 50 % point is sought",
        ),
        (
            midpoint.replace("l1-transition", "other"),
            "curve: `other` takes `kind` from the sweep: `kind` must have numbers as values; it has toeplitz",
        ),
        (
            midpoint.replace("l1-transition", "unset"),
            "curve: `unset` is a function of `floor`, which is neither an axis of the sweep nor a number in `[problem]`: set `floor = …` there",
        ),
        (
            midpoint.replace("l1-transition", "word"),
            "curve: `word` is a function of `signal`, which is signs in `[problem]`, not a number",
        ),
        (
            midpoint.replace("per = 'p'", "per = 'kind'"),
            "per: `kind` must have positive numbers as values; it has toeplitz",
        ),
        (midpoint.replace("along = 'n'", "along = 'm'"), "along: unknown axis `m` (valid: `n`, `p`, `kind`)"),
        (
            rate.replace("[100, 200.0]", "[0, 100]"),
            "axis: `n` must have positive numbers as values; it has 0",
        ),
        (format!("{rate}\ngiven = {{ p = 400 }}"), "given.p: `p` is swept: use `where = { p = … }` instead"),
        (rate.replace("[100, 200.0]", "100"), "axis: the claim needs at least two values of `n`"),
        (rate.replace("200.0", "250"), "where.n: the sweep has no n = 250; it has 0, 100, 200"),
        (
            rate.replace("{ n", "{ nn"),
            "where.nn: unknown axis `nn`; did you mean `n`? (valid: `n`, `p`, `kind`)",
        ),
    ] {
        assert_eq!(check(&keys).unwrap_err(), message);
    }
}

const GUIDE: &str = include_str!("../../docs/claim-forms.md");

#[test]
fn the_documented_examples_are_claims() {
    let mut examples = Vec::new();
    for block in GUIDE.split("```toml").skip(1) {
        let table: toml::Table = block.split("```").next().unwrap().parse().unwrap();
        for claim in table["claim"].as_array().unwrap() {
            let claim = claim.as_table().unwrap().clone();
            examples.push(claim["form"].as_str().unwrap().to_string());
            ClaimSpec::parse(claim).unwrap_or_else(|e| panic!("{block}: {e}"));
        }
    }
    for (name, ..) in forms() {
        assert!(examples.iter().any(|e| e == name), "no example of a `{name}` claim");
    }
}

#[test]
fn every_form_and_every_key_is_documented() {
    let section = |heading: &str| {
        let text = GUIDE.split(&format!("## {heading}\n")).nth(1);
        text.unwrap_or_else(|| panic!("no section on {heading}")).split("\n## ").next().unwrap()
    };
    let names =
        |text: &str, key: &str| text.contains(&format!("`{key}`")) || text.contains(&format!("`{key} = "));
    for (name, _, schema) in forms() {
        let text = section(&format!("`{name}`"));
        for key in schema.get("properties").unwrap().as_object().unwrap().keys() {
            assert!(names(text, key), "{name}: {key}");
        }
    }
    let text = section("Keys of every claim");
    for key in common_keys().get("properties").unwrap().as_object().unwrap().keys() {
        assert!(names(text, key), "{key}");
    }
}

#[test]
fn a_claim_can_have_a_verdict_for_each_value_of_an_axis() {
    let axis = |name: &str, values: &[f64]| Axis {
        path: format!("problem.{name}"),
        name: name.into(),
        label: format!("the {name}"),
        values: values.iter().map(|v| AxisValue::Float(*v)).collect(),
    };
    let axes = [axis("n", &[0.5, -2.0]), axis("q", &[1.0, 2.0])];
    let below = "form = 'below'\nmetric = 'm'\na = 'a'\nb = 'b'\nverdict_per = 'n'\n";
    let (all, one) = (claim(below), claim(&format!("{below}where = {{ n = -2, q = 1 }}")));
    let plain = claim("form = 'below'\nmetric = 'm'\na = 'a'\nb = 'b'");
    let spread = remeasure::harness::claims::spread(&[all, plain.clone(), one], &axes);
    let ids: Vec<&str> = spread.iter().map(|c| c.common.id.as_str()).collect();
    assert_eq!(ids, ["c-0-5", "c-minus-2", "c", "c-minus-2"]);
    assert_eq!(spread[1].common.statement, "s (the n = -2)");
    assert_eq!(spread[1].selection[0].values, [AxisValue::Float(-2.0)]);
    assert_eq!(format!("{:?}", spread[2]), format!("{plain:?}"));
    assert_eq!(spread[3].selection.len(), 2);

    let estimators = ["a".to_owned(), "b".to_owned()];
    let metrics = Metrics { recorded: vec!["m"], ..Metrics::default() };
    let names = Names {
        estimators: &estimators,
        metrics: &metrics,
        axes: &axes,
        anywhere: &axes,
        curves: &[],
        settings: &BTreeMap::new(),
    };
    let refused = |keys: &str| claim(keys).check_names(&names).unwrap_err().to_string();
    assert!(refused(&below.replace("'n'", "'m'")).starts_with("verdict_per: unknown axis"));
    let rate = "form = 'rate'\nmetric = 'm'\nestimator = 'a'\naxis = 'q'\nupper = 0\nverdict_per = 'q'";
    assert!(refused(rate).contains("runs along `q`"));
}
