//! `[[table]]` as Markdown.

use super::figures::ones;
use super::select;
use super::words::{escape, escape_prose};
use crate::harness::config::{Statistic, TableSpec};
use crate::harness::format::{NONE, count, number, value_with_error};
use crate::harness::records::{Outcome, Store};
use crate::harness::summary::{Common, is_event, sample};
use crate::numerics::statistics::{clopper_pearson, mean, quantile, standard_error};

/// A metric of a table, and whether its mean is a rate.
struct Column<'a> {
    name: &'a str,
    metric: Option<usize>,
    rate: bool,
}

impl<'a> Column<'a> {
    fn new(store: &Store, spec: &TableSpec, name: &'a str) -> Self {
        let metric = store.metric(name);
        let rate = spec.statistic == Statistic::Mean && metric.is_some_and(|m| is_event(store, m));
        Self { name, metric, rate }
    }
}

/// A rate with its exact 95 % interval, to two digits of the interval's width: `0.25 [0.09, 0.49]`.
fn rate(hits: u64, n: u64) -> String {
    let (low, high) = clopper_pearson(hits, n, 0.95);
    // Within (0, 1] and so at least one decimal.
    let decimals = (1.0 - (high - low).log10().floor()).clamp(1.0, 9.0) as usize;
    let text = |p: f64| if p == 0.0 || p == 1.0 { p.to_string() } else { format!("{p:.decimals$}") };
    format!("{} [{}, {}]", text(hits as f64 / n as f64), text(low), text(high))
}

/// `mean ± standard error`, a rate with its interval or `median [quartiles]`.
fn statistic(spec: &TableSpec, column: &Column<'_>, mut values: Vec<f64>) -> String {
    match spec.statistic {
        _ if values.is_empty() => NONE.to_owned(),
        Statistic::Mean if column.rate => rate(ones(&values), values.len() as u64),
        Statistic::Mean => value_with_error(mean(&values), standard_error(&values)),
        Statistic::Median => {
            values.sort_by(f64::total_cmp);
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| number(quantile(&values, q)));
            format!("{middle} [{low}, {high}]")
        }
    }
}

/// Beside an entry: the value over the replicates that all estimators shown have.
const COMMON: &str = "common";

/// The entries of one cell and column, an estimator each: the statistic over its own values, with
/// the number of missing ones and, where others lack some that it has, the statistic over those
/// in common. What the config left out is `skipped`.
fn entries(
    store: &Store,
    spec: &TableSpec,
    cell: usize,
    estimators: &[usize],
    column: &Column<'_>,
) -> Vec<String> {
    let Some(metric) = column.metric else { return vec![NONE.to_owned(); estimators.len()] };
    let common = Common::of(store, cell, estimators, metric, None);
    let entry = |&estimator: &usize| {
        let sample = sample(store, cell, estimator, metric, None);
        if sample.skipped > 0 && sample.planned == 0 {
            return Outcome::Skipped(String::new()).word().to_owned();
        }
        let (missing, n) = (sample.missing(), sample.values.len());
        let mut beside = Vec::new();
        if missing > 0 {
            beside.push(format!("{missing} missing"));
        }
        let shared = common.values(store, cell, estimator, metric, None);
        if shared.is_empty() && n > 0 {
            beside.push(format!("none {COMMON}"));
        } else if shared.len() < n {
            beside.push(format!("{COMMON} {}: {}", shared.len(), statistic(spec, column, shared)));
        }
        let own = statistic(spec, column, sample.values);
        if beside.is_empty() { own } else { format!("{own} ({})", beside.join("; ")) }
    };
    estimators.iter().map(entry).collect()
}

