//! The same config and seed give the same bytes, whatever the threads, the filter or the other estimators.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{SMALL, folder_with, remeasure};

/// Files that differ between two runs of the same config.
const APART: [&str; 6] =
    ["timings.csv", "timings.md", "manifest.toml", "ro-crate-metadata.json", "journal", "lock"];

/// All files of a run, except those with times or the command line and those of unfinished runs.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                open.push(path);
            } else if !APART.contains(&name.as_str()) {
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn lines(folder: &Path, file: &str) -> Vec<String> {
    std::fs::read_to_string(folder.join(file)).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = folder_with(SMALL);
    let mut runs = Vec::new();
    // The report also covers failures.
    std::fs::write(folder.path().join("small.toml"), SMALL.replace("trace_every = 5", "max_iterations = 1"))
        .unwrap();
    for jobs in [1, 2, 7] {
        let run = remeasure(folder.path(), &format!("run --config small.toml --jobs {jobs} --out out{jobs}"));
        assert_eq!(run.code, 3, "{}", run.stderr);
        runs.push(files(&folder.path().join(format!("out{jobs}/small/quick"))));
    }
    let names: Vec<&String> = runs[0].keys().collect();
    for expected in [
        "report.md",
        "records.csv",
        "outcomes.csv",
        "summary.csv",
        "claims.csv",
        "figures/error.svg",
        "figures/error.png",
    ] {
        assert!(names.iter().any(|n| *n == expected), "{expected} among {names:?}");
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

#[test]
fn the_vector_instructions_of_the_processor_change_no_byte() {
    // The portable code is slow where it has no fused multiply–add.
    for (experiment, only) in [("sparse-recovery", "n_over_p=0.5"), ("amtrl-sparsity", "*")] {
        let folder = tempfile::tempdir().unwrap();
        let runs = ["portable", "avx2", "avx512"].map(|level| {
            // A level that the machine lacks is replaced by its best.
            let program = std::process::Command::new(env!("CARGO_BIN_EXE_remeasure"))
                .args(["run", experiment, "--replicates", "1", "--jobs", "1", "--only", only, "--out", level])
                .env("REMEASURE_VECTORS", level)
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert!(program.status.code().is_some_and(|code| code == 0 || code == 3), "{program:?}");
            let run = std::fs::read_dir(folder.path().join(level).join(experiment))
                .unwrap()
                .next()
                .unwrap()
                .unwrap();
            std::fs::read(run.path().join("records.csv")).unwrap()
        });
        assert!(runs[0] == runs[1] && runs[1] == runs[2], "{experiment}");
    }
}

#[test]
fn a_filter_leaves_the_rows_it_keeps_as_they_are() {
    let folder = folder_with(SMALL);
    let whole = remeasure(folder.path(), "run --config small.toml --out whole");
    let part = remeasure(folder.path(), "run --config small.toml --out part --only n=20 --only lasso,cv");
    assert_eq!((whole.code, part.code), (0, 0), "{}", part.stderr);
    let part_folder = folder.path().join("part/small/quick-only-n_20+lasso_cv");
    let whole_folder = folder.path().join("whole/small/quick");
    for file in ["records.csv", "outcomes.csv"] {
        let kept = lines(&part_folder, file);
        assert!(kept.len() > 12, "{file}");
        let expected: Vec<String> = lines(&whole_folder, file)
            .into_iter()
            .enumerate()
            .filter(|(i, l)| *i == 0 || l.starts_with("20,") && (l.contains(",lasso,") || l.contains(",cv,")))
            .map(|(_, l)| l)
            .collect();
        assert_eq!(kept, expected, "{file}");
    }
}

#[test]
fn new_neighbours_do_not_move_a_number() {
    let folder = folder_with(SMALL);
    let more = SMALL.replace("[10, 20, 40]", "[40, 15, 20, 10]").replace(
        "[[estimator]]\nkind = \"oracle\"\n",
        "[[estimator]]\nkind = \"iht\"\n\n[[estimator]]\nkind = \"oracle\"\n",
    );
    std::fs::write(folder.path().join("more.toml"), more).unwrap();
    assert_eq!(remeasure(folder.path(), "run --config small.toml --out a --replicates 4").code, 0);
    assert_eq!(remeasure(folder.path(), "run --config more.toml --out b").code, 0);
    let a = folder.path().join("a/small");
    let a = std::fs::read_dir(a).unwrap().next().unwrap().unwrap().path();
    let before = lines(&a, "records.csv");
    let after = lines(&folder.path().join("b/small/quick"), "records.csv");
    assert!(before.len() > 100);
    for line in &before {
        assert!(after.contains(line), "{line}");
    }
}

#[test]
fn another_seed_gives_other_numbers() {
    let folder = folder_with(SMALL);
    for seed in [1, 2] {
        let run = remeasure(folder.path(), &format!("run --config small.toml --seed {seed} --out out{seed}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let only = |out: &str| {
        let inside = std::fs::read_dir(folder.path().join(out).join("small")).unwrap();
        inside.map(|e| e.unwrap().path()).next().unwrap()
    };
    let (one, two) = (lines(&only("out1"), "records.csv"), lines(&only("out2"), "records.csv"));
    let same = one.iter().zip(&two).filter(|(a, b)| a == b && a.contains(",oracle,,nmse,")).count();
    assert_eq!(same, 0);
}
