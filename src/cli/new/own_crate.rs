//! A crate with an estimator of one's own.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{NewArgs, write};
use crate::output::out;

/// The pattern.
const EXAMPLE: &str = include_str!("../../../examples/own_estimator.rs");

/// A test of the pattern's estimator.
const TEST: &str = r"
#[cfg(test)]
mod tests {
    use remeasure::core::numerics::Design;
    use remeasure::core::stream::Streams;

    use super::*;

    #[test]
    fn a_clear_signal_is_found() {
        let design = Design::from_columns(4, 2, vec![1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0, -1.0]);
        // Twice the first feature.
        let response = [2.0, -2.0, 2.0, -2.0];
        let streams = Streams { seed: 1, cell: 0, replicate: 0 };
        let task = Task { design: &design, response: &response, truth: None, penalty: None, streams: &streams };
        let fit = Marginal { keep: NonZeroUsize::MIN }.fit(&task).unwrap();
        assert_eq!(fit.coefficients, [2.0, 0.0]);
    }
}
";

/// A study with the estimator beside two of the shipped ones.
const STUDY: &str = r#"# `cargo run --release -- run --config study.toml`
experiment = "NAME"
title = "My estimator beside the Lasso"
family = "sparse"
seed = 1

[profile.quick]
replicates = 10

[profile.paper]
replicates = 200

[problem]
n = 100
p = 200
k = 10
snr_db = 10
design = "gaussian"

[sweep]
problem.snr_db = { values = [0, 10, 20], label = "SNR (dB)" }

[[estimator]]
kind = "marginal"
keep = 10

[[estimator]]
kind = "lasso"
lambda = { cv = { folds = 5, points = 30 } }

[[estimator]]
kind = "oracle"

[[table]]
id = "error"
title = "Error and support"
metrics = ["nmse", "support_f1"]
yardsticks = ["oracle"]

[[figure]]
id = "error"
title = "Error of the coefficients"
kind = "line"
metric = "nmse"
x = "snr_db"
y_scale = "log"

[[claim]]
id = "mine-better"
statement = "My estimator has the smaller error"
source = "a first guess"
form = "below"
metric = "nmse"
a = "marginal"
b = "lasso"
where = { snr_db = 20 }
"#;

fn is_checkout(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap_or_default();
    manifest.get("package").and_then(|p| p.get("name")).and_then(toml::Value::as_str) == Some("remeasure")
}

/// The checkout of remeasure.
fn checkout(given: Option<&Path>) -> Result<PathBuf> {
    let here = std::env::current_dir().context("there is no current folder")?;
    let found = match given {
        Some(folder) => Some(std::path::absolute(folder)?).filter(|folder| is_checkout(folder)),
        None => here.ancestors().find(|folder| is_checkout(folder)).map(Path::to_path_buf),
    };
    found.context("a crate needs a checkout of remeasure: name its folder with --remeasure DIR")
}

pub(super) fn write_crate(args: &NewArgs) -> Result<()> {
    let name = &args.name;
    if let Some(family) = args.family.as_deref().filter(|family| *family != "sparse") {
        bail!(
            "--crate writes an estimator of the family sparse, not of {family}; it is the same for the others"
        );
    }
    let checkout = checkout(args.remeasure.as_deref())?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nremeasure = {{ path = {} \
         }}\nanyhow = \"1\"\nschemars = \"1\"\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\n# Not part of a \
         workspace above it.\n[workspace]\n",
        toml::Value::String(checkout.display().to_string())
    );
    let body = EXAMPLE.lines().skip_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n");
    let source = format!("//! An estimator of your own beside those of remeasure.\n{body}\n{TEST}");
    let study = STUDY.replace("NAME", name);
    let files = [("Cargo.toml", manifest), ("src/main.rs", source), ("study.toml", study)];
    // With the versions that the checkout was tested with.
    let lock = std::fs::read_to_string(checkout.join("Cargo.lock")).ok();
    let files: Vec<(&str, String)> = files.into_iter().chain(lock.map(|lock| ("Cargo.lock", lock))).collect();
    write(Path::new(name), &files)?;
    let mut out = out();
    writeln!(out, "wrote the crate {name}; try\n  cd {name}\n  cargo test --release")?;
    writeln!(out, "  cargo run --release -- run --config study.toml")?;
    Ok(())
}
