//! `[[table]]`: a model of what is shown, and a renderer per format.

mod best;
mod csv;
mod entry;
mod latex;
mod markdown;
mod model;

use anyhow::Result;

use self::entry::Shown;
pub(crate) use self::markdown::markdown;
pub(crate) use self::model::{Best, Column, EMPTY, Entry, Key, Row, Table};
use remeasure_core::family::Sense;

use super::Maker;
use crate::config::TableSpec;
use crate::records::{Axis, AxisValue, Store};
use crate::select;
use crate::summary::is_event;

/// Which way a metric is better, as its family defines it.
pub(crate) type SenseOf<'a> = &'a dyn Fn(&str) -> Sense;

/// A metric of a table and how it is shown.
struct Metric<'a> {
    name: &'a str,
    index: Option<usize>,
    shown: Shown,
    /// Which way it is better, if its best entries are marked.
    better: Sense,
}

impl<'a> Metric<'a> {
    fn new(store: &Store, spec: &TableSpec, sense: SenseOf<'_>, name: &'a str) -> Self {
        let index = store.metric(name);
        let shown = Shown::of(spec.statistic, index.is_some_and(|m| is_event(store, m)));
        Self { name, index, shown, better: if spec.best { sense(name) } else { Sense::Neither } }
    }

    /// The entries of one cell, one per estimator.
    fn entries(&self, store: &Store, spec: &TableSpec, cell: usize, estimators: &[usize]) -> Vec<Entry> {
        let mut entries = entry::entries(store, cell, estimators, self.index, self.shown);
        if let Some(index) = self.index.filter(|_| self.better.ranks()) {
            let takes_part = |e: usize| !spec.yardsticks.contains(&store.estimators[e]);
            best::mark(&mut entries, store, cell, estimators, &takes_part, (index, self.shown, self.better));
        }
        entries
    }
}

