//! Names in `[[table]]`, `[[figure]]` and `[[claim]]`, checked before anything runs.

use remeasure_core::Invalid;
use remeasure_core::family::Metric;

use crate::claims::Names;
use crate::config::{ConfigError, Resolved};
use crate::figures::{Known, must};
use crate::records::axes_anywhere;
use crate::registry::Host;

/// Checks every name that tables, figures and claims use, and every cell that `[[speed]]` names.
///
/// # Errors
/// The first unknown name, with the nearest valid one, a metric that is among those `never` recorded, or a display
/// that is ambiguous.
pub fn check_names(resolved: &Resolved, experiment: Host<'_>, never: &[Metric]) -> Result<(), ConfigError> {
    let recorded = experiment.family.metrics().iter().filter(|m| !never.contains(m));
    let locate =
        |place: &str, e: &Invalid| resolved.locate(place, &unrecorded(e, resolved, recorded.clone(), never));
    let known = Known {
        sweep: &resolved.axes,
        anywhere: &resolved.anywhere,
        axes: resolved.axes.iter().map(|a| a.name.as_str()).collect(),
        estimators: resolved.estimators.iter().map(|e| e.name.as_str()).collect(),
        metrics: recorded.clone().map(|m| m.name).collect(),
        curves: experiment.family.curves(),
        settings: resolved.settings(),
    };
    for (i, figure) in resolved.figures.iter().enumerate() {
        known.figure(figure).map_err(|e| locate(&format!("figure[{i}]"), &e))?;
    }
    for (i, table) in resolved.tables.iter().enumerate() {
        let check = || -> Result<(), Invalid> {
            for (m, metric) in table.metrics.iter().enumerate() {
                must("metric", &format!("metrics[{m}]"), metric, &known.metrics)?;
            }
            if table.metrics.is_empty() {
                return Err(Invalid::new("metrics", "expected at least one metric"));
            }
            if table.columns.is_some() && table.metrics.len() != 1 {
                return Err(Invalid::new("metrics", "with `columns`, a table shows exactly one metric"));
            }
            if let Some(columns) = &table.columns {
                must("axis", "columns", columns, &known.axes)?;
            }
            known.filter(&table.filter)?;
            known.estimators(&table.estimators)?;
            table.yardsticks.iter().enumerate().try_for_each(|(i, name)| {
                must("estimator", &format!("yardsticks[{i}]"), name, &known.estimators)
            })
        };
        check().map_err(|e| locate(&format!("table[{i}]"), &e))?;
    }
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|n| (*n).to_owned()).collect() };
    let (estimators, metrics) = (owned(&known.estimators), owned(&known.metrics));
    let names = Names {
        estimators: &estimators,
        metrics: &metrics,
        axes: &resolved.axes,
        anywhere: &resolved.anywhere,
        curves: known.curves,
        settings: &known.settings,
    };
    for (i, claim) in resolved.claims.iter().enumerate() {
        claim.check_names(&names).map_err(|e| locate(&format!("claim[{i}]"), &e))?;
    }
    if resolved.anywhere.is_empty() {
        return Ok(());
    }
    let axes = axes_anywhere(&resolved.axes, &resolved.anywhere);
    for (i, pair) in resolved.speed.iter().enumerate() {
        pair.check_values(&axes).map_err(|e| resolved.locate(&format!("speed[{i}]"), &e))?;
    }
    Ok(())
}

/// The error about an unknown metric, if the family has it but never records it for the problem; others unchanged.
fn unrecorded<'m>(
    error: &Invalid,
    resolved: &Resolved,
    recorded: impl Iterator<Item = &'m Metric>,
    never: &[Metric],
) -> Invalid {
    let unknown = |name: &str| error.message.starts_with(&format!("unknown metric `{name}`"));
    let Some(metric) = never.iter().find(|m| unknown(m.name)) else { return error.clone() };
    let kind = resolved.problem_kind().map(|kind| format!(" with kind = \"{kind}\"")).unwrap_or_default();
    let names: Vec<String> = recorded.map(|m| format!("`{}`", m.name)).collect();
    let message =
        format!("a problem{kind} never records `{}`; it may record {}", metric.name, names.join(", "));
    Invalid::new(error.key.clone(), message)
}
