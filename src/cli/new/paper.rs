//! The folder of a paper.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use remeasure_harness::registry::Registry;

use super::{study, write};
use crate::output::out;

/// What is known of a paper, to be filled in.
const PAPER: &str = r#"title = "Title of the paper"
authors = ["First", "Second"]
year = 2025
# arxiv = "2501.01234v1"           # the version read
# venue = "Where it was published"
# code = "where the authors' code is, and its licence"
references = []
read = """
What was read of the paper and its code, in which version, and what could not be."""
# Three to six sentences, written after the numbers.
findings = []
"#;

/// Writes `configs/NAME/` with the paper and an experiment of the same name.
pub(super) fn write_paper(registry: &Registry, name: &str, family: &str) -> Result<()> {
    let configs = Path::new("configs");
    if !configs.is_dir() {
        bail!("there is no folder `configs` here: papers belong to a checkout of remeasure");
    }
    let text = study::of_family(registry, name, family)?;
    let experiment = format!("{name}.toml");
    let folder = configs.join(name);
    write(&folder, &[("paper.toml", PAPER.to_owned()), (&experiment, text)])?;
    let mut out = out();
    writeln!(out, "wrote {} and {experiment}; fill them in, then", folder.join("paper.toml").display())?;
    writeln!(out, "  cargo run --release -- run {name}")?;
    Ok(())
}
