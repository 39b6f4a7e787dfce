//! The overview pages of many runs, made from stored verdicts without running anything.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_core::advise;
use remeasure_harness::claims::ClaimRow;
use remeasure_harness::provenance::Manifest;
use remeasure_harness::registry::Registry;
use remeasure_harness::report::{
    CLAIMS, HEADING, INDEX, OURS, OVERVIEW, OfPaper, Published, REPORT, REPORT_HTML, index, overview, splice,
    verdicts,
};
use remeasure_harness::storage::write_atomic;
use remeasure_harness::verify::PUBLISHED;

/// The folders directly below `folder`, sorted by name.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a run's folder; `None` if it has no verdicts.
fn run(folder: &Path, experiment: &str) -> Option<Published> {
    let name = folder.file_name()?.to_str()?;
    let manifest = Manifest::read(folder).ok()?;
    let claims = ClaimRow::read(&folder.join(CLAIMS)).ok()?;
    let text =
        |key: &str| manifest.config.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    Some(Published {
        experiment: experiment.to_owned(),
        title: text("title"),
        paper: text("paper"),
        profile: if name == PUBLISHED { manifest.profile.clone() } else { name.to_owned() },
        folder: format!("{experiment}/{name}"),
        report: [REPORT_HTML, REPORT].into_iter().find(|file| folder.join(file).is_file())?,
        claims,
    })
}

/// All runs below `out`.
fn runs(out: &Path) -> Result<Vec<Published>> {
    let mut runs = Vec::new();
    for folder in below(out)? {
        let Some(name) = folder.file_name().and_then(|n| n.to_str()) else { continue };
        runs.extend(below(&folder)?.iter().filter_map(|f| run(f, name)));
    }
    Ok(runs)
}

/// Whether there is a run below `out` that an overview can show.
pub(super) fn has_pages(out: &Path) -> bool {
    runs(out).is_ok_and(|runs| !runs.is_empty())
}

/// Writes a page, but never over a file that this program did not write.
fn write(page: PathBuf, is_ours: impl Fn(&str) -> bool, text: &str) -> Result<Option<PathBuf>> {
    if std::fs::read_to_string(&page).is_ok_and(|there| !is_ours(&there)) {
        advise!("note: {} was not written by this program, so it is left unchanged", page.display());
        return Ok(None);
    }
    write_atomic(&page, text.as_bytes())?;
    Ok(Some(page))
}

/// Writes `OUT/index.html`, the overview of all runs below `out`.
pub(super) fn write_index(registry: &Registry, out: &Path) -> Result<Option<PathBuf>> {
    let all = OfPaper::all(registry, runs(out)?);
    write(out.join(INDEX), |there| there.contains(OURS), &index(&all))
}

/// Writes all overview pages of the published runs: `OUT/README.md`, `OUT/index.html`, and the table of verdicts
/// in the README next to `out`, if it has the markers.
pub(super) fn write_all(registry: &Registry, out: &Path) -> Result<Vec<PathBuf>> {
    let mut published = runs(out)?;
    published.retain(|run| run.folder.ends_with(&format!("/{PUBLISHED}")));
    let all = OfPaper::all(registry, published);
    let mut made = Vec::new();
    made.extend(write(out.join(OVERVIEW), |there| there.starts_with(HEADING), &overview(&all))?);
    made.extend(write_index(registry, out)?);
    let full = out.canonicalize().with_context(|| format!("cannot find {}", out.display()))?;
    if let (Some(parent), Some(name)) = (full.parent(), full.file_name().and_then(|n| n.to_str())) {
        let shown = out.parent().filter(|_| out.file_name().is_some()).unwrap_or(parent);
        let readme = shown.join(OVERVIEW);
        let there = std::fs::read_to_string(&readme).unwrap_or_default();
        if let Some(text) = splice(&there, &verdicts(&all, &format!("{name}/{OVERVIEW}"))) {
            write_atomic(&readme, text.as_bytes())?;
            made.push(readme);
        }
    }
    Ok(made)
}
