//! Invalid problems and estimators: errors that name a key.

use crate::{estimator, problem};

#[test]
fn an_impossible_problem_is_refused_by_key() {
    let valid = [
        ("models", "\"fresh\""),
        ("n", "100"),
        ("m", "8"),
        ("sigma", "0.1"),
        ("kappa", "1.0"),
        ("gamma", "1.0"),
        ("directions", "3"),
    ];
    let with = |key: &str, value: &str| {
        let line = |(k, v): (&str, &str)| format!("{k} = {}\n", if k == key { value } else { v });
        let text: String = valid.into_iter().map(line).collect();
        problem(&format!("kind = \"augmentation\"\n{text}"))
    };
    with("", "").unwrap();
    for (key, value, expected) in [
        (
            "models",
            "\"published\"",
            "m: the published models have 32 features, found 8: use models = \"fresh\"",
        ),
        ("models", "\"old\"", "models: unknown variant `old`"),
        ("n", "16", "n: expected more than 2 m = 16 rows"),
        ("n", "2000000", "n: expected more than 2 m = 16 rows and at most 1000000, found 2000000"),
        ("m", "1", "m: expected between 2 and 256 features, found 1"),
        ("sigma", "0.0", "sigma: expected a number above 0, found 0"),
        ("sigma", "nan", "sigma: expected a number above 0, found NaN"),
        ("kappa", "-1.0", "kappa: expected a number of at least 0, found -1"),
        ("gamma", "inf", "gamma: expected a number of at least 0, found inf"),
        ("directions", "0", "directions: expected between 1 and m − 1 = 7 directions, found 0"),
        ("directions", "8", "directions: expected between 1 and m − 1 = 7 directions, found 8"),
    ] {
        let message = with(key, value).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{key} = {value}: {message}");
    }
    for (text, expected) in [
        (
            "kind = \"other\"",
            "kind: expected \"augmentation\", \"one-map\", \"one-map-log\", \"invalid-instrument\"",
        ),
        ("n = 10", "kind: expected \"augmentation\", \"one-map\", \"one-map-log\", \"invalid-instrument\""),
        ("kind = \"augmentation\"\nmm = 3", "mm: unknown field `mm`"),
    ] {
        let message = problem(text).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

#[test]
fn an_impossible_estimator_is_refused_by_key() {
    for (text, expected) in [
        ("kind = \"da-ivl\"", "alpha: give either `alpha` or `choice`"),
        ("kind = \"da-ivl\"\nalpha = 1.0\nchoice = \"cv\"", "alpha: give either"),
        ("kind = \"da-ivl\"\nalpha = 0.0", "alpha: expected a number above 0, found 0"),
        ("kind = \"da-ivl\"\nchoice = \"best\"", "choice: unknown variant `best`"),
        ("kind = \"da-ivl\"\nchoice = \"cv\"\ndraws = 0", "draws: expected between 1 and 1000, found 0"),
        ("kind = \"da-ivl\"\nchoice = \"cv\"\nrange = [1.0, 0.1]", "range: expected two ascending numbers"),
        ("kind = \"da-ivl\"\nchoice = \"cv\"\nrange = [0.0, 0.1]", "range: expected two ascending numbers"),
        ("kind = \"da-ivl\"\nchoice = \"cv\"\nsearch = \"local\"", "search: only choice = \"confounding\""),
        ("kind = \"da-iv\"\ninstruments = \"three\"", "instruments: unknown variant `three`"),
        ("kind = \"janzing\"", "missing field `penalty`"),
        ("kind = \"janzing\"\npenalty = \"l2\"\ndraws = 5000", "draws: expected between 1 and 1000"),
        ("kind = \"kania-wit\"\ndraws = 0", "draws: expected between 1 and 1000"),
        ("kind = \"erm\"\nalpha = 1.0", "alpha: unknown field `alpha`"),
    ] {
        let message = estimator(text).err().expect("an error").to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}
