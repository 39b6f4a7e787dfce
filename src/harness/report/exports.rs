//! `summary.csv`, `claims.csv` and `claim_groups.csv`.

use anyhow::Result;

use crate::claims::{ClaimRow, Finding};
use crate::columns;
use crate::records::Store;
use crate::summary::summarise;

fn field(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{value:?}") }
}

/// Mean, standard deviation, Monte Carlo standard error and quartiles of every metric, the outcomes of
/// the fits and the mean over the replicates that all estimators have; one row per cell, estimator, metric
/// and coordinate. Undefined statistics are empty; metrics named in `left_out` have no rows.
pub(super) fn summary_csv(store: &Store, left_out: &[&str]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header: Vec<&str> = store.axes.iter().map(|a| a.name.as_str()).collect();
    header.extend(columns::SUMMARY);
    writer.write_record(&header)?;
    for row in summarise(store) {
        if left_out.contains(&store.metrics[row.metric].as_str()) {
            continue;
        }
        let mut fields: Vec<String> = store.cells[row.cell].values.iter().map(ToString::to_string).collect();
        fields.push(store.estimators[row.estimator].clone());
        fields.push(store.metrics[row.metric].clone());
        fields.push(row.coordinate.map_or_else(String::new, |c| c.to_string()));
        fields.extend([row.n.to_string(), row.missing.to_string()]);
        let statistics = [row.mean, row.sd, row.se, row.min, row.q1, row.median, row.q3, row.max];
        fields.extend(statistics.map(field));
        fields.extend([row.n_common.to_string(), field(row.mean_common), field(row.se_common)]);
        fields.extend(row.outcomes.counts().map(|n| n.to_string()));
        writer.write_record(&fields)?;
    }
    Ok(writer.into_inner()?)
}

/// One row per claim.
pub(super) fn claims_csv(findings: &[Finding]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if findings.is_empty() {
        // The writer emits the header only with a row.
        writer.serialize(ClaimRow::default())?;
        let bytes = writer.into_inner()?;
        return Ok(bytes.split_inclusive(|b| *b == b'\n').next().unwrap_or_default().to_vec());
    }
    findings.iter().try_for_each(|finding| writer.serialize(ClaimRow::from(finding)))?;
    Ok(writer.into_inner()?)
}

/// One row per claim and group of cells, with unadjusted p-values.
pub(super) fn groups_csv(findings: &[Finding]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["id", "group", "published", "value", "standard_error", "interval_low", "interval_high"];
    writer.write_record(header.iter().chain(&["n", "method", "p_support", "p_against"]))?;
    for finding in findings {
        for group in &finding.groups {
            let (low, high) = group.interval.unwrap_or((f64::NAN, f64::NAN));
            let published = group.published.unwrap_or(f64::NAN);
            let numbers = [published, group.measured.value, group.measured.se, low, high].map(field);
            let mut fields = vec![finding.id.clone(), group.label.clone()];
            fields.extend(numbers);
            fields.extend([group.n.to_string(), group.method.to_owned()]);
            fields.extend([group.p_support, group.p_against].map(field));
            writer.write_record(&fields)?;
        }
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{integers, record, store, with_failures};

    #[test]
    fn an_axis_named_n_has_its_column_to_itself() {
        let store = store(&[("n", integers(&[50]))], &["a"], &["error"], 2);
        let store = store.with_records(vec![record(0, 0, 0, 0, 1.5)]);
        let text = String::from_utf8(summary_csv(&store, &[]).unwrap()).unwrap();
        let mut rows = text.lines();
        let header: Vec<&str> = rows.next().unwrap().split(',').collect();
        assert_eq!(header.iter().filter(|h| **h == "n").count(), 1, "{header:?}");
        assert!(rows.next().unwrap().starts_with("50,a,error,,1,1,1.5,"), "{text}");
    }

    #[test]
    fn metrics_that_are_left_out_have_no_rows() {
        let store = store(&[("n", integers(&[50]))], &["a"], &["error", "pixel"], 1);
        let store = store.with_records(vec![record(0, 0, 0, 0, 1.5), record(0, 0, 1, 0, 0.5)]);
        let text = |left_out: &[&str]| String::from_utf8(summary_csv(&store, left_out).unwrap()).unwrap();
        assert!(text(&[]).contains("50,a,pixel,"));
        assert!(!text(&["pixel"]).contains("pixel") && text(&["pixel"]).contains("50,a,error,"));
    }

    #[test]
    fn outcomes_and_common_successes_have_columns() {
        let store = store(&[("n", integers(&[50]))], &["a", "b"], &["error"], 2);
        let store = with_failures(store, &[(0, 1, 1)]);
        let records = vec![record(0, 0, 0, 0, 1.0), record(0, 0, 0, 1, 3.0), record(0, 1, 0, 0, 2.0)];
        let text = String::from_utf8(summary_csv(&store.with_records(records), &[]).unwrap()).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split(',').collect()).collect();
        let column = |name: &str| {
            let at = rows[0].iter().position(|h| *h == name).unwrap();
            (rows[1][at], rows[2][at])
        };
        assert_eq!((column("count"), column("missing")), (("2", "1"), ("0", "1")));
        assert_eq!((column("mean"), column("n_common")), (("2.0", "2.0"), ("1", "1")));
        assert_eq!((column("mean_common"), column("failed")), (("1.0", "2.0"), ("0", "1")));
        for name in ["ok", "not_converged", "timed_out", "skipped"] {
            assert_eq!(column(name), ("0", "0"), "{name}");
        }
    }
}
