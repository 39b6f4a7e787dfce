//! What programs are asked and told, family by family, as docs/schemas says.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::external::{SPARSE, estimator, folder, python, run, troubles};

const ORDINAL: &str = r#"
experiment = "mine"
title = "Rates beside proportional odds"
family = "ordinal"
seed = 5

[profile.quick]
replicates = 2

[problem]
n = 400
p = 3
design = "sparse-differences"
q = "1/3"
intercepts = "0 2 4"

[[estimator]]
kind = "proportional-odds"
"#;

const BILEVEL: &str = r#"
experiment = "mine"
title = "A step along the gradient"
family = "bilevel"
seed = 5

[profile.quick]
replicates = 2

[problem]
kind = "quadratic"
rows = 50
size = 4
budget = 1e4
data = "drawn"

[[estimator]]
kind = "maid"
"#;

/// A schema of docs/schemas with the definitions that it refers to.
fn schema(name: &str) -> Value {
    let read = |name: &str| {
        let path = format!("{}/docs/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap().replace("common.json#/", "#/")
    };
    let common: Value = serde_json::from_str(&read("common")).unwrap();
    let mut schema: Value = serde_json::from_str(&read(name)).unwrap();
    schema["$defs"] = common["$defs"].clone();
    schema
}

#[test]
fn every_family_is_asked_and_told_as_its_schemas_say() {
    if !python() {
        return;
    }
    let problem = |config: &str, method: &str| {
        let (before, rest) = config.split_once("[problem]").unwrap();
        let (_, after) = rest.split_once("\n[[estimator]]").unwrap();
        let table = "[problem]\nkind = \"command\"\ncommand = [\"python3\", \"method.py\"]\nparameters = { n = 60 }\nenv = \
                     { KEEP = \"1\" }\n";
        format!("{before}{table}\n[[estimator]]{after}{method}")
    };
    let own = estimator("mine", "env = { KEEP = \"1\" }\n");
    let without =
        |config: &str| config.replace("lambda = { universal = 1.0 }", "lambda = { fraction = 0.1 }");
    for (family, config) in [
        ("sparse", SPARSE.to_owned() + &own),
        ("sparse", SPARSE.replace("p = 40", "p = 4") + &own),
        ("ordinal", ORDINAL.to_owned() + &own),
        ("bilevel", BILEVEL.to_owned() + &own),
        (
            "sparse",
            problem(&without(SPARSE), &own)
                .replace("kind = \"lasso\"", "kind = \"oracle\"\n\n[[estimator]]\nkind = \"lasso\""),
        ),
        ("ordinal", problem(ORDINAL, &own)),
    ] {
        let folder = folder(&config);
        let it = folder.path();
        let run = run(it, "");
        assert_eq!(run.code, 0, "{config}\n{}", run.stderr);
        let records = std::fs::read_to_string(it.join("results/mine/quick/records.csv")).unwrap();
        assert!(records.contains(",mine,"), "{records}");
        // The method for ordinal classes says nothing of its iterations.
        assert_eq!(records.contains(",mine,,iterations,"), family == "sparse", "{records}");
        let request = schema(&format!("{family}-request"));
        let (greeting, drawn) = (schema("greeting"), schema("problem-request"));
        let mut lines = 0;
        for entry in std::fs::read_dir(it).unwrap().flatten() {
            if !entry.file_name().to_string_lossy().ends_with(".jsonl") {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let task = text.lines().next().unwrap().contains("\"problem\"");
            for line in text.lines() {
                let message: Value = serde_json::from_str(line).unwrap();
                let told;
                let schema = match message {
                    _ if message.get("remeasure").is_some() => &greeting,
                    _ if message.get("told").is_some() => {
                        told = schema("bilevel-told");
                        &told
                    }
                    _ if task => &drawn,
                    _ => &request,
                };
                let validator = jsonschema::validator_for(schema).unwrap();
                let errors: Vec<String> = validator.iter_errors(&message).map(|e| e.to_string()).collect();
                assert!(errors.is_empty(), "{line}\n{errors:?}");
                lines += 1;
            }
        }
        assert!(lines > 2, "{family}");
    }
}

#[test]
fn a_problem_whose_version_is_recorded_is_reported_and_resumed() {
    if !python() {
        return;
    }
    let table = "[problem]\nkind = \"command\"\ncommand = [\"python3\", \"method.py\"]\nparameters = { n = 60 }\nversion = \
                 [\"python3\", \"--version\"]\n";
    let (before, _) = SPARSE.split_once("[problem]").unwrap();
    let folder = folder(&format!("{before}{table}{}", estimator("mine", "")));
    let it = folder.path();
    assert_eq!(run(it, "").code, 0);
    let again = run(it, "");
    assert!(again.code == 0 && again.stderr.contains("nothing had to be run"), "{}", again.stderr);
    // Without executing anything, so without the version.
    for command in ["report --config mine.toml", "claims --config mine.toml", "show --config mine.toml"] {
        let done = crate::program::remeasure(it, command);
        assert_eq!(done.code, 0, "{command}: {}", done.stderr);
        assert!(!done.stdout.contains("another config"), "{command}: {}", done.stdout);
    }
}

#[test]
fn a_program_cannot_draw_the_data_again() {
    if !python() {
        return;
    }
    let table = "[problem]\nkind = \"command\"\ncommand = [\"python3\", \"method.py\"]\nparameters = { n = 60 }\nenv = { \
                 KEEP = \"1\" }\n";
    let (before, _) = SPARSE.split_once("[problem]").unwrap();
    let folder = folder(&format!("{before}{table}{}", estimator("mine", "env = { KEEP = \"1\" }\n")));
    let it = folder.path();
    assert_eq!(run(it, "--jobs 1").code, 0);
    let mut seeds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for entry in std::fs::read_dir(it).unwrap().flatten() {
        if entry.file_name().to_string_lossy().ends_with(".jsonl") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let task = lines.next().unwrap()["task"].as_str().unwrap().to_owned();
            seeds.entry(task).or_default().extend(lines.filter_map(|line| line["seed"].as_u64()));
        }
    }
    let (problem, estimator) = (&seeds["problem"], &seeds["estimator"]);
    assert_eq!((problem.len(), estimator.len()), (3, 3));
    assert!(problem.iter().all(|seed| !estimator.contains(seed)), "{seeds:?}");
}

#[test]
fn what_a_program_draws_is_checked_and_has_a_time_limit() {
    if !python() {
        return;
    }
    let (before, rest) = ORDINAL.split_once("[problem]").unwrap();
    let (_, after) = rest.split_once("\n[[estimator]]").unwrap();
    for (how, limit, expected) in [
        ("classes", "", "it has 1000000000000 classes but only 60 rows"),
        ("hang", "--time-limit 1s", "did not answer within its time limit"),
    ] {
        let table = format!(
            "[problem]\nkind = \"command\"\ncommand = [\"python3\", \"method.py\"]\nparameters = {{ n = 60, how = \
             \"{how}\" }}\n"
        );
        let folder = folder(&format!("{before}{table}\n[[estimator]]{after}"));
        let run = run(folder.path(), limit);
        assert_eq!(run.code, 3, "{}", run.stderr);
        let found = troubles(&folder.path().join("results/mine/quick"));
        let all = found.iter().all(|row| row[3].contains(expected));
        assert!(!found.is_empty() && all, "{how}: {found:?}");
    }
}
