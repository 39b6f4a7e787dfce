//! Reading a baseline.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::header::{BASELINE, Header};
use super::snapshot::{ClaimLine, Fit, Series, Snapshot};
use super::{CLAIMS, DIGESTS, SUMMARY, VALUES};
use crate::digest;
use crate::summary::Tally;

/// The text of a file that the header names.
fn file(folder: &Path, header: &Header, name: &str) -> Result<Vec<u8>> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    if header.files.get(name) != Some(&digest::of_text(&bytes)) {
        bail!(
            "{} is not the file that {BASELINE} was written with: restore both, or accept again",
            path.display()
        );
    }
    Ok(bytes)
}

fn number(field: &str) -> Result<f64> {
    if field.is_empty() {
        return Ok(f64::NAN);
    }
    field.parse().with_context(|| format!("`{field}` is no number"))
}

/// Takes the columns that name a fit, and the others.
type Row<'a> = dyn FnMut(&[String], &[String]) -> Result<()> + 'a;

/// The rows of a table: the columns that name a fit, and the others.
fn rows(
    folder: &Path,
    header: &Header,
    name: &str,
    axes: Option<usize>,
    row: &mut Row<'_>,
) -> Result<Vec<String>> {
    let bytes = file(folder, header, name)?;
    let place = || folder.join(name).display().to_string();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let names: Vec<String> = reader.headers().with_context(place)?.iter().map(str::to_owned).collect();
    // The last column of that name: an axis may be called so too.
    let found = names.iter().rposition(|n| n == "estimator");
    let axes = axes.or(found).with_context(|| format!("{}: no column `estimator`", place()))?;
    for (i, record) in reader.records().enumerate() {
        let record = record.with_context(place)?;
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        let at = || format!("{}, row {}", place(), i + 1);
        if fields.len() < axes + 1 {
            bail!("{}: too few columns", at());
        }
        let (key, rest) = fields.split_at(axes + 1);
        row(key, rest).with_context(at)?;
    }
    Ok(names[..axes].to_vec())
}

fn column(fields: &[String], at: usize) -> Result<&str> {
    fields.get(at).map(String::as_str).context("a column is missing")
}

fn count(fields: &[String], at: usize) -> Result<u64> {
    let field = column(fields, at)?;
    field.parse().with_context(|| format!("`{field}` is no count"))
}

fn claims(folder: &Path, header: &Header) -> Result<Vec<ClaimLine>> {
    let bytes = file(folder, header, CLAIMS)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let mut found = Vec::new();
    for record in reader.records() {
        let fields: Vec<String> = record?.iter().map(str::to_owned).collect();
        found.push(ClaimLine {
            id: column(&fields, 0)?.to_owned(),
            verdict: column(&fields, 1)?.to_owned(),
            value: number(column(&fields, 2)?)?,
            se: number(column(&fields, 3)?)?,
            statement: column(&fields, 4)?.to_owned(),
        });
    }
    Ok(found)
}

/// Reads the baseline in `folder`; `None` where there is none.
///
/// # Errors
/// Files that are missing, malformed, or not those that the header names.
pub fn read(folder: &Path) -> Result<Option<(Header, Snapshot)>> {
    let Some(header) = Header::read(folder)? else { return Ok(None) };
    let mut snapshot = Snapshot::default();
    let mut places: HashMap<Vec<String>, usize> = HashMap::new();
    let fits = &mut snapshot.fits;
    snapshot.axes = rows(folder, &header, DIGESTS, None, &mut |key, fields| {
        places.insert(key.to_vec(), fits.len());
        let (estimator, cell) = key.split_last().context("a column is missing")?;
        fits.push(Fit {
            cell: cell.to_vec(),
            estimator: estimator.clone(),
            digest: column(fields, 0)?.to_owned(),
            tally: Tally {
                ok: count(fields, 1)?,
                not_converged: count(fields, 2)?,
                failed: count(fields, 3)?,
                timed_out: count(fields, 4)?,
                skipped: count(fields, 5)?,
            },
            series: Vec::new(),
        });
        Ok(())
    })?;
    let axes = Some(snapshot.axes.len());
    let place = |key: &[String]| {
        let at = places.get(key).copied();
        at.with_context(|| format!("{DIGESTS} has no {}", key.join(", ")))
    };
    rows(folder, &header, SUMMARY, axes, &mut |key, fields| {
        let coordinate = match column(fields, 1)? {
            "" => None,
            text => Some(number(text)?),
        };
        fits[place(key)?].series.push(Series {
            metric: column(fields, 0)?.to_owned(),
            coordinate,
            count: count(fields, 2)?,
            missing: count(fields, 3)?,
            mean: number(column(fields, 4)?)?,
            se: number(column(fields, 5)?)?,
            values: Vec::new(),
        });
        Ok(())
    })?;
    rows(folder, &header, VALUES, axes, &mut |key, fields| {
        let (metric, text) = (column(fields, 0)?, column(fields, 1)?);
        let fit = &mut fits[place(key)?];
        let found = fit.series.iter_mut().find(|s| s.coordinate.is_none() && s.metric == metric);
        let series = found.with_context(|| format!("{SUMMARY} has no `{metric}` there"))?;
        let value = |word: &str| if word == "-" { Ok(None) } else { number(word).map(Some) };
        series.values = text.split(' ').map(value).collect::<Result<_>>()?;
        Ok(())
    })?;
    snapshot.claims = claims(folder, &header)?;
    Ok(Some((header, snapshot)))
}
