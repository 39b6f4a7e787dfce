//! Theory curves of families in user configs.

use crate::program::{folder_with, remeasure};

const CONFIG: &str = r#"
experiment = "mine"
title = "Theory over another sweep"
family = "multitask"
seed = 1
[profile.quick]
replicates = 2
[problem]
kind = "hard"
d = 12
k = 2
tasks = 5
sigma = 1.0
target_samples = 50
floor = 2
[sweep]
problem.budget = [100, 200, 400]
[[estimator]]
kind = "known"
relevance = "nu1"
[[figure]]
id = "error"
title = "Error"
kind = "line"
metric = "representation_error"
x = "budget"
curves = ["hard-nu1"]
"#;

/// The dashes of the reference curves, in the colour that only they have.
fn curves(folder: &std::path::Path, run: &str) -> Vec<String> {
    let svg = std::fs::read_to_string(folder.join(format!("out/mine/{run}/figures/error.svg"))).unwrap();
    assert!(svg.contains("theory, ν¹"), "{svg}");
    svg.lines().filter(|l| l.starts_with("<polyline") && l.contains("#1A1A1A")).map(str::to_owned).collect()
}

#[test]
fn a_config_takes_the_curves_of_its_family_and_they_follow_its_settings() {
    let folder = folder_with(CONFIG);
    let run = remeasure(folder.path(), "run --config small.toml --out out");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let plain = curves(folder.path(), "quick");
    assert!(!plain.is_empty());
    let run = remeasure(folder.path(), "run --config small.toml --out out --set problem.d=50");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let changed = std::fs::read_dir(folder.path().join("out/mine")).unwrap();
    let changed =
        changed.map(|e| e.unwrap().file_name().into_string().unwrap()).find(|n| n != "quick").unwrap();
    assert_ne!(curves(folder.path(), &changed), plain);
}

#[test]
fn a_curve_that_lacks_an_argument_or_does_not_exist_is_refused_by_name() {
    for (from, to, message) in [
        (
            "floor = 2\n",
            "",
            "`hard-nu1` is a function of `floor`, which is neither an axis of the sweep nor a number in `[problem]`: set \
             `floor = …` there",
        ),
        ("[\"hard-nu1\"]", "[\"hard-nu3\"]", "unknown curve `hard-nu3`; did you mean `hard-nu1`?"),
    ] {
        let folder = folder_with(&CONFIG.replace(from, to));
        let run = remeasure(folder.path(), "run --config small.toml --out out");
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(message) && run.stderr.contains("small.toml:"), "{}", run.stderr);
        assert!(!folder.path().join("out").exists());
    }
}
