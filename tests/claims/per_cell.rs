//! Published values of single cells.

use std::collections::BTreeMap;

use remeasure::harness::claims::{ClaimSpec, Metrics, Names, Verdict, claims_markdown, judge};
use remeasure::harness::records::{Axis, AxisValue, Store};

use crate::table::at;
use crate::world::{claim, judge_one, name, noise, reason, world};

const CUTS: [&str; 2] = ["0 3 5", "0 3.5 5.5"];

/// Errors of 1, 2, 3 and 4 times the unit in the cells of q and the intercepts.
fn store(unit: f64) -> Store {
    let store = world(&[("q", &[0.5, 1.0]), ("intercepts", &[0.0, 1.0])], &["a"], 40, |c, r, _| {
        unit * (1.0 + c[1] + if c[0] == 1.0 { 2.0 } else { 0.0 }) * (1.0 + 0.05 * noise(r, 40, 7))
    });
    name(store, 1, &CUTS)
}

fn values(numbers: [f64; 4]) -> String {
    let entry = |i: usize| {
        let (q, cuts) = ([0.5, 1.0][i / 2], CUTS[i % 2]);
        format!("{{ q = {q}, intercepts = '{cuts}', value = {:e} }}", numbers[i])
    };
    format!("[{}]", (0..4).map(entry).collect::<Vec<_>>().join(", "))
}

fn within(key: &str, list: &str) -> String {
    format!("form = 'within'\nmetric = 'metric'\nestimator = 'a'\nrelative_tolerance = 0.1\n{key} = {list}")
}

#[test]
fn each_cell_is_tested_against_its_own_value() {
    for statistic in ["mean", "median"] {
        let keys = |numbers| format!("{}\nstatistic = '{statistic}'", within("published", &values(numbers)));
        let f = judge_one(&store(1e-5), &keys([1e-5, 2e-5, 3e-5, 4e-5]));
        assert_eq!((f.verdict.clone(), f.groups.len()), (Verdict::Reproduced, 4), "{f:?}");
        let published: Vec<Option<f64>> = f.groups.iter().map(|g| g.published).collect();
        assert_eq!(published, [Some(1e-5), Some(2e-5), Some(3e-5), Some(4e-5)]);
        // The order of the list does not matter; one wrong cell is enough.
        let f = judge_one(&store(1e-5), &keys([1e-5, 2e-5, 2e-5, 4e-5]));
        assert_eq!(f.verdict, Verdict::Contradicted);
        assert_eq!(f.group.as_deref(), Some("q = 1, intercepts = 0 3 5"));
        assert_eq!(f.published, "2e-5");
        assert!(f.test.starts_with("within [1.8e-5, 2.2e-5]: "), "{}", f.test);
        let text = claims_markdown(std::slice::from_ref(&f));
        assert!(text.contains("| s | Table 1 | 2e-5 | (3.000"), "{text}");
        assert_eq!(["published", "expected"].map(|name| at(&f, name)), ["2e-5", ""]);
        assert_eq!(at(&f, "group"), "q = 1, intercepts = 0 3 5");
    }
    let f = judge_one(&store(1.0), &within("expected", &values([1.0, 2.0, 3.0, 9.0])));
    assert_eq!((f.published.as_str(), f.expected.as_str()), ("", "9"));
    assert_eq!(f.published_text(), "9 (expected, not published)");
}

#[test]
fn a_rate_may_be_tested_against_a_slope_of_its_own() {
    let store = world(&[("n", &[10.0, 20.0, 40.0]), ("kind", &[1.0, 2.0])], &["a"], 20, |c, r, _| {
        c[0].powf(-c[1] / 2.0) * (1.0 + 0.02 * noise(r, 20, 3))
    });
    let rate = |second: &str| {
        format!(
            "form = 'rate'\nmetric = 'metric'\nestimator = 'a'\naxis = 'n'\ntolerance = 0.1\n\
             published = [{{ kind = 2, value = {second} }}, {{ kind = 1.0, value = -0.5 }}]"
        )
    };
    let f = judge_one(&store, &rate("-1"));
    assert_eq!(f.verdict, Verdict::Reproduced);
    assert_eq!(f.groups.iter().map(|g| g.published).collect::<Vec<_>>(), [Some(-0.5), Some(-1.0)]);
    assert_eq!(judge_one(&store, &rate("-0.5")).verdict, Verdict::Contradicted);
}

#[test]
fn undecidable_claims_show_the_range() {
    let list = "[{ q = 0.5, value = 1 }, { q = 2, value = 7.5 }]";
    let f = judge_one(&store(1.0), &within("published", list));
    assert_eq!(reason(&f), "the claim gives no value for q = 1, intercepts = 0 3 5");
    assert_eq!(f.published, "1 to 7.5, by cell");
    // Several groups may share a value.
    let shared = within("published", "[{ q = 0.5, value = 1 }, { q = 1, value = 3 }]");
    assert_eq!(judge(&store(1.0), &[claim(&shared)], &[])[0].groups.len(), 4);
}

