//! Bad keys, and inputs at the edge of what is possible.

use proptest::prelude::*;
use remeasure_core::family::Outcome;

use crate::{trials, value};

fn refused(problem: &str, estimator: &str, key: &str, part: &str) {
    let error = trials(problem, &[estimator], 0).expect_err(problem);
    assert_eq!(error.key, key, "{problem}: {error}");
    assert!(error.message.contains(part), "{problem}: {error}");
}

#[test]
fn bad_keys_are_named_with_their_mend() {
    let random = "kind = \"random\"";
    let function = |rest: &str| format!("kind = \"function\"\nfunction = \"branin\"\n{rest}");
    refused("kind = \"nothing\"", random, "kind", "expected \"function\"");
    refused(&function("dimension = 3"), random, "dimension", "has 2 coordinates");
    refused(&function("starts = 0"), random, "starts", "expected 1");
    refused(&function("trails = 3"), random, "trails", "unknown field `trails`");
    refused("kind = \"function\"\nfunction = \"sphere\"", random, "function", "unknown variant");
    refused(&function(""), "kind = \"gp\"", "kind", "needs a method that searches");
    refused(&function(""), "kind = \"random\"\ntrials = 0", "trials", "expected 1");
    refused(&function(""), "kind = \"cma-es\"\nsigma = 0.0", "sigma", "above 0");
    let sample = "kind = \"sample\"\nfunction = \"branin\"\n";
    refused(&format!("{sample}observed = 1"), "kind = \"gp\"", "observed", "expected 2");
    refused(
        &format!("{sample}observed = 400\ncandidates = 200"),
        "kind = \"gp\"",
        "candidates",
        "expected 2 to 100",
    );
    refused(&format!("{sample}observed = 9"), random, "kind", "needs a model");
    let program = |ends: &str| format!("kind = \"command\"\ncommand = [\"none\"]\n{ends}");
    refused(&program("lower = [1.0]\nupper = [0.0]"), random, "upper", "runs from 1 to 0");
    refused(&program("lower = [0.0]\nupper = [inf]"), random, "upper", "finite ends");
    refused(&program("lower = [0.0]\nupper = [1.0, 2.0]"), random, "upper", "as many ends");
    refused(&program("lower = []\nupper = []"), random, "lower", "expected 1");
    refused(&program("upper = [1.0]"), random, "", "missing field `lower`");
    refused("kind = \"command\"\nlower = [0.0]\nupper = [1.0]", random, "", "missing field `command`");
    let offline = "kind = \"offline\"\nfunction = \"ackley\"\n";
    refused(&format!("{offline}train = 0"), "kind = \"best-designs\"", "train", "expected 2");
    refused(&format!("{offline}train = 2000"), "kind = \"best-designs\"", "drawn", "expected at least");
    refused(&format!("{offline}kept = 0.0"), "kind = \"best-designs\"", "kept", "above 0");
    refused(offline, random, "kind", "needs a method for given designs");
    refused(offline, "kind = \"surrogate\"\nlambda = 1.0", "lambda", "fixed only");
    refused(offline, "kind = \"surrogate\"\nweight_decay = -1.0", "weight_decay", "at least 0");
    refused("kind = \"tuning\"\ntuned = \"lasso\"\nn = 20\np = 5\nk = 9", random, "k", "expected 1 to 5");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever the function and its size, every search ends well, and its best value is that of a point that it tried.
    #[test]
    fn every_search_ends_with_a_regret(
        function in prop::sample::select(vec!["rosenbrock", "ackley", "rastrigin", "griewank"]),
        dimension in 2usize..9, starts in 1usize..7, left in 0usize..9, rotate: bool, shift: bool,
    ) {
        let problem = format!(
            "kind = \"function\"\nfunction = \"{function}\"\ndimension = {dimension}\nstarts = {starts}\ntrials = {left}\n\
             rotate = {rotate}\nshift = {shift}"
        );
        let all = ["random", "grid", "starts", "cma-es", "gp-ei", "forest-ei", "tpe"].map(|k| format!("kind = \"{k}\""));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        for rows in trials(&problem, &all, 1).unwrap() {
            prop_assert_eq!(&rows[0].outcome, &Outcome::Ok);
            let regret = value(&rows[0], "regret", None);
            prop_assert!(regret.is_finite() && regret > -1e-9, "{}", regret);
        }
    }
}
