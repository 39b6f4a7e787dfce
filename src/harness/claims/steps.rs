//! Claims that a mean, or a ratio of means, moves one way along an axis.

use remeasure_core::numerics::statistics::{Estimate, mean};

use super::evidence::{change, exponentiated, step};
use super::forms::{Evaluated, Tested, course, joined};
use super::select::View;
use super::spec::Direction;
use super::ties::{self, Distance};
use super::within::ratio_of_means;

/// Whether a mean moves one way along an axis.
pub(super) fn monotone_mean(
    view: &mut View<'_>,
    (metric, estimator): (&str, &str),
    axis: &str,
    (direction, resolution): (Direction, f64),
    level: f64,
) -> Evaluated {
    let (ie, im, ia) = (view.estimator(estimator)?, view.metric(metric)?, view.axis(axis)?);
    let (mut groups, mut distances, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[ia]) {
        let ordered = view.ordered(&group.cells, ia);
        let samples = ordered.iter().map(|&c| view.sample(c, ie, im)).collect::<Result<Vec<_>, _>>()?;
        for i in 1..ordered.len() {
            let at = |j: usize| &view.store.cells[ordered[j]].values[ia];
            let label = joined(&group.label, format!("{axis} = {} → {}", at(i - 1), at(i)));
            groups.push((label, step(&samples[i - 1], &samples[i], direction, level)));
            distances.push(Distance::between(&samples[i - 1], &samples[i], resolution));
        }
    }
    if groups.is_empty() {
        return Err(format!("fewer than two values of {axis}"));
    }
    ties::mark(&mut groups, &distances, 0.0, &mut notes);
    let measures = format!("step in mean {metric} of {estimator}");
    Ok(Tested { groups, measures, hypothesis: course(direction, axis), notes })
}

/// Whether the ratio of two estimators' means moves one way along an axis.
pub(super) fn monotone_ratio(
    view: &mut View<'_>,
    metric: &str,
    (estimator, other): (&str, &str),
    axis: &str,
    (direction, resolution): (Direction, f64),
    level: f64,
) -> Evaluated {
    let (ie, io) = (view.estimator(estimator)?, view.estimator(other)?);
    let (im, ia) = (view.metric(metric)?, view.axis(axis)?);
    let (mut groups, mut distances, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[ia]) {
        let mut places: Vec<(String, (f64, f64), Estimate)> = Vec::new();
        for cell in view.ordered(&group.cells, ia) {
            let value = view.store.cells[cell].values[ia].to_string();
            let place = joined(&group.label, format!("{axis} = {value}"));
            let pairs = view.pairs(cell, (ie, io), im, false)?;
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            let means = (mean(&a), mean(&b));
            if !(means.0 > 0.0 && means.1 > 0.0) {
                return Err(format!("a mean of {metric} is not positive at {place}"));
            }
            let ratio = ratio_of_means(&pairs, &place, &mut notes)?;
            let log = Estimate { value: ratio.value.ln(), se: ratio.se / ratio.value, ..ratio };
            places.push((value, means, log));
        }
        for pair in places.windows(2) {
            let [(from, first, one), (to, second, two)] = pair else { continue };
            let label = joined(&group.label, format!("{axis} = {from} → {to}"));
            let method = "Welch's t test of log ratios (delta method)";
            groups.push((label, change(*one, *two, direction, level, method)));
            distances.push(Distance::of_ratios(*first, *second, resolution));
        }
    }
    if groups.is_empty() {
        return Err(format!("fewer than two values of {axis}"));
    }
    ties::mark(&mut groups, &distances, 0.0, &mut notes);
    let groups = groups.into_iter().map(|(l, e)| (l, exponentiated(e))).collect();
    let measures = format!("factor of the step in mean {metric} of {estimator} / mean of {other}");
    Ok(Tested { groups, measures, hypothesis: course(direction, axis), notes })
}
