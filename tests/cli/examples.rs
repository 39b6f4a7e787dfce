//! The programs in `examples/`, started as their first lines describe.

use std::path::Path;
use std::process::Command;

/// Runs an example in `folder`, built in the same way as these tests.
fn example(name: &str, folder: &Path, arguments: &str) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo.args(["--example", name, "--"]).args(arguments.split(' ')).current_dir(folder);
    let output = cargo.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Number of lines of an example.
fn lines(name: &str) -> usize {
    let path = format!("{}/examples/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().lines().count()
}

#[test]
fn an_own_estimator_is_compared_with_the_shipped_ones() {
    assert!(lines("own_estimator") < 60);
    let folder = tempfile::tempdir().unwrap();
    let config = example("own_estimator", folder.path(), "show sparse-recovery --toml");
    let mine = "[[estimator]]\nkind = \"marginal\"\nkeep = 10\n";
    std::fs::write(folder.path().join("mine.toml"), config + mine).unwrap();
    let run = "run --config mine.toml --out out --replicates 2 --only snr_db=10 --only oracle,lasso,marginal";
    example("own_estimator", folder.path(), run);
    // The others have the same numbers as without it.
    let records = |kind: &str| {
        let runs = std::fs::read_dir(folder.path().join(kind).join("sparse-recovery")).unwrap();
        let run = runs.map(|e| e.unwrap().path()).next().unwrap();
        std::fs::read_to_string(run.join("records.csv")).unwrap()
    };
    let run = "run sparse-recovery --out without --replicates 2 --only snr_db=10 --only oracle,lasso";
    example("own_estimator", folder.path(), run);
    let (with, without) = (records("out"), records("without"));
    assert!(with.contains(",marginal,") && !without.contains(",marginal,"));
    let others: Vec<&str> = with.lines().filter(|l| !l.contains(",marginal,")).collect();
    assert_eq!(others, without.lines().collect::<Vec<_>>());
}

#[test]
fn an_own_family_runs_with_its_figure_and_claims() {
    assert!(lines("own_family") < 120);
    let folder = tempfile::tempdir().unwrap();
    example("own_family", folder.path(), "run --out out --strict");
    let run = folder.path().join("out/skewed-means/quick");
    let claims = std::fs::read_to_string(run.join("claims.csv")).unwrap();
    assert_eq!(claims.matches(",reproduced,").count(), 2, "{claims}");
    assert!(std::fs::read_to_string(run.join("figures/error.svg")).unwrap().contains("μ²/n"));
}
