//! The reference of config keys and the JSON Schema.

use std::path::Path;

use crate::program::remeasure;

fn output(arguments: &str) -> String {
    let run = remeasure(tempfile::tempdir().unwrap().path(), arguments);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments}");
    run.stdout
}

fn page() -> String {
    std::fs::read_to_string("docs/reference.md").unwrap_or_default()
}

#[test]
fn the_page_is_what_the_program_generates() {
    let made = output("help config --markdown");
    assert!(page() == made, "write it again: remeasure help config --markdown > docs/reference.md");
}

#[test]
fn every_section_can_be_printed() {
    let contents = output("help config");
    let names: Vec<&str> =
        contents.lines().filter_map(|l| l.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(names.contains(&"figure.heat-map") && names.len() > 10, "{names:?}");
    for name in names {
        let text = output(&format!("help config {name}"));
        assert!(text.lines().count() > 1 && text.lines().all(|l| l.chars().count() <= 110), "{name}\n{text}");
    }
    // Kinds with their table, and one kind alone.
    assert!(output("help config figure").contains("z_label"));
    assert_eq!(output("help config heat-map"), output("help config figure heat-map"));
    let unknown = remeasure(tempfile::tempdir().unwrap().path(), "help config figures");
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("unknown section `figures`; did you mean `figure`?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn commands_are_explained_as_before() {
    assert_eq!(output("help"), output("--help"));
    assert_eq!(output("help run"), output("run --help"));
    assert_eq!(output("help baseline accept"), output("baseline accept --help"));
    let unknown = remeasure(tempfile::tempdir().unwrap().path(), "help runn");
    assert!(unknown.code == 2 && unknown.stderr.contains("did you mean `run`?"), "{}", unknown.stderr);
}

#[test]
fn examples_are_configs() {
    let page = page();
    let blocks: Vec<&str> =
        page.split("```toml").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert!(blocks.len() > 8);
    for block in blocks {
        assert!(toml::from_str::<toml::Table>(block).is_ok(), "{block}");
    }
}

/// JSON has no infinite numbers; use any number instead.
fn as_json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Float(x) if x.is_infinite() => f64::MAX.copysign(x).into(),
        toml::Value::Array(values) => values.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn shipped(folder: &Path) -> Vec<(String, serde_json::Value)> {
    let mut configs = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            configs.extend(shipped(&path));
        } else if path.extension().is_some_and(|e| e == "toml") && !path.ends_with("paper.toml") {
            let table: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            configs.push((path.display().to_string(), as_json(toml::Value::Table(table))));
        }
    }
    configs
}

#[test]
fn the_schema_takes_every_shipped_config_and_refuses_wrong_keys() {
    let schema: serde_json::Value = serde_json::from_str(&output("schema")).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let configs = shipped(Path::new("configs"));
    assert!(configs.len() >= 25, "{}", configs.len());
    let mut refused = 0;
    for (path, config) in configs {
        let errors: Vec<String> =
            validator.iter_errors(&config).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{path}\n{}", errors.join("\n"));
        let wrong = |section: &str, key: &str, value: serde_json::Value| {
            let mut wrong = config.clone();
            match section {
                "" => wrong[key] = value,
                section => wrong[section][0][key] = value,
            }
            !validator.is_valid(&wrong)
        };
        assert!(wrong("", "experimnt", "x".into()) && wrong("", "seed", "x".into()), "{path}");
        for section in ["figure", "table"] {
            if config.get(section).is_some() {
                assert!(wrong(section, "titel", "x".into()) && wrong(section, "id", 3.into()), "{path}");
                refused += 1;
            }
        }
        if config["figure"][0]["kind"] == "box" {
            assert!(wrong("figure", "band", "se".into()), "{path}");
        }
    }
    assert!(refused > 20);
}
