//! How it was done: generator, estimands, estimators, certificates.

use std::collections::BTreeMap;

use maud::{Markup, html};
use remeasure_core::family::{Metric, Sense};
use remeasure_core::format::number;
use remeasure_core::numerics::statistics::quantile;

use super::{Parts, Section, columns, scrolling, typeset};

/// The sections on data, estimands and methods.
pub(super) fn sections(parts: &Parts<'_>) -> Vec<Section> {
    vec![
        Section { id: "data", step: "Data-generating mechanisms", title: "The problem", body: data(parts) },
        Section { id: "measures", step: "Estimands", title: "What is measured", body: measures(parts) },
        Section { id: "estimators", step: "Methods", title: "The estimators", body: estimators(parts) },
    ]
}

fn data(parts: &Parts<'_>) -> Markup {
    let resolved = &parts.plan.resolved;
    html! {
        p {
            "Family " code { (resolved.family) } ", seed " (resolved.seed) ". Each replicate of each cell uses its own \
             random stream, derived from the cell's values and the replicate's number."
        }
        @if !resolved.axes.is_empty() {
            p { "Cells: every combination of" }
            ul {
                @for axis in &resolved.axes {
                    li {
                        (axis.label)
                        @if axis.label != axis.name { " (" code { (axis.name) } ")" }
                        ": "
                        (axis.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                    }
                }
            }
        }
        p { "The rest of the problem is the same in all cells:" }
        dl.keys { @for (key, value) in resolved.problem_settings() { dt { code { (key) } } dd { (value) } } }
    }
}

/// Sorted by name, as the order of the keys may depend on how the config reached this run.
fn sorted(table: &toml::Table) -> BTreeMap<&String, &toml::Value> {
    table.iter().collect()
}

fn measures(parts: &Parts<'_>) -> Markup {
    let family = parts.experiment.family;
    let recorded = |name: &str| parts.store.metric(name).is_some();
    let table = html! {
        table data-sortable {
            caption { "Metrics, each over the replicates of a cell" }
            (columns(["metric", "what it is", "better"]))
            tbody {
                @for metric in family.metrics().iter().filter(|m| recorded(m.name)) {
                    tr {
                        th scope="row" { code { (metric.name) } }
                        td { (metric.about) }
                        td { (match metric.sense {
                            Sense::Lower | Sense::Certificate => "lower",
                            Sense::Higher => "higher",
                            Sense::Neither => "",
                        }) }
                    }
                }
            }
        }
    };
    scrolling("Metrics", &table)
}

fn estimators(parts: &Parts<'_>) -> Markup {
    let resolved = &parts.plan.resolved;
    let kinds = parts.experiment.family.kinds();
    let table = html! {
        table data-sortable {
            caption { "Estimators with their parameters" }
            (columns(["estimator", "what it is", "parameters"]))
            tbody {
                @for estimator in parts.plan.wanted.iter().map(|&i| &resolved.estimators[i]) {
                    tr {
                        th scope="row" { code { (estimator.name) } }
                        td { (kinds.iter().find(|k| k.name == estimator.kind).map_or("", |k| k.about)) }
                        td {
                            @for (key, value) in sorted(&estimator.parameters) {
                                div { code { (key) " = " (value.to_string().trim()) } }
                            }
                            @if estimator.parameters.is_empty() { "the family's defaults" }
                            @if !estimator.confined.is_empty() {
                                div { "only where " (estimator.confined.join(", ")) }
                            }
                        }
                    }
                }
            }
        }
    };
    html! { (scrolling("Estimators", &table)) (certificates(parts)) }
}

/// The largest and the median certificate of each estimator, over all fits.
fn certificates(parts: &Parts<'_>) -> Markup {
    let (store, family) = (parts.store, parts.experiment.family);
    let mut rows = Vec::new();
    for Metric { name, about, .. } in family.metrics().iter().filter(|m| m.sense == Sense::Certificate) {
        let Some(metric) = store.metric(name) else { continue };
        for (e, estimator) in store.estimators.iter().enumerate() {
            let mut values: Vec<f64> = (0..store.cells.len())
                .flat_map(|cell| crate::summary::sample(store, cell, e, metric, None).values)
                .filter(|v| !v.is_nan())
                .collect();
            values.sort_by(f64::total_cmp);
            if let Some(&worst) = values.last() {
                rows.push((estimator.clone(), *name, *about, values.len(), quantile(&values, 0.5), worst));
            }
        }
    }
    if rows.is_empty() {
        return html! {};
    }
    let table = html! {
        table data-sortable {
            caption { "Certificates of the fits: how far from optimal a solution can be" }
            (columns(["estimator", "certificate", "what it is", "fits", "median", "worst"]))
            tbody {
                @for (estimator, name, about, fits, median, worst) in &rows {
                    tr {
                        th scope="row" { code { (estimator) } }
                        td { code { (name) } }
                        td { (about) }
                        td.n { (fits) }
                        td.n data-v=(median) { (typeset(&number(*median))) }
                        td.n data-v=(worst) { (typeset(&number(*worst))) }
                    }
                }
            }
        }
    };
    html! { h3 { "Certificates" } (scrolling("Certificates", &table)) }
}
