//! From stored records to summary, tables, figures, verdicts and a report.

mod again;
mod beside;
pub mod chart;
mod check;
mod document;
mod endings;
mod exports;
mod figures;
mod select;
mod tables;
#[cfg(test)]
mod testing;
mod timings;
mod words;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use beside::{Beside, Drawn, draw};
pub use check::check_names;

use super::claims::{Finding, Verdict, judge};
use super::config::FigureKind;
use super::experiment::Experiment;
use super::plan::Plan;
use super::provenance::Manifest;
use super::records::{Outcome, Store};
use super::storage::{self, write_atomic};

/// Verdicts of a run and the files that show them.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name of the experiment.
    pub experiment: String,
    /// Its profile.
    pub profile: String,
    /// One finding per claim.
    pub findings: Vec<Finding>,
    /// Whether any fit failed, timed out or did not converge.
    pub troubled: bool,
    /// The files written, the report first.
    pub files: Vec<PathBuf>,
}

impl Report {
    /// Whether any claim is contradicted.
    #[must_use]
    pub fn contradicted(&self) -> bool {
        self.findings.iter().any(|f| matches!(f.verdict, Verdict::Contradicted))
    }

    /// Prints the verdict table and the paths to standard output; a reader that has closed it
    /// (`| head`) is no error, and does not change how the command ends.
    ///
    /// # Errors
    /// Standard output that cannot be written for another reason.
    pub fn print_unless_closed(&self) -> Result<()> {
        match self.print() {
            Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
            _ => Ok(()),
        }
    }

    fn print(&self) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{} ({})", self.experiment, self.profile)?;
        out.write_all(document::verdict_lines(&self.findings).as_bytes())?;
        if let Some(first) = self.files.first() {
            writeln!(out, "  report:  {}", first.display())?;
            let figures: Vec<&PathBuf> =
                self.files.iter().filter(|f| f.extension().is_some_and(|e| e == "png")).collect();
            for figure in figures {
                writeln!(out, "  figure:  {}", figure.display())?;
            }
            let folder = first.parent().unwrap_or(Path::new("."));
            writeln!(out, "  all:     {}", folder.display())?;
        }
        Ok(())
    }
}

/// Whether any fit did not end well; one that the config leaves out has not begun.
fn troubled(store: &Store) -> bool {
    store.outcomes.iter().any(|o| !matches!(o.outcome, Outcome::Ok | Outcome::Skipped(_)))
}

/// Judges the claims of a stored run; writes nothing.
///
/// # Errors
/// Records that are missing or do not belong to the config.
pub fn judge_stored(folder: &Path, plan: &Plan<'_>, experiment: &Experiment) -> Result<Report> {
    let store = storage::load(folder, plan)?;
    Ok(Report {
        experiment: plan.resolved.experiment.clone(),
        profile: plan.resolved.profile.clone(),
        findings: judge(&store, &plan.resolved.claims(), experiment.curves),
        troubled: troubled(&store),
        files: Vec::new(),
    })
}

/// Empties a folder of files that an earlier report may have left under other names.
fn fresh_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "md" || e == "svg" || e == "png") {
            std::fs::remove_file(&path).with_context(|| format!("cannot replace {}", path.display()))?;
        }
    }
    Ok(())
}

/// Rebuilds everything that follows from the records of a run.
///
/// # Errors
/// Records that are missing or do not belong to the config; files that cannot be written.
pub fn rebuild(
    folder: &Path,
    plan: &Plan<'_>,
    experiment: &Experiment,
    manifest: &Manifest,
) -> Result<Report> {
    let store = storage::load(folder, plan)?;
    let resolved = &plan.resolved;
    let trace = manifest.trace();
    let findings = judge(&store, &resolved.claims(), experiment.curves);
    let mut files = vec![folder.join("report.md")];
    let mut write = |name: &str, bytes: &[u8]| -> Result<()> {
        let path = folder.join(name);
        write_atomic(&path, bytes)?;
        files.push(path);
        Ok(())
    };
    let images = resolved.figures.iter().filter(|figure| figure.kind == FigureKind::Image);
    let pixels: Vec<&str> = images
        .flat_map(|figure| std::iter::once(&figure.metric).chain(&figure.also))
        .map(String::as_str)
        .collect();
    write("summary.csv", &exports::summary_csv(&store, &pixels)?)?;
    write("claims.csv", &exports::claims_csv(&findings)?)?;
    write("claim_groups.csv", &exports::groups_csv(&findings)?)?;
    fresh_folder(&folder.join("tables"))?;
    let mut tables = Vec::new();
    for spec in &resolved.tables {
        let text = tables::markdown(&store, spec, &trace);
        write(&format!("tables/{}.md", spec.id), text.as_bytes())?;
        tables.push(text);
    }
    fresh_folder(&folder.join("figures"))?;
    for spec in &resolved.figures {
        let chart = figures::chart(&store, spec, experiment.curves, &trace);
        let drawing = || format!("cannot draw the figure `{}`", spec.id);
        write(&format!("figures/{}.svg", spec.id), chart::svg(&chart).with_context(drawing)?.as_bytes())?;
        write(&format!("figures/{}.png", spec.id), &chart::png(&chart, 2).with_context(drawing)?)?;
    }
    let parts = Parts {
        store: &store,
        plan,
        experiment,
        manifest,
        findings: &findings,
        tables: &tables,
        timings: &storage::load_timings(folder, plan)?,
    };
    write(timings::TIMINGS_MD, timings::markdown(&parts).as_bytes())?;
    write_atomic(&folder.join("report.md"), document::markdown(&parts).as_bytes())?;
    Ok(Report {
        experiment: resolved.experiment.clone(),
        profile: resolved.profile.clone(),
        findings,
        troubled: troubled(&store),
        files,
    })
}

/// What a report is made of.
struct Parts<'a> {
    store: &'a Store,
    plan: &'a Plan<'a>,
    experiment: &'a Experiment,
    manifest: &'a Manifest,
    findings: &'a [Finding],
    tables: &'a [String],
    timings: &'a [Vec<f64>],
}
