//! Penalties of a regression, and programs, as functions.

use std::io::Write;

use remeasure_core::family::Outcome;
use remeasure_external as external;

use crate::{trials, value};

#[test]
fn a_search_lowers_the_validation_error_of_a_lasso_and_an_elastic_net() {
    for tuned in ["lasso", "elastic-net"] {
        let problem = format!(
            "kind = \"tuning\"\ntuned = \"{tuned}\"\nn = 60\np = 30\nk = 4\nsnr = 4.0\nstarts = 1\ntrials = 15"
        );
        let rows = trials(&problem, &["kind = \"gp-ei\"", "kind = \"grid\""], 3).unwrap();
        for rows in rows {
            for row in rows {
                assert_eq!(row.outcome, Outcome::Ok);
                let (first, last) = (value(&row, "best", Some(1.0)), value(&row, "best", None));
                assert!(last <= first && (0.1..0.7).contains(&last), "{tuned}: {first} {last}");
            }
        }
    }
}

/// Without numpy: answers Σ (x − .25)², or nothing where a coordinate is above .75.
const PROGRAM: &str = r#"
import json, sys
sys.stdin.readline()
print(json.dumps({"remeasure": 1, "families": ["search"], "name": "bowl"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    x = request["data"]["x"]
    x = x["values"] if isinstance(x, dict) else x
    value = None if max(x) > 0.75 else sum((v - 0.25) ** 2 for v in x)
    print(json.dumps({"id": request["id"], "value": value}), flush=True)
"#;

#[test]
fn a_program_is_searched_although_some_of_its_values_are_not_finite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bowl.py");
    std::fs::File::create(&path).unwrap().write_all(PROGRAM.as_bytes()).unwrap();
    external::allow(external::Terms::default());
    let problem = format!(
        "kind = \"command\"\ncommand = [\"python3\", {path:?}]\nlower = [0.0, 0.0]\nupper = [1.0, 1.0]\nminimum = 0.0\n\
         starts = 8\ntrials = 12"
    );
    let rows = trials(&problem, &["kind = \"gp-ei\"", "kind = \"random\""], 2).unwrap();
    for row in rows.iter().flatten() {
        let broken = value(row, "not_finite", None);
        match &row.outcome {
            Outcome::NotConverged(why) => {
                assert!(broken > 0.0 && why.contains("values were not finite"), "{why}")
            }
            other => assert!(broken == 0.0 && *other == Outcome::Ok, "{other:?}"),
        }
        assert_eq!(value(row, "trials", None), 20.0);
    }
    assert!(rows[1].iter().any(|row| value(row, "not_finite", None) > 0.0));
    assert!(rows[0].iter().all(|row| value(row, "regret", None) < 0.02));
    external::close();
}