fn refused(keys: &str) -> String {
    let keys = format!("id = 'c'\nstatement = 's'\nsource = 't'\n{keys}");
    ClaimSpec::parse(keys.parse().unwrap()).unwrap_err().to_string()
}

#[test]
fn a_list_is_read_strictly() {
    let list = |list: &str| refused(&within("published", list));
    assert!(list("[]").starts_with("published: must be a number, a string or a list of tables"));
    assert_eq!(list("[1]"), "published[0]: must be a table: axis = value, …, value = number");
    assert_eq!(list("[{ value = 1 }, { q = 1 }]"), "published[1]: lacks `value`, the number of its cell");
    assert_eq!(list("[{ value = 'x' }]"), "published[0].value: must be a number");
    assert_eq!(list("[{ value = inf }]"), "published[0].value: must be finite");
    assert!(list("[{ q = [1], value = 1 }]").starts_with("published[0].q: must be a value of the axis"));
    assert!(list("[{ q = 1, value = 0 }]").starts_with("relative_tolerance: must leave some room"));
    let many = "published = [{ q = 1, value = 1 }]";
    let below = format!("form = 'below'\nmetric = 'm'\na = 'a'\nb = 'b'\n{many}");
    let message = "published: a list of values per cell needs a `within` or `rate` claim with a tolerance";
    assert_eq!(refused(&below), message);
    let bare = format!("form = 'within'\nmetric = 'm'\nestimator = 'a'\nlower = 0\n{many}");
    assert_eq!(refused(&bare), message);
    let pooled = format!("{}\nover = 'pooled'", within("expected", "[{ q = 1, value = 1 }]"));
    assert!(refused(&pooled).starts_with("over: \"pooled\" averages the cells, but `expected` gives each"));
}

#[test]
fn every_group_needs_one_value() {
    let axis = |name: &str, values: Vec<AxisValue>| Axis {
        path: format!("problem.{name}"),
        name: name.into(),
        label: name.into(),
        values,
    };
    let texts = |values: &[&str]| values.iter().map(|v| AxisValue::Text((*v).into())).collect::<Vec<_>>();
    let q = |values: &[f64]| axis("q", values.iter().map(|v| AxisValue::Float(*v)).collect());
    let axes = [q(&[0.5, 1.0]), axis("intercepts", texts(&CUTS))];
    // Another profile sweeps more.
    let anywhere = [q(&[0.5, 1.0, 2.0]), axis("intercepts", texts(&["0 4 6"]))];
    let estimators = vec!["a".to_string()];
    let metrics = Metrics { recorded: vec!["metric"], ..Metrics::default() };
    let names = Names {
        estimators: &estimators,
        metrics: &metrics,
        axes: &axes,
        anywhere: &anywhere,
        curves: &[],
        settings: &BTreeMap::new(),
    };
    let check = |list: &str| claim(&within("published", list)).check_names(&names).map_err(|e| e.to_string());
    let full = values([1.0, 2.0, 3.0, 4.0]);
    assert_eq!(check(&full), Ok(()));
    assert_eq!(check("[{ q = 0.5, value = 1 }, { q = 1, value = 2 }]"), Ok(()));
    // Cells of another profile are not an error.
    assert_eq!(check("[{ q = 0.5, value = 1 }, { q = 1, value = 2 }, { q = 2, value = 3 }]"), Ok(()));
    for (list, message) in [
        (
            full.replace("q = 0.5, intercepts = '0 3 5'", "qq = 0.5"),
            "published[0].qq: unknown axis `qq`; did you mean `q`?",
        ),
        (
            full.replace("q = 0.5, intercepts = '0 3 5'", "q = 0.5, intercepts = '0 3 6'"),
            "published[0].intercepts: no profile has intercepts = 0 3 6; there are 0 3 5, 0 3.5 5.5, 0 4 6",
        ),
        (
            full.replace("q = 0.5, intercepts = '0 3 5'", "q = 2, intercepts = '0 3 5'"),
            "published: has no value for q = 0.5, intercepts = 0 3 5",
        ),
        (
            full.replace("q = 1, intercepts = '0 3 5'", "q = 0.5"),
            "published[2]: `published[0]` is already the value for q = 0.5, intercepts = 0 3 5",
        ),
    ] {
        let found = check(&list).unwrap_err();
        assert!(found.starts_with(message), "{list}\n→ {found}");
    }
    // Cells excluded by `where` need no value.
    let one = format!("{}\nwhere = {{ q = 1 }}", within("published", "[{ q = 1, value = 2 }]"));
    assert_eq!(claim(&one).check_names(&names), Ok(()));
    let rate = "form = 'rate'\nmetric = 'metric'\nestimator = 'a'\naxis = 'q'\ntolerance = 1\n\
                published = [{ q = 0.5, value = 1 }]";
    assert_eq!(
        claim(rate).check_names(&names).unwrap_err().to_string(),
        "published[0].q: the claim runs along `q`, so a value applies to the whole axis"
    );
}
