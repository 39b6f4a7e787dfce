//! The strongest check: everything is made again and compared.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Fault, Flaw};
use crate::provenance::Manifest;
use crate::registry::Registry;
use crate::stamp::{Carrier, body as body_of};
use crate::workflow::{Planned, restyled, stored};

/// Makes tables, figures and report of the run in `folder` again, elsewhere, from its records and the
/// config in its manifest, and returns the files that come out differently.
///
/// # Errors
/// Records that are missing or do not belong to the config.
pub fn redraw(folder: &Path, experiments: &Registry) -> Result<Vec<Flaw>> {
    let manifest = Manifest::read(folder)?;
    let resolved = restyled(&manifest.config, &manifest.config, &manifest.profile)?;
    let planned = Planned::stored(experiments, resolved, &manifest.only)?;
    let elsewhere = tempfile::tempdir().context("cannot make a temporary folder")?;
    let run = stored(planned, folder, manifest)?;
    run.report_into(elsewhere.path())?;
    let made = Manifest::read(elsewhere.path())?;
    let mut flaws = Vec::new();
    for (file, digest) in &run.manifest.files {
        // A commit in between changes the stamp, but not the rest of the file.
        let same = made.files.get(file) == Some(digest) || bodies_agree(folder, elsewhere.path(), file)?;
        if !same {
            flaws.push(Flaw::new(file, Fault::Differs, "it differs from what the records give"));
        }
    }
    Ok(flaws)
}

/// Whether two files are the same apart from their stamps.
fn bodies_agree(a: &Path, b: &Path, file: &str) -> Result<bool> {
    let Some(carrier) = Carrier::of(file) else { return Ok(false) };
    let read = |folder: &Path| std::fs::read(folder.join(file));
    let (Ok(a), Ok(b)) = (read(a), read(b)) else { return Ok(false) };
    let body = |bytes: &[u8]| body_of(carrier, bytes);
    Ok(body(&a).is_some() && body(&a) == body(&b))
}