/// What the entries show.
fn legend(metrics: &[Metric<'_>]) -> String {
    const RATE: &str = "exact 95 % interval";
    let rates: Vec<&str> = metrics.iter().filter(|m| m.shown == Shown::Rate).map(|m| m.name).collect();
    if metrics.iter().any(|m| m.shown == Shown::Median) {
        "Median [quartiles]".to_owned()
    } else if rates.is_empty() {
        "Mean ± Monte Carlo standard error".to_owned()
    } else if rates.len() == metrics.len() {
        format!("Rate [{RATE}]")
    } else {
        format!("Mean ± Monte Carlo standard error, or rate [{RATE}] for {}", rates.join(", "))
    }
}

/// How the best entries were found; `None` if none is marked.
fn how(spec: &TableSpec, metrics: &[Metric<'_>], rows: &[Row]) -> Option<Best> {
    let entries = || rows.iter().flat_map(|row| &row.entries);
    if !entries().any(|e| e.best) {
        return None;
    }
    let names = |word: &str, better: Sense| {
        let names: Vec<&str> = metrics.iter().filter(|m| m.better == better).map(|m| m.name).collect();
        (!names.is_empty()).then(|| format!("{word} {}", names.join(", ")))
    };
    let better = [names("lower", Sense::Lower), names("higher", Sense::Higher)];
    let mut tests: Vec<&str> = Vec::new();
    for metric in metrics.iter().filter(|m| m.better.ranks()) {
        if !tests.contains(&best::test(metric.shown)) {
            tests.push(best::test(metric.shown));
        }
    }
    Some(Best {
        apart: spec.yardsticks.join(" and "),
        better: better.into_iter().flatten().collect::<Vec<_>>().join("; "),
        tests: format!("{}, one-sided 5 %, Holm over the estimators of the cell", tests.join(" or ")),
        any_close: entries().any(|e| e.close),
    })
}

fn key(axis: &Axis) -> Key {
    Key { name: axis.name.clone(), label: axis.label.clone() }
}

/// The columns: one metric at each value of an axis, or all metrics.
fn columns(store: &Store, spec: &TableSpec, across: Option<&(usize, Vec<AxisValue>)>) -> Vec<Column> {
    let Some((axis, values)) = across else {
        let column = |m: &String| Column { heading: m.clone(), metric: m.clone(), at: None };
        return spec.metrics.iter().map(column).collect();
    };
    let axis = &store.axes[*axis];
    let column = |value: &AxisValue| Column {
        heading: format!("{} = {value}", axis.label),
        metric: spec.metrics[0].clone(),
        at: Some((key(axis), value.to_string())),
    };
    values.iter().map(column).collect()
}

/// What the table shows.
pub(super) fn table(store: &Store, spec: &TableSpec, sense: SenseOf<'_>, trace: &str) -> Table {
    let cells = select::cells(store, &spec.filter);
    let estimators = select::estimators(store, &spec.estimators);
    let column_axis = spec.columns.as_deref().and_then(|name| store.axis(name));
    let varying: Vec<usize> = (0..store.axes.len())
        .filter(|&a| Some(a) != column_axis && select::axis_values(store, a, &cells).len() > 1)
        .collect();
    let across = column_axis.map(|a| (a, select::axis_values(store, a, &cells)));
    let metrics: Vec<Metric<'_>> = spec.metrics.iter().map(|m| Metric::new(store, spec, sense, m)).collect();
    // Rows: the values of the other varying axes; without a column axis, one row per cell.
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for &cell in &cells {
        let key: Vec<String> = varying.iter().map(|&a| store.cells[cell].values[a].to_string()).collect();
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, members)) => members.push(cell),
            None => groups.push((key, vec![cell])),
        }
    }
    let mut rows = Vec::new();
    for (keys, members) in &groups {
        let mut filled: Vec<_> = match &across {
            Some((axis, values)) => {
                let column = |value| match select::at(store, members, *axis, value).first() {
                    Some(&cell) => metrics[0].entries(store, spec, cell, &estimators),
                    None => vec![Entry::word(None); estimators.len()],
                };
                values.iter().map(|v| column(v).into_iter()).collect()
            }
            None => {
                metrics.iter().map(|m| m.entries(store, spec, members[0], &estimators).into_iter()).collect()
            }
        };
        for &estimator in &estimators {
            let entries = filled.iter_mut().filter_map(Iterator::next).collect();
            let estimator = store.estimators[estimator].clone();
            rows.push(Row { keys: keys.clone(), estimator, entries });
        }
    }
    let of = if across.is_some() { format!(" of {}", spec.metrics[0]) } else { String::new() };
    let common = rows.iter().flat_map(|r| &r.entries).any(Entry::speaks_of_common);
    Table {
        id: spec.id.clone(),
        title: spec.title.clone(),
        caption: spec.caption.clone(),
        keys: varying.iter().map(|&a| key(&store.axes[a])).collect(),
        columns: columns(store, spec, across.as_ref()),
        legend: format!("{}{of} over {}.", legend(&metrics), store.replicates_text()),
        common: if common { model::COMMON_MEANS.to_owned() } else { String::new() },
        best: how(spec, &metrics, &rows),
        rows,
        trace: trace.to_owned(),
    }
}

