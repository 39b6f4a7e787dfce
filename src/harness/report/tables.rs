//! `[[table]]` as Markdown.

use super::select;
use crate::harness::config::{Statistic, TableSpec};
use crate::harness::format::{NONE, number, value_with_error};
use crate::harness::records::Store;
use crate::numerics::statistics::{mean, quantile, standard_error};

/// One entry: `mean ± standard error` or `median [quartiles]`, with the number of
/// missing values beside it.
fn entry(store: &Store, spec: &TableSpec, cell: usize, estimator: usize, metric: &str) -> String {
    let Some(metric) = store.metric(metric) else { return String::new() };
    let mut values = select::finite(store, cell, estimator, metric, None);
    if values.is_empty() {
        return NONE.to_owned();
    }
    let missing = (store.replicates as usize).saturating_sub(values.len());
    let shown = match spec.statistic {
        Statistic::Mean => value_with_error(mean(&values), standard_error(&values)),
        Statistic::Median => {
            values.sort_by(f64::total_cmp);
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| number(quantile(&values, q)));
            format!("{middle} [{low}, {high}]")
        }
    };
    if missing > 0 { format!("{shown} ({missing} missing)") } else { shown }
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
    let mut header: Vec<String> = varying.iter().map(|&a| store.axes[a].label.clone()).collect();
    header.push("estimator".to_owned());
    let columns = column_axis.map(|a| (a, select::axis_values(store, a, &cells)));
    match &columns {
        Some((axis, values)) => {
            header.extend(values.iter().map(|v| format!("{} = {v}", store.axes[*axis].label)));
        }
        None => header.extend(spec.metrics.iter().cloned()),
    }
    let mut text = format!("## {}\n\n", spec.title);
    if !spec.caption.is_empty() {
        text.push_str(&format!("{}\n\n", spec.caption.trim()));
    }
    let what = match spec.statistic {
        Statistic::Mean => "Mean ± Monte Carlo standard error",
        Statistic::Median => "Median [quartiles]",
    };
    let of = if columns.is_some() { format!(" of {}", spec.metrics[0]) } else { String::new() };
    text.push_str(&format!("{what}{of} over {} replicates.\n\n", store.replicates));
    text.push_str(&row(&header));
    text.push_str(&row(&vec!["---".to_owned(); header.len()]));
    // Rows: the values of the other varying axes; without a column axis each cell is one.
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for &cell in &cells {
        let key: Vec<String> = varying.iter().map(|&a| store.cells[cell].values[a].to_string()).collect();
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, members)) => members.push(cell),
            None => groups.push((key, vec![cell])),
        }
    }
    for (key, members) in &groups {
        for &estimator in &estimators {
            let mut line = key.clone();
            line.push(store.estimators[estimator].clone());
            match &columns {
                Some((axis, values)) => line.extend(values.iter().map(|value| {
                    let at = select::at(store, members, *axis, value);
                    at.first()
                        .map_or_else(String::new, |&c| entry(store, spec, c, estimator, &spec.metrics[0]))
                })),
                None => {
                    line.extend(spec.metrics.iter().map(|m| entry(store, spec, members[0], estimator, m)))
                }
            }
            text.push_str(&row(&line));
        }
    }
    text.push_str(&format!("\n<sub>{trace}</sub>\n"));
    text
}
