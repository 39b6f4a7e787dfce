//! Names in `[[table]]`, `[[figure]]` and `[[claim]]`, checked before anything runs.

use remeasure_core::Invalid;
use remeasure_core::family::Metric;

use crate::claims::{Metrics, Names};
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
    let locate = |place: &str, e: &Invalid| resolved.locate(place, e);
    let all = experiment.family.metrics().iter();
    let known = Known {
        sweep: &resolved.axes,
        anywhere: &resolved.anywhere,
        axes: resolved.axes.iter().map(|a| a.name.as_str()).collect(),
        estimators: resolved.estimators.iter().map(|e| e.name.as_str()).collect(),
        metrics: Metrics {
            recorded: all.filter(|m| !never.contains(m)).map(|m| m.name).collect(),
            never: never.iter().map(|m| m.name).collect(),
            problem: resolved.problem_kind().unwrap_or_default(),
        },
        curves: experiment.family.curves(),
        settings: resolved.settings(),
    };
    for (i, figure) in resolved.figures.iter().enumerate() {
        known.figure(figure).map_err(|e| locate(&format!("figure[{i}]"), &e))?;
    }
    for (i, table) in resolved.tables.iter().enumerate() {
        let check = || -> Result<(), Invalid> {
            for (m, metric) in table.metrics.iter().enumerate() {
                known.metrics.must(&format!("metrics[{m}]"), metric)?;
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
    let estimators: Vec<String> = known.estimators.iter().map(|name| (*name).to_owned()).collect();
    let names = Names {
        estimators: &estimators,
        metrics: &known.metrics,
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
