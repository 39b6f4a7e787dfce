//! Invalid problems, estimators and files: errors that name a key, and named outcomes.

use std::fs;

use remeasure_core::table::within;

use crate::{estimator, problem, trial, value};

#[test]
fn an_impossible_problem_is_refused_by_key() {
    for (text, expected) in [
        ("trials = 3", "kind: expected \"extraction\", \"pseudo\", \"remdesivir\" or \"csv\""),
        ("kind = \"extraction\"", "missing field `outcome`"),
        ("kind = \"extraction\"\noutcome = \"ternary\"", "outcome: unknown variant `ternary`"),
        (
            "kind = \"extraction\"\noutcome = \"binary\"\nscoring = \"mine\"",
            "scoring: unknown variant `mine`",
        ),
        ("kind = \"pseudo\"\ntrials = 0", "trials: expected at least 1 trial, found 0"),
        ("kind = \"pseudo\"\ntrials = 40", "trials: expected at most 39 trials, found 40"),
        ("kind = \"remdesivir\"", "missing field `source`"),
        ("kind = \"remdesivir\"\nsource = \"gpt35\"", "source: unknown variant `gpt35`"),
        ("kind = \"csv\"\ndata = \"none.csv\"", "data: cannot read none.csv"),
    ] {
        let message = problem(text).unwrap_err().to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn an_estimator_that_cannot_run_is_refused_by_key() {
    let binary = problem("kind = \"extraction\"\noutcome = \"binary\"").unwrap();
    let signed = problem("kind = \"extraction\"\noutcome = \"continuous\"\nscoring = \"corrected\"").unwrap();
    let pseudo = problem("kind = \"pseudo\"").unwrap();
    let case = problem("kind = \"remdesivir\"\nsource = \"gpt4\"\nmeasure = \"risk-ratio\"").unwrap();
    for (text, on, expected) in [
        ("kind = \"model\"\nmodel = \"gemma7B\"", &signed, "model: the answers of gemma7B"),
        (
            "kind = \"model\"\nmodel = \"gpt4\"\nagainst = \"olmo7B\"",
            &signed,
            "against: the answers of olmo7B",
        ),
        ("kind = \"model\"\nmodel = \"gpt4\"\nagainst = \"gpt35\"", &pseudo, "against: pseudo meta-analyses"),
        ("kind = \"model\"\nmodel = \"gpt4\"", &case, "kind: these studies are given"),
        ("kind = \"always-unknown\"", &pseudo, "kind: it leaves nothing to pool"),
        ("kind = \"textbook\"", &signed, "kind: it shows what the published scoring changes"),
        ("kind = \"textbook\"", &pseudo, "kind: it shows what the published scoring changes"),
        ("kind = \"no-effect\"", &binary, "kind: it is a yardstick of pseudo"),
        ("kind = \"fixed-effect\"", &binary, "kind: it pools studies"),
        ("kind = \"peto\"", &case, "kind: it estimates an odds ratio, not a risk-ratio"),
    ] {
        let message = estimator(text).unwrap().admit(on).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    for (text, expected) in [
        ("kind = \"model\"", "missing field `model`"),
        ("kind = \"model\"\nmodel = \"gpt5\"", "model: unknown variant `gpt5`"),
        ("kind = \"reml\"\nsteps = 3", "steps: unknown field `steps`"),
    ] {
        let message = estimator(text).err().expect("an error").to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

/// The error of a CSV file, or none.
fn csv_error(text: &str, keys: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.csv"), text).unwrap();
    let read = within(folder.path(), || problem(&format!("kind = \"csv\"\ndata = \"s.csv\"\n{keys}")));
    read.err().map(|e| e.to_string()).unwrap_or_default()
}

#[test]
fn a_bad_file_is_refused_with_its_cell() {
    const HEAD: &str = "events_1,n_1,events_2,n_2\n";
    for (rows, expected) in [
        (
            "3,10,4,12\n5,,4,12\n",
            "data: s.csv: row 2 (line 3), column `n_1`: expected a finite number, found ``",
        ),
        (
            "11,10,4,12\n",
            "row 1 (line 2), column `events_1`: expected at most as many events as `n_1`, 10, found `11`",
        ),
        ("3,10,13,12\n", "column `events_2`: expected at most as many events as `n_2`, 12, found `13`"),
        ("0,0,4,12\n", "column `n_1`: expected the participants of an arm, a whole number of at least 1"),
        ("-1,10,4,12\n", "column `events_1`: expected the events of an arm"),
        ("2.5,10,4,12\n", "column `events_1`: expected the events of an arm"),
        ("nan,10,4,12\n", "column `events_1`: expected a finite number"),
        ("", "no rows of data below the header"),
    ] {
        let message = csv_error(&format!("{HEAD}{rows}"), "");
        assert!(message.contains(expected), "{rows:?}: {message}");
    }
    for (text, keys, expected) in [
        (
            "a,b\n1,2\n",
            "",
            "data: s.csv: expected the columns events_1, n_1, events_2 and n_2, or effect and se",
        ),
        ("events_1,n_1,events_2\n1,2,3\n", "", "no column `n_2`"),
        ("effect\n1\n", "", "no column `se`"),
        ("effect,se\n1,0\n", "", "column `se`: expected a standard error above 0"),
        ("effect,se\n1,-2\n", "", "column `se`: expected a standard error above 0"),
        ("effect,se\n1e60,1\n", "", "column `effect`: expected an effect of a size up to 1e45"),
        ("effect,se\n1,1\n", "measure = \"odds-ratio\"", "measure: only studies with events have a measure"),
        ("effect,se\n1,1\n", "study = \"name\"", "study: s.csv: no column `name`"),
        ("events_1,n_1,events_2,n_2,effect\n1,2,1,2,0\n", "", "data: s.csv: expected the columns"),
    ] {
        let message = csv_error(text, keys);
        assert!(message.contains(expected), "{text:?}: {message}");
    }
    assert_eq!(
        csv_error("study;effect;se\nA;0,5;0,1\n", "study = \"study\"\ndelimiter = \";\"\ndecimal = \",\""),
        ""
    );
}

/// Runs a method on a CSV file.
fn pooled(text: &str, keys: &str, method: &str) -> remeasure_core::family::FitRecord {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("s.csv"), text).unwrap();
    within(folder.path(), || trial(&format!("kind = \"csv\"\ndata = \"s.csv\"\n{keys}"), method, "", 0))
}

#[test]
fn a_single_study_is_a_named_outcome() {
    let text = "effect,se\n0.5,0.2\n";
    let fixed = pooled(text, "", "fixed-effect");
    assert_eq!((fixed.outcome.word(), value(&fixed, "estimate")), ("ok", Some(0.5)));
    assert_eq!((value(&fixed, "i2"), value(&fixed, "q_p")), (None, None));
    for method in ["dersimonian-laird", "hedges", "reml", "paule-mandel"] {
        let random = pooled(text, "", method);
        assert_eq!((random.outcome.word(), value(&random, "estimate")), ("not converged", Some(0.5)));
        assert!(random.outcome.message().contains("a single study"), "{}", random.outcome.message());
        assert_eq!((value(&random, "tau2"), value(&random, "i2")), (None, None));
    }
}

#[test]
fn nothing_but_double_zeros_is_a_failure_with_a_reason() {
    let text = "events_1,n_1,events_2,n_2\n0,10,0,12\n";
    for method in ["fixed-effect", "reml", "mantel-haenszel", "peto", "largest-study"] {
        let row = pooled(text, "", method);
        assert_eq!(row.outcome.word(), "failed", "{method}");
        assert!(row.outcome.message().contains("can be pooled"), "{}", row.outcome.message());
        assert!(row.measured.is_empty());
    }
    let row = pooled(text, "measure = \"risk-difference\"", "fixed-effect");
    assert_eq!(row.outcome.word(), "ok");
    assert_eq!(value(&row, "ratio"), None);
}

#[test]
fn no_number_is_infinite_or_missing() {
    let extreme = "effect,se\n1e45,1e-45\n-1e45,1e-45\n0,1e45\n1e-45,1\n";
    let zeros = "events_1,n_1,events_2,n_2\n0,1,1,1\n1,1,0,1\n0,100000,3,7\n4,4,2,900000000\n";
    for method in ["fixed-effect", "dersimonian-laird", "hedges", "reml", "paule-mandel", "largest-study"] {
        for text in [extreme, zeros, "effect,se\n0,1e-45\n1,1\n5,1e45\n"] {
            let row = pooled(text, "", method);
            assert!(row.measured.iter().all(|m| m.value.is_finite()), "{method}: {row:?}");
            assert!(row.outcome.has_fit() || !row.outcome.message().is_empty());
        }
    }
}
