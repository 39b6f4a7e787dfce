use remeasure_core::params::parse as read;
use serde_json::Value as Json;

use super::at_most::{AtMost, Counted, Ending};
use super::monotone::{Monotone, MonotoneStatistic};
use super::{common_keys, forms, keys};
use crate::claims::ClaimSpec;
use crate::claims::bounds::Bounds;
use crate::claims::limits::Limits;

#[test]
fn bounds_come_from_ends_or_from_a_published_value() {
    let bounds = |keys: &str| {
        let common =
            "id = 'c'\nstatement = 's'\nsource = 't'\nform = 'within'\nmetric = 'm'\nestimator = 'a'\n";
        let table: toml::Table = format!("{common}{keys}").parse().unwrap();
        let key = |key: &str| table.get(key).and_then(|v| v.as_float().or(v.as_integer().map(|i| i as f64)));
        let claim = ClaimSpec::parse(table.clone()).unwrap();
        let tolerances = (key("tolerance"), key("relative_tolerance"));
        match Limits::read((key("lower"), key("upper")), tolerances, &claim).unwrap() {
            Limits::Same(bounds) => bounds,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(bounds("lower = 1"), Bounds { lower: 1.0, upper: f64::INFINITY });
    assert_eq!(bounds("published = -2\nrelative_tolerance = 0.5"), Bounds { lower: -3.0, upper: -1.0 });
    assert_eq!(bounds("published = 2.0\ntolerance = 0.5"), Bounds { lower: 1.5, upper: 2.5 });
    assert_eq!(bounds("expected = 2\ntolerance = 0.5"), Bounds { lower: 1.5, upper: 2.5 });
}

#[test]
fn forms_with_choices() {
    let monotone = |keys: &str| -> Monotone {
        let own = "metric = 'm'\nestimator = 'a'\naxis = 'p'\ndirection = 'increasing'\n";
        read(format!("{own}{keys}").parse().unwrap()).unwrap()
    };
    assert_eq!(monotone("").statistic, MonotoneStatistic::Mean);
    let fitted = monotone("statistic = 'width'\nalong = 'n'\nper = 'p'");
    assert_eq!(fitted.statistic, MonotoneStatistic::Width);
    assert!(fitted.along().is_some_and(|along| along.per.is_some()));
    let at_most = |keys: &str| -> AtMost {
        read(format!("estimator = 'a'\nlimit = 0.1\n{keys}").parse().unwrap()).unwrap()
    };
    assert_eq!(at_most("").event(), Ok(Counted::Ended(Ending::NotOk)));
    assert_eq!(at_most("metric = 'm'\nbelow = 2").event(), Ok(Counted::Below("m", 2.0)));
}

#[test]
fn every_key_says_what_it_means_and_belongs_to_one_list() {
    let common = keys(&common_keys());
    for (name, about, schema) in forms().chain([("every claim", "the keys of all", common_keys())]) {
        assert!(!about.is_empty(), "{name}");
        for (key, value) in schema.get("properties").and_then(Json::as_object).unwrap() {
            assert!(value.get("description").is_some(), "{name}: {key}");
            assert!(name == "every claim" || !common.contains(key), "{name}: {key} is a key of all claims");
        }
    }
}
