//! The page over all runs, for `report --html` and `publish`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use remeasure_harness::experiment::Experiment;
use remeasure_harness::provenance::Manifest;
use remeasure_harness::report::{INDEX, OURS, Published, REPORT, REPORT_HTML, Row, Run, index};
use remeasure_harness::storage::write_atomic;
use remeasure_harness::verify::PUBLISHED;

/// The folders directly below one, by name.
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

/// What a run's folder holds, if it is one with verdicts.
fn run(folder: &Path, experiment: &str) -> Option<Run> {
    let name = folder.file_name()?.to_str()?;
    let manifest = Manifest::read(folder).ok()?;
    let claims = Row::read(&folder.join("claims.csv")).ok()?;
    let text =
        |key: &str| manifest.config.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let report = [REPORT_HTML, REPORT].into_iter().find(|file| folder.join(file).is_file())?;
    let within = format!("{experiment}/{name}");
    Some(Run {
        report: format!("{within}/{report}"),
        of: Published {
            experiment: experiment.to_owned(),
            title: text("title"),
            paper: text("paper"),
            profile: if name == PUBLISHED { manifest.profile.clone() } else { name.to_owned() },
            folder: within,
            claims,
        },
    })
}

/// Writes `OUT/index.html` over all runs below `out`; a page of somebody's own by that name is left alone.
pub(super) fn write_index(experiments: &[Experiment], out: &Path) -> Result<Option<PathBuf>> {
    let page = out.join(INDEX);
    if let Ok(there) = std::fs::read_to_string(&page)
        && !there.contains(OURS)
    {
        eprintln!(
            "note: {} is not this program's, so the page over all experiments is not written",
            page.display()
        );
        return Ok(None);
    }
    let mut folders: Vec<(usize, String, PathBuf)> = Vec::new();
    for folder in below(out)? {
        let Some(name) = folder.file_name().and_then(|n| n.to_str()).map(str::to_owned) else { continue };
        let place = experiments.iter().position(|e| e.name == name).unwrap_or(experiments.len());
        folders.push((place, name, folder));
    }
    folders.sort();
    let mut runs = Vec::new();
    for (_, name, folder) in &folders {
        runs.extend(below(folder)?.iter().filter_map(|f| run(f, name)));
    }
    write_atomic(&page, index(&runs).as_bytes())?;
    Ok(Some(page))
}