/// What the entries are.
fn legend(spec: &TableSpec, columns: &[Column<'_>]) -> String {
    const RATE: &str = "exact 95 % interval";
    let rates: Vec<&str> = columns.iter().filter(|c| c.rate).map(|c| c.name).collect();
    match spec.statistic {
        Statistic::Median => "Median [quartiles]".to_owned(),
        Statistic::Mean if rates.is_empty() => "Mean ± Monte Carlo standard error".to_owned(),
        Statistic::Mean if rates.len() == columns.len() => format!("Rate [{RATE}]"),
        Statistic::Mean => {
            format!("Mean ± Monte Carlo standard error, or rate [{RATE}] for {}", rates.join(", "))
        }
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// The table as Markdown.
pub(super) fn markdown(store: &Store, spec: &TableSpec, trace: &str) -> String {
    let cells = select::cells(store, &spec.filter);
    let estimators = select::estimators(store, &spec.estimators);
    let column_axis = spec.columns.as_deref().and_then(|name| store.axis(name));
    let varying: Vec<usize> = (0..store.axes.len())
        .filter(|&a| Some(a) != column_axis && select::axis_values(store, a, &cells).len() > 1)
        .collect();
    let mut header: Vec<String> = varying.iter().map(|&a| escape(&store.axes[a].label)).collect();
    header.push("estimator".to_owned());
    let columns = column_axis.map(|a| (a, select::axis_values(store, a, &cells)));
    match &columns {
        Some((axis, values)) => {
            header.extend(values.iter().map(|v| escape(&format!("{} = {v}", store.axes[*axis].label))));
        }
        None => header.extend(spec.metrics.iter().map(|m| escape(m))),
    }
    let metrics: Vec<Column<'_>> = spec.metrics.iter().map(|m| Column::new(store, spec, m)).collect();
    let mut text = format!("## {}\n\n", escape(&spec.title));
    if !spec.caption.is_empty() {
        text.push_str(&format!("{}\n\n", escape_prose(&spec.caption)));
    }
    let of = if columns.is_some() { format!(" of {}", escape(&spec.metrics[0])) } else { String::new() };
    let what = legend(spec, &metrics);
    if cells.is_empty() || estimators.is_empty() {
        // A run filtered by `--only`.
        text.push_str(&format!(
            "This run has none of the cells or estimators shown here.\n\n<sub>{trace}</sub>\n"
        ));
        return text;
    }
    let mut rows = row(&header);
    rows.push_str(&row(&vec!["---".to_owned(); header.len()]));
    // Rows: the values of the other varying axes; without a column axis each cell is one.
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for &cell in &cells {
        let key: Vec<String> =
            varying.iter().map(|&a| escape(&store.cells[cell].values[a].to_string())).collect();
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, members)) => members.push(cell),
            None => groups.push((key, vec![cell])),
        }
    }
    let mut some_in_common = false;
    for (key, members) in &groups {
        let filled: Vec<Vec<String>> = match &columns {
            Some((axis, values)) => {
                let column = |value| match select::at(store, members, *axis, value).first() {
                    Some(&cell) => entries(store, spec, cell, &estimators, &metrics[0]),
                    None => vec![String::new(); estimators.len()],
                };
                values.iter().map(column).collect()
            }
            None => metrics.iter().map(|m| entries(store, spec, members[0], &estimators, m)).collect(),
        };
        some_in_common |= filled.iter().flatten().any(|entry| entry.contains(COMMON));
        for (i, &estimator) in estimators.iter().enumerate() {
            let mut line = key.clone();
            line.push(escape(&store.estimators[estimator]));
            line.extend(filled.iter().map(|column| column[i].clone()));
            rows.push_str(&row(&line));
        }
    }
    text.push_str(&format!("{what}{of} over {}.", count(store.replicates as usize, "replicate")));
    if some_in_common {
        text.push_str(&format!(
            " `{COMMON}`: the same over the replicates in which every estimator of the cell that has any \
             value has one."
        ));
    }
    text.push_str(&format!("\n\n{rows}\n<sub>{trace}</sub>\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::report::testing::{integers, record, store, with_failures, with_skipped};

    fn table(text: &str) -> TableSpec {
        toml::from_str(&format!("id = \"t\"\ntitle = \"T\"\n{text}")).unwrap()
    }

    #[test]
    fn a_rate_of_zero_has_an_interval() {
        assert_eq!(rate(0, 20), "0 [0, 0.17]");
        assert_eq!(rate(20, 20), "1 [0.83, 1]");
        assert_eq!(rate(5, 20), "0.25 [0.09, 0.49]");
        let store = store(&[("n", integers(&[1]))], &["a"], &["success", "error"], 20);
        let records = (0..20).flat_map(|r| [record(0, 0, 0, r, 0.0), record(0, 0, 1, r, 2.0)]).collect();
        let store = store.with_records(records);
        let text = markdown(&store, &table("metrics = [\"success\"]"), "");
        assert!(text.contains("| a | 0 [0, 0.17] |"), "{text}");
        assert!(text.contains("Rate [exact 95 % interval] over 20 replicates."), "{text}");
        let text = markdown(&store, &table("metrics = [\"success\", \"error\"]"), "");
        assert!(text.contains("| a | 0 [0, 0.17] | 2 ± 0 |"), "{text}");
        assert!(text.contains("standard error, or rate [exact 95 % interval] for success over"), "{text}");
    }

    #[test]
    fn a_failed_fit_counts_as_missing_and_not_as_a_value() {
        let store = store(&[("n", integers(&[1]))], &["a", "b"], &["error"], 3);
        let store = with_failures(store, &[(0, 2, 0), (0, 0, 1), (0, 1, 1), (0, 2, 1)]);
        let records = (0..3).map(|r| record(0, 0, 0, r, if r < 2 { 2.0 } else { 99.0 })).collect();
        let text = markdown(&store.with_records(records), &table("metrics = [\"error\"]"), "");
        assert!(text.contains("| a | 2 ± 0 (1 missing) |"), "{text}");
        assert!(text.contains("| b | — (3 missing) |"), "{text}");
    }

    #[test]
    fn survivors_that_differ_are_compared_on_what_they_have_in_common() {
        let store = store(&[("n", integers(&[1]))], &["a", "b", "never", "out"], &["error"], 3);
        let store = with_failures(store, &[(0, 1, 1), (0, 0, 2), (0, 1, 2), (0, 2, 2)]);
        let store = with_skipped(store, 0, 3);
        let records = [(0, 0, 1.0), (0, 1, 90.0), (0, 2, 3.0), (1, 0, 2.0), (1, 2, 4.0)];
        let records = records.iter().map(|&(e, r, v)| record(0, e, 0, r, v)).collect();
        let store = store.with_records(records);
        let text = markdown(&store, &table("metrics = [\"error\"]\nstatistic = \"median\""), "");
        assert!(text.contains("| a | 3 [2, 46.5] (common 2: 2 [1.5, 2.5]) |"), "{text}");
        assert!(text.contains("| b | 3 [2.5, 3.5] (1 missing) |"), "{text}");
        assert!(text.contains("| never | — (3 missing) |"), "{text}");
        assert!(text.contains("| out | skipped |"), "{text}");
        assert_eq!(text.matches("`common`").count(), 1, "{text}");
        // Where all that is shown has the same survivors, nothing is said.
        let text = markdown(&store, &table("metrics = [\"error\"]\nestimators = [\"a\", \"out\"]"), "");
        assert!(!text.contains("common"), "{text}");
    }

    #[test]
    fn names_do_not_break_the_table() {
        let mut store = store(&[("n", integers(&[1, 2]))], &["a"], &["error"], 1);
        store.axes[0].label = "n | per <b>arm</b> [1]".into();
        let store = store.with_records(vec![record(0, 0, 0, 0, 1.0), record(1, 0, 0, 0, 1.0)]);
        let text = markdown(&store, &table("metrics = [\"error\"]\ncaption = \"a | b\""), "");
        assert!(text.contains(r"| n \| per \<b>arm\</b> \[1\] | estimator | error |"), "{text}");
        assert!(text.contains(r"a \| b"), "{text}");
        assert!(text.contains("over 1 replicate."), "{text}");
    }
}
