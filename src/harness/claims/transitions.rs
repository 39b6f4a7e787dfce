//! Claims about where and how sharply a 0/1 metric turns.

use remeasure_core::curve::Curve;
use remeasure_core::format::number;
use remeasure_core::numerics::statistics::{Estimate, LogisticFit};

use super::evidence::{beyond_zero, exponentiated, region, successes};
use super::forms::{Evaluated, Tested, course, joined, words};
use super::select::View;
use super::spec::{Along, Bounds, Direction};
use crate::arguments::{self, Argument};

/// The logistic fit of a 0/1 metric over cells that differ along one axis.
fn fit(
    view: &mut View<'_>,
    cells: &[usize],
    (ie, im): (usize, usize),
    along: &Along,
    place: &str,
) -> Result<LogisticFit, String> {
    let ia = view.axis(&along.axis)?;
    let per = along.per.as_ref().map(|p| view.axis(p)).transpose()?;
    let (mut x, mut hits, mut trials) = (Vec::new(), Vec::new(), Vec::new());
    for &cell in &view.ordered(cells, ia) {
        let divisor = per.map_or(Ok(1.0), |p| view.number(cell, p))?;
        x.push(view.number(cell, ia)? / divisor);
        let values = view.sample(cell, ie, im)?;
        let count = successes(&values);
        hits.push(count.ok_or_else(|| format!("`{}` is not a 0/1 metric", view.store.metrics[im]))?);
        trials.push(values.len() as u64);
    }
    let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
    let halves = |low: bool| {
        (0..x.len()).any(|i| if low { 2 * hits[i] <= trials[i] } else { 2 * hits[i] >= trials[i] })
    };
    if !(halves(true) && halves(false)) {
        return Err(format!("the 50 % point lies outside the sweep of {}{place}", along.axis));
    }
    let fitted = LogisticFit::firth(&x, &hits, &trials);
    fitted.ok_or_else(|| format!("no logistic fit along {}{place}", along.axis))
}

fn covariate(along: &Along) -> String {
    along.per.as_ref().map_or_else(|| along.axis.clone(), |p| format!("{}/{p}", along.axis))
}

/// Whether the midpoint, or with `true` the width, of the fit moves one way along an axis.
pub(super) fn monotone_fit(
    view: &mut View<'_>,
    (metric, estimator): (&str, &str),
    axis: &str,
    direction: Direction,
    (along, width): (&Along, bool),
    level: f64,
) -> Evaluated {
    let names = (view.estimator(estimator)?, view.metric(metric)?);
    let (ia, il) = (view.axis(axis)?, view.axis(&along.axis)?);
    let mut groups = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[ia, il]) {
        let mut fits: Vec<(String, Estimate)> = Vec::new();
        let ordered = view.ordered(&group.cells, ia);
        // Grouping by all axes but the covariate keeps the order along `axis`.
        for line in view.groups(&ordered, &[il]) {
            let value = view.store.cells[line.cells[0]].values[ia].to_string();
            let f = fit(view, &line.cells, names, along, &line.label)?;
            fits.push((value, if width { f.log_width() } else { f.midpoint() }));
        }
        for pair in fits.windows(2) {
            let label = joined(&group.label, format!("{axis} = {} → {}", pair[0].0, pair[1].0));
            let change = Estimate::contrast(&[(-1.0, pair[0].1), (1.0, pair[1].1)]);
            let evidence = region(change, beyond_zero(direction), level, "z test of logistic fits (Firth)");
            groups.push((label, if width { exponentiated(evidence) } else { evidence }));
        }
    }
    if groups.is_empty() {
        return Err(format!("fewer than two values of {axis}"));
    }
    let x = covariate(along);
    let measures = if width {
        format!("ratio of 10–90 % widths in {x} of {metric} of {estimator}")
    } else {
        format!("step of the 50 % point in {x} of {metric} of {estimator}")
    };
    Ok(Tested { groups, measures, hypothesis: course(direction, axis), notes: Vec::new() })
}

/// Whether the midpoint lies near a reference curve in every group.
pub(super) fn midpoint(
    view: &mut View<'_>,
    (metric, estimator): (&str, &str),
    along: &Along,
    curve: &Curve,
    tolerance: f64,
    level: f64,
) -> Evaluated {
    let names = (view.estimator(estimator)?, view.metric(metric)?);
    let il = view.axis(&along.axis)?;
    let find = |name: &&str| {
        let found = arguments::find(name, &view.store.axes, &view.store.settings);
        found.map_err(|why| format!("the curve `{}` is a function of `{name}`, which {why}", curve.name))
    };
    let arguments = curve.arguments.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let bounds = Bounds { lower: -tolerance, upper: tolerance };
    let mut groups = Vec::new();
    let mut notes = Vec::new();
    let cells = view.cells.clone();
    for group in view.groups(&cells, &[il]) {
        let value = |argument: &Argument| match *argument {
            Argument::Axis(axis) => view.number(group.cells[0], axis),
            Argument::Setting(value) => Ok(value),
        };
        let at = arguments.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        let target = (curve.evaluate)(&at);
        if !target.is_finite() {
            return Err(format!("the curve `{}` has no value at {}", curve.name, group.label));
        }
        let f = fit(view, &group.cells, names, along, &group.label)?;
        if f.gap.is_some() {
            let place = if group.label.is_empty() { String::new() } else { format!(" at {}", group.label) };
            notes.push(format!("the transition is steeper than the grid of {} resolves{place}", along.axis));
        }
        let m = f.midpoint();
        let distance = Estimate { value: m.value - target, ..m };
        let course = format!("50 % at {} for {}", number(m.value), number(target));
        let evidence = region(distance, bounds, level, "two one-sided z tests of the logistic fit (Firth)");
        groups.push((joined(&group.label, course), evidence));
    }
    let measures = format!("50 % point in {} of {metric} of {estimator} − {}", covariate(along), curve.label);
    Ok(Tested { groups, measures, hypothesis: words(bounds), notes })
}