/// Writes the tables in all formats and returns them.
pub(super) fn write(
    maker: &mut Maker<'_>,
    store: &Store,
    specs: &[TableSpec],
    sense: SenseOf<'_>,
    trace: &str,
) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for spec in specs {
        let table = table(store, spec, sense, trace);
        let (name, shows) = (format!("tables/{}", spec.id), format!("table/{}", spec.id));
        maker.stamped(&format!("{name}.md"), &shows, markdown(&table).as_bytes())?;
        maker.stamped(&format!("{name}.tex"), &shows, latex::latex(&table).as_bytes())?;
        maker.plain(&format!("{name}.csv"), &csv::csv(&table)?)?;
        tables.push(table);
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{integers, record, store, with_failures, with_skipped};

    fn table(text: &str) -> TableSpec {
        toml::from_str(&format!("id = \"t\"\ntitle = \"T\"\n{text}")).unwrap()
    }

    /// The table as Markdown, with no metric that has a better direction.
    fn markdown(store: &Store, spec: &TableSpec, trace: &str) -> String {
        super::markdown(&super::table(store, spec, &|_| Sense::Neither, trace))
    }

    #[test]
    fn rates_and_means_stand_side_by_side() {
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

    /// Two cells; `a` is best in the first by more than chance, in the second `b` is, but not clearly.
    fn two_cells() -> Store {
        let store = store(&[("n", integers(&[1, 2]))], &["a", "b"], &["error", "success"], 6);
        let records = (0..6).flat_map(|r| {
            let noise = f64::from(r % 3);
            let (a, b) = (1.0 + noise, 3.0 + noise + 0.1 * f64::from(r));
            let near = 1.0 + noise + [0.3, -0.5][r as usize % 2];
            [
                record(0, 0, 0, r, a),
                record(0, 1, 0, r, b),
                record(1, 0, 0, r, a),
                record(1, 1, 0, r, near),
                record(0, 0, 1, r, f64::from(u8::from(r > 3))),
                record(0, 1, 1, r, 1.0),
            ]
        });
        let records = records.collect();
        store.with_records(records)
    }

    fn sense(metric: &str) -> Sense {
        match metric {
            "error" => Sense::Lower,
            "success" => Sense::Higher,
            _ => Sense::Neither,
        }
    }

    #[test]
    fn the_best_of_each_cell_is_shown_in_every_format() {
        let spec = table("metrics = [\"error\", \"success\"]\ncaption = \"5 % of it\"");
        let table = super::table(&two_cells(), &spec, &sense, "trace_1");
        let marks: Vec<_> = table.rows.iter().map(|r| (r.entries[0].best, r.entries[0].close)).collect();
        assert_eq!(marks, [(true, false), (false, false), (false, true), (true, false)]);
        // The higher rate is the better one, and four pairs are too few to tell.
        assert!(table.rows[0].entries[1].close && table.rows[1].entries[1].best);
        let text = markdown::markdown(&table);
        assert!(text.contains("| 1 | a | **2.00 ± 0.37** | 0.33 [0.04, 0.78] † |"), "{text}");
        let legend = "Bold: the best of its cell as shown (lower error; higher success); estimators are \
                      compared pairwise over the replicates that both have; †: not significantly worse (paired t \
                      test or McNemar's exact test, one-sided 5 %, Holm over the estimators of the cell).";
        assert!(text.contains(legend), "{text}");
        let text = latex::latex(&table);
        assert!(
            text.contains(r"1 & a & \textbf{2.00 (0.37)} & \underline{0.33 {[}0.04, 0.78{]}} \\"),
            "{text}"
        );
        assert!(text.contains(r"2 & a & \underline{2.00 (0.37)}"), "{text}");
        assert!(text.contains(r"% \caption{T. 5 \% of it"), "{text}");
        let text = String::from_utf8(csv::csv(&table).unwrap()).unwrap();
        assert!(text.starts_with("n,estimator,metric,count,missing,value,se,low,high,n_common,"), "{text}");
        assert!(text.contains("1,a,error,6,0,2.00,0.37,,,6,2.00,0.37,,,true,false\n"), "{text}");
    }

    #[test]
    fn nothing_is_marked_that_is_not_asked_for_or_has_no_sense() {
        let store = two_cells();
        let marked = |text: &str, sense: SenseOf<'_>| {
            let table = super::table(&store, &super::tests::table(text), sense, "");
            assert_eq!(table.best.is_some(), table.rows.iter().any(|r| r.entries[0].best));
            table.best.is_some()
        };
        assert!(marked("metrics = [\"error\"]", &sense));
        assert!(marked("metrics = [\"error\"]\nstatistic = \"median\"", &sense));
        assert!(marked("metrics = [\"error\"]\ncolumns = \"n\"", &sense));
        assert!(!marked("metrics = [\"error\"]\nbest = false", &sense));
        assert!(
            !marked("metrics = [\"error\"]\nyardsticks = [\"a\"]", &sense),
            "nobody is left to compare with"
        );
        assert!(!marked("metrics = [\"error\"]", &|_| Sense::Neither));
        assert!(!marked("metrics = [\"error\"]\nestimators = [\"a\"]", &sense));
    }
}
