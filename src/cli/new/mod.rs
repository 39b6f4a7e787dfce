//! `new`: a study, a crate or a paper as a starting point.

mod data;
mod own_crate;
mod paper;
mod study;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use remeasure_harness::registry::Registry;

use crate::output::out;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Name of the new experiment, crate or paper
    #[arg(value_name = "NAME")]
    name: String,
    /// Family of problems [default with --crate: sparse]
    #[arg(long, value_name = "NAME", required_unless_present = "own_crate")]
    family: Option<String>,
    /// Your own data: the file of the features, or of all columns with --label
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// With --csv: the file of the response
    #[arg(long, value_name = "FILE", requires = "csv", conflicts_with = "label")]
    y: Option<PathBuf>,
    /// With --csv: the column of the label
    #[arg(long, value_name = "COLUMN", requires = "csv")]
    label: Option<String>,
    /// Write a crate with an estimator of your own instead, in the folder NAME
    #[arg(long = "crate", conflicts_with_all = ["csv", "paper"])]
    own_crate: bool,
    /// With --crate: the checkout of remeasure [default: the current folder or the nearest above it that is one]
    #[arg(long, value_name = "DIR", requires = "own_crate")]
    remeasure: Option<PathBuf>,
    /// Write the folder of a paper, configs/NAME/, with an experiment of the same name
    #[arg(long, conflicts_with = "csv")]
    paper: bool,
    /// Print the config instead of writing NAME.toml
    #[arg(long, conflicts_with_all = ["own_crate", "paper"])]
    print: bool,
}

/// Writes new files below `folder`: all or none. Refuses to overwrite anything.
fn write(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    for (name, _) in files {
        let path = folder.join(name);
        if path.exists() {
            bail!("{} exists already: choose another name, or remove it", path.display());
        }
    }
    for (name, text) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

pub(super) fn new(registry: &Registry, args: &NewArgs) -> Result<()> {
    let name = &args.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        bail!("`{name}`: expected a name of letters, digits, hyphens and underscores");
    }
    if args.own_crate {
        return own_crate::write_crate(args);
    }
    let family = args.family.as_deref().unwrap_or_default();
    if args.paper {
        return paper::write_paper(registry, name, family);
    }
    let text = match &args.csv {
        Some(csv) => data::study(registry, name, family, csv, args)?,
        None => study::of_family(registry, name, family)?,
    };
    if args.print {
        return Ok(out().write_all(text.as_bytes())?);
    }
    let file = format!("{name}.toml");
    write(Path::new(""), &[(&file, text)])?;
    let mut out = out();
    writeln!(out, "wrote {file}; try")?;
    for command in ["check-config", "run --config"] {
        writeln!(out, "  remeasure {command} {file}")?;
    }
    Ok(())
}
