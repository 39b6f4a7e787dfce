//! `summary.csv` and `claims.csv`.

use anyhow::Result;

use crate::harness::claims::{CSV_HEADER, Finding, claims_csv_row};
use crate::harness::records::Store;
use crate::harness::summary::summarise;

fn field(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value:?}") }
}

/// Mean, spread, Monte Carlo standard error and quartiles of every metric; one row per
/// cell, estimator, metric and coordinate. Undefined statistics are empty.
pub(super) fn summary_csv(store: &Store) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header: Vec<&str> = store.axes.iter().map(|a| a.name.as_str()).collect();
    header.extend(["estimator", "metric", "coordinate", "count", "missing", "mean", "sd", "se"]);
    header.extend(["min", "q1", "median", "q3", "max"]);
    writer.write_record(&header)?;
    for row in summarise(store) {
        let mut fields: Vec<String> = store.cells[row.cell].values.iter().map(ToString::to_string).collect();
        fields.push(store.estimators[row.estimator].clone());
        fields.push(store.metrics[row.metric].clone());
        fields.push(row.coordinate.map_or_else(String::new, |c| c.to_string()));
        fields.extend([row.n.to_string(), row.missing.to_string()]);
        let statistics = [row.mean, row.sd, row.se, row.min, row.q1, row.median, row.q3, row.max];
        fields.extend(statistics.map(field));
        writer.write_record(&fields)?;
    }
    Ok(writer.into_inner()?)
}

/// One row per claim, numbers in full precision.
pub(super) fn claims_csv(findings: &[Finding]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV_HEADER)?;
    for finding in findings {
        writer.write_record(claims_csv_row(finding))?;
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::testing::{integers, record, store};

    #[test]
    fn an_axis_named_n_has_its_column_to_itself() {
        let store = store(&[("n", integers(&[50]))], &["a"], &["error"], 2);
        let store = store.with_records(vec![record(0, 0, 0, 0, 1.5)]);
        let text = String::from_utf8(summary_csv(&store).unwrap()).unwrap();
        let mut rows = text.lines();
        let header: Vec<&str> = rows.next().unwrap().split(',').collect();
        assert_eq!(header.iter().filter(|h| **h == "n").count(), 1, "{header:?}");
        assert!(rows.next().unwrap().starts_with("50,a,error,,1,1,1.5,"), "{text}");
    }
}
