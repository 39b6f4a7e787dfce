//! Whose claims the shipped configs state, and the settings that their numbers presume.

use remeasure::harness::claims::{ClaimSpec, Published};
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::registry::Registry;
use toml::{Table, Value};

use crate::program::{SMALL, folder_with, remeasure};

fn shipped() -> Registry {
    Registry::new(remeasure::FAMILIES, remeasure::CONFIGS).unwrap()
}

#[test]
fn shipped_claims_state_whose_they_are_and_how_a_number_was_got() {
    for experiment in shipped().experiments() {
        let table: Table = toml::from_str(experiment.config).unwrap();
        for claim in table.get("claim").and_then(Value::as_array).into_iter().flatten() {
            let place = format!("{}: {}", experiment.path, claim["id"]);
            assert!(claim.get("origin").is_some(), "{place} has no `origin`");
            assert_eq!(claim.get("published").is_some(), claim.get("evidence").is_some(), "{place}");
        }
    }
}

fn has_number(claim: &ClaimSpec) -> bool {
    [&claim.published, &claim.expected]
        .into_iter()
        .flatten()
        .any(|value| !matches!(value, Published::Text(_)))
}

#[test]
fn shipped_numbers_presume_every_setting_that_they_are_not_free_of() {
    let mut tried = 0;
    for experiment in shipped().experiments() {
        let document = Document::parse(experiment.path, experiment.config).unwrap();
        for profile in document.profiles() {
            let plain = document.resolve(profile, &Overrides::default()).unwrap();
            assert!(plain.claims.iter().all(|claim| claim.common.stated_for.is_none()));
            for (key, value) in plain.settings() {
                let changed = match value.as_f64() {
                    Some(x) if x.fract() == 0.0 => format!("{}", x + 1.0),
                    Some(x) => format!("{}", x * 1.5),
                    None => continue,
                };
                let set = vec![format!("problem.{key}={changed}")];
                let resolved = document.resolve(profile, &Overrides { set, ..Overrides::default() }).unwrap();
                for claim in resolved.claims.iter().filter(|claim| has_number(claim)) {
                    let stated = claim.common.stated_for.as_deref().unwrap_or_default();
                    let free = claim.common.free.iter().any(|free| *free == key || free == "*");
                    let place = format!("{profile} of {}: {}", experiment.path, claim.common.id);
                    assert_eq!(stated.starts_with(&format!("{key} = ")), !free, "{place}: `{stated}`");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

/// A claim with a number, one without, and a further estimator that neither names.
const CLAIMS: &str = r#"
[[claim]]
id = "number"
statement = "The oracle has this error"
source = "a table"
published = 0.5
tolerance = 10.0
form = "within"
metric = "nmse"
estimator = "oracle"
free = ["noise*"]

[[claim]]
id = "order"
statement = "The oracle is in order"
source = "a text"
form = "within"
metric = "nmse"
estimator = "oracle"
upper = 100.0
"#;

#[test]
fn a_number_is_not_testable_with_other_settings_until_it_is_free_of_them() {
    let folder = folder_with(&format!("{SMALL}{CLAIMS}"));
    let verdicts = |arguments: &str| {
        let run = remeasure(folder.path(), &format!("{arguments} --config small.toml --out out"));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let text = verdicts("run");
    assert!(text.contains("reproduced    The oracle has this error"), "{text}");
    let stated = "not testable: the claim is stated for k = 3; this run has k = 4";
    let text = verdicts("run --set problem.k=4");
    assert!(text.contains("not testable  The oracle has this error") && text.contains(stated), "{text}");
    assert!(text.contains("reproduced    The oracle is in order"), "{text}");
    // The stored run keeps it.
    let name = std::fs::read_dir(folder.path().join("out/small")).unwrap();
    let name = name
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .find(|n| n.starts_with("quick-"))
        .unwrap();
    let text = verdicts(&format!("report --profile {name}"));
    assert!(text.contains(stated), "{text}");
    // Parameters of an estimator that it does not name do not matter, and neither does the seed.
    for free in ["--set estimator.lasso.lambda.fraction=0.2", "--seed 5"] {
        let text = verdicts(&format!("run {free}"));
        assert!(text.contains("reproduced    The oracle has this error"), "{free}: {text}");
    }
}
