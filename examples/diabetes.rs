//! Writes a study of real data: the diabetes data and a config for them.
//!
//! `cargo run --release --example diabetes`, then
//! `cargo run --release -- run --config diabetes/study.toml`.
//!
//! The data are those of Efron, Hastie, Johnstone and Tibshirani (2004, "Least angle regression"), 10
//! features of diabetes patients, as shipped with the crate linfa-datasets: 441 of the 442 patients, because
//! its reader takes the first one for a header.

use std::fmt::Write;
use std::path::Path;

/// The study's config; paths are relative to the current folder.
const CONFIG: &str = r#"
experiment = "diabetes"
title = "Progression of diabetes from ten features"
paper = "Efron, Hastie, Johnstone and Tibshirani (2004)"
family = "sparse"
seed = 2004
about = "Each replicate holds out a fifth of the patients; an error of 1 is that of predicting the mean."

[profile.quick]
replicates = 100

[problem]
kind = "csv"
x = "FOLDER/x.csv"
y = "FOLDER/y.csv"
test_fraction = 0.2

[[estimator]]
name = "lasso-cv"
kind = "lasso"
lambda = { cv = { folds = 5, ratio = 1e-3 } }

[[estimator]]
name = "lasso-half"
kind = "lasso"
lambda = { fraction = 0.5 }

[[estimator]]
name = "omp-2"
kind = "omp"
sparsity = 2

[[estimator]]
name = "omp-5"
kind = "omp"
sparsity = 5

[[figure]]
id = "test-error"
title = "Error on held-out patients"
kind = "box"
metric = "test_mse"
x = "estimator"
y_label = "mean squared error / variance"

[[table]]
id = "test-error"
title = "Error on held-out patients"
metrics = ["test_mse", "nonzeros"]

[[claim]]
id = "explains-half"
statement = "Linear models explain about half of the variance"
source = "common knowledge of this data set"
published = 0.5
form = "within"
metric = "test_mse"
estimator = "lasso-cv"
tolerance = 0.05
"#;

/// Writes `x.csv`, `y.csv` and `study.toml` into `folder`.
pub(crate) fn write_study(folder: &Path) -> std::io::Result<()> {
    let dataset = linfa_datasets::diabetes();
    let header: Vec<String> = (1..=dataset.records.ncols()).map(|j| format!("x{j}")).collect();
    let mut x = header.join(",") + "\n";
    for row in dataset.records.rows() {
        let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        // Writing into a String cannot fail.
        let _ = writeln!(x, "{}", cells.join(","));
    }
    let mut y = String::from("y\n");
    for value in &dataset.targets {
        let _ = writeln!(y, "{value}");
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("x.csv"), x)?;
    std::fs::write(folder.join("y.csv"), y)?;
    let config = CONFIG.trim_start().replace("FOLDER", &folder.display().to_string());
    std::fs::write(folder.join("study.toml"), config)
}

fn main() -> std::io::Result<()> {
    write_study(Path::new("diabetes"))?;
    println!("wrote diabetes/x.csv, diabetes/y.csv and diabetes/study.toml; now:");
    println!("  cargo run --release -- run --config diabetes/study.toml");
    Ok(())
}
