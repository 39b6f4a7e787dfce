//! Reads a baseline.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;

use super::header::{BASELINE, Header};
use super::snapshot::{Fit, Series, Snapshot};
use super::{CLAIMS, DIGESTS, SUMMARY, VALUES};
use crate::digest;

/// Reads a file and checks it against the digest in the header.
fn file(folder: &Path, header: &Header, name: &str) -> Result<Vec<u8>> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    if header.files.get(name) != Some(&digest::of_text(&bytes)) {
        bail!(
            "{} does not match its digest in {BASELINE}: restore both files, or accept again",
            path.display()
        );
    }
    Ok(bytes)
}

/// Names of the key columns, and the rows, each with the values of the key columns and the rest.
type Rows<T> = (Vec<String>, Vec<(Vec<String>, T)>);

/// Reads a CSV file, splitting off the first columns as keys: `keys` columns, or all up to `estimator`.
fn rows<T: DeserializeOwned>(
    folder: &Path,
    header: &Header,
    name: &str,
    keys: Option<usize>,
) -> Result<Rows<T>> {
    let bytes = file(folder, header, name)?;
    let place = || folder.join(name).display().to_string();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let mut names: Vec<String> = reader.headers().with_context(place)?.iter().map(str::to_owned).collect();
    // The last column of this name, as an axis may have the same name.
    let estimator = names.iter().rposition(|n| n == "estimator").map(|at| at + 1);
    let keys = keys.or(estimator).with_context(|| format!("{}: no column `estimator`", place()))?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.with_context(place)?;
        let rest: csv::StringRecord = record.iter().skip(keys).collect();
        let rest = rest.deserialize(None).with_context(|| format!("{}, row {}", place(), rows.len() + 1))?;
        rows.push((record.iter().take(keys).map(str::to_owned).collect(), rest));
    }
    names.truncate(keys);
    Ok((names, rows))
}

/// Reads the baseline in `folder`; `None` if there is none.
///
/// # Errors
/// If files are missing, malformed, or do not match the header's digests.
pub fn read(folder: &Path) -> Result<Option<(Header, Snapshot)>> {
    let Some(header) = Header::read(folder)? else { return Ok(None) };
    let (mut axes, digests) = rows(folder, &header, DIGESTS, None)?;
    let keys = Some(axes.len());
    axes.pop();
    let mut fits: Vec<Fit> = Vec::with_capacity(digests.len());
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    for (key, (digest, tally)) in digests {
        places.insert(key.clone(), fits.len());
        let mut cell = key;
        let estimator = cell.pop().unwrap_or_default();
        fits.push(Fit { cell, estimator, digest, tally, series: Vec::new() });
    }
    let place = |name: &str, key: &[String]| {
        let at = places.get(key).copied();
        at.with_context(|| format!("{}: {DIGESTS} has no {}", folder.join(name).display(), key.join(", ")))
    };
    for (key, series) in rows::<Series>(folder, &header, SUMMARY, keys)?.1 {
        fits[place(SUMMARY, &key)?].series.push(series);
    }
    for (key, (metric, text)) in rows::<(String, String)>(folder, &header, VALUES, keys)?.1 {
        let fit = &mut fits[place(VALUES, &key)?];
        let found = fit.series.iter_mut().find(|s| s.coordinate.is_none() && s.metric == metric);
        let series = found.with_context(|| format!("{VALUES}: {SUMMARY} has no `{metric}` there"))?;
        let value = |word: &str| match word {
            "-" => Ok(None),
            word => word.parse().map(Some).with_context(|| format!("{VALUES}: `{word}` is not a number")),
        };
        series.values = text.split(' ').map(value).collect::<Result<_>>()?;
    }
    let claims = rows(folder, &header, CLAIMS, Some(0))?.1.into_iter().map(|(_, claim)| claim).collect();
    Ok(Some((header, Snapshot { axes, fits, claims })))
}
