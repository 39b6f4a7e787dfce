//! From stored records to summary, tables, figures, verdicts and a report.

mod again;
mod beside;
mod check;
mod document;
mod endings;
mod exports;
mod html;
mod overview;
mod paper;
mod research_object;
mod tables;
#[cfg(test)]
pub(crate) mod testing;
mod timings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use beside::{Beside, Drawn, draw};
pub use check::check_names;
pub use document::{picture, row_lines, verdict_lines};
pub use html::{INDEX, OURS, REPORT_HTML, index, linked};
pub use overview::{
    HEADING, OVERVIEW, OfPaper, Published, Tally, between_markers, overview, splice, verdicts,
};
pub use research_object::{CRATE, write as write_crate};

use super::claims::Finding;
use super::config::Resolved;
use super::digest;
use super::figures;
use super::files::{make_folder, write_atomic};
use super::plan::Plan;
use super::provenance::{Code, Manifest};
use super::records::Store;
use super::registry::Host;
use super::stamp::{Carrier, Stamp};
use super::storage;

/// File name of the summary: a row for each cell, estimator and metric.
pub const SUMMARY: &str = "summary.csv";

/// File name of the verdicts.
pub const CLAIMS: &str = "claims.csv";

/// File name of the report.
pub const REPORT: &str = "report.md";

/// Extensions of the files in the folders of tables and figures.
const MADE: [&str; 6] = ["md", "tex", "csv", "svg", "png", "pdf"];

/// Creates a folder, or removes the files that an earlier report may have left in it.
fn fresh_folder(folder: &Path) -> Result<()> {
    make_folder(folder)?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| MADE.iter().any(|made| e == *made)) {
            std::fs::remove_file(&path).with_context(|| format!("cannot replace {}", path.display()))?;
        }
    }
    Ok(())
}

/// Writes stamped files into a folder and remembers their digests.
struct Maker<'a> {
    folder: &'a Path,
    stamp: Stamp,
    resolved: &'a Resolved,
    files: Vec<PathBuf>,
    digests: BTreeMap<String, String>,
}

impl Maker<'_> {
    /// Writes a file as it is.
    fn plain(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        write_atomic(&path, bytes)?;
        self.files.push(path);
        self.digests.insert(name.to_owned(), file_digest(name, bytes));
        Ok(())
    }

    /// Writes a file with a stamp that says what it `shows`.
    fn stamped(&mut self, name: &str, shows: &str, bytes: &[u8]) -> Result<()> {
        let Some(carrier) = Carrier::of(name) else { return self.plain(name, bytes) };
        self.stamp.shows = shows.to_owned();
        self.stamp.specification = self.resolved.specification(shows).unwrap_or_default();
        let bytes = self.stamp.apply(carrier, bytes);
        self.plain(name, &bytes)
    }
}

/// The digest of a file as the manifest lists it; for text it does not depend on line endings.
#[must_use]
pub fn file_digest(name: &str, bytes: &[u8]) -> String {
    if [".png", ".pdf", ".gz"].iter().any(|ending| name.ends_with(ending)) {
        digest::of_bytes(bytes)
    } else {
        digest::of_text(bytes)
    }
}

/// A run that is complete, with its findings.
pub(crate) struct Finished<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) experiment: Host<'a>,
    /// Where its records are.
    pub(crate) folder: &'a Path,
    pub(crate) manifest: &'a Manifest,
    pub(crate) store: &'a Store,
    pub(crate) findings: &'a [Finding],
}

/// Writes everything derived from the numbers of a run `into` its own or another folder, with a
/// manifest that lists the files; returns the paths, the report first.
///
/// # Errors
/// Files that cannot be written.
pub(crate) fn write(run: &Finished<'_>, into: &Path) -> Result<Vec<PathBuf>> {
    let Finished { plan, experiment, folder, manifest, store, findings } = *run;
    let resolved = &plan.resolved;
    let records = storage::records_digest(folder)?;
    let trace = manifest.trace();
    let drawn_by = Code::of_this_binary();
    let mut maker = Maker {
        folder: into,
        stamp: Stamp {
            experiment: resolved.experiment.clone(),
            profile: resolved.profile.clone(),
            config: manifest.config_hash.clone(),
            records: records.clone(),
            shows: String::new(),
            specification: String::new(),
            drawn_by: format!(
                "{}+{}",
                drawn_by.version,
                drawn_by.commit.get(..10).unwrap_or(&drawn_by.commit)
            ),
        },
        resolved,
        files: vec![into.join(REPORT)],
        digests: BTreeMap::new(),
    };
    let parts: Vec<&str> =
        resolved.figures.iter().filter(|figure| figure.is_one_picture()).flat_map(|f| f.metrics()).collect();
    let summary = exports::summary_csv(store, &parts)?;
    maker.plain(SUMMARY, &summary)?;
    maker.plain(CLAIMS, &exports::claims_csv(findings)?)?;
    maker.plain("claim_groups.csv", &exports::groups_csv(findings)?)?;
    fresh_folder(&into.join("tables"))?;
    let sense = |metric: &str| experiment.family.sense(metric);
    let tables = tables::write(&mut maker, store, &resolved.tables, &sense, &trace)?;
    fresh_folder(&into.join("figures"))?;
    let mut pictures = Vec::new();
    let mut readings = Vec::new();
    for spec in &resolved.figures {
        let chart = figures::chart(store, spec, experiment.family.curves(), &trace);
        let drawing = || format!("cannot draw the figure `{}`", spec.id);
        let (name, shows) = (format!("figures/{}", spec.id), format!("figure/{}", spec.id));
        readings.push(chart.subtitle.clone());
        let svg = remeasure_chart::svg(&chart).with_context(drawing)?;
        maker.stamped(&format!("{name}.svg"), &shows, svg.as_bytes())?;
        let png = remeasure_chart::png(&chart, 2).with_context(drawing)?;
        maker.stamped(&format!("{name}.png"), &shows, &png)?;
        if spec.style.pdf == Some(true) {
            maker.stamped(
                &format!("{name}.pdf"),
                &shows,
                &remeasure_chart::pdf(&chart).with_context(drawing)?,
            )?;
        }
        if spec.has_pixels() {
            pictures.push((spec.id.clone(), png));
        }
    }
    let parts = Parts {
        store,
        plan,
        experiment,
        manifest,
        findings,
        tables: &tables,
        readings: &readings,
        timings: &storage::load_timings(folder, plan)?,
    };
    maker.plain(timings::TIMINGS_MD, timings::markdown(&parts).as_bytes())?;
    maker.stamped(REPORT_HTML, "report", html::report(&parts, &summary, &pictures)?.as_bytes())?;
    maker.stamped(REPORT, "report", document::markdown(&parts).as_bytes())?;
    // The list of files starts with the report already.
    maker.files.pop();
    let manifest = Manifest {
        records,
        files: maker.digests,
        config: toml::from_str(&resolved.to_toml())?,
        ..manifest.clone()
    };
    manifest.write(into)?;
    research_object::write(into, &manifest)?;
    Ok(maker.files)
}

/// What a report is made of.
struct Parts<'a> {
    store: &'a Store,
    plan: &'a Plan<'a>,
    experiment: Host<'a>,
    manifest: &'a Manifest,
    findings: &'a [Finding],
    tables: &'a [tables::Table],
    /// The subtitle of each figure: what its marks mean.
    readings: &'a [String],
    timings: &'a [Vec<f64>],
}
