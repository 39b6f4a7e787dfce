//! The values by replicate that a baseline keeps, for drawing.

use std::collections::HashMap;

use remeasure_core::family::Outcome;

use super::snapshot::{Fit, Snapshot, label};
use crate::plan::Plan;
use crate::records::{OutcomeRow, Record, Store};

/// The outcome of a replicate, as far as the baseline shows it: ok if it has any value, or if no fit in
/// the cell failed or timed out.
fn outcome(fit: &Fit, replicate: usize) -> Outcome {
    let kept: Vec<_> = fit.series.iter().filter(|s| !s.values.is_empty()).collect();
    let has = kept.iter().any(|s| s.values.get(replicate).is_some_and(Option::is_some));
    match fit.tally {
        t if t.tried() == 0 => Outcome::Skipped("skipped in the baseline".to_owned()),
        t if has || t.failed + t.timed_out == 0 => Outcome::Ok,
        _ => Outcome::Failed("no value in the baseline".to_owned()),
    }
}

/// The values by replicate that a baseline keeps, as records for the cells and estimators of `plan`: only
/// final values, and only of the metrics that [`super::write()`] kept.
#[must_use]
pub fn store(snapshot: &Snapshot, plan: &Plan<'_>) -> Store {
    let resolved = &plan.resolved;
    let names: Vec<String> = resolved.axes.iter().map(|a| a.name.clone()).collect();
    let cell_at: HashMap<String, usize> = plan
        .cells
        .iter()
        .enumerate()
        .map(|(i, c)| (label(&names, &c.values.iter().map(ToString::to_string).collect::<Vec<_>>()), i))
        .collect();
    let estimators = plan.estimator_names();
    let mut metrics: Vec<String> = Vec::new();
    let (mut records, mut outcomes) = (Vec::new(), Vec::new());
    for fit in &snapshot.fits {
        let at = cell_at.get(&fit.label(&snapshot.axes)).copied();
        let estimator = estimators.iter().position(|e| *e == fit.estimator);
        let (Some(cell), Some(estimator)) = (at, estimator) else { continue };
        let (cell, estimator) = (cell as u32, estimator as u16);
        for replicate in 0..resolved.replicates {
            let outcome = outcome(fit, replicate as usize);
            outcomes.push(OutcomeRow { cell, replicate, estimator, outcome });
        }
        for series in fit.series.iter().filter(|s| s.coordinate.is_none() && !s.values.is_empty()) {
            let metric = metrics.iter().position(|m| *m == series.metric).unwrap_or_else(|| {
                metrics.push(series.metric.clone());
                metrics.len() - 1
            }) as u16;
            for (replicate, value) in (0..).zip(&series.values) {
                let Some(value) = *value else { continue };
                records.push(Record { cell, estimator, metric, coordinate: None, replicate, value });
            }
        }
    }
    outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    plan.store(metrics, outcomes, records)
}
