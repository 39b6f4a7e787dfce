//! Writes a baseline.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::header::{BASELINE, Header};
use super::snapshot::{Fit, Series, Snapshot};
use super::{CLAIMS, DIGESTS, SUMMARY, VALUES};
use crate::digits::text;
use crate::files::{make_folder, write_atomic};
use crate::{columns, digest};

/// Maximum number of coordinates of a path that `summary.csv` keeps. From a longer path it keeps evenly
/// spaced ones including the first and the last, of those that all fits with the metric reached. The
/// digests cover all coordinates.
pub const PATH_LIMIT: usize = 12;

/// Size in bytes up to which `values.csv` keeps the values of all final metrics. If they are larger, it
/// keeps the metrics that claims, tables and figures use; if these are still too large, only those that
/// claims use, of any size.
pub const VALUES_LIMIT: usize = 128 * 1024;

/// Significant digits of values by replicate.
pub(super) const VALUE_DIGITS: usize = 8;

/// The values by replicate, with `-` for a missing one.
fn values(series: &Series) -> String {
    let of = |v: &Option<f64>| v.map_or_else(|| "-".to_owned(), |v| text(v, VALUE_DIGITS));
    series.values.iter().map(of).collect::<Vec<_>>().join(" ")
}

/// The series that `summary.csv` keeps of a fit.
fn kept(fit: &Fit) -> Vec<&Series> {
    let mut kept = Vec::new();
    for of_metric in fit.series.chunk_by(|a, b| a.metric == b.metric) {
        let (paths, finals): (Vec<&Series>, Vec<&Series>) =
            of_metric.iter().partition(|s| s.coordinate.is_some());
        kept.extend(finals);
        let most = paths.iter().map(|s| s.count).max().unwrap_or(0);
        let common: Vec<&Series> = paths.into_iter().filter(|s| s.count == most).collect();
        let last = common.len().saturating_sub(1);
        if common.len() <= PATH_LIMIT {
            kept.extend(common);
        } else {
            kept.extend(
                (0..PATH_LIMIT).map(|i| common[(i * last + (PATH_LIMIT - 1) / 2) / (PATH_LIMIT - 1)]),
            );
        }
    }
    kept
}

/// A CSV table whose first columns are the axes and the estimator.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new(axes: &[String], columns: &[&str]) -> Result<Self> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        writer.write_record(axes.iter().map(String::as_str).chain(columns.iter().copied()))?;
        Ok(Self(writer))
    }

    fn row(&mut self, fit: &Fit, row: impl Serialize) -> Result<()> {
        Ok(self.0.serialize((&fit.cell, &fit.estimator, row))?)
    }

    fn bytes(self) -> Result<Vec<u8>> {
        Ok(self.0.into_inner()?)
    }
}

fn summary_csv(snapshot: &Snapshot) -> Result<Vec<u8>> {
    let mut table = Table::new(&snapshot.axes, &columns::BASELINE_SUMMARY)?;
    for fit in &snapshot.fits {
        kept(fit).into_iter().try_for_each(|series| table.row(fit, series))?;
    }
    table.bytes()
}

fn digests_csv(snapshot: &Snapshot) -> Result<Vec<u8>> {
    let mut table = Table::new(&snapshot.axes, &columns::BASELINE_DIGESTS)?;
    snapshot.fits.iter().try_for_each(|fit| table.row(fit, (&fit.digest, fit.tally)))?;
    table.bytes()
}

fn values_csv(snapshot: &Snapshot, choices: &[Vec<String>]) -> Result<Vec<u8>> {
    let of = |keep: &dyn Fn(&Series) -> bool| -> Result<Vec<u8>> {
        let mut table = Table::new(&snapshot.axes, &columns::BASELINE_VALUES)?;
        for fit in &snapshot.fits {
            for s in fit.series.iter().filter(|s| !s.values.is_empty() && keep(s)) {
                table.row(fit, (&s.metric, values(s)))?;
            }
        }
        table.bytes()
    };
    let mut table = of(&|_| true)?;
    for metrics in choices {
        if table.len() <= VALUES_LIMIT {
            break;
        }
        table = of(&|s| metrics.contains(&s.metric))?;
    }
    Ok(table)
}

fn claims_csv(snapshot: &Snapshot) -> Result<Vec<u8>> {
    let Table(mut writer) = Table::new(&[], &["id", "verdict", "value", "se", "statement"])?;
    snapshot.claims.iter().try_for_each(|claim| writer.serialize(claim))?;
    Ok(writer.into_inner()?)
}

/// Writes a baseline into `folder`, creating it if needed. If the values of all metrics are larger than
/// [`VALUES_LIMIT`], only those of the first of `choices` that is small enough are kept, or of the last
/// one. The header is written last and lists the other files with their digests, so that a half-written
/// baseline is detected.
///
/// # Errors
/// If the folder cannot be written.
pub fn write(folder: &Path, header: &Header, snapshot: &Snapshot, choices: &[Vec<String>]) -> Result<()> {
    make_folder(folder)?;
    let files = [
        (DIGESTS, digests_csv(snapshot)?),
        (SUMMARY, summary_csv(snapshot)?),
        (VALUES, values_csv(snapshot, choices)?),
        (CLAIMS, claims_csv(snapshot)?),
    ];
    let mut header = header.clone();
    header.files = files.iter().map(|(name, bytes)| ((*name).to_owned(), digest::of_text(bytes))).collect();
    for (name, bytes) in &files {
        write_atomic(&folder.join(name), bytes)?;
    }
    let path = folder.join(BASELINE);
    write_atomic(&path, toml::to_string(&header)?.as_bytes())
}
